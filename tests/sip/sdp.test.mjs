// Session descriptions of phones as they come: several media, RTCP where they want it, packet times, telephone-event at both clocks.
import assert from 'node:assert/strict';
import { RtpEnd } from './support/rtp.mjs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';


// Calls the echo with these lines; AUDIO stands for the port. Resolves to the call and the m= lines of the answer with what follows each.
async function call(phone, lines, more = {}) {
	const rtp = await RtpEnd.open(phone.host);
	const body = ['v=0', `o=t 1 1 IN IP4 ${phone.host}`, 's=-', `c=IN IP4 ${phone.host}`, 't=0 0', ...lines, ''].join('\r\n')
		.replaceAll('AUDIO', rtp.port).replaceAll('MORE', more.port);
	const call = await phone.call('+15550009004', { body });
	call.rtp.close();
	call.rtp = rtp;
	const answer = await call.response(200);
	call.useRemoteSdp(answer.body.replace(/^m=audio 0 .*\r\n/mg, ''));
	return { call, rtp, media: answer.body.split('\r\nm=').slice(1).map(text => 'm=' + text.trimEnd()) };
}

scenario('video, a second audio and more beside it: the first audio is taken, the rest declined, in their order', {}, async world => {
	const alice = await world.registered('alice');
	const { call: it, rtp, media } = await call(alice, ['m=video 5004 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'm=audio AUDIO RTP/AVP 0', 'a=rtpmap:0 PCMU/8000',
		'm=audio 7000 RTP/AVP 8', 'm=application 5006 UDP/BFCP *', 'm=image 5008 udptl t38', 'm=message 0 TCP/MSRP *']);
	assert.deepEqual(media.map(text => text.split('\r\n')[0].replace(/^(m=audio) [1-9]\d* /, '$1 PORT ')), ['m=video 0 RTP/AVP 96', 'm=audio PORT RTP/AVP 0',
		'm=audio 0 RTP/AVP 8', 'm=application 0 UDP/BFCP *', 'm=image 0 udptl t38', 'm=message 0 TCP/MSRP *']);
	rtp.sendTone(440);
	await rtp.hear(440);
	await it.bye();
});

scenario('the first audio has no codec of ours, or is declined: the next one', {}, async world => {
	const alice = await world.registered('alice');
	for (const first of ['m=audio 7000 RTP/AVP 18', 'm=audio 0 RTP/AVP 0', 'm=audio 7000 RTP/XYZ 0']) {
		const { call: it, rtp, media } = await call(alice, [first, 'm=audio AUDIO RTP/AVP 0']);
		assert.match(media[0], /^m=audio 0 /);
		assert.match(media[1], /^m=audio [1-9]\d* RTP\/AVP 0/);
		rtp.sendTone(440);
		await rtp.hear(440);
		await it.bye();
	}
});

const isRtcp = ({ pt }) => pt >= 72 && pt <= 76; // 200 to 204 without the marker

scenario('RTCP on the port of RTP (rtcp-mux)', {}, async world => {
	const alice = await world.registered('alice');
	const { call: it, rtp, media } = await call(alice, ['m=audio AUDIO RTP/AVP 0', 'a=rtcp-mux']);
	assert.match(media[0], /^a=rtcp-mux$/m);
	rtp.sendTone(440);
	await rtp.signal.until(() => rtp.packets.some(isRtcp), 'RTCP');
	await it.bye();
});

scenario('RTCP on a port of its own (a=rtcp)', {}, async world => {
	const alice = await world.registered('alice'), rtcp = await RtpEnd.open(alice.host);
	const { call: it, rtp, media } = await call(alice, ['m=audio AUDIO RTP/AVP 0', 'a=rtcp:MORE'], { port: rtcp.port });
	assert.doesNotMatch(media[0], /rtcp-mux/);
	rtp.sendTone(440);
	await rtcp.signal.until(() => rtcp.packets.some(isRtcp), 'RTCP');
	assert.ok(!rtp.packets.some(isRtcp));
	await it.bye();
	rtcp.close();
});

// The types of the RTCP packets in a datagram that was read as RTP.
function rtcpTypes({ seq, payload }) {
	const types = [200];
	for (let at = 4 * (seq + 1) - 12; at + 4 <= payload.length; at += 4 * (payload.readUInt16BE(at + 2) + 1))
		types.push(payload[at + 1]);
	return types;
}

// VoIP metrics (RFC 3611) of what we send: a quarter lost, MOS-LQ 3.7, the rest not known.
function voipMetrics(ssrc) {
	const packet = Buffer.alloc(44);
	packet.set([0x80, 207, 0, 10, 0, 0, 0, 1, 7, 0, 0, 8]);
	packet.writeUInt32BE(ssrc, 12);
	packet.set([64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 127, 127, 16, 127, 127, 37, 127], 16);
	return packet;
}

scenario('extended reports (a=rtcp-xr): asked for, sent, and the far end\'s kept as its view', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const { call: it, rtp, media } = await call(alice, ['m=audio AUDIO RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp-xr:voip-metrics stat-summary=loss,dup pkt-loss-rle']);
	assert.match(media[0], /^a=rtcp-xr:stat-summary=loss,dup,jitt voip-metrics$/m);
	rtp.sendTone(440);
	await rtp.hear(440);
	rtp.sendRaw(voipMetrics(rtp.packets.find(({ pt }) => pt === 0).ssrc));
	await rtp.signal.until(() => rtp.packets.some(packet => packet.pt === 72 && rtcpTypes(packet).includes(207)), 'an extended report');
	await it.bye();
	const { stats } = await control.event('call.quality', ({ final }) => final);
	assert.equal(stats.far.xr, 1);
	assert.equal(stats.far.voip.loss_percent, 25);
	assert.equal(stats.far.voip.mos_lq, 3.7);
	for (const unknown of ['mos_cq', 'r', 'signal_dbm', 'rtt_ms'])
		assert.ok(!(unknown in stats.far.voip), JSON.stringify(stats.far.voip));
	assert.equal(stats.rx_malformed, 0);
});

for (const ms of [10, 30, 40])
	scenario(`packets of ${ms} ms`, {}, async world => {
		const alice = await world.registered('alice');
		const { call: it, rtp, media } = await call(alice, ['m=audio AUDIO RTP/AVP 0', `a=ptime:${ms}`]);
		assert.match(media[0], new RegExp(`^a=ptime:${ms}$`, 'm'));
		rtp.sendTone(440);
		await rtp.hear(440);
		assert.ok(rtp.packets.slice(-5).every(({ payload }) => payload.length === 8 * ms), rtp.packets.slice(-5).map(({ payload }) => payload.length).join());
		await it.bye();
	});

// telephone-event of the clock of the codec that is taken.
const both = ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:101 telephone-event/8000', 'a=rtpmap:110 telephone-event/48000'];
for (const [order, codecs, codec, event] of [['111 0', '', 'opus', '110 telephone-event/48000'], ['0 111', '', 'PCMU', '101 telephone-event/8000'],
	['111 0', 'codecs = {"PCMU"}', 'PCMU', '101 telephone-event/8000'], ['0 111', 'codecs = {"opus"}', 'opus', '110 telephone-event/48000']])
	scenario(`telephone-event of ${codec}, offered ${order}${codecs && ', where ' + codecs}`, { users: `
user "alice" { password = "secret-a" number = "+15550001001" ${codecs} }` }, async (world, control) => {
		const alice = await world.registered('alice');
		const { call: it, rtp, media } = await call(alice, [`m=audio AUDIO RTP/AVP ${order} 101 110`, ...both]);
		assert.match(media[0], new RegExp(`^a=rtpmap:\\d+ ${codec}/`, 'm'));
		assert.match(media[0], new RegExp(`^a=rtpmap:${event}$`, 'm'));
		assert.equal(media[0].match(/telephone-event/g).length, 1);
		const pt = Number(event.split(' ')[0]), rate = codec === 'opus' ? 48 : 8;
		for (let i = 1; i <= 6; i++)
			rtp.sendPacket(pt, Buffer.from([7, (i > 3 ? 0x80 : 0) | 10, (Math.min(i, 4) * 20 * rate) >> 8, (Math.min(i, 4) * 20 * rate) & 255]), { marker: i === 1 ? 1 : 0, step: i === 6 ? 100 * rate : 0 });
		const { digit, duration_ms } = await control.event('call.digit');
		assert.equal(digit, '7');
		assert.equal(duration_ms, 80);
		await it.bye();
	});

scenario('our own offer has telephone-event for every clock of its codecs', {}, async (world, control) => {
	const bob = await world.registered('bob');
	await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming();
	const { payloads } = parseSdp(callee.invite.body), maps = Object.fromEntries([...callee.invite.body.matchAll(/^a=rtpmap:(\d+) (\S+)/mg)].map(([, pt, name]) => [name, Number(pt)]));
	assert.equal(new Set(payloads).size, payloads.length, 'no payload type twice');
	for (const name of ['opus/48000/2', 'telephone-event/8000', 'telephone-event/48000'])
		assert.ok(payloads.includes(maps[name]), name);
	await callee.reply(486);
});
