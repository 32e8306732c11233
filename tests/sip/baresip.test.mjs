// baresip, a phone that people use: it registers, is called and recorded.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { baresip } from './support/baresip.mjs';
import { scenario } from './support/harness.mjs';
import { withTls } from './support/certificates.mjs';
import { level, readWav, writeWav } from './support/rtp.mjs';
import { Crypto } from './support/srtp.mjs';

for (const transport of ['udp', 'tcp', 'tls']) {
	scenario(`baresip registers over ${transport}, answers a call and is recorded`, transport === 'tls' ? withTls() : {}, async (world, control) => {
		baresip(world, 'bob', { transport });
		const { agent, source } = await control.event('registration.changed', ({ user }) => user === 'bob');
		assert.match(agent, /baresip/);
		assert.match(source, new RegExp(`^${transport}:`));
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', record: true });
		await control.callState(id, 'in-progress');
		const carrier = await world.trunk();
		const other = await carrier.call('+15550009004'); // time measured in packets, not in seconds
		await other.response(200);
		other.rtp.sendTone(440);
		await other.rtp.hear(440);
		await other.rtp.further(100);
		await other.bye();
		await control.call('call.hangup', { call: id });
		const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
		const wav = readWav(readFileSync(recording.file));
		assert.ok(wav.seconds > 1.5, `${wav.seconds} s`);
		assert.ok(level(wav.channels[0]) > 1000, `level ${level(wav.channels[0])}`);
	});
}

const users = policy => `
user "alice" { password = "secret-a" number = "+15550001001" srtp = "${policy}" }
user "bob" { password = "secret-b" number = "+15550001002" srtp = "${policy}" }`;

// What baresip is set to, and what its user's conf says.
for (const [encryption, policy] of [['srtp-mand', 'required'], ['srtp', 'required'], ['srtp', 'offered'], ['srtp-mand', 'offered']]) {
	scenario(`baresip (mediaenc=${encryption}) and a user with srtp = "${policy}" call each other over tls`, { ...withTls(), users: users(policy) }, async (world, control) => {
		const registered = control.event('registration.changed', ({ user }) => user === 'bob');
		baresip(world, 'bob', { transport: 'tls', encryption });
		await registered;
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', record: true });
		const { srtp, srtp_in_clear } = await control.callState(id, 'in-progress');
		assert.match(srtp, /^AE/);
		assert.equal(srtp_in_clear, undefined);
		const alice = await world.registered('alice', { transport: 'tls' });
		const caller = await alice.call('bob', { sdp: { proto: 'RTP/SAVP', srtp: [new Crypto('AES_256_CM_HMAC_SHA1_80')] } });
		await caller.response(200); // it has a second call now
		caller.rtp.sendTone(440);
		await caller.rtp.hearAnything('baresip’s beep');
		await caller.rtp.further(100);
		await caller.bye();
		await control.call('call.hangup', { call: id });
		const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
		const wav = readWav(readFileSync(recording.file));
		assert.ok(wav.seconds > 1.5, `${wav.seconds} s`);
		assert.ok(level(wav.channels[0]) > 1000, `level ${level(wav.channels[0])}`);
		const { stats } = await control.event('call.quality', ({ call, final }) => final && call.id === id);
		assert.equal(stats.rx_unauthentic, 0);
	});

	scenario(`baresip (mediaenc=${encryption}) dials the echo number over tls, with srtp = "${policy}"`, { ...withTls(), users: users(policy) }, async (world, control) => {
		baresip(world, 'bob', { transport: 'tls', encryption, dial: '+15550009005' });
		const call = await control.someCall(({ status }) => status === 'in-progress');
		assert.match(call.srtp, /^AE/);
		const other = await (await world.trunk()).call('+15550009004'); // time measured in packets, not in seconds
		await other.response(200);
		other.rtp.sendTone(440);
		await other.rtp.hear(440);
		await other.rtp.further(100);
		await other.bye();
		await control.call('call.hangup', { call: call.id });
		const { recording } = await control.event('call.record_done', ({ call: { id } }) => id === call.id);
		const wav = readWav(readFileSync(recording.file));
		assert.ok(level(wav.channels[0]) > 1000, `level ${level(wav.channels[0])}`);
	});
}
