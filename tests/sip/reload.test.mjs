// One reload for both daemons: by the control socket or a signal to either; a conf that one of them refuses changes nothing in either.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const NEW_KEY = 'another-key-0123456789';

// Both daemons with one conf, and who is let in by it.
async function both(world) {
	await world.startApi();
	const api = world.apiProcess;
	const text = readFileSync(world.confFile, 'utf8');
	const lets = key => fetch(`${world.api}/v1/voice/calls`, { headers: { 'X-API-Key': key } }).then(reply => reply.text().then(() => reply.status === 200), () => false);
	return { api, text, lets, knows: async name => (await world.control.call('user.list')).users.some(user => user.name === name) };
}

const changed = text => `${text.replace(/api-keys = \{[^}]*\}/, `api-keys = {"${NEW_KEY}"}`)}\nuser "dave" { password = "a-password-of-dave" }\n`;

const ways = [
	['switch.reload', world => world.control.call('switch.reload')],
	['a SIGHUP of offhookd', world => world.switch.child.kill('SIGHUP')],
	['a SIGHUP of offhook-api', (world, api) => api.child.kill('SIGHUP')],
];

for (const [name, reload] of ways)
	scenario(`${name} reaches both daemons`, {}, async world => {
		const { api, text, lets, knows } = await both(world);
		writeFileSync(world.confFile, changed(text));
		assert.equal(await lets(NEW_KEY), false);
		await reload(world, api);
		await poll(() => knows('dave'), 'the new user in the switch');
		await poll(() => lets(NEW_KEY), 'the new key in the API');
	});

for (const [name, reload] of ways)
	scenario(`${name} with a bad conf changes nothing in either`, {}, async world => {
		const { api, text, lets, knows } = await both(world), key = /api-keys = \{"([^"]*)"/.exec(text)[1];
		writeFileSync(world.confFile, `${changed(text)}colour = "blue"\n`);
		await Promise.resolve(reload(world, api)).catch(error => assert.equal(error.code, -32602));
		await poll(() => /conf\.refused|reload_refused|colour/.test(world.switch.text() + api.text()) || name === 'switch.reload', 'the refusal');
		assert.equal(await knows('dave'), false);
		assert.equal(await lets(key), true);
		assert.equal(await lets(NEW_KEY), false);
	});

scenario('what a reload cannot change is in its reply', {}, async world => {
	const text = readFileSync(world.confFile, 'utf8');
	assert.deepEqual((await world.control.call('switch.reload')).needs_restart, []);
	writeFileSync(world.confFile, text.replace(/^state-dir = .*$/m, `state-dir = "${join(world.dir, 'elsewhere')}"`).replace(/ports = "[^"]*"/, 'ports = "61000-61999"'));
	assert.deepEqual((await world.control.call('switch.reload')).needs_restart, ['state-dir', 'rtp/ports']);
	const event = await world.control.event('switch.reloaded', ({ needs_restart }) => needs_restart.length > 0);
	assert.deepEqual(event.needs_restart, ['state-dir', 'rtp/ports']);
});
