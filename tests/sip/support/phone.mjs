// A SIP phone for tests: registers, calls, answers, declines, over UDP or TCP, with an RTP end for each call. It does what a test tells
// it and keeps every message, so that a test can look at what the far end of a call really got.
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import { SipMessage, chooseChallenge, credentials, token } from './sip-message.mjs';
import { RtpEnd } from './rtp.mjs';
import { Crypto } from './srtp.mjs';
import { Signal } from './wait.mjs';

const REASONS = { 100: 'Trying', 180: 'Ringing', 183: 'Session Progress', 200: 'OK', 404: 'Not Found', 408: 'Request Timeout',
	480: 'Temporarily Unavailable', 481: 'Call Does Not Exist', 486: 'Busy Here', 487: 'Request Terminated', 488: 'Not Acceptable Here',
	500: 'Server Error', 503: 'Service Unavailable', 600: 'Busy Everywhere', 603: 'Decline' };

const CODEC_LINES = { 0: 'PCMU/8000', 8: 'PCMA/8000', 18: 'G729/8000', 101: 'telephone-event/8000' };

// An address as it stands in a URI.
export const inUri = host => host.includes(':') ? `[${host}]` : host;

// `srtp`: Cryptos to offer or answer with; `proto`: RTP/AVP, RTP/SAVP …
export function makeSdp({ host, port, payloads = [0, 8, 101], direction, lines = [], srtp = [], proto = 'RTP/AVP' }) {
	const address = `IN IP${host.includes(':') ? 6 : 4} ${host}`;
	return ['v=0', `o=test ${Date.now()} 1 ${address}`, 's=-', `c=${address}`, 't=0 0',
		`m=audio ${port} ${proto} ${payloads.join(' ')}`, ...srtp.map(crypto => crypto.line()), ...payloads.map(pt => `a=rtpmap:${pt} ${CODEC_LINES[pt]}`),
		...(payloads.includes(101) ? ['a=fmtp:101 0-15'] : []), ...(direction ? [`a=${direction}`] : []), ...lines, ''].join('\r\n');
}

// What matters of an SDP: where its audio goes and in what, and its keys.
export function parseSdp(text) {
	const host = /^c=IN IP[46] (\S+)/m.exec(text)?.[1];
	const [, port, proto, payloads] = /^m=audio (\d+) (RTP\/S?AVPF?) ([\d ]+)/m.exec(text) ?? [];
	const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(text)?.[1] ?? 'sendrecv';
	return { host, port: Number(port), proto, payloads: (payloads ?? '').trim().split(' ').map(Number), direction, srtp: Crypto.parse(text) };
}

// One call of the phone, from either side.
export class PhoneCall {
	responses = []; // to our INVITE
	requests = [];  // within the dialog, to us
	keys = [];      // Cryptos that we offered, or the one that we answer with
	constructor(phone, invite, outgoing) {
		this.phone = phone;
		this.invite = invite;
		this.outgoing = outgoing;
		this.callId = invite.get('call-id');
		this.localTag = outgoing ? invite.tag('from') : token();
		this.cseq = outgoing ? invite.cseq.number : 0;
	}

	// ---- what the far end says ----

	response(status, what = status) {
		return this.phone.signal.until(() => this.responses.find(response => response.status === status),
			`response ${what} (there were: ${this.responses.map(r => r.status).join(', ')})`);
	}

	// The final response to our INVITE.
	final() {
		return this.phone.signal.until(() => this.responses.find(response => response.status >= 200), 'a final response');
	}

	request(method) {
		return this.phone.signal.until(() => this.requests.find(request => request.method === method), `${method} in the dialog`);
	}

	ended() {
		return this.request('BYE');
	}

	// ---- what we say ----

	remoteTag() {
		return this.outgoing ? this.answer.tag('to') : this.invite.tag('from');
	}

	// A request within the dialog.
	inDialog(method, { headers = [], body = '', cseq = ++this.cseq } = {}) {
		const last = this.outgoing ? this.answer : this.invite;
		const routes = last.all('record-route');
		const us = `<sip:${this.phone.user}@${this.phone.domain}>;tag=${this.localTag}`;
		const them = `<${this.outgoing ? this.invite.uri : this.invite.address('from')}>;tag=${this.remoteTag()}`;
		return new SipMessage(`${method} ${last.address('contact')} SIP/2.0`, [
			['Via', this.phone.via()], ['Max-Forwards', '70'], ...routes.map(route => ['Route', route]), ['From', us], ['To', them],
			['Call-ID', this.callId], ['CSeq', `${cseq} ${method}`], ['Contact', this.phone.contact()], ...headers,
		], body);
	}

	async openMedia() {
		this.rtp ??= await RtpEnd.open(this.phone.host);
		return this.rtp;
	}

	useRemoteSdp(text) {
		const { host, port, payloads, srtp } = parseSdp(text);
		this.rtp.remote = { host, port };
		this.rtp.useKeys(this.keys, srtp);
		this.rtp.payloadType = payloads.find(pt => pt === 0 || pt === 8) ?? 0;
	}

	// Takes the first suite that was offered, or this one, with a key of ours.
	#answerKeys(suite) {
		const { proto, srtp } = parseSdp(this.invite.body), theirs = srtp.find(crypto => suite === true || crypto.suite === suite);
		if (!theirs)
			throw new Error(`${suite} was not offered: ${srtp.map(crypto => crypto.suite)}`);
		if (!this.keys.length)
			this.keys = [new Crypto(theirs.suite, undefined, theirs)];
		return { proto, srtp: this.keys };
	}

	// Answers an incoming call's INVITE with any response; with a body of SDP when `media` is set, and with keys when `srtp` is (true, or the
	// name of a suite).
	async reply(status, { media = false, headers = [], sdp = {}, srtp } = {}) {
		let body = '';
		if (media) {
			await this.openMedia();
			if (srtp)
				sdp = { ...this.#answerKeys(srtp), ...sdp };
			body = makeSdp({ host: this.phone.host, port: this.rtp.port, ...sdp });
			if (this.invite.body)
				this.useRemoteSdp(this.invite.body);
			headers = [...headers, ['Content-Type', 'application/sdp']];
		}
		const response = this.invite.response(status, REASONS[status] ?? 'Whatever', {
			toTag: status > 100 ? this.localTag : undefined, body,
			headers: [['Contact', this.phone.contact()], ...headers],
		});
		this.phone.respond(this.invite, response);
	}

	async accept(options = {}) {
		await this.reply(200, { media: true, ...options });
		await this.phone.signal.until(() => this.acked, 'ACK of our 200');
		return this;
	}

	// Answers a re-INVITE with what the phone has said before, and with `sdp` and `headers` besides.
	agree(offer, { sdp = {}, headers = [] } = {}) {
		this.phone.respond(offer, offer.response(200, 'OK', { toTag: this.localTag,
			headers: [['Contact', this.phone.contact()], ['Content-Type', 'application/sdp'], ...headers],
			body: makeSdp({ host: this.phone.host, port: this.rtp.port, payloads: [0, 101], ...sdp }) }));
	}

	// Sends BYE and resolves to its response.
	bye() {
		return this.phone.send(this.inDialog('BYE'));
	}

	// Sends CANCEL for our INVITE and resolves to its response.
	cancel(more = []) {
		const { invite } = this;
		const kept = ['via', 'from', 'to', 'call-id', 'max-forwards'];
		const headers = invite.headers.filter(([name]) => kept.includes(name.toLowerCase()));
		return this.phone.send(new SipMessage(`CANCEL ${invite.uri} SIP/2.0`,
			[...headers, ['CSeq', `${invite.cseq.number} CANCEL`], ...more]), { branch: invite.branch });
	}

	acknowledge(response) {
		const good = response.status < 300;
		this.answer = response;
		if (good) {
			this.phone.transmit(this.inDialog('ACK', { cseq: this.invite.cseq.number }));
			return;
		}
		const headers = this.invite.headers.filter(([name]) => ['via', 'from', 'call-id', 'max-forwards'].includes(name.toLowerCase()));
		this.phone.transmit(new SipMessage(`ACK ${this.invite.uri} SIP/2.0`,
			[...headers, ['To', response.get('to')], ['CSeq', `${this.invite.cseq.number} ACK`]]));
	}
}

export class Phone {
	signal = new Signal();
	received = [];  // every message
	sent = [];
	calls = [];     // PhoneCall, both ways
	automatic = true; // answers OPTIONS, BYE, CANCEL by itself
	answersOffers = false; // and re-INVITEs, with what it has said before
	#transactions = new Map(); // branch + method → handler of responses
	#answered = new Map();     // branch + method → response, for retransmissions
	#taken = 0;
	#connections = new Set();
	#cseq = 0;
	registerCallId = token();
	registerTag = token(4);

	// tcpToo: over UDP, and takes TCP at the same port.
	constructor({ server, user, password, domain, host, transport = 'udp', tls: options, tcpToo = false }) {
		Object.assign(this, { server, user, password, host, transport, tls: options, tcpToo });
		this.domain = domain ?? inUri(server.host);
	}

	// server: {host, port}; host: our own address.
	static async open(options) {
		const phone = new Phone(options);
		await (phone.transport === 'udp' ? phone.#openUdp(options.port) : phone.#openTcp());
		return phone;
	}

	async #openUdp(port = 0) {
		this.socket = dgram.createSocket(this.host.includes(':') ? 'udp6' : 'udp4');
		this.socket.on('message', data => this.#take(data.toString('utf8')));
		await new Promise((resolve, reject) => this.socket.once('error', reject).bind(port, this.host, resolve));
		this.port = this.socket.address().port;
		if (this.tcpToo) {
			this.listener = net.createServer(connection => this.#useConnection(connection));
			await new Promise((resolve, reject) => this.listener.once('error', reject).listen(this.port, this.host, resolve));
		}
	}

	async #openTcp() {
		this.socket = net.createServer(connection => this.#useConnection(connection));
		await new Promise(resolve => this.socket.listen(0, this.host, resolve));
		this.port = this.socket.address().port;
		await this.connect();
	}

	// Its connection to the switch, anew if it had one. By TCP and TLS.
	async connect() {
		const to = { host: this.server.host, port: this.server.port, localAddress: this.host };
		const secure = this.transport === 'tls';
		this.connection = secure ? tls.connect({ ...to, port: this.server.tlsPort ?? 5061, rejectUnauthorized: false, ...this.tls }) : net.connect(to);
		await new Promise((resolve, reject) => this.connection.once(secure ? 'secureConnect' : 'connect', resolve).once('error', reject));
		this.#useConnection(this.connection);
	}

	#useConnection(connection) {
		let buffer = Buffer.alloc(0);
		this.#connections.add(connection);
		connection.on('error', () => {});
		connection.on('close', () => this.#connections.delete(connection));
		connection.on('data', data => {
			buffer = Buffer.concat([buffer, data]);
			for (;;) {
				while (buffer.length >= 2 && buffer.toString('latin1', 0, 2) === '\r\n')
					buffer = buffer.subarray(2);
				const gap = buffer.indexOf('\r\n\r\n');
				if (gap < 0)
					return;
				const length = Number(/^(?:content-length|l)\s*:\s*(\d+)/im.exec(buffer.toString('utf8', 0, gap))?.[1] ?? 0);
				if (buffer.length < gap + 4 + length)
					return;
				const text = buffer.toString('utf8', 0, gap + 4 + length);
				buffer = buffer.subarray(gap + 4 + length);
				this.#take(text, connection);
			}
		});
	}

	via(branch = 'z9hG4bK' + token()) {
		return `SIP/2.0/${this.transport.toUpperCase()} ${inUri(this.host)}:${this.port};branch=${branch};rport`;
	}

	contact() {
		return `<sip:${this.user}@${inUri(this.host)}:${this.port}${this.transport === 'udp' ? '' : `;transport=${this.transport}`}>`;
	}

	// ---- sending ----

	transmit(message, connection = this.connection) {
		const text = message.toString();
		this.sent.push(message);
		if (!connection)
			this.socket.send(text, this.server.port, this.server.host, () => {});
		else
			connection.write(text);
	}

	transmitRaw(data) {
		if (this.transport === 'udp')
			this.socket.send(data, this.server.port, this.server.host, () => {});
		else
			this.connection.write(data);
	}

	// Sends a request; resolves to its final response. `provisional` is told of the others.
	send(request, { branch = request.branch, provisional = () => {} } = {}) {
		const key = `${branch} ${request.cseq.method}`;
		let final;
		this.#transactions.set(key, response => {
			if (response.status >= 200)
				final ??= response;
			else
				provisional(response);
		});
		this.transmit(request);
		return this.signal.until(() => final, `the answer to ${request.startLine}`);
	}

	respond(request, response) {
		if (response.status >= 200)
			this.#answered.set(`${request.branch} ${request.method}`, response);
		this.transmit(response, request.connection);
	}

	// ---- receiving ----

	#take(text, connection) {
		if (!text.trim())
			return;
		const message = SipMessage.parse(text);
		message.connection = connection;
		this.received.push(message);
		if (message.status)
			this.#takeResponse(message);
		else
			this.#takeRequest(message);
		this.signal.notify();
	}

	#takeResponse(response) {
		if (!response.get('cseq')) // an answer to a broken request of ours
			return;
		const call = this.calls.find(c => c.outgoing && c.callId === response.get('call-id') && c.invite.branch === response.branch);
		if (call && response.cseq.method === 'INVITE') {
			call.responses.push(response);
			if (response.status >= 200)
				call.acknowledge(response);
			if (call.rtp && response.body && response.status < 300)
				call.useRemoteSdp(response.body);
		}
		this.#transactions.get(`${response.branch} ${response.cseq.method}`)?.(response);
	}

	#takeRequest(request) {
		const again = this.#answered.get(`${request.branch} ${request.method}`);
		if (again) { // a retransmission
			this.transmit(again, request.connection);
			return;
		}
		let call = this.calls.findLast(c => c.callId === request.get('call-id'));
		if (request.method === 'INVITE' && !request.tag('to')) {
			if (!call) {
				call = new PhoneCall(this, request, false);
				this.calls.push(call);
			}
			return;
		}
		if (request.method === 'ACK') {
			if (call)
				call.acked = true;
			return;
		}
		call?.requests.push(request);
		if (this.automatic)
			this.#answerByItself(request, call);
	}

	#answerByItself(request, call) {
		const toTag = call?.localTag ?? token();
		if (request.method === 'OPTIONS') {
			this.respond(request, request.response(200, 'OK', { toTag, headers: [['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS']] }));
		} else if (!call) {
			this.respond(request, request.response(481, REASONS[481], { toTag }));
		} else if (request.method === 'CANCEL') {
			this.respond(request, request.response(200, 'OK', { toTag }));
			if (!this.#answered.has(`${call.invite.branch} INVITE`))
				call.reply(487);
		} else if (request.method === 'INVITE' && this.answersOffers) {
			call.agree(request);
		} else if (request.method === 'BYE' || request.method === 'NOTIFY') {
			this.respond(request, request.response(200, 'OK', { toTag }));
		}
	}

	// The next incoming call.
	async incoming() {
		const taken = ++this.#taken;
		return this.signal.until(() => this.calls.filter(call => !call.outgoing)[taken - 1], `an INVITE at ${this.user}`);
	}

	// ---- registering and calling ----

	request(method, uri, { headers = [], body = '', callId = token(), fromTag = token(4), to, cseq = ++this.#cseq, contact = this.contact() } = {}) {
		return new SipMessage(`${method} ${uri} SIP/2.0`, [
			['Via', this.via()], ['Max-Forwards', '70'], ['From', `<sip:${this.user}@${this.domain}>;tag=${fromTag}`],
			['To', `<${to ?? uri}>`], ['Call-ID', callId], ['CSeq', `${cseq} ${method}`],
			...(contact ? [['Contact', contact]] : []), ...headers,
		], body);
	}

	// The credentials header that answers a challenge; undefined when it has none of that algorithm.
	answerChallenge(response, method, uri, { algorithm, ...changes } = {}) {
		const challenge = chooseChallenge(response, algorithm);
		if (!challenge)
			return undefined;
		const name = response.status === 407 ? 'Proxy-Authorization' : 'Authorization';
		return [name, credentials(challenge, { method, uri, user: this.user, password: this.password, ...changes })];
	}

	// Sends a request, and once more with credentials when it is challenged. Resolves to the final response.
	async sendWithAuth(method, uri, options = {}) {
		const same = { callId: token(), fromTag: token(4), ...options };
		const first = await this.send(this.request(method, uri, same));
		if (first.status !== 401 && first.status !== 407)
			return first;
		const header = this.answerChallenge(first, method, uri, options);
		return this.send(this.request(method, uri, { ...same, headers: [...(options.headers ?? []), header] }));
	}

	register({ expires = 600, ...options } = {}) {
		return this.sendWithAuth('REGISTER', `sip:${this.domain}`, {
			callId: this.registerCallId, fromTag: this.registerTag, to: `sip:${this.user}@${this.domain}`,
			...options, headers: [['Expires', String(expires)], ...(options.headers ?? [])],
		});
	}

	// Calls `to` (number, user name or SIP URI). One with a password waits to be challenged, and answers that; the PhoneCall is that of its
	// last INVITE.
	async call(to, { headers = [], sdp = {}, auth = Boolean(this.password), body, ...options } = {}) {
		const uri = to.startsWith('sip:') ? to : `sip:${to}@${this.domain}`;
		const rtp = await RtpEnd.open(this.host);
		const offer = body ?? makeSdp({ host: this.host, port: rtp.port, ...sdp });
		const common = { callId: token(), fromTag: token(4), body: offer, ...options };
		const attempt = extra => {
			const invite = this.request('INVITE', uri, { ...common, headers: [...headers, ...extra, ['Content-Type', 'application/sdp']] });
			const call = new PhoneCall(this, invite, true);
			call.rtp = rtp;
			call.keys = sdp.srtp ?? [];
			this.calls.push(call);
			this.transmit(invite);
			return call;
		};
		const call = attempt([]);
		if (!auth)
			return call;
		const first = await this.signal.until(() => call.responses.find(r => r.status > 100), `an answer to INVITE ${to}`);
		if (first.status !== 401 && first.status !== 407)
			return call;
		return attempt([this.answerChallenge(first, 'INVITE', uri)]);
	}

	// A connection that somebody else has accepted for it.
	take(connection) {
		this.#useConnection(connection);
	}

	// From now on nobody can connect to it.
	stopListening() {
		this.socket.close();
	}

	connections() {
		return [...this.#connections];
	}

	hangUpConnections() {
		for (const connection of this.#connections)
			connection.destroy();
	}

	close() {
		for (const call of this.calls)
			call.rtp?.close();
		this.socket.close();
		this.listener?.close();
		this.hangUpConnections();
	}
}
