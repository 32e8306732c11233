// POST /scripts/simulate: what a script does, without a call.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Api, server, KEY, OTHER_KEY } from './harness.mjs';

let api;
before(async () => { api = await Api.start({ api: 'deny-addresses = {"127.0.0.2"}' }); });
after(() => api.stop());

const simulate = (request, headers) => api.post('/v1/voice/scripts/simulate', request, headers);
const types = (report, type) => report.transcript.filter(e => e.type === type);
const heard = report => types(report, 'heard').map(e => e.sounds[0].say ?? e.sounds[0].play);

test('documents that are given: an IVR with a wrong key', async () => {
	const { status, json } = await simulate({
		url: 'https://h.test/main',
		caller: [{ digits: '9' }, { digits: '1' }],
		documents: {
			'https://h.test/main': '<Response><Gather numDigits="1" action="/key"><Say>Press 1</Say></Gather></Response>',
			'https://h.test/key': ['<Response><Say>Wrong</Say><Redirect>/main</Redirect></Response>', { body: '<Response><Say>Right</Say></Response>', type: 'text/xml' }],
		},
		dialect: 'twilio',
	});
	assert.equal(status, 200);
	assert.deepEqual(heard(json), ['Press 1', 'Wrong', 'Press 1', 'Right']);
	assert.equal(json.end.why, 'over');
	const keys = types(json, 'request').filter(r => r.url.endsWith('/key'));
	assert.deepEqual(keys.map(r => [r.parameters.Digits, r.status, r.given]), [['9', 200, true], ['1', 200, true]]);
	const step = types(json, 'step')[0];
	assert.deepEqual([step.verb, step.line, step.column, step.url], ['Gather', 1, 11, 'https://h.test/main']);
});

test('documents that are fetched, and addresses that are denied', async () => {
	const site = await server(request => (request.url === '/menu' ? '<Response><Say>From afar</Say></Response>' : { status: 404 }));
	const { json } = await simulate({ url: `${site.url}/menu`, from: '+15557778888', to: '+15550009000', dialect: 'twilio' });
	assert.deepEqual(heard(json), ['From afar']);
	assert.equal(site.requests[0].form.get('From'), '+15557778888');
	assert.ok(site.requests[0].headers['x-twilio-signature']);
	assert.deepEqual(types(json, 'request').map(r => [r.status, r.given]), [[200, false]]);
	const closed = await simulate({ url: `${site.url}/menu`, fetch: false });
	assert.equal(types(closed.json, 'request')[0].status, 404);
	assert.equal(site.requests.length, 1);
	const denied = await simulate({ url: 'http://127.0.0.2:1/' });
	assert.match(types(denied.json, 'request')[0].error, /denied by the conf/);
	await site.stop();
});

test('a transcription: nobody speaks, the script goes on and says so', async () => {
	const { json } = await simulate({
		document: '<Response><Start><Transcription name="a" statusCallbackUrl="https://h.test/t"/></Start><Say>Hi</Say><Stop><Transcription name="a"/></Stop></Response>', dialect: 'twilio',
	});
	assert.deepEqual(types(json, 'step').map(step => step.verb), ['Transcription', 'Say', 'Transcription']);
	assert.deepEqual(heard(json), ['Hi']);
	assert.match(JSON.stringify(json.transcript), /nothing is heard/);
	assert.equal(types(json, 'told').length, 0);
});

test('nobody is told, called or asked, and nothing is kept', async () => {
	const site = await server();
	const before = api.mock.requests.length;
	const { json } = await simulate({
		document: `<Response><Record recordingStatusCallback="${site.url}/told"/><Dial><Number statusCallback="${site.url}/status">+15551112222</Number></Dial></Response>`,
		caller: [{ speech: 'Hello there' }],
	});
	assert.equal(types(json, 'told').length, 1);
	assert.deepEqual(types(json, 'call').filter(e => e.call === 'callee 1').map(e => e.status), ['queued', 'ringing', 'in-progress', 'completed']);
	assert.equal(site.requests.length, 0);
	assert.equal(api.mock.requests.length, before);
	assert.equal((await api.get('/v1/voice/calls')).json.total, 0);
	assert.deepEqual(fs.readdirSync(path.join(api.dir, 'state/prompts')), []);
	await site.stop();
});

test('the loop is not held up by one that takes its time', async () => {
	let go;
	const wait = new Promise(ok => { go = ok; });
	const site = await server(async () => { await wait; return '<Response/>'; });
	const slow = Array.from({ length: 4 }, () => simulate({ url: `${site.url}/slow` }));
	// until all the places are taken
	for (;;) {
		const { status } = await simulate({ document: '<Response/>' });
		if (status === 429)
			break;
	}
	assert.equal((await api.get('/v1/voice/calls')).status, 200);
	go();
	for (const { status, json } of await Promise.all(slow)) {
		assert.equal(status, 200);
		assert.equal(json.end.why, 'over');
	}
	await site.stop();
});

test('what is no story is refused with its field', async () => {
	for (const [body, field] of [[{}, 'document'], [{ document: '<Response/>', caller: [{ digits: 'x' }] }, 'caller[0].digits'], [{ document: '<Response/>', limits: { steps: 1e9 } }, 'steps']]) {
		const { status, json } = await simulate(body);
		assert.equal(status, 400);
		assert.equal(json.field, field);
	}
	assert.equal((await simulate('{')).status, 400);
	assert.equal((await simulate('[]')).status, 400);
	assert.equal((await fetch(`${api.base}/v1/voice/scripts/simulate`, { method: 'POST', body: '{}' })).status, 401);
	assert.equal((await simulate({ document: '<Response><Say>x</Say></Response>' }, { 'x-api-key': OTHER_KEY })).status, 200);
});

test('a hostile script ends within its limits', async () => {
	const bomb = `<!DOCTYPE r [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY c "${'&b;'.repeat(1000)}">]><Response><Say>&c;</Say></Response>`;
	assert.equal(types((await simulate({ document: bomb })).json, 'error').length, 1);
	const endless = await simulate({ url: 'https://h.test/a', documents: { 'https://h.test/a': `<Response>${'<Pause length="0"/>'.repeat(400)}<Pause/><Redirect/></Response>` }, limits: { steps: 10000, requests: 1000, seconds: 86400 } });
	assert.equal(endless.json.end.why, 'steps');
});
