// A phone whose connection ended with the switch, and that does not connect again: it is tried where its Contact may listen, or given up, once
// it has been waited for.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { RESUME, restartSwitch } from './support/resume.mjs';
import { connect } from './support/transfer.mjs';
import { poll } from './support/wait.mjs';

const PATIENCE = 60000; // ms; the switch waits for 30 seconds

scenario('one that listens is reached by its Contact, one that does not is given up with its call', RESUME, async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tcp' }), bob = await world.registered('bob', { transport: 'tcp' });
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const { calls } = await control.call('call.list');
	bob.stopListening();
	const fresh = await restartSwitch(world, calls.map(({ id }) => id));
	const mine = ({ user }) => calls.find(call => call.user === user).id;
	assert.equal((await fresh.call('call.get', { call: mine({ user: 'alice' }) })).call.status, 'in-progress');
	const offer = await poll(() => caller.requests.find(({ method }) => method === 'INVITE'), 'a re-INVITE at the Contact', PATIENCE);
	caller.agree(offer);
	const lost = await poll(() => fresh.events.find(({ method, params }) => method === 'call.state' && params.call.id === mine({ user: 'bob' })
		&& params.call.ended), 'the end of the call', PATIENCE);
	assert.equal(lost.params.call.ended_by, 'fault');
	assert.match(lost.params.call.reason, /connect/);
	await poll(() => caller.requests.find(({ method }) => method === 'BYE'), 'a BYE at the partner', PATIENCE);
	assert.equal(callee.requests.filter(({ method }) => method === 'INVITE').length, 0);
});
