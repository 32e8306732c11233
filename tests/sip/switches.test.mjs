// Two switches on two addresses, one offhook-api that drives both by TLS: placing, draining, and kill -9 of one amid calls.
import assert from 'node:assert/strict';
import { Authority } from './support/certificates.mjs';
import { World, scenario, within } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const PORT = 5999;
const authority = new Authority(), client = authority.issue('api');
const files = pair => `certificate-file = "${pair.certificate}" key-file = "${pair.key}" ca-file = "${authority.certificate}"`;
const control = host => `listen = {"tls:${host}:${PORT}"} ${files(authority.issue(`switch ${host}`, `switch-${host}`, `IP:${host}`))}`;
const section = (name, host) => `switch "${name}" { control = "tls:${host}:${PORT}" ${files(client)} wait = 500ms }\n`;
const otherHost = world => world.spareHosts[0];

const options = {
	control: world => control(world.host),
	extra: world => section('a', world.host) + section('b', otherHost(world)),
	numbers: '',
};

// A phone that knows the switch at this address.
const at = host => ({ server: { host, port: 5060 }, domain: host });

const place = (world, to) => world.http('POST', '/v1/voice/calls', { to, from: '+15550001003', script: '<Response><Pause length="600"/></Response>' });
const record = (world, id, status) => poll(async () => {
	const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
	return body.status === status && body;
}, `${status} of ${id}`);

scenario('calls go where the phone is; a killed switch\'s calls fail, the other\'s go on', options, async (world, local) => {
	// the second switch: the same conf on another address, with folders of its own
	const b = new World({ ...options, host: otherHost(world), extra: '' });
	await within(b, async () => {
		await b.startSwitch();
		await world.startApi();
		const alice = await world.registered('alice', at(world.host)), bob = await world.registered('bob', at(b.host));
		const registrations = () => world.http('GET', '/v1/voice/registrations').then(({ body }) => body.registrations.map(r => `${r.user}@${r.switch}`).sort().join());
		await poll(async () => await registrations() === 'alice@a,bob@b', 'both registrations');
		const calls = {};
		for (const [name, phone, to] of [['a', alice, '+15550001001'], ['b', bob, '+15550001002']]) {
			const [placed, ringing] = await Promise.all([place(world, to), phone.incoming()]);
			assert.equal(placed.status, 201);
			await ringing.accept();
			calls[name] = { id: placed.body.id, ringing };
			await record(world, placed.body.id, 'in-progress');
		}
		assert.deepEqual((await local.call('call.list')).calls.map(c => c.id), [calls.a.id]);
		assert.deepEqual((await b.control.call('call.list')).calls.map(c => c.id), [calls.b.id]);

		const all = await world.ctl('--all', 'calls');
		assert.match(all.stdout, new RegExp(`^switch a\n[^]*${calls.a.id.slice(0, 8)}[^]*\n\nswitch b\n[^]*${calls.b.id.slice(0, 8)}`));
		assert.match((await world.ctl('-s', 'b', 'status')).stdout, /1/);

		await b.switch.kill('SIGKILL');
		const half = await world.ctl('--all', 'registrations');
		assert.equal(half.code, 3, 'one of them is not there');
		assert.match(half.stdout, /alice/, 'the other one is asked all the same');
		const lost = await record(world, calls.b.id, 'failed');
		assert.match(lost.reason, /gone/);
		assert.equal((await world.http('GET', `/v1/voice/calls/${calls.a.id}`)).body.status, 'in-progress');
		// bob is nowhere now: the switch that is left is asked all the same, and says so
		const unreachable = await place(world, '+15550001002');
		if (unreachable.status === 201)
			assert.ok(await poll(async () => (await world.http('GET', `/v1/voice/calls/${unreachable.body.id}`)).body.status !== 'queued', 'the end'));
		assert.equal((await world.http('POST', `/v1/voice/calls/${calls.a.id}`, { status: 'completed' })).status, 200);
		await calls.a.ringing.ended();
		await record(world, calls.a.id, 'completed');
	});
});

scenario('a switch is taken out of service and back', { numbers: options.numbers }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const [up, atBob] = await Promise.all([alice.call('bob'), bob.incoming()]);
	await atBob.accept();
	await up.response(200);
	assert.deepEqual(await control.call('switch.drain'), { draining: true });
	assert.equal((await control.event('switch.drain')).on, true);
	assert.equal((await control.call('switch.status')).draining, true);
	const refused = await alice.call('bob'), answer = await refused.response(503);
	assert.ok(Number(answer.get('retry-after')) > 0);
	await assert.rejects(control.call('call.originate', { to: 'alice', from: '+15550001002' }), { code: 503 });
	assert.deepEqual(await control.call('switch.drain', { on: false }), { draining: false });
	const [again, atBobAgain] = await Promise.all([alice.call('bob'), bob.incoming()]);
	await atBobAgain.accept();
	await again.response(200);
	await again.bye();
	await up.bye(); // it went on all the while
	// one that ends with its last call does not come back
	const [last, atBobLast] = await Promise.all([alice.call('bob'), bob.incoming()]);
	await atBobLast.accept();
	await last.response(200);
	await control.call('switch.shutdown', { drain: true });
	await assert.rejects(control.call('switch.drain', { on: false }), { code: 409 });
	await last.bye();
	await world.switch.exited;
});
