import { test, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import net from 'node:net';
import { Api, server, until } from './harness.mjs';

let api, web, answer;
beforeEach(async () => {
	answer = () => ({ status: 200 });
	web = await server((request, n) => answer(request, n));
	api = await Api.start({ statusCallback: `${web.url}/number` });
});
afterEach(async () => { await api.stop(); await web.stop(); });

const bodies = () => web.requests.map(r => JSON.parse(r.body));

async function whole(members) {
	const { id } = await api.create({ status_callback: `${web.url}/status`, ...members });
	api.mock.ring(id);
	api.mock.answer(id);
	api.mock.end(id);
	return id;
}

test('each status is told once, in order, signed', async () => {
	const id = await whole();
	await web.nth(4);
	assert.deepEqual(bodies().map(b => b.call.status), ['queued', 'ringing', 'in-progress', 'completed']);
	assert.deepEqual(bodies().map(b => b.sequence), [1, 2, 3, 4]);
	for (const { headers, body, method } of web.requests) {
		assert.equal(method, 'POST');
		assert.equal(headers['content-type'], 'application/json');
		const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['offhook-signature']);
		assert.equal(mac, createHmac('sha256', 'secret-of-default').update(`${time}.${body}`).digest('hex'));
		assert.ok(Math.abs(Date.now() / 1000 - time) < 60);
		assert.match(headers['offhook-delivery'], /^[0-9a-f-]{36}$/);
	}
	const last = bodies().at(-1);
	assert.equal(last.call_id, id);
	assert.equal(last.type, 'call.state');
	assert.equal(last.call.duration, 0);
	assert.ok(Date.parse(last.time));
});

test('only the statuses asked for', async () => {
	await whole({ status_callback_events: ['completed', 'ringing'] });
	await web.nth(2);
	await whole({ status_callback_events: ['completed'] });
	await web.nth(3);
	assert.deepEqual(bodies().map(b => b.call.status), ['ringing', 'completed', 'completed']);
});

const BEGAN = Date.parse('2026-11-20T09:00:00.250Z');

// A call with a digit and a recording that is ready after its end.
async function recorded(members) {
	const { id } = await api.create(members);
	api.mock.answer(id);
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '5', duration_ms: 80 });
	api.mock.event('call.record_started', { call: api.mock.calls.get(id), recording: { id: `rec-${id}`, file: '/nowhere.wav', channels: 1, started: BEGAN } });
	api.mock.end(id);
	api.mock.recorded(id, { id: `rec-${id}`, file: '/nowhere.wav', bytes: 320044, duration_ms: 19600, started: BEGAN });
	return id;
}
const told = id => bodies().filter(b => b.call_id === id);

test('a recording that is ready is told, in the shape that it has elsewhere; deliveries have no gaps', async () => {
	const id = await recorded({ status_callback: `${web.url}/status` });
	await web.nth(4);
	const all = told(id), { time: _time, delivery: _delivery, ...last } = all.at(-1);
	assert.deepEqual(all.map(b => [b.type, b.call.status]), [['call.state', 'queued'], ['call.state', 'in-progress'], ['call.state', 'completed'], ['call.record_done', 'completed']]);
	assert.deepEqual(all.map(b => b.delivery), [1, 2, 3, 4]);
	assert.deepEqual(all.map(b => b.sequence), [1, 2, 5, 6]);
	assert.equal(last.call.recording_url, last.recording.recording_url);
	const { json } = await api.get(`/v1/voice/recordings/rec-${id}`);
	assert.deepEqual(last.recording, json);
	assert.deepEqual([json.duration, json.size, json.call_id, json.status], [20, 320044, id, 'completed']);
	const { events } = (await api.get(`/v1/voice/calls/${id}/events`)).json;
	assert.deepEqual(events.at(-1).recording, json);
	assert.deepEqual(events.find(e => e.type === 'call.record_started').recording, { id: `rec-${id}`, call_id: id, status: 'in-progress', channels: 1, start_time: json.start_time });
	assert.equal(events.at(-1).delivery, undefined);
});

test('every type of event can be chosen', async () => {
	const digits = await recorded({ status_callback: `${web.url}/status`, status_callback_events: ['call.digit', 'completed'] });
	await until(() => told(digits).length === 2, 'both');
	const everything = await recorded({ status_callback: `${web.url}/status`, status_callback_events: ['call.*'] });
	await until(() => told(everything).length === 6, 'all');
	assert.deepEqual(told(digits).map(b => [b.type, b.delivery, b.digit]), [['call.digit', 1, '5'], ['call.state', 2, undefined]]);
	assert.deepEqual(told(everything).map(b => b.type), ['call.state', 'call.state', 'call.digit', 'call.record_started', 'call.state', 'call.record_done']);
	assert.deepEqual(told(everything).map(b => b.sequence), told(everything).map(b => b.delivery));
	for (const wrong of [['call.digits'], ['conference.state'], ['*'], [''], [7], ['done']]) {
		const reply = await api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', status_callback_events: wrong });
		assert.deepEqual([reply.status, reply.json.field], [400, 'status_callback_events'], reply.text);
		assert.match(reply.json.detail, /completed.*call\.\*.*script\.error\.$/, 'says what is possible');
	}
});

test('a number chooses in the conf', async () => {
	await api.stop();
	api = await Api.start({ statusCallback: `${web.url}/number"  status-callback-events = {"completed", "call.digit"}  fallback-url = "http://127.0.0.1:1/` });
	const call = api.mock.incoming();
	api.mock.answer(call.id);
	api.mock.event('call.digit', { call, digit: '#', duration_ms: 80 });
	api.mock.end(call.id);
	await web.nth(2);
	assert.deepEqual(bodies().map(b => [b.type, b.call.status, b.delivery]), [['call.digit', 'in-progress', 1], ['call.state', 'completed', 2]]);
	assert.deepEqual((await api.get('/v1/voice/numbers')).json.numbers[0].status_callback_events, ['completed', 'call.digit']);
});

test('a conference tells what was chosen, or all of it', async () => {
	const make = async events => (await api.post('/v1/voice/conferences', { status_callback: `${web.url}/room`, ...(events && { status_callback_events: events }) })).json.id;
	const some = await make(['conference.record_done']), all = await make();
	for (const id of [some, all]) {
		api.mock.conferenceRecorded(id, { id: `rec-${id}`, file: '/nowhere.wav', bytes: 44, duration_ms: 2400 });
		await api.delete(`/v1/voice/conferences/${id}`);
	}
	const of = id => bodies().filter(b => b.conference_id === id);
	await until(() => of(all).length === 3 && of(some).length === 1, 'all of them');
	assert.deepEqual(of(all).map(b => [b.type, b.delivery]), [['conference.state', 1], ['conference.record_done', 2], ['conference.state', 3]]);
	assert.deepEqual(of(some).map(b => [b.type, b.delivery, b.sequence]), [['conference.record_done', 1, 2]]);
	assert.deepEqual(of(some)[0].recording, (await api.get(`/v1/voice/recordings/rec-${some}`)).json);
	const wrong = await api.post('/v1/voice/conferences', { status_callback_events: ['completed'] });
	assert.deepEqual([wrong.status, wrong.json.field], [400, 'status_callback_events']);
});

test('a failing receiver gets them again, in order, and delays nobody else', async () => {
	let failing = true;
	answer = request => request.url === '/bad' && failing ? { status: 500 } : { status: 200 };
	const bad = await whole({ status_callback: `${web.url}/bad` });
	await web.nth(1);
	const good = await whole({ status_callback: `${web.url}/good` });
	await until(() => bodies().filter(b => b.call_id === good).length === 4);
	assert.ok(bodies().filter(b => b.call_id === bad).every(b => b.sequence === 1), 'nothing overtakes');
	failing = false;
	await until(() => bodies().filter(b => b.call_id === bad && b.sequence === 4).length);
	const order = bodies().filter(b => b.call_id === bad).map(b => b.sequence);
	assert.deepEqual([...order].sort((a, b) => a - b), order);
	assert.equal(new Set(web.requests.filter(r => JSON.parse(r.body).sequence === 1 && JSON.parse(r.body).call_id === bad)
		.map(r => r.headers['offhook-delivery'])).size, 1, 'an attempt keeps its delivery id');
});

test('many receivers that never answer delay nobody else', async () => {
	const silent = [];
	for (let i = 0; i < 20; i++) {
		const it = net.createServer(socket => { socket.on('error', () => {}).resume(); silent.push(socket); });
		await new Promise(ok => it.listen(0, '127.0.0.1', ok));
		silent.push(it);
	}
	const ports = silent.filter(s => s.address?.()?.port && s.listening).map(s => s.address().port);
	for (let i = 0; i < 300; i++)
		await api.create({ status_callback: `http://127.0.0.1:${ports[i % 20]}/`, status_callback_events: ['queued'] });
	answer = () => ({ status: 200 });
	const id = await whole();
	await until(() => bodies().filter(b => b.call_id === id).length === 4, 'the events of the other call');
	const { json } = await api.get('/v1/voice/webhooks/deliveries?page_size=100');
	assert.ok(json.deliveries.filter(d => d.call_id !== id).every(d => d.attempts === 0), 'none of the silent ones is over');
	for (const it of silent)
		(it.destroy ?? it.close).call(it);
});

test('a receiver that never answers delays no other path of its server', async () => {
	answer = request => (request.url === '/silent' ? new Promise(() => {}) : { status: 200 });
	for (let i = 0; i < 60; i++)
		await api.create({ status_callback: `${web.url}/silent`, status_callback_events: ['queued'] });
	const id = await whole();
	await until(() => bodies().filter(b => b.call_id === id).length === 4, 'the events of the other call');
	const { json } = await api.get('/v1/voice/webhooks/deliveries?page_size=100');
	const silent = json.deliveries.filter(d => d.url.endsWith('/silent'));
	assert.ok(silent.length >= 60 && silent.every(d => d.attempts === 0), 'none of the silent ones is over');
});

test('what nobody takes is given up in the end, and shown', async () => {
	await api.stop();
	api = await Api.start({ voiceUrl: `${web.url}/voice`, api: 'webhook-retry = 2' });
	answer = () => ({ status: 500 });
	const { id } = await api.create({ status_callback: `${web.url}/status`, status_callback_events: ['queued'] });
	const one = await until(async () => (await api.get(`/v1/voice/webhooks/deliveries?call_id=${id}&state=failed`)).json.deliveries[0]);
	assert.ok(one.attempts >= 2);
});

test('a burst of events to one receiver', async () => {
	answer = () => ({ status: 200 });
	const ids = [];
	for (let i = 0; i < 150; i++)
		ids.push(await whole());
	await until(() => new Set(bodies().map(b => `${b.call_id} ${b.sequence}`)).size >= 600, 'all of them');
	for (const id of ids)
		assert.deepEqual(bodies().filter(b => b.call_id === id).map(b => b.sequence), [1, 2, 3, 4]);
});

test('a reset and a redirect are failures', async () => {
	answer = (request, n) => n === 1 ? { destroy: true } : n === 2 ? { status: 307, headers: { location: `${web.url}/elsewhere` } } : { status: 204 };
	await whole({ status_callback_events: ['completed'] });
	await web.nth(3);
	assert.deepEqual(web.requests.map(r => r.url), ['/status', '/status', '/status']);
});

test('a delivery that was not made survives kill -9', async () => {
	answer = () => ({ status: 503 });
	const id = await whole();
	await web.nth(1);
	await api.kill();
	answer = () => ({ status: 200 });
	const seen = web.requests.length;
	await api.launch();
	await until(() => bodies().slice(seen).some(b => b.sequence === 4));
	assert.deepEqual(bodies().slice(seen).map(b => b.sequence), [1, 2, 3, 4]);
	assert.ok(bodies().every(b => b.call_id === id));
});

test('an inbound call tells the number\'s status-callback', async () => {
	const call = api.mock.incoming();
	await web.nth(1);
	assert.equal(web.requests[0].url, '/number');
	assert.equal(JSON.parse(web.requests[0].body).call_id, call.id);
});
