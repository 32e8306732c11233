// Who is believed to be a phone, whatever strangers send; and which silence is none.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { scenario } from './support/harness.mjs';
import { makeSdp } from './support/phone.mjs';
import { RtpEnd } from './support/rtp.mjs';

// alice calls bob; her description names an address that nothing comes from when she is behind a NAT.
async function talk(world, { behindNat, accept } = {}) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', behindNat ? { body: makeSdp({ host: '10.1.2.3', port: 4000 }) } : {});
	const callee = await bob.incoming();
	await callee.accept(accept);
	await caller.response(200);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	return { alice, caller, callee };
}

const reinvite = async (alice, caller, body) => {
	const response = await alice.send(caller.inDialog('INVITE', { headers: [['Content-Type', 'application/sdp']], body }));
	alice.transmit(caller.inDialog('ACK', { cseq: response.cseq.number }));
	return response;
};
const versionUp = text => text.replace(/^(o=\S+ \d+) \d+/m, '$1 9');
const isOver = caller => caller.requests.find(({ method }) => method === 'BYE');

for (const behindNat of [true, false])
	for (const how of ['without a word', 'with a re-INVITE that says the same'])
		scenario(`a phone ${behindNat ? 'behind a NAT ' : ''}that gets another port in mid-call is found again, ${how}`, {}, async world => {
			const { alice, caller, callee } = await talk(world, { behindNat });
			caller.rtp.stop();
			const moved = await RtpEnd.open('127.0.0.1');
			moved.remote = caller.rtp.remote;
			moved.sendTone(620);
			if (how.startsWith('with a'))
				await reinvite(alice, caller, versionUp(caller.invite.body));
			await Promise.all([callee.rtp.hear(620), moved.hear(1000)]);
			moved.close();
			await caller.bye();
		});

scenario('a stranger who sends to all ports hears nothing, and nobody hears less for it', { rtp: 'timeout = 60' }, async (world, control) => {
	const stranger = await RtpEnd.open('127.0.0.98');
	let spraying = true, seq = 0;
	const caller = await (await world.registered('alice')).call('+15550009004', { body: makeSdp({ host: '10.1.2.3', port: 4000 }) });
	await caller.response(200);
	const to = { ...caller.rtp.remote };
	const spray = (async () => {
		const packet = Buffer.alloc(172, 0x55);
		packet[0] = 0x80;
		packet[1] = 0;
		packet.writeUInt32BE(5, 8);
		for (; spraying; await sleep(5)) {
			packet.writeUInt16BE(++seq & 0xffff, 2); // as if it were a stream
			packet.writeUInt32BE(seq * 160 >>> 0, 4);
			stranger.sendRaw(packet, to);
		}
	})();
	await sleep(100);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.rtp.further(50);
	spraying = false;
	await spray;
	assert.equal(stranger.packets.length, 0);
	stranger.close();
	await caller.bye();
	const { stats } = await control.event('call.quality', ({ final }) => final);
	assert.ok(stats.rx_foreign > 100, JSON.stringify(stats));
});

for (const direction of ['sendonly', 'inactive', 'nowhere'])
	scenario(`a phone that holds (${direction}) and sends nothing stays`, { rtp: 'timeout = 1' }, async world => {
		const { alice, caller, callee } = await talk(world);
		const body = makeSdp({ host: '127.0.0.1', port: caller.rtp.port, direction: direction === 'nowhere' ? undefined : direction });
		await reinvite(alice, caller, direction === 'nowhere' ? body.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0') : body);
		caller.rtp.stop();
		await sleep(3500); // three times the time-out
		assert.ok(!isOver(caller), 'the call was ended');
		await reinvite(alice, caller, makeSdp({ host: '127.0.0.1', port: caller.rtp.port }));
		caller.rtp.sendTone(440);
		await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
		await caller.bye();
	});

scenario('hold-timeout ends a call on hold from which nothing comes', { rtp: 'timeout = 60\n hold-timeout = 1' }, async (world, control) => {
	const { alice, caller, callee } = await talk(world);
	await reinvite(alice, caller, makeSdp({ host: '127.0.0.1', port: caller.rtp.port, direction: 'sendonly' }));
	caller.rtp.stop();
	await control.event('call.media_timeout', ({ call }) => call.direction === 'inbound');
	await Promise.all([caller.ended(), callee.ended()]);
});

scenario('a muted phone lives by its RTCP, and is ended when that stops too', { rtp: 'timeout = 1' }, async (world, control) => {
	const caller = await (await world.registered('alice')).call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	caller.rtp.stop();
	const { host, port } = caller.rtp.remote;
	for (let i = 0; i < 12; i++) { // three seconds
		caller.rtp.sendRaw(Buffer.from('80c90001deadbeef81ca0003deadbeef0103614062000000', 'hex'), { host, port: port + 1 });
		await sleep(250);
		assert.ok(!isOver(caller), 'the call was ended');
	}
	await control.event('call.media_timeout');
	await caller.ended();
});

scenario('a phone that has said that it will be silent may be', { rtp: 'timeout = 1' }, async world => {
	const caller = await (await world.registered('alice')).call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	caller.rtp.stop();
	caller.rtp.sendPacket(13, Buffer.from([0x40]));
	await sleep(3500);
	assert.ok(!isOver(caller), 'the call was ended');
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.bye();
});

scenario('a second early description is followed', {}, async world => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	const ends = [await RtpEnd.open('127.0.0.1'), await RtpEnd.open('127.0.0.1')];
	const progress = rtp => callee.phone.respond(callee.invite, callee.invite.response(183, 'Session Progress', {
		toTag: callee.localTag,
		body: versionUp(makeSdp({ host: '127.0.0.1', port: rtp.port })),
		headers: [['Contact', callee.phone.contact()], ['Content-Type', 'application/sdp']],
	}));
	await callee.openMedia();
	callee.useRemoteSdp(callee.invite.body);
	for (const [i, tone] of [[0, 620], [1, 1000]]) {
		ends[i].remote = callee.rtp.remote;
		ends[i].sendTone(tone);
		progress(ends[i]);
		await caller.response(183);
		caller.rtp.sendTone(440);
		await Promise.all([caller.rtp.hear(tone), ends[i].hear(440)]);
		ends[i].stop();
	}
	ends.forEach(end => end.close());
	await caller.cancel();
});

scenario('a call says where its audio comes from; one-way audio is a warning', {}, async (world, control) => {
	const caller = await (await world.registered('alice')).call('+15550009004', { body: makeSdp({ host: '127.0.0.77', port: 4000 }) });
	await caller.response(200);
	const inbound = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	assert.deepEqual(inbound.media, { said: '127.0.0.77:4000', to: '127.0.0.77:4000' });
	await control.event('call.quality', ({ what }) => what === 'one-way');
	assert.match(world.logs(), /warn.*call\.one_way.*not_heard=.?alice.*from=127\.0\.0\.77:4000/);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	const { stats } = await control.call('call.stats', { call: inbound.id });
	assert.equal(stats.said, '127.0.0.77:4000');
	assert.equal(stats.from, `127.0.0.1:${caller.rtp.port}`);
	assert.equal(stats.to, stats.from);
	const { call } = await control.call('call.get', { call: inbound.id });
	assert.equal(call.media.from, stats.from);
	await caller.bye();
});
