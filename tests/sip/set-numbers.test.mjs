// Numbers that programs set by the control socket, beside those of the conf.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const NEW = '+15551230009';
const set = (control, ...numbers) => control.call('number.set', { numbers });
const one = (number, more = {}) => ({ number, account: 'default', script: true, ...more });

scenario('a number is set, called, and removed', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const status = async to => (await (await alice.call(to)).final()).status;
	assert.equal(await status(NEW), 404);
	assert.deepEqual(await set(control, one(NEW)), { refused: [] });
	const call = await alice.call(NEW);
	const params = await control.event('call.incoming', e => e.number === NEW);
	assert.deepEqual([params.call.number, params.call.account], [NEW, 'default']);
	await control.call('call.claim', { call: params.call.id });
	await control.call('call.answer', { call: params.call.id });
	await call.response(200);
	await call.bye();
	assert.deepEqual(await control.call('number.list'), { numbers: [one(NEW)] });

	// One that nobody has said anything of; one of the conf, which does what the conf says, or comes to programs.
	await set(control, one(NEW, { script: false }), one('+15550009004', { script: false }));
	assert.equal(await status(NEW), 404);
	const echo = await alice.call('+15550009004');
	await echo.response(200);
	await echo.bye();
	await set(control, one('+15550009004'));
	await alice.call('+15550009004');
	const again = await control.event('call.incoming', e => e.number === '+15550009004');
	await control.call('call.hangup', { call: again.call.id });

	await control.call('number.remove', { numbers: [NEW, '+15550009004', '+19998887777'] });
	assert.deepEqual(await control.call('number.list'), { numbers: [] });
	assert.equal(await status(NEW), 404);
});

scenario('what cannot be set is refused', { extra: 'account "other" { sid = "c4977c40-da60-4998-90ad-b792e9847200" } number "+15550009009" { account = "other" echo = true }' }, async (world, control) => {
	const { refused } = await set(control, one('15551230009'), one('+15550001001'), one('+15550009009'), one(NEW, { account: 'nobody' }), one('+15551230010'));
	assert.deepEqual(refused.map(r => r.number), ['15551230009', '+15550001001', '+15550009009', NEW]);
	assert.ok(refused.every(r => r.reason));
	assert.deepEqual((await control.call('number.list')).numbers.map(n => n.number), ['+15551230010']);
	for (const params of [{}, { numbers: [] }, { numbers: NEW }, { numbers: [NEW] }, { numbers: [{ number: NEW }] }, { numbers: [{ number: 1, account: 'default' }] }, { numbers: Array(1001).fill(one(NEW)) }])
		await assert.rejects(control.call('number.set', params), { code: -32602 }, JSON.stringify(params).slice(0, 80));
	for (const params of [{}, { numbers: [] }, { numbers: [one(NEW)] }])
		await assert.rejects(control.call('number.remove', params), { code: -32602 }, JSON.stringify(params));
});

scenario('what was set is there after a start', {}, async world => {
	const file = join(world.dir, 'state/numbers.json'), alice = await world.registered('alice');
	await set(world.control, one(NEW), one('+15551230010', { script: false }));
	await poll(() => existsSync(file) && JSON.parse(readFileSync(file)).length === 2, 'the numbers being written down');
	await world.switch.kill('SIGKILL');
	let control = await world.startSwitch();
	assert.deepEqual((await control.call('number.list')).numbers.map(n => [n.number, n.script]), [[NEW, true], ['+15551230010', false]]);
	await alice.register();
	await alice.call(NEW);
	const params = await control.event('call.incoming', e => e.number === NEW);
	await control.call('call.hangup', { call: params.call.id });
	await control.call('number.remove', { numbers: [NEW] });
	await control.call('switch.reload');
	assert.equal((await control.call('number.list')).numbers.length, 1);
	await world.switch.end();
	assert.equal(JSON.parse(readFileSync(file)).length, 1);

	// A file that cannot be read is put aside; what in it cannot be is passed over.
	writeFileSync(file, '[{"number"');
	control = await world.startSwitch();
	assert.deepEqual(await control.call('number.list'), { numbers: [] });
	assert.equal(readFileSync(`${file}.broken`, 'utf8'), '[{"number"');
	await world.switch.end();
	writeFileSync(file, JSON.stringify([1, null, {}, { number: 'x', account: 'default' }, one(NEW, { account: 'nobody' }), one(NEW)]));
	control = await world.startSwitch();
	assert.deepEqual(await control.call('number.list'), { numbers: [one(NEW)] });
});
