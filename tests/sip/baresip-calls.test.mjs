// What people do with a phone, done with baresip: it calls, holds, transfers, is busy, presses keys.
import assert from 'node:assert/strict';
import { BaresipControl, baresip } from './support/baresip.mjs';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';

// A registered baresip, bob, that takes commands.
async function start(world, control, options = {}) {
	const registered = control.event('registration.changed', ({ user }) => user === 'bob');
	baresip(world, 'bob', { control: world.spareHosts[3], ...options });
	const commands = await BaresipControl.connect(world, world.spareHosts[3]);
	await registered;
	return commands;
}

// Alice calls it, and they hear each other.
async function talking(world, control, options) {
	const bob = await start(world, control, options), alice = await world.registered('alice'), call = await alice.call('+15550001002');
	await call.response(200);
	await call.rtp.hear(500, 'its beep');
	return { bob, alice, call };
}

for (const transport of ['udp', 'tcp', 'tls'])
	scenario(`baresip calls over ${transport}, and hangs up`, transport === 'tls' ? withTls() : {}, async (world, control) => {
		const bob = await start(world, control, { transport });
		await bob.command('dial', `sip:+15550009004@${world.host}`);
		await bob.event('CALL_ESTABLISHED');
		const call = await control.someCall(({ status }) => status === 'in-progress');
		assert.equal(call.user, 'bob');
		assert.match(call.source, new RegExp(`^${transport}:`));
		await bob.command('hangup');
		assert.equal((await control.callState(call.id, 'completed')).ended_by, 'caller');
	});

scenario('baresip holds and takes back', {}, async (world, control) => {
	const { bob, call } = await talking(world, control);
	await bob.command('hold');
	await control.event('call.held', ({ held, call }) => held && call.direction === 'outbound');
	await bob.command('resume');
	await control.event('call.held', ({ held, call }) => !held && call.direction === 'outbound');
	await call.rtp.further(20);
	await call.rtp.hear(500, 'its beep again');
	await call.bye();
	await bob.event('CALL_CLOSED');
});

scenario('a program puts baresip on hold and takes it back', {}, async (world, control) => {
	const bob = await start(world, control);
	await bob.command('dial', `sip:+15550009004@${world.host}`);
	await bob.event('CALL_ESTABLISHED');
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	for (const hold of [true, false, true, false])
		await control.call('call.hold', { call: id, hold });
	const stats = async () => (await control.call('call.stats', { call: id })).stats;
	const before = await stats();
	for (let now = before; now.rx_packets < before.rx_packets + 20; now = await stats()); // it still speaks
	await control.call('call.hangup', { call: id });
	await bob.event('CALL_CLOSED');
});

scenario('baresip transfers the caller', {}, async (world, control) => {
	const { bob, call } = await talking(world, control), carol = await world.registered('carol');
	await bob.command('transfer', `sip:carol@${world.host}`);
	const target = await carol.incoming();
	assert.match(target.invite.get('referred-by'), /bob/);
	await target.accept();
	await bob.event('CALL_CLOSED');
	target.rtp.sendTone(1000);
	await call.rtp.hear(1000, 'carol');
	await control.event('call.transferred');
	await call.bye();
	await target.ended();
});

scenario('baresip transfers the caller to somebody who declines, is told so, and gives up', {}, async (world, control) => {
	const { bob, call } = await talking(world, control), carol = await world.registered('carol');
	await bob.command('transfer', `sip:carol@${world.host}`);
	await (await carol.incoming()).reply(486);
	assert.match((await bob.event('TRANSFER_FAILED')).param, /486/);
	await call.ended();
});

scenario('baresip is busy', {}, async (world, control) => {
	const { call } = await talking(world, control, { calls: 1 });
	const carol = await world.phone('carol'), second = await carol.call('+15550001002');
	assert.equal((await second.final()).status, 486);
	assert.equal((await control.someCall(({ status }) => status === 'busy')).sip_code, 486);
	await call.bye();
});

scenario('baresip rings, is answered, declines', {}, async (world, control) => {
	const bob = await start(world, control, { answer: 'manual' }), alice = await world.registered('alice');
	const first = await alice.call('+15550001002');
	await first.response(180);
	await bob.command('accept');
	await first.response(200);
	await first.bye();
	const second = await alice.call('+15550001002');
	await second.response(180);
	await bob.command('hangup');
	assert.ok((await second.final()).status >= 480);
});

scenario('keys pressed at baresip', {}, async (world, control) => {
	const bob = await start(world, control);
	await bob.command('dial', `sip:+15550009004@${world.host}`);
	await bob.event('CALL_ESTABLISHED');
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	for (const digit of ['5', '#']) {
		await bob.command('sndcode', digit);
		await control.event('call.digit', event => event.call.id === id && event.digit === digit);
	}
	await bob.command('hangup');
	await control.callState(id, 'completed');
});
