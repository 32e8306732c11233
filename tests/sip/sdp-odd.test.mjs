// Session descriptions with something in them that is not ours, or that nobody can read: no call is lost to it, and what cannot be taken is
// refused with the true reason.
import assert from 'node:assert/strict';
import { DnsServer } from './support/dns.mjs';
import { RtpEnd } from './support/rtp.mjs';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';

const SDP = ['Content-Type', 'application/sdp'];

function description(host, port, { head = '', audio = 'm=audio AUDIO RTP/AVP 0 101', more = [], origin = 'o=- 1 1 IN IP4 HOST', c = 'c=IN IP4 HOST' } = {}) {
	return ['v=0', origin, 's=-', c, 't=0 0', ...(head ? [head] : []), audio, 'a=rtpmap:101 telephone-event/8000', ...more, '']
		.filter((line, i, all) => line !== '' || i === all.length - 1).join('\r\n').replaceAll('AUDIO', port).replaceAll('HOST', host);
}

// What is said beside a good audio line, by name; both an offer and an answer have to survive each.
const odd = {
	'two dozen payload types before ours': { audio: `m=audio AUDIO RTP/AVP ${Array.from({ length: 24 }, (_, i) => 40 + i).join(' ')} 0 101` },
	'formats that are no payload types': { audio: 'm=audio AUDIO RTP/AVP 255 H264 0 101' },
	'two spaces and a tab': { audio: 'm=audio  AUDIO\tRTP/AVP  0 101' },
	'a long attribute': { more: [`a=key-mgmt:mikey ${'A'.repeat(3000)}`] },
	'an empty parameter of rtpmap': { more: ['a=rtpmap:0 PCMU/8000/'] },
	'lines that are none': { more: ['a=', 'a=:', 'nonsense', ' a=x', '?'] },
	'nine media lines': { more: Array.from({ length: 8 }, (_, i) => `m=video ${i ? 0 : 5000} RTP/AVP 9${i}`) },
	'other media without format, port or address': { more: ['m=video 0 RTP/AVP', 'm=application 9 TCP/MRCPv2', 'm=video -1 RTP/AVP 255', 'c=IN IP4 ', 'm=video $ RTP/AVP *'] },
	'a blank in the name of o=': { origin: 'o=My Phone 1 1 IN IP4 HOST' },
	'no o= at all': { origin: '' },
	'DTLS as an option': { more: ['a=fingerprint:sha-256 AA:BB', 'a=setup:actpass', 'm=audio 7000 UDP/TLS/RTP/SAVPF 0'] },
};

scenario('what is beside the audio in an offer costs no call', {}, async world => {
	const alice = await world.registered('alice');
	for (const [name, parts] of Object.entries(odd)) {
		const rtp = await RtpEnd.open(alice.host);
		const call = await alice.call('+15550009004', { body: description(alice.host, rtp.port, parts) });
		call.rtp.close();
		call.rtp = rtp;
		const final = await call.final();
		assert.equal(final.status, 200, name);
		assert.equal(final.body.match(/^m=/mg).length, call.invite.body.match(/^m=/mg).length, `${name}: as many media lines`);
		rtp.sendTone(440);
		await rtp.hear(440, name);
		await call.bye();
	}
	assert.match(world.switch.text(), /sip\.sdp_skipped .*line \d+: no m= that can be read/);
});

scenario('what is beside the audio in an answer costs no call', {}, async (world, control) => {
	const bob = await world.registered('bob');
	for (const [name, parts] of Object.entries(odd)) {
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
		const callee = await bob.incoming();
		await callee.openMedia();
		bob.respond(callee.invite, callee.invite.response(200, 'OK', { toTag: callee.localTag, body: description(bob.host, callee.rtp.port, parts),
			headers: [['Contact', bob.contact()], SDP] }));
		await control.callState(id, 'in-progress');
		await control.call('call.hangup', { call: id });
		await callee.ended();
		assert.equal((await control.call('call.get', { call: id })).call.status, 'completed', name);
	}
});

for (const [name, body, reason] of [
	['DTLS alone', 'v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 7000 UDP/TLS/RTP/SAVPF 0\r\na=fingerprint:sha-256 AA\r\n', /DTLS-SRTP alone/],
	['no audio', 'v=0\r\nc=IN IP4 127.0.0.1\r\nm=video 7000 RTP/AVP 97\r\n', /no audio/],
	['no description', 'hello', /no session description/]])
	scenario(`refused with the true reason: ${name}`, {}, async (world, control) => {
		const alice = await world.registered('alice'), bob = await world.registered('bob');
		const final = await (await alice.call('+15550009004', { body })).final();
		assert.equal(final.status, 488);
		assert.match(final.get('warning'), reason);
		assert.match((await control.someCall(({ status }) => status === 'failed')).reason, reason);
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
		const callee = await bob.incoming();
		bob.respond(callee.invite, callee.invite.response(200, 'OK', { toTag: callee.localTag, body, headers: [['Contact', bob.contact()], SDP] }));
		assert.match((await control.callState(id, 'failed')).reason, reason);
		await callee.ended();
	});

// A name in c= (RFC 8866 section 5.7): the call is answered at once, and the audio goes to the address as soon as it is known.
const dns = await DnsServer.open('127.0.0.1', { 'A media.phone.test': [{ address: '127.0.0.1' }] });

scenario('a host name in place of an address, in an offer and in an answer', { sip: world => `resolv-conf = "${dns.writeConf(world.dir)}"` }, async (world, control) => {
	try {
		const alice = await world.registered('alice'), bob = await world.registered('bob');
		const rtp = await RtpEnd.open(alice.host);
		const call = await alice.call('+15550009004', { body: description(alice.host, rtp.port, { c: 'c=IN IP4 media.phone.test' }) });
		call.rtp.close();
		call.rtp = rtp;
		assert.equal((await call.final()).status, 200);
		rtp.sendTone(440);
		await rtp.hear(440);
		await call.bye();
		// who says nothing is sent to all the same
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
		const callee = await bob.incoming();
		await callee.openMedia();
		bob.respond(callee.invite, callee.invite.response(200, 'OK', { toTag: callee.localTag, headers: [['Contact', bob.contact()], SDP],
			body: description(bob.host, callee.rtp.port, { c: 'c=IN IP4 media.phone.test' }) }));
		await control.callState(id, 'in-progress');
		await control.call('call.send_digits', { call: id, digits: '5' });
		await callee.rtp.signal.until(() => callee.rtp.packets.length > 0, 'a packet at the address behind the name');
		assert.ok(dns.asked.includes('A media.phone.test'));
		// what does not resolve costs no call either
		const lost = await alice.call('+15550009004', { body: description(alice.host, rtp.port, { c: 'c=IN IP4 nowhere.phone.test' }) });
		assert.equal((await lost.final()).status, 200);
		await lost.bye();
		await control.call('call.hangup', { call: id });
		await callee.ended();
	} finally {
		dns.close();
	}
});

async function reinvite(call, body, method = 'INVITE') {
	const reply = await call.phone.send(call.inDialog(method, { body, headers: [SDP] }));
	if (method === 'INVITE')
		call.phone.transmit(call.inDialog('ACK', { cseq: reply.cseq.number }));
	return reply;
}

scenario('hold by port 0, and back', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	const held = await reinvite(call, makeSdp({ host: alice.host, port: 0, payloads: [0, 101] }));
	assert.equal(held.status, 200);
	assert.match(held.body, /^m=audio 0 RTP\/AVP/m);
	assert.equal((await control.event('call.held', ({ call: { id: it } }) => it === id)).held, true);
	const back = await reinvite(call, makeSdp({ host: alice.host, port: call.rtp.port, payloads: [0, 101] }));
	assert.notEqual(parseSdp(back.body).port, 0);
	assert.equal((await control.event('call.held', ({ call: { id: it }, held: on }) => it === id && !on)).held, false);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	await call.bye();
});

for (const [what, line] of [['T.38', 'm=image 4000 udptl t38'], ['video', 'm=video 4000 RTP/AVP 96'], ['DTLS-SRTP', 'm=audio 4000 UDP/TLS/RTP/SAVP 0']])
	scenario(`a call that turns from audio to ${what} alone is refused, and stays as it was`, {}, async (world, control) => {
		const alice = await world.registered('alice'), call = await alice.call('+15550009004');
		await call.response(200);
		const offer = makeSdp({ host: alice.host, port: 0, payloads: [0] }) + line + '\r\n';
		for (const method of ['INVITE', 'UPDATE'])
			assert.equal((await reinvite(call, offer, method)).status, 488, method);
		call.rtp.sendTone(440);
		await call.rtp.hear(440);
		assert.ok(!(await control.call('call.list')).calls[0].held);
		await call.bye();
	});

// RFC 6141: what comes of an offer that nobody answers is the session as it was.
for (const [name, answer] of [['without an answer', ''], ['with one that cannot be read', 'hello'], ['that declines audio', 'v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n']])
	scenario(`a re-INVITE that asks for our offer, and an ACK ${name}: the call goes on`, {}, async (world, control) => {
		const alice = await world.registered('alice');
		const call = await alice.call('+15550009004');
		await call.response(200);
		const reply = await call.phone.send(call.inDialog('INVITE'));
		assert.equal(reply.status, 200);
		call.phone.transmit(call.inDialog('ACK', { cseq: reply.cseq.number, body: answer, headers: answer ? [SDP] : [] }));
		call.rtp.sendTone(440);
		await call.rtp.hear(440);
		const again = await reinvite(call, makeSdp({ host: alice.host, port: call.rtp.port, payloads: [0, 101] }));
		assert.equal(again.status, 200);
		assert.ok(!control.events.some(({ method, params }) => method === 'call.state' && params.call.ended_at));
		await call.bye();
	});

for (const [srtp, reason] of [['required', /encrypted, which srtp requires/], ['off', /codecs .* or it demands encryption/]])
	scenario(`a phone refuses with 488 where srtp is ${srtp}: the reason does not blame the codecs alone`, { users: `
user "alice" { password = "secret-a" number = "+15550001001" }
user "bob" { password = "secret-b" number = "+15550001002" srtp = "${srtp}" }` }, async (world, control) => {
		const bob = await world.registered('bob');
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001002' });
		await (await bob.incoming()).reply(488);
		assert.match((await control.callState(id, 'failed')).reason, reason);
	});
