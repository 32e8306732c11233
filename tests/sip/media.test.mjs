// What happens on the RTP ports: strangers, garbage, silence.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { RtpEnd, readWav, toneShare, toneShares } from './support/rtp.mjs';
import { scenario } from './support/harness.mjs';

// alice and bob talk, and hear each other.
async function talk(world) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	return { caller, callee };
}

const quality = async (control, id) => (await control.event('call.quality', ({ call, final }) => final && call.id === id)).stats;

for (const number of [undefined, '+15550009004']) {
	scenario(`a stranger's packets are not heard ${number ? 'by the echo' : 'on a bridge'}`, {}, async (world, control) => {
		let caller, listener;
		if (number) {
			caller = await (await world.trunk()).call(number);
			await caller.response(200);
			caller.rtp.sendTone(440);
			await caller.rtp.hear(440);
			listener = caller;
		} else {
			({ caller, callee: listener } = await talk(world));
		}
		const stranger = await RtpEnd.open('127.0.0.1');
		stranger.remote = caller.rtp.remote;
		stranger.sendTone(2100, 16000);
		const heard = await listener.rtp.further(50);
		stranger.close();
		assert.ok(Math.max(...toneShares(heard, 440)) > 0.8, `440 Hz has ${toneShares(heard, 440)}`);
		assert.ok(Math.max(...toneShares(heard, 2100)) < 0.05, `2100 Hz has ${toneShares(heard, 2100)}`);
		await caller.bye();
		const { id } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
		const stats = await quality(control, id);
		assert.ok(stats.rx_foreign >= 20, JSON.stringify(stats));
	});
}

scenario('garbage on an RTP port harms nobody', {}, async (world, control) => {
	const { caller, callee } = await talk(world);
	const { remote } = caller.rtp;
	for (let i = 0; i < 300; i++) {
		const garbage = randomBytes(i % 60);
		caller.rtp.sendRaw(garbage);
		caller.rtp.sendRaw(garbage, { ...remote, port: remote.port + 1 }); // RTCP
		if (i % 50 === 0)
			caller.rtp.sendRaw(randomBytes(9000));
	}
	caller.rtp.sendPacket(77, randomBytes(160)); // a payload type nobody agreed on
	caller.rtp.sendPacket(0, Buffer.alloc(0));
	const header = Buffer.from([0x9f, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]); // promises more CSRCs and extension than there are
	caller.rtp.sendRaw(header);
	await callee.rtp.further(50);
	await callee.rtp.hear(440, 'the caller afterwards');
	await caller.bye();
	await callee.ended();
	const { id } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
	const stats = await quality(control, id);
	assert.ok(stats.rx_malformed > 0, JSON.stringify(stats));
});

scenario('a call whose RTP stops is ended, with the reason', { rtp: 'timeout = 1' }, async (world, control) => {
	const { caller, callee } = await talk(world);
	caller.rtp.stop();
	const { call } = await control.event('call.media_timeout');
	assert.equal(call.direction, 'inbound');
	await Promise.all([caller.ended(), callee.ended()]);
	const over = await control.callState(call.id, 'completed');
	assert.ok(['limit', 'fault'].includes(over.ended_by), over.ended_by);
	assert.match(over.reason, /audio|media|RTP|heard|received/i);
});

scenario('an answered call from which nothing ever comes is ended too', { rtp: 'timeout = 1' }, async (world, control) => {
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	await caller.ended();
	assert.match((await control.someCall(({ status }) => status === 'completed')).reason, /audio|media|RTP|heard|received/i);
});

scenario('audio is sent to where it comes from, not to where the SDP of a phone behind NAT says', {}, async world => {
	// The phone names a port in its SDP that it does not use: what comes first after the answer counts.
	const alice = await world.registered('alice');
	const real = await RtpEnd.open('127.0.0.1');
	const caller = await alice.call('+15550009004');
	await caller.response(200);
	real.remote = caller.rtp.remote;
	real.sendTone(500);
	await real.hear(500, 'the echo at the port that packets came from');
	real.close();
	await caller.bye();
});

scenario('every codec of ours is echoed', {}, async world => {
	const carrier = await world.trunk();
	for (const pt of [0, 8]) {
		const caller = await carrier.call('+15550009004', { sdp: { payloads: [pt] } });
		await caller.response(200);
		caller.rtp.sendTone(900);
		await caller.rtp.hear(900);
		assert.ok(caller.rtp.packets.every(packet => packet.pt === pt));
		const { packets } = caller.rtp;
		assert.equal(new Set(packets.map(({ ssrc }) => ssrc)).size, 1, 'one SSRC');
		assert.ok(packets.every((packet, i) => !i || (packet.seq - packets[i - 1].seq & 0xffff) === 1), 'sequence without a gap');
		assert.ok(packets.every((packet, i) => !i || (packet.timestamp - packets[i - 1].timestamp >>> 0) % 160 === 0), 'timestamps by 160');
		await caller.bye();
	}
});

scenario('a call is recorded from its ringing on', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming();
	await callee.reply(180);
	await control.callState(id, 'ringing');
	await callee.reply(183, { media: true });
	callee.rtp.sendTone(1700);
	await control.event('call.early_media', ({ call }) => call.id === id);
	const { recording } = await control.call('call.record', { call: id, trim_silence: true, mask_digits: true });
	await assert.rejects(control.call('call.record', { call: id }), { code: 409 });
	await callee.rtp.further(30);
	await callee.accept();
	await control.callState(id, 'in-progress');
	await callee.rtp.further(30);
	await control.call('call.hangup', { call: id });
	const done = await control.event('call.record_done', ({ call }) => call.id === id);
	assert.equal(done.recording.id, recording.id);
	const wav = readWav(readFileSync(done.recording.file));
	assert.ok(wav.seconds > 0.6, `${wav.seconds} s`);
	assert.ok(toneShare(wav.channels[0].slice(wav.rate / 4, wav.rate / 2), 1700) > 0.5);
});
