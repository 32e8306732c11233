// SIPp, a SIP implementation that is not ours, as the carrier.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { listening, sipp } from './support/sipp.mjs';

const TRUNK = world => ({ host: world.trunkHost, port: 5060 });

for (const [transport, args] of [['UDP', []], ['TCP', ['-t', 't1']]]) {
	scenario(`SIPp calls a number that echoes, 20 times, over ${transport}`, {}, async (world, control) => {
		assert.equal(await sipp(world, 'echo', { ...TRUNK(world), service: '+15550009004', calls: 20, rate: 20, args }), 0);
		await control.signal.until(() => control.events.filter(({ method, params }) =>
			method === 'call.state' && params.call.status === 'completed').length === 20, '20 completed calls');
		assert.equal((await control.call('switch.status')).calls_total, 20);
	});
}

scenario('SIPp gives up while a phone rings', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const ended = sipp(world, 'cancel', { ...TRUNK(world), service: '+15550009001' });
	const callee = await alice.incoming();
	await callee.reply(180);
	await callee.request('CANCEL');
	assert.equal(await ended, 0);
	await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'canceled');
});

scenario('a phone calls out to SIPp and hangs up', {}, async world => {
	const alice = await world.registered('alice');
	const ended = sipp(world, 'answer', TRUNK(world));
	await listening(world.trunkHost, 5060);
	const caller = await alice.call('+14445556666');
	await caller.response(180);
	await caller.response(200);
	await caller.bye();
	assert.equal(await ended, 0);
});
