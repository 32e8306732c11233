// What callers may do, and how much of it.
import assert from 'node:assert/strict';
import { parseSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';

const USERS = text => `user "alice" { password = "secret-a" number = "+15550001001" ${text} }
user "bob" { password = "secret-b" number = "+15550001002" }
user "carol" { password = "secret-c" number = "+15550001003" }`;

// A call that is refused, with its record.
async function refused(control, phone, to, status) {
	const reply = await (await phone.call(to)).final();
	assert.equal(reply.status, status);
	return control.someCall(call => call.to === to && !['queued', 'ringing'].includes(call.status), `the end of the call to ${to}`);
}

// A call to the trunk, which declines.
async function passes(world, phone, carrier, to) {
	const [call, far] = await Promise.all([phone.call(to), carrier.incoming()]);
	far.reply(603);
	assert.equal((await call.final()).status, 603);
}

scenario('numbers that nobody may call, of the switch and of an account', {
	sip: 'deny = {"+14449"}', users: USERS('account = "second"'), extra: 'account "second" { deny = {"+14448"} }',
}, async (world, control) => {
	const alice = await world.phone('alice'), bob = await world.phone('bob'), carrier = await world.trunk();
	for (const [phone, to] of [[alice, '+14449001'], [bob, '+14449002'], [alice, '+14448001']]) {
		const call = await refused(control, phone, to, 403);
		assert.equal(call.status, 'failed');
		assert.equal(call.ended_by, 'limit');
		assert.match(call.reason, /Calls to \+1444[89] are denied/);
	}
	await passes(world, bob, carrier, '+14448002');
	await passes(world, alice, carrier, '+14447001');
	for (const from of ['+15550001001', '+15550001002'])
		await assert.rejects(control.call('call.originate', { to: '+14449003', from }), error => error.code === 422 && error.data.field === 'to');
});

scenario('a user who may call some numbers, and one who may not call out', {
	users: USERS('may-call = {"+14441"}').replace('"+15550001002"', '"+15550001002" may-call = {"none"}'),
}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
	await passes(world, alice, carrier, '+14441001');
	assert.match((await refused(control, alice, '+14442001', 403)).reason, /User alice may not call \+14442001/);
	assert.equal((await refused(control, bob, '+14441002', 403)).sip_code, 403);
	const [call, far] = await Promise.all([bob.call('alice'), alice.incoming()]); // others' phones are no matter of this
	far.reply(486);
	assert.equal((await call.final()).status, 486);
});

scenario('a user has no more calls than allowed', { users: USERS('max-calls = 1') }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.phone('bob');
	const call = await alice.call('+15550009004');
	await call.response(200);
	const second = await refused(control, alice, '+15550009005', 403);
	assert.equal(second.ended_by, 'limit');
	const busy = await (await bob.call('alice')).final();
	assert.equal(busy.status, 486);
	assert.match((await control.someCall(({ user, status }) => user === 'alice' && status === 'busy', 'busy')).reason, /max-calls/);
	await call.bye();
	await control.someCall(({ to, status }) => to === '+15550009004' && status === 'completed', 'the end of the first call');
	const third = await alice.call('+15550009004');
	await third.response(200);
	await third.bye();
});

for (const [what, options] of [['the switch', { sip: 'max-duration = 1' }], ['a user', { users: USERS('max-duration = 1') }],
	['an account', { numbers: 'number "+15550009004" { echo = true account = "second" }', extra: 'account "second" { max-duration = 1 }' }]])
	scenario(`a call lasts no longer than ${what} allows`, options, async (world, control) => {
		const alice = await world.phone('alice');
		const call = await alice.call('+15550009004');
		await call.response(200);
		await call.ended();
		const end = await control.someCall(({ status }) => status === 'completed', 'the end');
		assert.equal(end.ended_by, 'limit');
	});

scenario("a user's codecs and caller id", {
	users: USERS('codecs = {"PCMA"} caller-id = "+15550009999"'),
}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const echo = await alice.call('+15550009004');
	assert.deepEqual(parseSdp((await echo.response(200)).body).payloads, [8, 101]);
	await echo.bye();
	const [, far] = await Promise.all([alice.call('bob'), bob.incoming()]);
	assert.match(far.invite.get('from'), /\+15550009999/);
	far.reply(603);
	const [, near] = await Promise.all([bob.call('alice'), alice.incoming()]);
	assert.deepEqual(parseSdp(near.invite.body).payloads.filter(pt => pt < 96), [8]);
	near.reply(603);
});

scenario('nobody transfers to where he may not call', { sip: 'deny = {"+14449"}', users: USERS('may-call = {"+14441"}') }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
	const refer = (call, to) => call.phone.send(call.inDialog('REFER', { headers: [['Refer-To', `<sip:${to}@${world.host}>`]] })).then(({ status }) => status);
	const caller = await alice.call('bob'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	for (const [call, to] of [[caller, '+14442001'], [caller, '+14449001'], [callee, '+14449001']])
		assert.equal(await refer(call, to), 603, to);
	await caller.bye();
	await callee.ended();
	const outside = await carrier.call('+15550009001'), inside = await alice.incoming();
	await inside.accept();
	await outside.response(200);
	assert.equal(await refer(outside, '+14441001'), 603, 'a trunk, by its REFER, calls nobody outside');
	await outside.bye();
	await inside.ended();
});
