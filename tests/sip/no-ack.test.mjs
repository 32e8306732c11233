// An answer of ours that is never acknowledged: sent again and again for 32 s (RFC 3261 section 13.3.1.4), then the call is hung up.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

scenario('a caller that never acknowledges our answer', {}, async (world, control) => {
	const alice = await world.registered('alice'), call = await alice.call('+15550009004');
	call.acknowledge = response => { call.answer = response; };
	await call.response(200);
	await alice.signal.until(() => call.requests.some(({ method }) => method === 'BYE'), 'BYE', 60000);
	assert.equal(call.responses.filter(({ status }) => status === 200).length, 11);
	const { reason, ended_by } = await control.someCall(({ status }) => status === 'completed');
	assert.equal(reason, 'The caller never acknowledged our answer.');
	assert.equal(ended_by, 'fault');
});
