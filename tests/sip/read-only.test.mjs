// A key that may read alone: it sees everything, and every operation of every dialect that changes something, on a socket and in the console too, refuses it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../api/ws_client.mjs';
import { KEY, TOP, scenario } from './support/harness.mjs';

const READER = 'reader-key-0123456789';
const SID = 'ACb3877c40da604998' + '90adb792e98472af';
const basic = (name, password) => ({ Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });

// Each operation of a dialect's document: {method, path} with something for each parameter.
function operations(dialect) {
	const { paths, servers } = JSON.parse(readFileSync(join(TOP, `daemon/api/dialect/${dialect}/openapi.json`)));
	const baseOf = ({ servers: own }) => new URL((own ?? servers)?.[0]?.url ?? '', 'http://x/').pathname.replace(/\/$/, '');
	return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).filter(one => ['get', 'post', 'put', 'patch', 'delete'].includes(one))
		.map(method => ({ method: method.toUpperCase(), path: (dialect === 'twilio' ? '/2010-04-01' : baseOf(methods)) + path.replace(/\{AccountSid\}/gi, SID).replace(/\{[^}]+\}/g, '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11') })));
}

scenario('a key that may read alone', { account: `api-keys-read-only = {"${READER}"}` }, async (world, control) => {
	await world.startApi();
	const ask = (method, path, headers, body) => fetch(world.api + path, { method, headers, body }).then(async reply => ({ status: reply.status, text: await reply.text() }));
	const dialects = { telefonie: { 'X-API-Key': READER }, twilio: basic(SID, READER), vcita: { Authorization: `Bearer ${READER}` } };
	for (const [dialect, headers] of Object.entries(dialects)) {
		const all = operations(dialect), writing = all.filter(({ method }) => method !== 'GET');
		assert.ok(writing.length > 2, dialect);
		for (const { method, path } of writing) {
			const { status, text } = await ask(method, path, headers);
			assert.deepEqual([status, /may read, and change nothing/.test(text)], [403, true], `${dialect}: ${method} ${path}: ${text}`);
		}
		for (const { path } of all.filter(({ method }) => method === 'GET')) {
			const { status } = await ask('GET', path, headers);
			assert.ok(![401, 403].includes(status), `${dialect}: GET ${path}: ${status}`);
		}
	}
	for (const headers of [{ 'X-API-Key': READER }, dialects.telefonie])
		assert.equal((await ask('GET', '/v1/voice/calls', headers)).status, 200);
	assert.equal((await ask('POST', `/2010-04-01/Accounts/${SID}/Calls.json`, basic('SK1', READER))).status, 403);

	const socket = await Client.open(world.api);
	try {
		const command = (action, params = {}) => socket.ask(action, params);
		assert.equal((await command('authenticate', { key: READER })).status, 200);
		assert.equal((await command('listCalls')).status, 200);
		assert.equal((await command('initiateCall', { to: 'alice', from: '+15550009000' })).status, 403);
		assert.equal((await command('endCall', { call_id: '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11' })).status, 403);
		assert.equal((await command('authenticate', { key: KEY })).status, 200);
		assert.equal((await command('endCall', { call_id: '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11' })).status, 404);
	} finally {
		socket.destroy();
	}

	const page = { 'X-Offhook-Console': '1', Origin: world.api, 'Sec-Fetch-Site': 'same-origin' };
	const login = await fetch(`${world.api}/console/session`, { method: 'POST', headers: { ...page, 'Content-Type': 'application/json' }, body: JSON.stringify({ key: READER }) });
	assert.equal((await login.json()).read_only, true);
	const cookie = login.headers.get('set-cookie').split(';')[0];
	assert.equal((await ask('GET', '/v1/voice/calls', { ...page, Cookie: cookie })).status, 200);
	assert.equal((await ask('POST', '/v1/voice/calls', { ...page, Cookie: cookie })).status, 403);
	assert.equal((await control.call('switch.status')).calls_total, 0);
});
