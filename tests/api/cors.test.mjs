// Pages in a browser: what they ask before a request, and what they are told with its answer.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY } from './harness.mjs';

const PAGE = 'https://app.example.com', CALLS = '/v1/voice/calls';
const apis = {};
before(async () => {
	apis.none = await Api.start();
	apis.one = await Api.start({ api: `cors-origins = {"${PAGE}", "http://localhost:3000"}` });
	apis.any = await Api.start({ api: 'cors-origins = {"*"}' });
});
after(() => Promise.all(Object.values(apis).map(api => api.stop())));

const preflight = (api, Origin, path = CALLS) => fetch(api.base + path, { method: 'OPTIONS', headers: {
	Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type, x-api-key, authorization' } });
const told = (reply, name) => reply.headers.get(`access-control-${name}`);

test('a page of an origin in the conf asks without a key, and is told what it may', async () => {
	for (const path of [CALLS, '/v1/voice/conferences/x', '/2010-04-01/Accounts/AC0/Calls.json', '/nothing']) {
		const reply = await preflight(apis.one, PAGE, path);
		assert.equal(reply.status, 204);
		assert.equal(told(reply, 'allow-origin'), PAGE);
		assert.equal(told(reply, 'allow-credentials'), 'true');
		assert.match(told(reply, 'allow-methods'), /POST.*DELETE/);
		assert.equal(told(reply, 'allow-headers'), 'content-type, x-api-key, authorization');
		assert.match(reply.headers.get('vary'), /Origin/);
	}
});

test('the answer itself, an error too, may be read by it', async () => {
	for (const [headers, status] of [[{ 'X-API-Key': KEY }, 200], [{}, 401]]) {
		const reply = await fetch(apis.one.base + CALLS, { headers: { Origin: 'http://localhost:3000', ...headers } });
		assert.equal(reply.status, status);
		assert.equal(told(reply, 'allow-origin'), 'http://localhost:3000');
		assert.match(told(reply, 'expose-headers'), /Location/);
	}
});

test('others are told nothing', async () => {
	for (const [api, origin] of [[apis.none, PAGE], [apis.one, 'https://evil.example'], [apis.one, `${PAGE}.evil.example`], [apis.one, 'null']]) {
		const asked = await preflight(api, origin), reply = await fetch(api.base + CALLS, { headers: { Origin: origin, 'X-API-Key': KEY } });
		assert.ok(asked.status >= 400);
		assert.equal(reply.status, 200);
		for (const one of [asked, reply])
			assert.equal(told(one, 'allow-origin'), null);
	}
});

test('"*": any page, never with what the browser keeps for another', async () => {
	const reply = await preflight(apis.any, 'https://anybody.example');
	assert.equal(reply.status, 204);
	assert.equal(told(reply, 'allow-origin'), '*');
	assert.equal(told(reply, 'allow-credentials'), null);
});

test('what is no origin is refused in the conf', async () => {
	await assert.rejects(Api.start({ api: 'cors-origins = {"https://app.example.com/path"}', mock: false }), /cors-origins/);
});
