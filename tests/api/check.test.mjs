// POST /scripts/check: what is wrong with a script, without a call.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY } from './harness.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

async function check(body, type, headers = { 'x-api-key': KEY }) {
	const response = await fetch(`${api.base}/v1/voice/scripts/check`, { method: 'POST', body, headers: { ...headers, ...(type && { 'content-type': type }) } });
	return { status: response.status, json: await response.json() };
}

test('a good document has no problems', async () => {
	assert.deepEqual(await check('<Response><Say>Hi</Say><Hangup/></Response>', 'text/xml'), { status: 200, json: { problems: [], more_problems: 0, steps: 2 } });
	assert.deepEqual(await check('[{"action":"talk","text":"Hi"}]', 'application/json'), { status: 200, json: { problems: [], more_problems: 0, steps: 1 } });
	assert.equal((await check('', 'text/xml')).json.steps, 0);
});

test('warnings and errors have their place, and say what is possible', async () => {
	const warned = await check('<Response>\n  <Say voise="man">Hi</Say>\n  <Frobnicate/>\n</Response>', 'application/xml');
	assert.deepEqual(warned.json.problems, [
		{ line: 2, column: 8, severity: 'warning', element: 'Say', attribute: 'voise', message: 'voise is not known, and passed over; possible: voice, language, loop.' },
		{ ...warned.json.problems[1], line: 3, column: 3, severity: 'warning', element: 'Frobnicate' }]);
	assert.match(warned.json.problems[1].message, /possible: Say, Play,/);
	assert.equal(warned.json.steps, 1);
	const broken = await check('<Response><Say>Hi</Response>', 'text/xml');
	assert.equal(broken.status, 200);
	assert.equal(broken.json.steps, 0);
	assert.equal(broken.json.problems[0].severity, 'error');
	assert.match(broken.json.problems[0].message, /XML is broken/);
	const json = await check('[{"action":"dance"}]', 'application/json');
	assert.deepEqual([json.json.problems[0].element, json.json.problems[0].attribute], ['dance', 'action']);
	assert.equal((await check('{}', 'application/json')).json.problems[0].severity, 'error');
	assert.match((await check('<html/>', 'text/html')).json.problems[0].message, /root element/);
});

test('the charset of the request counts', async () => {
	const text = Buffer.from('<Response><Say>\xe4</Say></Response>', 'latin1');
	assert.deepEqual((await check(text, 'text/xml; charset=iso-8859-1')).json.problems, []);
	assert.match((await check(text, 'text/xml')).json.problems[0].message, /none of its encoding/);
});

test('a key is needed, and a document', async () => {
	assert.equal((await check('<Response/>', 'text/xml', {})).status, 401);
	assert.equal((await check('RIFF', 'audio/wav')).status, 415);
});

test('a document with many faults has a list that ends', async () => {
	const { json } = await check(`<Response>${'<X/>'.repeat(500)}</Response>`, 'text/xml');
	assert.equal(json.problems.length, 100);
	assert.equal(json.more_problems, 400);
});
