// Phones that have registered by a connection that is there no more: asked at their Contact, where they may listen; else not rung, with the reason.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BUILD, scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const contacts = async control => (await control.call('registration.list')).registrations;
const unreachable = (control, user) => control.event('registration.changed', e => e.reason === 'unreachable' && e.user === user);

// A phone by TCP that can be reached by its connection alone: its Contact says so, or an address that nobody has.
async function connected(world, user, host) {
	const phone = await world.phone(user, { transport: 'tcp' });
	phone.contact = () => `<sip:${user}@${host ?? phone.host}:${phone.connection.localPort};transport=tcp>`;
	assert.equal((await phone.register()).status, 200);
	return phone;
}

async function declines(phone, call) {
	(await phone.incoming()).reply(486);
	assert.equal((await call.final()).status, 486);
}

scenario('a phone that has just registered is reachable, and says what it answers', { sip: 'keepalive = 1' }, async (world, control) => {
	await world.registered('alice');
	assert.equal((await control.event('registration.changed')).state, 'reachable');
	const [seen] = await poll(async () => {
		const list = await contacts(control);
		return list[0].answer && list;
	}, 'an answer to OPTIONS');
	assert.equal(seen.answer, 200);
	assert.ok(seen.answered >= seen.registered);
	assert.equal(seen.why, undefined);
});

for (const [what, host] of [['by its connection alone', undefined], ['by its connection alone, from behind a NAT', '192.168.77.5']])
	scenario(`a phone that is reached ${what} is not rung when that has ended, and says why`, { sip: 'keepalive = 60 message-timeout = 1s' }, async (world, control) => {
		const alice = await connected(world, 'alice', host), bob = await world.registered('bob');
		alice.connection.destroy();
		const gone = await unreachable(control, 'alice');
		assert.equal(gone.state, 'unreachable');
		assert.match(gone.why, /^its connection ended at 2/);
		const refused = await bob.call('alice');
		assert.ok((await refused.final()).status >= 480);
		const { reason } = await control.someCall(({ user, status, direction }) => user === 'alice' && direction === 'outbound' && status !== 'queued');
		assert.match(reason, /^The phone of user alice .*: its connection ended at 2/);
		const other = await world.registered('alice');
		await declines(other, await bob.call('alice'));
		// it is back, and the way to it is another connection
		const again = await connected(world, 'alice', host);
		const call = await bob.call('alice');
		for (const phone of [other, again])
			(await phone.incoming()).reply(486);
		assert.equal((await call.final()).status, 486);
		assert.deepEqual((await contacts(control)).filter(({ user }) => user === 'alice').map(({ state }) => state).sort(), ['reachable', 'reachable', 'unreachable']);
	});

scenario('a phone that listens at its Contact is reached there when its connection has ended', { sip: 'keepalive = 1 message-timeout = 1s' }, async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tcp' }), bob = await world.registered('bob');
	alice.connection.destroy();
	await declines(alice, await bob.call('alice'));
	await poll(async () => (await contacts(control)).find(({ user }) => user === 'alice').answer === 200, 'an answer to OPTIONS');
	assert.equal(control.events.some(({ params }) => params.reason === 'unreachable'), false);
});

scenario('after a restart of the switch no connection is left', { sip: 'keepalive = 60' }, async world => {
	const bob = await world.registered('bob'), listening = await world.registered('carol', { transport: 'tcp' });
	await connected(world, 'alice', '192.168.77.5');
	await world.switch.end();
	const control = await world.startSwitch();
	const seen = await poll(async () => {
		const list = await contacts(control);
		return list.find(({ user }) => user === 'alice').state === 'unreachable' && list;
	}, 'the end of the connection to be known');
	assert.match(seen.find(({ user }) => user === 'alice').why, /connection ended with the last run of the switch/);
	assert.equal((await (await bob.call('alice')).final()).status, 480);
	const { reason } = await control.someCall(({ user, status, direction }) => user === 'alice' && direction === 'outbound' && status === 'no-answer');
	assert.match(reason, /last run of the switch/);
	await declines(listening, await bob.call('carol'));
});

const ctl = async (world, ...args) => (await promisify(execFile)(join(BUILD, 'bin/offhookctl'), ['-s', world.socket, ...args])).stdout;

scenario('an admin sees why a phone is not there, and removes it', { sip: 'keepalive = 60 message-timeout = 1s' }, async (world, control) => {
	const alice = await connected(world, 'alice', '192.168.77.5'), bob = await world.registered('bob');
	const contact = alice.contact().slice(1, -1);
	alice.connection.destroy();
	await unreachable(control, 'alice');
	assert.match(await ctl(world, 'registrations'), /^alice .* unreachable +its connection ended at 2/m);
	await assert.rejects(ctl(world, 'registrations', 'remove', 'alice', 'sip:other@x'), { code: 1 });
	await assert.rejects(ctl(world, 'registrations', 'remove'), { code: 2 });
	assert.match(await ctl(world, 'registrations', 'remove', 'alice', contact), /^Removed: 1\.$/m);
	assert.equal((await control.event('registration.changed', ({ reason }) => reason === 'removed')).user, 'alice');
	assert.deepEqual((await contacts(control)).map(({ user }) => user), ['bob']);
	assert.match(await ctl(world, 'registrations', 'remove', 'bob'), /^Removed: 1\.$/m);
	assert.equal((await bob.register()).status, 200);
});

scenario('a trunk that nobody asks is not said to be up', { trunk: 'health-interval = 0' }, async (world, control) => {
	assert.match(await ctl(world, 'trunks'), /^carrier .* not asked +0 +It is neither registered with nor asked/m);
	const [{ state, asked }] = (await control.call('trunk.list')).trunks;
	assert.deepEqual([state, asked], ['up', false]);
});

scenario('the reason of a trunk that is down is in the table', { trunk: 'health-interval = 1' }, async (world, control) => {
	const carrier = await world.trunk();
	carrier.automatic = false;
	const asked = await carrier.signal.until(() => carrier.received.find(({ method }) => method === 'OPTIONS'), 'OPTIONS');
	carrier.respond(asked, asked.response(503, 'Full'));
	await control.event('trunk.changed', ({ state }) => state === 'down');
	assert.match(await ctl(world, 'trunks'), /^carrier .* down +0 +OPTIONS: 503 Full\./m);
	carrier.automatic = true;
});

scenario('a trunk where nobody is, and one that has not registered, say so', {
	carrier: world => `trunk "gone" { address = "${world.trunkHost}:5997" health-interval = 1 }
trunk "branch" { registers-here = true username = "branch-office" password = "0123456789abcdef" }`,
	numbers: 'number "+15550009004" { echo = true }',
}, async (world, control) => {
	await poll(async () => (await control.call('trunk.list')).trunks.find(one => one.name === 'gone').state === 'down', 'a trunk that is down');
	const trunks = await ctl(world, 'trunks');
	assert.match(trunks, /^gone .* down +0 +OPTIONS: 503 it cannot be reached\./m);
	assert.match(trunks, /^branch .* unregistered +0 +It has not registered here as branch-office\./m);
});

scenario('an admin sees why a phone cannot register', {}, async (world, control) => {
	const wrong = await world.phone('alice', { password: 'no' });
	assert.ok((await wrong.register()).status >= 400);
	const shown = await ctl(world, 'registrations');
	assert.match(shown, /^No phone is registered\.$/m);
	assert.match(shown, /^alice: its last REGISTER was refused \S+ ago \(udp:127\.0\.0\.1:\d+\): Its password is wrong\.$/m);
	const { refused: [one] } = await control.call('registration.list');
	assert.equal(one.user, 'alice');
	await (await world.phone('nobody', { password: 'no' })).register();
	await world.registered('alice');
	assert.deepEqual((await control.call('registration.list')).refused, []);
});
