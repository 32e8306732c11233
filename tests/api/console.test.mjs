// The console's files and its log-in, without a browser: what a browser sends is in the headers.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import http from 'node:http';
import { Api, KEY, OTHER_KEY, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

let api;
before(async () => { api = await Api.start({ logLevel: 'info', api: 'cors-origins = {"http://friend.example"}' }); });
after(() => api.stop());

// fetch() does not send the headers of which only a browser decides. Resolves to {status, headers, text}.
function ask(method, path, { headers = {}, body } = {}) {
	return new Promise((ok, bad) => {
		const request = http.request(api.base + path, { method, headers }, response => {
			let text = '';
			response.setEncoding('utf8').on('data', more => { text += more; }).on('end', () => ok({ status: response.statusCode, headers: response.headers, text }));
		});
		request.on('error', bad).end(body);
	});
}

const OURS = { 'x-offhook-console': '1' };
const logIn = (key, headers = OURS) => ask('POST', '/console/session', { headers, body: JSON.stringify({ key }) });

async function session(key = KEY) {
	const reply = await logIn(key);
	assert.equal(reply.status, 200, reply.text);
	return { cookie: reply.headers['set-cookie'][0].split(';')[0] };
}

const calls = headers => ask('GET', '/v1/voice/calls', { headers }).then(reply => reply.status);

test('files: fixed names, a policy that lets nothing else in, asked for again by ETag', async () => {
	const page = await ask('GET', '/console');
	assert.equal(page.status, 200);
	assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
	assert.match(page.headers['content-security-policy'], /default-src 'none'; script-src 'self'.*frame-ancestors 'none'/);
	for (const [, name] of page.text.matchAll(/(?:href|src)="([^"]+)"/g)) {
		const file = await ask('GET', `/${name}`);
		assert.equal(file.status, 200, name);
		assert.match(file.headers['content-type'], /^(text\/(css|javascript); charset=utf-8|image\/svg\+xml)$/);
		const again = await ask('GET', `/${name}`, { headers: { 'if-none-match': file.headers.etag } });
		assert.deepEqual([again.status, again.text], [304, '']);
		const changed = await ask('GET', `/${name}`, { headers: { 'if-none-match': '"another"' } });
		assert.equal(changed.text, file.text);
	}
	const app = await ask('GET', '/console/app.js');
	for (const [, name] of app.text.matchAll(/from '\.\/([^']+)'/g))
		assert.equal((await ask('GET', `/console/${name}`)).status, 200, name);
	assert.equal((await ask('PUT', '/console')).status, 405);
	const root = await ask('GET', '/');
	assert.deepEqual([root.status, root.headers.location], [302, 'console']);
	for (const path of ['/console/index.html', '/console/nothing', '/console/..%2fapp.js', '/console/files/app.js'])
		assert.equal((await ask('GET', path)).status, 404, path);
	const slash = await ask('GET', '/console/');
	assert.deepEqual([slash.status, slash.headers.location], [302, '../console']);
});

test('log-in: the cookie is for the Voice API of its account, until the log-out', async () => {
	const reply = await logIn(KEY);
	assert.deepEqual(JSON.parse(reply.text).account, 'default');
	assert.match(reply.headers['set-cookie'][0], /^offhook_console=[0-9a-f]{64}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
	assert.ok(!JSON.stringify([reply.headers, reply.text]).includes(KEY));
	const own = await session(), other = await session(OTHER_KEY);
	const { id } = await api.create();
	assert.equal((await ask('GET', `/v1/voice/calls/${id}`, { headers: own })).status, 200);
	assert.equal((await ask('GET', `/v1/voice/calls/${id}`, { headers: other })).status, 404);
	assert.equal(await calls({ cookie: `theme=dark; ${own.cookie}; more=1` }), 200, 'among others');
	assert.equal(JSON.parse((await ask('GET', '/console/session', { headers: other })).text).account, 'other');
	assert.equal((await ask('DELETE', '/console/session', { headers: { ...own, ...OURS } })).status, 204);
	assert.equal(await calls(own), 401, 'after the log-out');
	assert.equal((await ask('GET', '/console/session', { headers: own })).text.trim(), '{}');
	assert.equal(await calls(other), 200, 'whose session is not over');
});

test('log-in: what is no key, no cookie, or too much', async () => {
	for (const key of ['wrong', '', null, 7, {}])
		assert.equal((await logIn(key)).status, 401, JSON.stringify(key));
	assert.equal((await ask('POST', '/console/session', { headers: OURS, body: '{"key":' })).status, 401);
	const { cookie } = await session();
	for (const bad of ['offhook_console=', 'offhook_console=0', cookie.slice(0, -1), `${cookie}0`, cookie.replace(/.$/, c => c === '0' ? '1' : '0'), `x${cookie}`])
		assert.equal(await calls({ cookie: bad }), 401, bad);
	assert.equal(await calls({ cookie, 'x-api-key': 'wrong' }), 401, 'a key that is given is what counts');
});

test('log-in: over HTTPS the cookie stays there', async () => {
	const reply = await ask('POST', '/console/session', { headers: { ...OURS, host: 'pbx.example', origin: 'https://pbx.example' }, body: JSON.stringify({ key: KEY }) });
	assert.match(reply.headers['set-cookie'][0], /; Secure$/);
});

test('a foreign page cannot use the session, whatever a browser sends along', async () => {
	const own = await session();
	const foreign = [
		{ origin: 'http://evil.example' }, { origin: `http://127.0.0.1:${api.port + 1}` }, { origin: 'null' }, { origin: 'http://friend.example' },
		{ origin: `http://127.0.0.1:${api.port}.evil.example` }, { origin: `http://evil.example/127.0.0.1:${api.port}` },
		{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' },
	];
	for (const headers of foreign) {
		assert.equal(await calls({ ...own, ...headers }), 401, JSON.stringify(headers));
		assert.equal((await ask('POST', '/v1/voice/calls', { headers: { ...own, ...OURS, ...headers }, body: '{}' })).status, 401, JSON.stringify(headers));
		assert.equal((await logIn(KEY, { ...OURS, ...headers })).status, 403, JSON.stringify(headers));
		assert.equal((await ask('DELETE', '/console/session', { headers: { ...own, ...OURS, ...headers } })).status, 403);
	}
	// a form has no header of ours
	assert.equal((await ask('POST', '/v1/voice/calls', { headers: { ...own, 'content-type': 'text/plain' }, body: '{}' })).status, 401);
	assert.equal((await logIn(KEY, {})).status, 403);
	// our own page
	const origin = api.base;
	for (const headers of [{ origin }, { origin: origin.toUpperCase().replace('HTTP', 'http') }, { 'sec-fetch-site': 'same-origin', origin }, { 'sec-fetch-site': 'none' }, { origin: 'http://127.0.0.1:8080' }])
		assert.equal(await calls({ ...own, ...headers }), 200, JSON.stringify(headers));
	assert.equal((await ask('POST', '/v1/voice/calls', { headers: { ...own, ...OURS, origin }, body: '{}' })).status, 400, 'is taken, and has no number');
});

test('the socket: with the session, from our own page alone', async () => {
	const own = await session();
	const client = await Client.open(api.base, { ...own, origin: api.base });
	client.send({ id: 1, action: 'subscribe' });
	await until(() => client.messages.find(m => m.id === 1)?.status === 200, 'the subscription');
	client.close?.();
	const foreign = await Client.open(api.base, { ...own, origin: 'http://evil.example' });
	foreign.send({ id: 1, action: 'subscribe' });
	await until(() => foreign.messages.find(m => m.id === 1)?.status === 401, 'the refusal');
	foreign.close?.();
});
