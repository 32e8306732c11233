import { test, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import { Api, server, until } from './harness.mjs';
import { MockSwitch } from './mock_switch.mjs';
import path from 'node:path';

let api;
beforeEach(async () => { api = await Api.start(); });
afterEach(() => api.stop());

const CALLS = '/v1/voice/calls';
const doc = inner => `<Response>${inner}</Response>`;

test('offhook-api killed in mid-call: events that it missed complete the record', async () => {
	const { id } = await api.create();
	const call = api.mock.answer(id);
	await api.record(id, 'in-progress');
	await api.kill();
	api.mock.end(id, { ended: call.answered + 5000, reason: 'The callee hung up.' });
	await api.launch();
	const record = await api.record(id, 'completed');
	assert.equal(record.duration, 5);
	assert.equal(record.reason, 'The callee hung up.');
});

test('a script goes on after offhook-api was killed', async () => {
	const { id } = await api.create({ script: doc('<Play>tone:beep</Play><Play>tone:busy</Play>') });
	api.mock.answer(id);
	await api.mock.request('call.play', p => p.call === id);
	const play = api.mock.nextPlay - 1;
	await api.record(id, 'in-progress');
	await until(() => api.log.some(l => l.includes('script.step')));
	await api.create({}); // its reply comes behind that to call.play, and when both are on disk
	await api.kill();
	api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: play, end: 'completed' });
	await api.launch();
	const next = await api.mock.request('call.play', p => p.call === id);
	assert.deepEqual(next.files, ['tone:busy']);
	assert.ok(api.mock.requests.some(r => r.method === 'call.claim' && r.params.call === id));
});

test('a call that left its conference while offhook-api was away goes on with its script', async () => {
	const { id } = await api.create({ script: '<Response><Dial><Conference>away</Conference></Dial><Play>tone:busy</Play></Response>' });
	api.mock.answer(id);
	await api.mock.request('conference.add', p => p.call === id);
	await until(async () => (await api.get('/v1/voice/conferences')).json.conferences?.[0]?.participant_count === 1);
	// What is written comes a few milliseconds later to the disk.
	await until(() => api.mock.acked.get(api.mock.id) === api.mock.seq);
	await api.kill();
	// As if the switch could not replay what happened meanwhile.
	const call = api.mock.calls.get(id);
	delete call.conference;
	delete call.conference_id;
	await api.launch();
	await api.ready();
	assert.deepEqual((await api.mock.request('call.play', p => p.call === id)).files, ['tone:busy']);
});

test('a conference that was being made when offhook-api was killed, and never reached the switch, leaves no trace', async () => {
	api.mock.overrides.set('conference.create', () => undefined);
	api.post('/v1/voice/conferences', { friendly_name: 'never' }).catch(() => {});
	await api.mock.request('conference.create');
	await api.kill();
	api.mock.overrides.delete('conference.create');
	await api.launch();
	await api.ready();
	await api.mock.request('conference.get');
	assert.equal((await api.get('/v1/voice/conferences')).json.total, 0);
	assert.equal((await api.post('/v1/voice/conferences', { friendly_name: 'never' })).status, 201);
});

test('a call that entered its conference just before offhook-api was killed stays in it', async () => {
	const { id } = await api.create({ script: '<Response><Dial><Conference>kept</Conference></Dial><Play>tone:busy</Play></Response>' });
	api.mock.answer(id);
	api.mock.overrides.set('conference.add', function (params) { this.on_conference_add(params); return undefined; });
	await api.mock.request('conference.add', p => p.call === id);
	await api.kill();
	api.mock.overrides.delete('conference.add');
	await api.launch();
	await api.ready();
	await until(() => api.mock.requests.filter(r => r.method === 'call.get').length >= 2);
	assert.equal(api.mock.requests.filter(r => r.method === 'conference.add').length, 1);
	api.mock.on_conference_remove({ call: id });
	assert.deepEqual((await api.mock.request('call.play', p => p.call === id)).files, ['tone:busy']);
});

test('the switch restarted: its journal says how the calls ended', async () => {
	const { id } = await api.create();
	await api.record(id, 'queued');
	await api.mock.restart();
	const record = await api.record(id, 'failed');
	assert.equal(record.reason, 'The switch was restarted.');
	await api.ready();
	assert.equal((await api.create()).status, 'queued');
});

test('how a call ended is kept and told once, however many starts of the switch tell it', async () => {
	const { id } = await api.create();
	await api.record(id, 'queued');
	await api.mock.restart();
	await api.record(id, 'failed');
	await api.ready();
	const before = (await api.get(`${CALLS}/${id}/events`)).json.events;
	const ended = { id, account: 'default', direction: 'outbound', from: '+15550009000', to: '+15550001001', created: Date.now() - 1000, ended: Date.now() };
	api.mock.event('call.state', { call: { ...ended, status: 'failed', reason: 'Told again.' } });
	api.mock.event('call.state', { call: { ...ended, status: 'completed' } });
	const { id: later } = await api.create();
	await api.record(later, 'queued');
	assert.deepEqual((await api.get(`${CALLS}/${id}/events`)).json.events, before);
	assert.equal((await api.get(`${CALLS}/${id}`)).json.reason, 'The switch was restarted.');
});

test('the switch restarted without a journal: calls that it does not know are ended', async () => {
	const a = await api.create();
	const b = await api.create();
	api.mock.answer(b.id);
	await api.record(b.id, 'in-progress');
	const recording = (await api.post(`${CALLS}/${b.id}/recordings`, {})).json, file = `/v1/voice/recordings/${recording.id}`;
	assert.deepEqual([(await api.get(file)).status, (await api.delete(file)).status], [404, 409]); // it is not complete
	await api.mock.restart({ tell: false });
	const failed = await api.record(a.id, 'failed');
	assert.equal(failed.ended_by, 'fault');
	assert.match(failed.reason, /restarted/);
	assert.equal(failed.duration, 0);
	const talked = await api.record(b.id, c => c.end_time);
	assert.equal(talked.ended_by, 'fault');
	assert.match(talked.reason, /restarted/);
	assert.equal((await api.get(file)).json.status, 'failed'); // nobody knows what became of it
	assert.equal((await api.delete(file)).status, 204);
});

test('calls that the switch placed meanwhile appear', async () => {
	await api.mock.stop();
	await until(async () => (await api.get('/readyz')).status === 503);
	const call = { id: '11111111-1111-4111-8111-111111111111', account: 'default', direction: 'inbound', status: 'ringing', from: '+15550007777',
		to: '+15550009001', created: Date.now() };
	api.mock.calls.set(call.id, call);
	api.mock.id = 'another-start';
	await api.mock.start();
	assert.equal((await api.record(call.id, 'ringing').catch(error => assert.fail(error.message))).direction, 'inbound');
});

test('without a switch: 503 with Retry-After, and nothing is left behind', async () => {
	await api.mock.stop();
	await until(async () => (await api.get('/readyz')).status === 503);
	const reply = await api.post(CALLS, { to: '+15550001001', from: '+15550009000' });
	assert.equal(reply.status, 503);
	assert.ok(Number(reply.headers.get('retry-after')) > 0);
	assert.equal((await api.get(CALLS)).json.total, 0);
	assert.equal((await api.get('/healthz')).status, 200);
	await api.mock.start();
	await api.ready();
	assert.equal((await api.create()).status, 'queued');
});

test('the connection breaks while a call is placed: 503, and the call appears if it came to be', async () => {
	api.mock.overrides.set('call.originate', (params, socket) => {
		const call = { id: params.id, account: params.account, direction: 'outbound', status: 'queued', from: params.from, to: params.to, created: Date.now() };
		api.mock.calls.set(call.id, call);
		socket.destroy();
	});
	const reply = await api.post(CALLS, { to: '+15550001001', from: '+15550009000' });
	assert.equal(reply.status, 503);
	api.mock.overrides.delete('call.originate');
	await api.ready();
	// The next snapshot tells of it.
	api.mock.id = 'another-start';
	for (const socket of api.mock.sockets)
		socket.destroy();
	const { id } = await api.mock.request('call.originate');
	await api.record(id, 'queued').catch(error => assert.fail(error.message));
});

test('events are acknowledged when they are stored, and counted once', async () => {
	const { id } = await api.create();
	api.mock.ring(id);
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	await until(() => api.mock.acked.get(api.mock.id) === api.mock.seq, 'the acknowledgement');
	await api.kill();
	await api.launch();
	await api.ready();
	const subscribe = api.mock.requests.filter(r => r.method === 'events.subscribe').at(-1).params;
	assert.deepEqual(subscribe, { journal: true, since: api.mock.seq, switch: api.mock.id });
});

test('two starts of the API layer without any switch', async () => {
	await api.mock.stop();
	await api.kill();
	await api.launch();
	assert.equal((await api.get('/readyz')).status, 503);
	assert.equal((await api.get(CALLS)).status, 200);
	await api.mock.start();
	await api.ready();
});

test('a call that was being placed when offhook-api was killed, and never reached the switch, leaves no trace', async () => {
	const key = { 'idempotency-key': 'k' }, body = { to: '+15550001001', from: '+15550009000' };
	api.mock.overrides.set('call.originate', () => undefined); // no answer
	const lost = api.post(CALLS, body, key).catch(() => 'gone');
	const { id } = await api.mock.request('call.originate');
	await api.kill();
	assert.equal(await lost, 'gone');
	api.mock.overrides.delete('call.originate');
	await api.launch();
	await api.ready();
	const reply = await until(async () => {
		const again = await api.post(CALLS, body, key);
		return again.status === 201 && again;
	}, 'a new call for the key');
	assert.notEqual(reply.json.id, id);
	assert.equal((await api.get(`${CALLS}/${id}`)).status, 404);
});

test('a call whose answer was lost with offhook-api belongs to its key', async () => {
	const key = { 'idempotency-key': 'k' }, body = { to: '+15550001001', from: '+15550009000' };
	api.mock.overrides.set('call.originate', params => { api.mock.on_call_originate(params); });
	const lost = api.post(CALLS, body, key).catch(() => 'gone');
	const { id } = await api.mock.request('call.originate');
	await api.kill();
	await lost;
	await api.launch();
	await api.ready();
	const reply = await until(async () => {
		const again = await api.post(CALLS, body, key);
		return again.status === 201 && again;
	}, 'the call of the key');
	assert.equal(reply.json.id, id);
});

test('a participant who answered when offhook-api was killed joins its conference after all, once', async () => {
	const room = (await api.post('/v1/voice/conferences', {})).json;
	const { call_id } = (await api.post(`/v1/voice/conferences/${room.id}/participants`, { to: '+15550001001', from: '+15550009000', muted: true })).json;
	api.mock.overrides.set('conference.add', () => undefined); // lost on the way
	api.mock.answer(call_id);
	await api.mock.request('conference.add', p => p.call === call_id);
	await api.kill();
	api.mock.overrides.delete('conference.add');
	await api.launch();
	const asked = await api.mock.request('conference.add', p => p.call === call_id, { past: false });
	assert.equal(asked.muted, true);
	assert.equal(asked.conference, room.id);
	await until(async () => (await api.get(`/v1/voice/conferences/${room.id}`)).json.participant_count === 1);
	await api.kill();
	const before = api.mock.requests.length;
	await api.launch();
	await api.ready();
	await until(() => api.mock.requests.slice(before).some(r => r.method === 'call.get' && r.params.call === call_id));
	await api.get('/v1/voice/users');
	assert.ok(!api.mock.requests.slice(before).some(r => r.method === 'conference.add'));
});
