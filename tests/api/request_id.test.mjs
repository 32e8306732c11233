// Every answer has an id, and the log a line with it, when conf wants that; what signs a link is not in it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY, until } from './harness.mjs';

let api;
before(async () => { api = await Api.start({ logLevel: 'info', api: 'access-log = true' }); });
after(() => api.stop());

const ask = async (path, headers = {}) => {
	const reply = await fetch(api.base + path, { headers: { 'x-api-key': KEY, ...headers } });
	await reply.text();
	return reply.headers.get('x-request-id');
};
const line = id => until(() => api.log.find(text => text.includes(` id=${id} `)), `the line of ${id}`);

test('an id that a request comes with is that of its answer, and of its line in the log', async () => {
	for (const id of ['a', 'trace-7f/3.2:x=1', 'x'.repeat(64)]) {
		assert.equal(await ask('/v1/voice/calls?page=1&tag=secret', { 'x-request-id': id }), id);
		assert.match(await line(id), /info http\.request method=GET path="\/v1\/voice\/calls" status=200 us=\d+ id=\S+ source=127\.0\.0\.1$/);
	}
	assert.ok(!api.log.some(text => text.includes('secret')));
});

test('one that has none, or none that is fit, gets one of its own', async () => {
	const ids = new Set();
	for (const headers of [{}, {}, { 'x-request-id': 'a b' }, { 'x-request-id': 'x'.repeat(65) }, { 'x-request-id': 'a"b' }, { 'x-request-id': '' }]) {
		const id = await ask('/v1/voice/nothing', headers);
		assert.match(id, /^[0-9a-f]{8}-[0-9a-f]+$/);
		assert.match(await line(id), / status=404 /);
		ids.add(id);
	}
	assert.equal(ids.size, 6);
	assert.ok(await ask('/healthz'));
});

test('without the conf there are no lines', async () => {
	const quiet = await Api.start({ logLevel: 'info' });
	assert.equal((await fetch(`${quiet.base}/healthz`)).headers.get('x-request-id'), null);
	assert.equal((await fetch(`${quiet.base}/healthz`, { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id'), 'mine');
	await quiet.stop();
	assert.ok(!quiet.log.some(text => text.includes('http.request')));
});
