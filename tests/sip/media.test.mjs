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

// What other interfaces tell of a call's audio, from the totals of call.quality: the table in doc/control-protocol.md.
const otherNames = stats => ({
	AudioInMediaPacketCount: stats.rx_packets - stats.rx_digit_packets,
	AudioInDtmfPacketCount: stats.rx_digit_packets,
	AudioInAveragePtime: Math.round(stats.rx_ptime_ms),
	AudioInFlushPacketCount: stats.rx_flushed,
	AudioInSkipPacketCount: stats.rx_skipped,
	AudioInJitterMinVariance: Math.round(stats.jitter_ms.min),
	AudioInJitterMaxVariance: Math.round(stats.jitter_ms.max),
	AudioInLargestJbSize: Math.ceil(stats.buffer_ms.max / stats.rx_ptime_ms),
	AudioInMos: stats.mos_in,
	AudioOutMediaPacketCount: stats.tx_packets - stats.tx_digit_packets,
	AudioOutDtmfPacketCount: stats.tx_digit_packets,
	audio_rtt_min: Math.round(stats.rtt_ms.min),
	audio_rtt_avg: Math.round(stats.rtt_ms.mean),
	audio_rtt_max: Math.round(stats.rtt_ms.max),
	audio_out_jitter_min: Math.round(stats.far_jitter_ms.min),
	audio_out_jitter_avg: Math.round(stats.far_jitter_ms.mean),
	audio_out_jitter_max: Math.round(stats.far_jitter_ms.max),
	audio_out_lost: stats.far_lost,
});

// A receiver report about what `caller` hears, as if the sender report that it answers had left us `rtt` ms ago.
function receiverReport(caller, { lost, jitter, rtt }) {
	const report = Buffer.alloc(32), sent = (Date.now() - rtt) / 1000 + 2208988800;
	report.set([0x81, 201, 0, 7]);
	report.writeUInt32BE(caller.rtp.packets[0].ssrc, 8);
	report.writeUInt32BE(lost, 12);
	report.writeUInt32BE(jitter, 20);
	report.writeUInt32BE(Math.floor(sent % 65536 * 65536), 24);
	caller.rtp.sendRaw(report, { ...caller.rtp.remote, port: caller.rtp.remote.port + 1 });
}

scenario("other interfaces' names for a call's quality can be had from its totals", {}, async (world, control) => {
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	const { call: { id } } = await control.event('call.state', ({ call }) => call.status === 'in-progress');
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	caller.rtp.stop();
	for (let i = 1; i <= 8; i++) // a press of 160 ms, its end three times
		caller.rtp.sendPacket(101, Buffer.from([5, i > 5 ? 0x8a : 10, 0, 160 * Math.min(i, 6) & 255]), { step: 0, marker: i === 1 ? 1 : 0 });
	await control.event('call.digit', ({ digit }) => digit === '5');
	await control.call('call.send_digits', { call: id, digits: '1', duration: 100 });
	await caller.rtp.signal.until(() => caller.rtp.packets.filter(({ pt }) => pt === 101).length >= 7, 'a digit');
	receiverReport(caller, { lost: 3, jitter: 80, rtt: 40 });
	receiverReport(caller, { lost: 7, jitter: 240, rtt: 80 });
	caller.rtp.sendTone(440);
	await caller.rtp.further(50);
	await caller.bye();
	const { stats } = await control.event('call.quality', ({ call, final }) => final && call.id === id);
	const names = otherNames(stats);
	for (const [name, value] of Object.entries(names))
		assert.ok(Number.isFinite(value), `${name} is ${value}: ${JSON.stringify(stats)}`);
	assert.equal(names.AudioInDtmfPacketCount, 8);
	assert.equal(names.AudioInAveragePtime, 20);
	assert.ok(names.AudioInMediaPacketCount >= 20);
	assert.equal(names.AudioInFlushPacketCount, 0);
	assert.ok(names.AudioInJitterMinVariance <= names.AudioInJitterMaxVariance);
	assert.ok(names.AudioInLargestJbSize >= 2 && names.AudioInLargestJbSize <= 15, JSON.stringify(stats.buffer_ms));
	assert.ok(names.AudioInMos >= 1 && names.AudioInMos <= 4.5);
	assert.equal(names.AudioOutDtmfPacketCount, caller.rtp.packets.filter(({ pt }) => pt === 101).length);
	assert.ok(names.AudioOutMediaPacketCount >= caller.rtp.packets.filter(({ pt }) => pt === 0).length);
	assert.equal(names.audio_out_lost, 7);
	assert.deepEqual([names.audio_out_jitter_min, names.audio_out_jitter_avg, names.audio_out_jitter_max], [10, 20, 30]);
	assert.ok(names.audio_rtt_min >= 39 && names.audio_rtt_max >= 79 && names.audio_rtt_max < 2000, JSON.stringify(stats.rtt_ms));
	assert.ok(names.audio_rtt_min < names.audio_rtt_avg && names.audio_rtt_avg < names.audio_rtt_max);
});

// alice, who has no telephone-event, calls bob, who has it or not.
async function oldPhone(world, control, payloads) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', { sdp: { payloads: [0] } }), callee = await bob.incoming();
	await callee.accept({ sdp: { payloads } });
	await caller.response(200);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	const { id } = await control.someCall(({ user, status }) => user === 'alice' && status === 'in-progress');
	return { caller, callee, id };
}

// 5 in the audio, for a fifth of a second.
async function press5(end, listener) {
	end.sendTone([770, 1336], 5000);
	await listener.further(10);
	end.sendTone(440);
}

scenario('digits in the audio of a relayed call are told', {}, async (world, control) => {
	const { caller, callee, id } = await oldPhone(world, control, [0]);
	await press5(caller.rtp, callee.rtp);
	const { call, digit, duration_ms: duration } = await control.event('call.digit');
	assert.equal(call.id, id);
	assert.equal(digit, '5');
	assert.ok(duration >= 60, `${duration} ms`);
	assert.ok(callee.rtp.packets.every(({ pt }) => pt === 0), 'and are passed on as they are');
	await caller.bye();
});

scenario('digits in the audio become telephone-events for who takes them, and events become tones for who does not', {}, async (world, control) => {
	const { caller, callee } = await oldPhone(world, control, [0, 101]);
	await press5(caller.rtp, callee.rtp);
	await callee.rtp.signal.until(() => callee.rtp.packets.some(({ pt, payload }) => pt === 101 && payload[1] & 0x80), 'the end of an event');
	const events = callee.rtp.packets.filter(({ pt }) => pt === 101);
	assert.ok(events.every(({ payload }) => payload[0] === 5));
	assert.equal(new Set(events.map(({ timestamp }) => timestamp)).size, 1, 'one press');
	assert.equal((await control.event('call.digit')).digit, '5');
	await callee.rtp.hear(440, 'the voice afterwards');
	callee.rtp.stop();
	for (let i = 1; i <= 12; i++) {
		callee.rtp.sendPacket(101, Buffer.from([9, i > 9 ? 0x8a : 10, 160 * Math.min(i, 10) >> 8, 160 * Math.min(i, 10) & 255]), { step: 0, marker: i === 1 ? 1 : 0 });
		await callee.rtp.further(1);
	}
	callee.rtp.sendTone(1000);
	await caller.rtp.signal.until(() => {
		const last = caller.rtp.samples.slice(-800);
		return toneShare(last.slice(0, 400), 852) > 0.3 && toneShare(last.slice(0, 400), 1477) > 0.3;
	}, 'the tones of a 9');
	assert.equal((await control.event('call.digit', ({ digit }) => digit === '9')).digit, '9');
	await caller.bye();
});
