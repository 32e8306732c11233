// Encrypted audio (SRTP with keys in the SDP): every suite, off, accepted, offered and required on either side, relayed and decoded, keys that
// change, answers of the odd kinds, and refusals that say why.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { readWav, toneShares } from './support/rtp.mjs';
import { Crypto, SUITES } from './support/srtp.mjs';

const SDP = ['Content-Type', 'application/sdp'];
const users = (alice, bob = '') => ({ users: `
user "alice" { password = "secret-a" number = "+15550001001" ${alice && `srtp = "${alice}"`} }
user "bob" { password = "secret-b" number = "+15550001002" ${bob && `srtp = "${bob}"`} }` });
const offer = (suite, proto = 'RTP/SAVP') => ({ proto, srtp: [].concat(suite).map((name, i) => new Crypto(name, undefined, { tag: i + 3 })) });
const encrypted = (control, id, suite) => control.event('call.state', ({ call }) => call.id === id && call.status === 'in-progress' && call.srtp === suite);

async function hearEachOther(a, b, one = 440, other = 1000) {
	a.rtp.sendTone(one);
	b.rtp.sendTone(other);
	await Promise.all([a.rtp.hear(other), b.rtp.hear(one)]);
	assert.deepEqual([a.rtp.forged, b.rtp.forged], [0, 0], 'all that Offhook sends is made with its keys');
}

scenario('every suite is spoken with a phone that offers it, alone and among others', {}, async (world, control) => {
	const alice = await world.registered('alice');
	for (const suite of Object.keys(SUITES)) {
		const call = await alice.call('+15550009004', { sdp: offer(suite) });
		const answer = parseSdp((await call.response(200)).body);
		assert.equal(answer.proto, 'RTP/SAVP');
		assert.deepEqual(answer.srtp.map(crypto => [crypto.suite, crypto.tag]), [[suite, 3]]);
		call.rtp.sendTone(700);
		await call.rtp.hear(700);
		assert.equal(call.rtp.forged, 0);
		await call.bye();
	}
	const order = ['AES_256_CM_HMAC_SHA1_32', 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80'];
	const lines = ['a=crypto:1 F8_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz',
		'a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz UNENCRYPTED_SRTP'];
	const call = await alice.call('+15550009004', { sdp: { ...offer(order), lines } });
	const answer = parseSdp((await call.response(200)).body);
	assert.deepEqual(answer.srtp.map(crypto => [crypto.suite, crypto.tag]), [[order[0], 3]], 'the first of the phone’s that Offhook has');
	await control.someCall(({ status, srtp, srtp_in_clear }) => status === 'in-progress' && srtp === order[0] && srtp_in_clear === true);
	await call.bye();
	assert.match(world.switch.text(), /call\.srtp_in_clear/);
});

for (const [name, suites] of [['with other suites', ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM']], ['and one that is plain', ['AES_256_CM_HMAC_SHA1_80']]]) {
	scenario(`two phones talk ${name}, relayed, recorded and relayed again`, users('accepted', suites[1] ? 'required' : 'off'), async (world, control) => {
		const alice = await world.registered('alice'), bob = await world.registered('bob');
		const caller = await alice.call('bob', { sdp: offer(suites[0], 'RTP/AVP') }), callee = await bob.incoming();
		const asked = parseSdp(callee.invite.body);
		assert.equal(asked.proto, suites[1] ? 'RTP/SAVP' : 'RTP/AVP');
		assert.equal(asked.srtp.length > 0, Boolean(suites[1]));
		await callee.accept({ srtp: suites[1] });
		assert.equal(parseSdp((await caller.response(200)).body).proto, 'RTP/AVP');
		await hearEachOther(caller, callee);
		const inbound = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
		assert.equal(inbound.srtp, suites[0]);
		await control.call('call.record', { call: inbound.id, channels: 2 });
		await Promise.all([caller.rtp.further(60), callee.rtp.further(60)]);
		await hearEachOther(caller, callee);
		await control.call('call.record_stop', { call: inbound.id });
		const { recording } = await control.event('call.record_done');
		await Promise.all([caller.rtp.further(60), callee.rtp.further(60)]);
		await hearEachOther(caller, callee);
		const wav = readWav(readFileSync(recording.file));
		assert.ok(Math.max(...toneShares(wav.channels[0], 440, wav.rate)) > 0.8, 'the caller is on the left');
		assert.ok(Math.max(...toneShares(wav.channels[1], 1000, wav.rate)) > 0.8, 'and the callee on the right');
		await caller.bye();
		const { stats, call } = await control.event('call.quality', ({ call: c, final }) => final && c.id === inbound.id);
		assert.equal(call.srtp, suites[0]);
		assert.deepEqual([stats.rx_unauthentic, stats.rx_replayed], [0, 0]);
	});
}

scenario('a phone whose user requires encryption is called that way, over TLS', { ...withTls(), ...users('required') }, async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tls' });
	const { call: { id } } = await control.call('call.originate', { to: 'alice', from: '+15550009000' });
	const callee = await alice.incoming(), { proto, srtp } = parseSdp(callee.invite.body);
	assert.equal(proto, 'RTP/SAVP');
	assert.ok(srtp.length >= 3 && new Set(srtp.map(({ tag }) => tag)).size === srtp.length);
	await callee.accept({ srtp: 'AES_CM_128_HMAC_SHA1_80' });
	const { call } = await encrypted(control, id, 'AES_CM_128_HMAC_SHA1_80');
	assert.equal(call.srtp_in_clear, undefined);
	assert.doesNotMatch(world.switch.text(), /srtp_in_clear/);
	await control.call('call.hangup', { call: id });
});

scenario('required: a phone without encryption is refused with the reason, and one that answers without is hung up on', users('required', 'required'), async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const refused = await alice.call('bob');
	const response = await refused.final();
	assert.equal(response.status, 488);
	assert.match(response.get('warning'), /^302 \S+ ".*[Ee]ncrypted/);
	assert.equal(bob.calls.length, 0, 'nobody was rung for it');
	assert.match((await control.someCall(({ status }) => status === 'failed')).reason, /Encrypted audio is required/);
	const call = await alice.call('bob', { sdp: offer('AEAD_AES_128_GCM') }), callee = await bob.incoming();
	await callee.reply(200, { media: true, sdp: { proto: 'RTP/AVP' } });
	assert.equal((await call.final()).status, 488);
	await callee.ended();
	const unable = await alice.call('bob', { sdp: { proto: 'RTP/SAVP', lines: ['a=crypto:1 F8_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz'] } });
	assert.equal((await unable.final()).status, 488);
	const silly = await alice.call('bob', { sdp: offer('AEAD_AES_128_GCM') }), odd = await bob.incoming();
	await odd.reply(200, { media: true, sdp: offer('AES_CM_128_HMAC_SHA1_32') }); // which was not offered
	assert.equal((await silly.final()).status, 488);
	await odd.ended();
});

scenario('off: what demands encryption is refused, what leaves it open is plain', users('off'), async (world, control) => {
	const alice = await world.registered('alice');
	const refused = await alice.call('+15550009004', { sdp: offer('AEAD_AES_128_GCM') });
	const response = await refused.final();
	assert.equal(response.status, 488);
	assert.match(response.get('warning'), /^302 .*srtp is off/);
	assert.match((await control.someCall(({ status }) => status === 'failed')).reason, /srtp is off/);
	const open = await alice.call('+15550009004', { sdp: offer('AEAD_AES_128_GCM', 'RTP/AVP') });
	const answer = parseSdp((await open.response(200)).body);
	assert.deepEqual([answer.proto, answer.srtp.length], ['RTP/AVP', 0]);
	open.rtp.sendTone(600);
	await open.rtp.hear(600);
	await open.bye();
});

scenario('offered: taken, left, raised to RTP/SAVP, or asked for once more', users('accepted', 'offered'), async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	for (const how of [{ srtp: true }, {}, { srtp: true, sdp: { proto: 'RTP/SAVP' } }]) {
		const caller = await alice.call('bob'), callee = await bob.incoming(), { proto, srtp } = parseSdp(callee.invite.body);
		assert.equal(proto, 'RTP/AVP');
		assert.ok(srtp.length >= 3);
		await callee.accept(how);
		await caller.response(200);
		await hearEachOther(caller, callee);
		assert.equal(Boolean(callee.rtp.secure), Boolean(how.srtp));
		await caller.bye();
		await callee.ended();
	}
	const caller = await alice.call('bob'), stubborn = await bob.incoming();
	await stubborn.reply(488);
	const again = await bob.incoming();
	assert.equal(parseSdp(again.invite.body).proto, 'RTP/SAVP');
	await again.accept({ srtp: true });
	await caller.response(200);
	await hearEachOther(caller, again);
	await caller.bye();
	await again.ended();
	const unlucky = await alice.call('bob');
	await (await bob.incoming()).reply(488);
	await (await bob.incoming()).reply(488);
	assert.equal((await unlucky.final()).status, 488);
	assert.equal((await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'failed')).srtp, undefined);
});

scenario('a phone that offers the same audio both ways is taken at what its user may', users('accepted', 'off'), async world => {
	for (const [user, index] of [['alice', 0], ['bob', 1]]) {
		const phone = await world.registered(user), crypto = new Crypto('AES_CM_128_HMAC_SHA1_80');
		const lines = [crypto.line(), 'a=sendrecv', 'm=audio 9998 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000'];
		const call = await phone.call('+15550009004', { sdp: { proto: 'RTP/SAVP', payloads: [0], lines } });
		const ports = [...(await call.response(200)).body.matchAll(/^m=audio (\d+) (\S+)/gm)].map(([, port, proto]) => [Number(port) > 0, proto]);
		assert.deepEqual(ports, [[index === 0, 'RTP/SAVP'], [index === 1, 'RTP/AVP']]);
		await call.bye();
	}
});

scenario('RTP/SAVPF and RTP/AVPF are answered in kind', {}, async world => {
	const alice = await world.registered('alice');
	for (const [proto, srtp] of [['RTP/SAVPF', [new Crypto('AEAD_AES_128_GCM')]], ['RTP/AVPF', []], ['RTP/AVPF', [new Crypto('AES_CM_128_HMAC_SHA1_80')]]]) {
		const call = await alice.call('+15550009004', { sdp: { proto, srtp } });
		const answer = parseSdp((await call.response(200)).body);
		assert.deepEqual([answer.proto, answer.srtp.length], [proto, srtp.length]);
		call.rtp.sendTone(800);
		await call.rtp.hear(800);
		await call.bye();
	}
});

// A re-INVITE with this description; resolves to the answer.
async function reinvite(call, sdp, keys) {
	const body = makeSdp({ host: call.phone.host, port: call.rtp.port, payloads: [0, 101], ...sdp });
	const request = call.inDialog('INVITE', { headers: [SDP], body });
	const response = await call.phone.send(request);
	call.phone.transmit(call.inDialog('ACK', { cseq: request.cseq.number }));
	if (response.status === 200) {
		call.keys = keys ?? call.keys;
		call.useRemoteSdp(response.body);
	}
	return response;
}

scenario('in mid-call: keys stay, change, go away and come back', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const first = offer('AES_CM_128_HMAC_SHA1_80'), caller = await alice.call('bob', { sdp: first }), callee = await bob.incoming();
	const settled = async () => { // what was under way with the former key has come
		await caller.rtp.further(5);
		caller.rtp.forged = 0;
	};
	await callee.accept();
	const before = parseSdp((await caller.response(200)).body).srtp[0];
	await hearEachOther(caller, callee);
	const same = parseSdp((await reinvite(caller, first)).body).srtp[0];
	assert.ok(same.key.equals(before.key), 'nothing has changed');
	await hearEachOther(caller, callee, 500, 1100);
	const held = await reinvite(caller, { ...first, direction: 'sendonly' });
	assert.equal(parseSdp(held.body).direction, 'recvonly');
	await reinvite(caller, first);
	await hearEachOther(caller, callee, 460, 1060);
	const second = offer('AES_CM_128_HMAC_SHA1_80');
	const kept = parseSdp((await reinvite(caller, second, second.srtp)).body).srtp[0];
	assert.ok(kept.key.equals(before.key), 'the key of the other direction is its sender’s to change');
	await hearEachOther(caller, callee, 600, 1200);
	const third = offer('AEAD_AES_256_GCM');
	const other = parseSdp((await reinvite(caller, third, third.srtp)).body).srtp[0];
	assert.equal(other.suite, 'AEAD_AES_256_GCM');
	await settled();
	await hearEachOther(caller, callee, 700, 1300);
	assert.deepEqual(parseSdp((await reinvite(caller, {}, [])).body).srtp, []);
	await settled();
	await hearEachOther(caller, callee, 800, 1400);
	assert.equal((await reinvite(caller, third, third.srtp)).status, 200);
	await settled();
	await hearEachOther(caller, callee, 900, 1500);
	const { id } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	const { call } = await control.call('call.get', { call: id });
	assert.equal(call.srtp, 'AEAD_AES_256_GCM');
	await caller.bye();
});

scenario('required in mid-call too: an offer without keys is refused, and the call goes on', users('required'), async world => {
	const alice = await world.registered('alice'), first = offer('AEAD_AES_128_GCM');
	const call = await alice.call('+15550009004', { sdp: first });
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	assert.equal((await reinvite(call, {})).status, 488);
	call.rtp.sendTone(550);
	await call.rtp.hear(550);
	await call.bye();
});

scenario('a late offer is made as its user’s conf says, and its answer taken', users('required'), async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004', { body: '' });
	const answer = await call.response(200), { proto, srtp } = parseSdp(answer.body);
	assert.equal(proto, 'RTP/SAVP');
	await control.someCall(({ status }) => status === 'in-progress');
	assert.ok(srtp.length >= 3);
	await call.ended(); // our ACK had no answer
});

scenario('our hold and resume keep the keys', {}, async (world, control) => {
	const alice = await world.registered('alice'), call = await alice.call('+15550009004', { sdp: offer('AES_CM_128_HMAC_SHA1_80') });
	const before = parseSdp((await call.response(200)).body).srtp[0];
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	for (const hold of [true, false]) {
		const known = call.requests.length;
		await control.call('call.hold', { call: id, hold });
		const request = await alice.signal.until(() => call.requests[known], 'a re-INVITE');
		const offered = parseSdp(request.body);
		assert.equal(offered.proto, 'RTP/SAVP');
		assert.deepEqual(offered.srtp.map(crypto => crypto.key.equals(before.key)), [true]);
		const body = makeSdp({ host: alice.host, port: call.rtp.port, payloads: offered.payloads, proto: offered.proto,
			srtp: [Object.assign(call.keys[0], { tag: offered.srtp[0].tag })], direction: offered.direction === 'sendonly' ? 'recvonly' : 'sendrecv' });
		alice.respond(request, request.response(200, 'OK', { toTag: call.localTag, body, headers: [['Contact', alice.contact()], SDP] }));
		await alice.signal.until(() => call.acked, 'ACK');
	}
	call.rtp.sendTone(660);
	await call.rtp.hear(660);
	assert.equal(call.rtp.forged, 0);
	await call.bye();
});

scenario('a trunk that requires encryption gets it, and calls from it must have it', { trunk: 'srtp = "required"' }, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const out = await alice.call('+14445550123'), atCarrier = await carrier.incoming();
	assert.equal(parseSdp(atCarrier.invite.body).proto, 'RTP/SAVP');
	await atCarrier.accept({ srtp: 'AES_256_CM_HMAC_SHA1_80' });
	await out.response(200);
	await hearEachOther(out, atCarrier);
	await out.bye();
	await atCarrier.ended();
	assert.equal((await (await carrier.call('+15550009004')).final()).status, 488);
	const back = await carrier.call('+15550009001', { sdp: offer('AES_CM_128_HMAC_SHA1_32') }), near = await alice.incoming();
	await near.accept();
	await back.response(200);
	await hearEachOther(back, near);
	await back.bye();
	await near.ended();
	assert.equal((await control.call('call.list', {})).calls.length, 0);
});

scenario('a trunk that encryption is offered to, and that wants it demanded, is asked again and waited for again', { trunk: 'srtp = "offered" try-timeout = 1' }, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const out = await alice.call('+14445550123'), first = await carrier.incoming();
	assert.equal(parseSdp(first.invite.body).proto, 'RTP/AVP');
	await first.reply(100);
	await first.reply(488);
	const again = await carrier.incoming();
	assert.equal(parseSdp(again.invite.body).proto, 'RTP/SAVP');
	await again.accept({ srtp: true });
	await out.response(200);
	await hearEachOther(out, again);
	await out.bye();
	const silent = await alice.call('+14445550123'), third = await carrier.incoming();
	await third.reply(100);
	await third.reply(488);
	await carrier.incoming(); // and says nothing
	assert.equal((await silent.final()).status, 408);
	assert.match(world.switch.text(), /call\.trunk_silent/);
});

scenario('early media is encrypted as well', users('accepted', 'offered'), async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('bob', { sdp: offer('AEAD_AES_128_GCM') }), callee = await bob.incoming();
	await callee.reply(183, { media: true, srtp: true });
	await caller.response(183);
	callee.rtp.sendTone(900);
	await caller.rtp.hear(900);
	await callee.accept({ srtp: true });
	await caller.response(200);
	await hearEachOther(caller, callee);
	await caller.bye();
});

scenario('what is not genuine is counted and never heard, and a line a packet is not logged', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('bob', { sdp: offer('AES_CM_128_HMAC_SHA1_80') }), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	await hearEachOther(caller, callee);
	const lines = world.switch.text().split('\n').length;
	const { secure } = caller.rtp;
	caller.rtp.secure = null; // it forgets to encrypt
	caller.rtp.sendTone(2100);
	const heard = await callee.rtp.signal.until(() => true, '').then(() => caller.rtp.further(60)).then(() => callee.rtp.samples.slice(-1600));
	assert.ok(Math.max(...toneShares(heard, 2100)) < 0.05);
	assert.ok(world.switch.text().split('\n').length < lines + 20);
	caller.rtp.secure = secure;
	await caller.bye();
	const { stats } = await control.event('call.quality', ({ call, final }) => final && call.direction === 'inbound');
	assert.ok(stats.rx_unauthentic >= 40, JSON.stringify(stats));
});

scenario('offhookctl shows the suite, and what was not heard', {}, async (world, control) => {
	const alice = await world.registered('alice'), call = await alice.call('+15550009004', { sdp: offer('AEAD_AES_128_GCM') });
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	call.rtp.secure.send = new Crypto('AEAD_AES_128_GCM'); // a key that nobody agreed on
	await control.event('call.quality', ({ what }) => what === 'unauthentic');
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	const { stdout } = await world.ctl('call', id);
	assert.match(stdout, /^srtp\s+AEAD_AES_128_GCM$/m);
	assert.match(stdout, /^not heard\s+\d+ packets/m);
	await call.bye();
});
