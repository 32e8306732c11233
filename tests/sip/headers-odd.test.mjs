// Headers that nobody needs, or whose names lack their quotes, as phones and carriers send them: no message is refused or lost to them.
import assert from 'node:assert/strict';
import { makeSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';

const SDP = ['Content-Type', 'application/sdp'];

function set(message, name, value) {
	const at = message.headers.findIndex(([n]) => n === name);
	if (at < 0)
		message.headers.push([name, value]);
	else
		message.headers[at][1] = value;
	return message;
}

const broken = [['Session-Expires', ''], ['Min-SE', ''], ['Min-SE', 'abc'], ['Expires', ''], ['Expires', '120.5'], ['Event', ''], ['Content-Disposition', ''],
	['Record-Route', ''], ['SIP-If-Match', ''], ['RSeq', 'x'], ['Allow', ''], ['Privacy', ''], ['Reason', ';;'], ['Date', 'soon'], ['Retry-After', 'x']];

// Each name, and how it is told to programs.
const names = [['Müller ', 'Müller'], ['Doe, John ', 'Doe, John'], ['A/B ', 'A/B'], ['John (Sales) ', 'John (Sales)'], ['Room #5', 'Room #5'], ['""unknown"" ', 'unknown'],
	['"a" "b" ', 'a b'], ['"half ', 'half'], ['中文', '中文'], ['"Büro, \\"1\\"" ', 'Büro, "1"'], ['Two Words ', 'Two Words']];

scenario('an INVITE with a header that cannot be read, or an odd display name, is a call', {}, async (world, control) => {
	const carrier = await world.trunk();
	const call = async (change, what) => {
		const invite = carrier.request('INVITE', `sip:+15550009004@${world.host}`, { headers: [SDP], body: makeSdp({ host: carrier.host, port: 9000 }) });
		const reply = await carrier.send(change(invite));
		assert.equal(reply.status, 200, `${what}: ${reply.startLine}`);
		const { id } = await control.someCall(({ status, sip_call_id: it }) => status === 'in-progress' && it === invite.get('call-id'));
		const { call } = await control.call('call.get', { call: id });
		carrier.transmit(set(carrier.request('ACK', reply.address('contact'), { callId: invite.get('call-id'), cseq: invite.cseq.number, contact: null }), 'To', reply.get('to')));
		await control.call('call.hangup', { call: id });
		await control.callState(id, 'completed');
		return call;
	};
	for (const [name, value] of broken)
		await call(invite => set(invite, name, value), `${name}: ${value}`);
	for (const [said, told] of names) {
		const { from, from_name: name } = await call(invite => set(invite, 'From', `${said}<sip:+14440000001@${world.trunkHost}>;tag=1`), said);
		assert.equal(name, told);
		assert.equal(from, '+14440000001');
	}
	assert.equal((await call(invite => set(invite, 'From', `"Anonymous" sip:+14440000001@${world.trunkHost};tag=1`), 'no brackets')).from_name, 'Anonymous');
	await call(invite => set(invite, 'Contact', `Müller <sip:x@${world.trunkHost}:5060>`), 'Contact');
	assert.match(world.switch.text(), /sip\.header_skipped .*headers="?Session-Expires/);
});

scenario('an answer to our INVITE with a header that cannot be read is an answer', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const contacts = ['Müller <sip:x@ME>', '"a" "b" <sip:x@ME>', 'A/B <sip:x@ME>, ???', ''].map(value => ['Contact', value.replace('ME', `${bob.host}:${bob.port}`)]);
	for (const [name, value] of [...broken, ...contacts]) {
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
		const callee = await bob.incoming();
		await callee.openMedia();
		bob.respond(callee.invite, set(callee.invite.response(200, 'OK', { toTag: callee.localTag, body: makeSdp({ host: bob.host, port: callee.rtp.port }),
			headers: [['Contact', bob.contact()], SDP] }), name, value));
		await control.callState(id, 'in-progress');
		await bob.signal.until(() => callee.acked, `ACK (${name}: ${value})`);
		await control.call('call.hangup', { call: id });
		await callee.ended();
	}
});

scenario('a response without what it must have is dropped, and the log says so', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming();
	bob.transmit(set(callee.invite.response(180, 'Ringing', { toTag: callee.localTag }), 'From', ''));
	await callee.reply(486);
	await control.callState(id, 'busy');
	assert.match(world.switch.text(), / warn sip\.message_unreadable .*headers="?From/);
});

for (const [what, change, line] of [
	['has another From than our INVITE', text => text.replace(/^(From:.*;tag=)\S+/m, '$1another'), / warn sip\.response_stray .*From is not that/],
	['has a status that there is none of', text => text.replace('SIP/2.0 180', 'SIP/2.0 099'), / warn sip\.response_stray .*no response has such a status/],
	['ends before the body that it announces', text => text.replace(/Content-Length: \d+/, 'Content-Length: 500'), / warn sip\.message_cut .*content_length=500/],
	['announces a body that is too long for any message', text => text.replace(/Content-Length: \d+/, 'Content-Length: 4294967295'), / warn sip\.message_cut .*content_length=4294967295/],
])
	scenario(`a response that ${what} is dropped, and the log says so`, {}, async (world, control) => {
		const bob = await world.registered('bob');
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
		const callee = await bob.incoming();
		bob.transmitRaw(change(callee.invite.response(180, 'Ringing', { toTag: callee.localTag }).toString()));
		await callee.reply(486);
		await control.callState(id, 'busy');
		assert.match(world.switch.text(), line);
	});

scenario('a redirection to a name without quotes or brackets is followed', {}, async (world, control) => {
	const bob = await world.registered('bob'), carol = await world.registered('carol');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const first = await bob.incoming();
	bob.respond(first.invite, set(first.invite.response(302, 'Moved', { toTag: first.localTag }), 'Contact', `"unknown" sip:+15550001003@${world.host}`));
	const second = await carol.incoming();
	await second.accept();
	await control.callState(id, 'in-progress');
	await control.call('call.hangup', { call: id });
	await second.ended();
});

scenario('a REGISTER with an odd name in Contact, or a broken Contact beside a good one', {}, async (world, control) => {
	const alice = await world.phone('alice');
	for (const before of ['Müller ', 'Doe, John ', '???, ', '"x" ']) {
		const reply = await alice.register({ contact: before + alice.contact() });
		assert.equal(reply.status, 200, before);
		assert.match(reply.get('contact'), new RegExp(`sip:alice@${alice.host}:${alice.port}`));
	}
	const { registrations } = await control.call('registration.list');
	assert.equal(registrations.length, 1);
});

scenario('methods that begin as known ones do are not implemented, and are told so', {}, async world => {
	const alice = await world.registered('alice');
	for (const method of ['PING', 'SERVICE', 'SPRACK', 'NOTE', 'INV', 'FOO']) {
		const reply = await alice.send(alice.request(method, `sip:${world.host}`));
		assert.equal(reply.status, 501, method);
	}
});

scenario('multipart bodies of any shape end nothing, and the description in one is found', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const sdp = makeSdp({ host: alice.host, port: 9000 });
	const invite = async (type, body) => {
		const request = extra => set(alice.request('INVITE', `sip:+15550009004@${world.host}`, { headers: [['Content-Type', type], ...extra], body, callId: 'm' + Math.random() }), 'X', 'y');
		const first = await alice.send(request([]));
		alice.transmit(set(alice.request('ACK', `sip:+15550009004@${world.host}`, { contact: null }), 'To', first.get('to')));
		const reply = await alice.send(request([alice.answerChallenge(first, 'INVITE', `sip:+15550009004@${world.host}`)]));
		return reply.status;
	};
	const part = `Content-Type: application/sdp\r\n\r\n${sdp}`;
	for (const [type, body, status] of [
		['multipart/mixed;boundary=b', `--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n${part}\r\n--b--\r\n`, 200],
		['multipart/mixed; boundary="b c"', `preamble\r\n--b c\r\nc: application/sdp\r\n\r\n${sdp}\r\n--b c--`, 200],
		['multipart/mixed', `--b\n${part.replaceAll('\r\n', '\n')}\n--b--\n`, 200],
		['multipart/mixed;boundary=b', `--b\r\nC\r\nContent-Type: multipart/mixed;boundary\r\n\r\n--b\r\n${part}`, 200],
		['multipart/mixed;boundary=b', `--b\r\nContent-Type: multipart/mixed;boundary\r\nContent-Length: LEN\r\n\r\n--b\r\nContent-Type: x`, 488],
		['multipart/mixed;boundary=', '--', 488], ['multipart/mixed;boundary=b', '--b', 488], ['multipart/mixed;boundary=b', '\r\n\r\n', 488]]) {
		assert.equal(await invite(type, body), status, `${type}: ${body}`);
		if (status === 200) {
			const { id } = (await control.call('call.list')).calls.find(call => call.status === 'in-progress');
			await control.call('call.hangup', { call: id });
		}
	}
});

scenario('a program may say how a phone is to ring or answer, and not what is ours', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const headers = { 'Alert-Info': '<http://127.0.0.1/ring>;info=alert-autoanswer', 'Call-Info': '<sip:x>;answer-after=0', 'Answer-Mode': 'Auto', Subject: 'Paging', 'X-Mine': '1' };
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001', headers });
	const callee = await bob.incoming();
	for (const [name, value] of Object.entries(headers))
		assert.equal(callee.invite.get(name)?.replaceAll(' ', ''), value.replaceAll(' ', ''), name);
	await callee.reply(486);
	await control.callState(id, 'busy');
	for (const name of ['Contact', 'Via', 'From', 'Route', 'Authorization', 'P-Asserted-Identity'])
		await assert.rejects(control.call('call.originate', { to: 'bob', from: '+15550001001', headers: { [name]: 'x' } }), /headers/);
});

scenario('a header that would be lost on its way is refused, with the reason', {}, async (world, control) => {
	await world.registered('bob');
	for (const [name, value] of [['Call-Info', 'answer-after=0'], ['Call-Info', '<sip:x'], ['Call-Info', ''], ['Priority', 'very high'], ['Subject', 'a\r\nb']])
		await assert.rejects(control.call('call.originate', { to: 'bob', from: '+15550001001', headers: { [name]: value } }), /headers/, value);
	await world.startApi();
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to: 'bob', from: '+15550001001', headers: { 'Call-Info': 'answer-after=0' } });
	assert.equal(status, 400);
	assert.match(JSON.stringify(body), /angle brackets/);
});

scenario('a program says what a caller hears while it rings', {}, async (world, control) => {
	const carrier = await world.trunk(), ring = (id, headers) => control.call('call.ring', { call: id, ...(headers ? { headers } : {}) });
	const caller = await carrier.call('+15550009000', { auth: false });
	const { call: { id } } = await control.event('call.incoming');
	await ring(id, { 'Alert-Info': '<http://127.0.0.1/ring>', 'X-Queue': '3' });
	const first = await caller.response(180);
	assert.equal(first.get('alert-info'), '<http://127.0.0.1/ring>');
	assert.equal(first.get('x-queue'), '3');
	await ring(id); // it rings already
	await ring(id, { 'X-Queue': '2' });
	await carrier.signal.until(() => caller.responses.filter(({ status }) => status === 180).length >= 2, 'another 180');
	assert.deepEqual(caller.responses.filter(({ status }) => status === 180).map(r => r.get('x-queue')), ['3', '2']);
	for (const headers of [{ Contact: '<sip:x>' }, { 'Call-Info': 'x' }, { 'X-A': 'a\r\nb' }])
		await assert.rejects(ring(id, headers), /headers/);
	await caller.cancel();
	await control.callState(id, 'canceled');
});

scenario('a compressed body is refused with what we take', {}, async world => {
	const carrier = await world.trunk();
	const reply = await carrier.send(carrier.request('INVITE', `sip:+15550009004@${world.host}`, { headers: [SDP, ['Content-Encoding', 'gzip']], body: 'xyz' }));
	assert.equal(reply.status, 415);
	assert.equal(reply.get('accept-encoding'), 'identity');
});

scenario('an INFO with more than a digit is refused, and no wrong digit told', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	for (const [type, body, status] of [['dtmf-relay', 'Signal=1234', 400], ['dtmf', 'd=5', 400], ['dtmf', '12345', 400], ['dtmf', '16', 400], ['dtmf-relay', 'Signal=5x', 400],
		['vnd.nortelnetworks.digits', 'p=Digit-Collection\r\ny=Digits\r\ns=success\r\nu=123\r\nd=123\r\n', 400], ['vnd.nortelnetworks.digits', 'u=1\r\n', 400],
		['dtmf', '5', 200], ['dtmf-relay', 'Signal= 6\r\nDuration= 250', 200], ['dtmf', '11', 200],
		['vnd.nortelnetworks.digits', 'p=Digit-Collection\r\ny=Digits\r\ns=success\r\nu=12345678\r\ni=87654321\r\nd=7\r\n', 200],
		// RFC 4733: event, end and volume, duration; without the end others follow
		['audio/telephone-event', '\x08\x0a\x03\x20', 415], ['audio/telephone-event', '8', 415], ['audio/telephone-event', '1234', 415]])
		assert.equal((await alice.send(call.inDialog('INFO', { headers: [['Content-Type', type.includes('/') ? type : `application/${type}`]], body }))).status, status, body);
	const event = call.inDialog('INFO', { headers: [['Content-Type', 'audio/telephone-event']], body: 'wxyz' }), [head] = event.toString().split('wxyz');
	alice.transmitRaw(Buffer.concat([Buffer.from(head), Buffer.from([0x0a, 0x8a, 0x03, 0x20])]));
	await control.signal.until(() => control.events.filter(({ method }) => method === 'call.digit').length >= 5, 'five digits');
	assert.equal(control.events.filter(({ method }) => method === 'call.digit').map(({ params }) => params.digit).join(''), '56#7*');
	await call.bye();
});
