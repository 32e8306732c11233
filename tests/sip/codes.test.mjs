// Why a call ended, in the terms of SIP (RFC 3261), Q.850 (RFC 3398, RFC 6432) and of ended_by: what a caller and a record are told.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

const outbound = status => call => call.direction === 'outbound' && call.status === status;
const inbound = status => call => call.direction === 'inbound' && call.status === status;

scenario('nobody answers: 480, and cause 19 for both sides', { sip: 'ring-timeout = 1' }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const out = await alice.call('bob'), callee = await bob.incoming();
	await callee.reply(180);
	const cancel = await bob.signal.until(() => bob.received.find(m => m.method === 'CANCEL'), 'the CANCEL');
	assert.match(cancel.get('reason'), /Q\.850;cause=19\b/);
	const refusal = await out.final();
	assert.equal(refusal.status, 480);
	assert.match(refusal.get('reason'), /Q\.850;cause=19\b/);
	for (const which of [outbound, inbound]) {
		const { q850, ended_by } = await control.someCall(which('no-answer'));
		assert.deepEqual([q850, ended_by], [19, 'limit']);
	}
});

scenario('a trunk where nothing listens: nobody was asked', { trunk: 'try-timeout = 1s' }, async (world, control) => {
	const alice = await world.registered('alice');
	const out = await alice.call('+14445556666');
	assert.ok((await out.final()).status >= 400);
	const { ended_by, reason } = await control.someCall(call => call.direction === 'outbound' && call.ended);
	assert.equal(ended_by, 'fault');
	assert.match(reason, /^Trunk carrier (could not be reached|did not answer what it was sent)\.$/);
});

scenario('a trunk that is down: nobody was asked', { carrier: 'trunk "carrier" { registers-here = true username = "c" password = "p" }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }' }, async (world, control) => {
	const alice = await world.registered('alice');
	assert.equal((await (await alice.call('+14445556666')).final()).status, 503);
	const { ended_by, reason } = await control.someCall(call => call.direction === 'outbound' && call.ended);
	assert.deepEqual([ended_by, reason], ['fault', 'No trunk of the route is up: carrier: It has not registered here as c.']);
});

scenario('who was asked and refuses has ended it', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const out = await alice.call('+14445556666');
	await (await carrier.incoming()).reply(503);
	assert.equal((await out.final()).status, 503);
	assert.equal((await control.someCall(outbound('failed'))).ended_by, 'callee');
});

// A number with a script that cannot be had, or that says how the call is to end.
const SCRIPTS = [
	['a script whose server is down', 'http://127.0.0.1:1/', 503, ['failed', 'script']],
	['a script whose server is down, and another fallback-code', 'http://127.0.0.1:1/" fallback-code = "480', 480, ['failed', 'script']],
];

for (const [name, url, status, expected] of SCRIPTS)
	scenario(`${name}: ${status}, and failed`, { extra: `number "9100" { voice-url = "${url}" }` }, async (world, control) => {
		await world.startApi();
		const alice = await world.registered('alice');
		const out = await alice.call('9100');
		assert.equal((await out.final()).status, status);
		const call = await control.someCall(inbound('failed'));
		assert.deepEqual([call.status, call.ended_by], expected);
	});

scenario('a program rejects, hangs up, or gives up: never 487, which is for those who cancel', { extra: 'number "9100" { voice-url = "http://127.0.0.1:1/" }' }, async (world, control) => {
	const carrier = await world.trunk();
	const cases = [
		['call.reject', { by: 'script', code: 486 }, 486, 'busy', 'script'],
		['call.reject', {}, 603, 'failed', 'api'],
		['call.hangup', {}, 603, 'canceled', 'api'],
		['call.hangup', { by: 'script', failed: true, reason: 'It is broken.' }, 503, 'failed', 'script'],
	];
	for (const [method, params, code, status, ended_by] of cases) {
		const before = control.events.length, out = await carrier.call('9100');
		await control.signal.until(() => control.events.slice(before).some(e => e.method === 'call.incoming'), 'call.incoming');
		const { id } = control.events.slice(before).find(e => e.method === 'call.incoming').params.call;
		await control.call('call.claim', { call: id });
		await control.call(method, { call: id, ...params });
		assert.equal((await out.final()).status, code, method);
		const call = await control.callState(id, status);
		assert.equal(call.ended_by, ended_by);
	}
});
