// SIPp scenarios from short descriptions: what SIPp, calling (uac) or called (uas), sends and expects, step by step.
//
//   uac(invite({ headers: ['Supported: 100rel'] }), recv(183, { keep: { rseq: 'RSeq:[ ]*([0-9]+)' } }), …, ack(), bye(), recv(200))
//
// A request's CSeq is one more than the last one's, unless it says otherwise. SDP is PCMU at SIPp's media port.
const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const SDP = (direction, payload = '0', rtpmap = '0 PCMU/8000') => ['v=0', 'o=sipp 1 [cseq] IN IP[local_ip_type] [local_ip]', 's=-',
	'c=IN IP[media_ip_type] [media_ip]', 't=0 0', `m=audio [auto_media_port] RTP/AVP ${payload}`, `a=rtpmap:${rtpmap}`,
	...(direction ? [`a=${direction}`] : [])];

const message = (lines, { type, body } = {}, attributes = '') => `<send${attributes}><![CDATA[\n` +
	[...lines, ...(body ? [`Content-Type: ${type}`] : []), body ? 'Content-Length: [len]' : 'Content-Length: 0', '', ...(body ?? [])].join('\n') + '\n]]></send>\n';

const bodyOf = ({ sdp, body, type = 'application/sdp' }) => ({ type, body: body ? body.split('\n') : sdp ? SDP(sdp === true ? '' : sdp) : null });

// ---- as the caller ----

const us = '<sip:+14440000000@[local_ip]:[local_port]>;tag=[pid]-[call_number]', them = '<sip:[service]@[remote_ip]:[remote_port]>';
const contact = 'Contact: <sip:+14440000000@[local_ip]:[local_port];transport=[transport]>';

// A request; the first INVITE makes the dialog, what follows is within it.
const request = (method, options = {}) => state => {
	const { headers = [], cseq, early = false } = options;
	const first = method === 'INVITE' && !state.established || early;
	const number = cseq ?? (method === 'ACK' ? state.invite : ++state.cseq);
	if (method === 'INVITE')
		state.invite = number;
	const dialog = first && method !== 'INVITE' || !first;
	const [from, to] = state.called ? ['[$us]', '[$them]'] : [us, them + (dialog ? '[peer_tag_param]' : '')];
	const uri = first ? 'sip:[service]@[remote_ip]:[remote_port]' : '[next_url]';
	return message([`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch${method === 'CANCEL' ? '-' + state.back : ''}]`,
		`From: ${from}`, `To: ${to}`, 'Call-ID: [call_id]', `CSeq: ${number} ${method}`, contact, 'Max-Forwards: 70', ...(first ? [] : ['[routes]']), ...headers],
	bodyOf(options), method === 'ACK' || options.once ? '' : ' retrans="500"');
};

export const invite = (options = {}) => request('INVITE', { sdp: true, ...options });
export const ack = options => request('ACK', options);
export const bye = options => request('BYE', options);
export const send = request;

// A CANCEL for the INVITE that was sent `back` steps before.
export const cancel = (back = 1) => state => {
	state.back = back;
	return request('CANCEL', { early: true, cseq: state.invite })(state).replace('[peer_tag_param]', '');
};

// A response. `has`: regular expressions that it has to match; `keep`: variables from it, as regular expressions with one group.
const actions = ({ has = [], keep = {}, headers = {} }, state) => {
	const lines = [];
	for (const regexp of has)
		lines.push(`<ereg regexp="${escape(regexp)}" search_in="msg" check_it="true" assign_to="${state.name()}"/>`);
	for (const [name, regexp] of Object.entries(keep)) {
		state.known.add(name);
		lines.push(`<ereg regexp="${escape(regexp)}" search_in="msg" check_it="true" assign_to="${state.name()},${name}"/>`);
	}
	for (const [name, header] of Object.entries(headers)) {
		state.known.add(name);
		lines.push(`<ereg regexp="${name === 'inviteSeq' ? '[0-9]+' : '[^ ].*'}" search_in="hdr" header="${header}" check_it="true" assign_to="${name}"/>`);
	}
	return lines.length ? `<action>${lines.join('')}</action>` : '';
};

export const recv = (status, options = {}) => state => {
	if (status >= 200 && status < 300 && state.invite === state.cseq)
		state.established = true;
	return `<recv response="${status}" rrs="true"${options.optional ? ' optional="true"' : ''}>${actions(options, state)}</recv>\n`;
};

export const pause = milliseconds => () => `<pause milliseconds="${milliseconds}"/>\n`;

// ---- as the called ----

// A request of the far end.
export const expect = (method, options = {}) => state => `<recv request="${method}" rrs="true"${options.optional ? ' optional="true"' : ''}>${actions({
	...options, headers: method === 'INVITE' && state.called && !state.established ? { them: 'From:', to: 'To:', via: 'Via:', inviteSeq: 'CSeq:' } : {} }, state)}</recv>\n`;

// A response to the last request; with `invite`, to the INVITE, whatever has come since.
export const reply = (status, reason, options = {}) => state => {
	const { headers = [], ofInvite = false } = options;
	const tag = ';tag=[pid]-[call_number]';
	const echoed = ofInvite ? ['Via: [$via]', 'From: [$them]', `To: [$to]${tag}`, 'Call-ID: [call_id]', 'CSeq: [$inviteSeq] INVITE']
		: ['[last_Via:]', '[last_From:]', `[last_To:]${state.established || options.tagged ? '' : tag}`, '[last_Call-ID:]', '[last_CSeq:]', '[last_Record-Route:]'];
	if (status >= 200 && status < 300 && !options.tagged && !ofInvite)
		state.established = true;
	return message([`SIP/2.0 ${status} ${reason}`, ...echoed, contact, ...headers], bodyOf(options));
};

// ---- scenarios ----

function scenario(steps, called) {
	let count = 0;
	const state = { cseq: 0, invite: 0, established: false, called, known: new Set(), names: [], name: () => (state.names.push(`v${++count}`), `v${count}`) };
	const text = steps.flat().map(step => step(state)).join('');
	const unused = [...state.names, ...state.known].join(',');
	return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="test">\n${text}${unused ? `<Reference variables="${unused}"/>\n` : ''}</scenario>\n`;
}

export const uac = (...steps) => scenario(steps, false);
export const uas = (...steps) => scenario(steps, true);
