// Random requests over all operations of the document: never a 5xx, never a reply outside the document (the harness checks that),
// and the server goes on. OFFHOOK_SEED repeats a run, OFFHOOK_REQUESTS makes it longer.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api } from './harness.mjs';
import { document } from './schema.mjs';

let seed = Number(process.env.OFFHOOK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const requests = Number(process.env.OFFHOOK_REQUESTS ?? 1500);

// mulberry32
function random() {
	seed = seed + 0x6d2b79f5 | 0;
	let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
	t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
	return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
}
const below = n => Math.floor(random() * n);
const pick = list => list[below(list.length)];

const strings = ['', ' ', 'a', '0', '-1', '1', '99999999999999999999', 'completed', 'POST', '+15550001001', '+15550009000', 'http://127.0.0.1:1/x', 'ftp://x/', '..', '%',
	'\u0000', '\u{1f4de}', '"', "'; DROP TABLE calls; --", '<Response><Hangup/></Response>', '<Response>', 'x'.repeat(3000), '2026-11-20T09:00:00Z', 'null', '\r\nX: y'];
const values = [null, true, false, 0, 1, -1, 1.5, 1e300, 30, 2 ** 53, [], [1], ['completed'], {}, { a: 1 }, { 'X-A': 'b' }, ...strings];

// Mostly something that fits the schema, sometimes anything.
function value(schema = {}) {
	if (random() < 0.25)
		return pick(values);
	if (schema.enum)
		return pick(schema.enum);
	if (schema.type === 'integer')
		return (schema.minimum ?? 0) + below(Math.min(schema.maximum ?? 50, 500));
	if (schema.type === 'boolean')
		return random() < 0.5;
	return pick(strings);
}

const operations = Object.entries(document.paths).flatMap(([path, item]) => ['get', 'post', 'delete'].filter(m => item[m])
	.map(method => ({ method: method.toUpperCase(), path: (item.servers ? '' : '/v1/voice') + path, ...item[method] })));

let api;
const ids = ['x'];
before(async () => { api = await Api.start({ logLevel: 'info' }); });
after(() => api.stop());

function make(it) {
	const url = it.path.replace(/\{[^}]+\}/g, () => random() < 0.8 ? pick(ids) : encodeURIComponent(pick(strings.filter(s => s && s !== '..'))));
	const query = (it.parameters ?? []).filter(p => p.in === 'query' && random() < 0.4).map(p => `${p.name}=${encodeURIComponent(String(value(p.schema)))}`);
	if (random() < 0.05)
		query.push(pick(['colour=red', 'a=%', '=', '&&', 'page=1&page=2']));
	const schema = it.requestBody?.content['application/json'].schema;
	let body;
	if (schema && random() < 0.95) {
		body = {};
		for (const [name, member] of Object.entries(schema.properties))
			if (schema.required?.includes(name) ? random() < 0.95 : random() < 0.15)
				body[name] = value(member);
		if (it.operationId === 'initiateCall' && random() < 0.6)
			body = { ...random() < 0.5 && body, to: '+15550001001', from: '+15550009000' };
		if (random() < 0.05)
			body = pick([[], 'text', '{', '{"a":1,"a":2}', null, 5]);
	}
	return { method: it.method, url: url + (query.length ? `?${query.join('&')}` : ''), body };
}

test(`random requests (OFFHOOK_SEED=${seed})`, async () => {
	const seen = new Set();
	for (let i = 0; i < requests; i++) {
		const it = pick(operations);
		const { method, url, body } = make(it);
		const headers = it.operationId === 'initiateCall' && random() < 0.2 ? { 'idempotency-key': `k${below(5)}` } : {};
		const reply = await api.call(method, url, body === null ? 'null' : body, headers);
		assert.ok(reply.status < 500, `${method} ${url} ${JSON.stringify(body)}: ${reply.status} ${reply.text}`);
		seen.add(`${it.operationId} ${reply.status}`);
		if (it.operationId === 'initiateCall' && reply.status === 201) {
			ids.push(reply.json.id);
			if (random() < 0.7)
				api.mock.calls.get(reply.json.id)?.ended || api.mock.answer(reply.json.id);
		}
	}
	// It was not all refusals.
	for (const name of ['initiateCall 201', 'initiateCall 400', 'getCall 200', 'getCall 404', 'listCalls 200'])
		assert.ok(requests < 1500 || seen.has(name), `${name} never came`);
});
