// One offhook-api and two switches (switch sections of the conf): where calls are placed, who has which, what a switch's death does.
import { test, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Api, until } from './harness.mjs';
import { MockSwitch } from './mock_switch.mjs';

let api, a, b, dir;

// What a mock of these tests says of itself.
function equip(mock) {
	mock.load = { draining: false, max_calls: 100 };
	mock.registered = [];
	mock.overrides.set('switch.status', () => ({ ...mock.load, calls: [...mock.calls.values()].filter(c => !c.ended).length }));
	mock.overrides.set('registration.list', () => ({ registrations: mock.registered, refused: [] }));
	mock.overrides.set('trunk.list', () => ({ trunks: [{ name: 'carrier', account: 'default', state: 'up' }] }));
	mock.overrides.set('user.list', () => ({ users: [{ name: 'alice', account: 'default', contacts: mock.registered.length }] }));
	return mock;
}

const section = (name, more = '') => `switch "${name}" { control = "unix:${dir}/${name}.sock" ${more} }\n`;

async function both(more = '') {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-two-'));
	a = await equip(new MockSwitch(path.join(dir, 'a.sock'))).start();
	b = await equip(new MockSwitch(path.join(dir, 'b.sock'))).start();
	api = await Api.start({ mock: false, extra: section('a', more) + section('b', more) });
	await isThere(a);
	await isThere(b);
}

// It is ready, and what it has was looked at.
const isThere = mock => until(() => api.log.some(l => l.includes('switch.ready') && l.includes(path.basename(mock.path, '.sock'))) &&
	mock.requests.some(r => r.method === 'registration.list') && mock.requests.some(r => r.method === 'switch.status'), `switch ${mock.path}`);

// Every answer that had been asked for is heard: a later one has come.
const settled = mock => {
	const seen = mock.requests.length;
	return until(() => mock.requests.slice(seen).filter(r => r.method === 'switch.status').length >= 2);
};

const owner = id => [a, b].find(mock => mock.calls.has(id));

beforeEach(() => both('wait = 300ms'));
afterEach(async () => {
	await api.stop();
	await a.stop();
	await b.stop();
	fs.rmSync(dir, { recursive: true, force: true });
});

test('calls go to the switch that has most room, in turn where they are alike', async () => {
	const first = [];
	for (let i = 0; i < 10; i++)
		first.push(await api.create());
	assert.equal(a.calls.size, 5);
	assert.equal(b.calls.size, 5);
	a.load.max_calls = 11;
	await settled(a);
	for (let i = 0; i < 10; i++)
		await api.create();
	assert.equal(a.calls.size, 5);
	assert.equal(b.calls.size, 15);
});

test('what is asked of a call goes to its switch, and all are listed', async () => {
	const calls = [await api.create(), await api.create()];
	for (const { id } of calls) {
		owner(id).answer(id);
		await api.record(id, 'in-progress');
	}
	assert.notEqual(owner(calls[0].id), owner(calls[1].id));
	for (const { id } of calls) {
		assert.equal((await api.post(`/v1/voice/calls/${id}`, { status: 'completed' })).status, 200);
		assert.ok(owner(id).requests.some(r => r.method === 'call.hangup' && r.params.call === id));
		await api.record(id, 'completed');
	}
	assert.equal((await api.get('/v1/voice/calls')).json.calls.length, 2);
});

test('scripts run on the calls of each switch, inbound ones too', async () => {
	const script = '<Response><Play>tone:beep</Play></Response>';
	const calls = [await api.create({ script }), await api.create({ script })];
	for (const { id } of calls) {
		owner(id).answer(id);
		await owner(id).request('call.play', p => p.call === id);
	}
	// the end of what they play is heard from each
	for (const { id } of calls) {
		owner(id).event('call.play_done', { call: owner(id).calls.get(id), play_id: 1, end: 'completed' });
		await owner(id).request('call.hangup', p => p.call === id);
	}
});

test('a user is called where his phone has registered', async () => {
	b.registered = [{ user: 'alice', account: 'default', contact: 'sip:alice@192.0.2.1' }];
	b.event('registration.changed', { user: 'alice', contact: 'sip:alice@192.0.2.1', expires: 60, reason: 'registered' });
	await settled(b);
	for (let i = 0; i < 4; i++)
		assert.equal(owner((await api.create()).id), b);
	b.event('registration.changed', { user: 'alice', contact: 'sip:alice@192.0.2.1', expires: 0, reason: 'removed' });
	a.event('registration.changed', { user: 'alice', contact: 'sip:alice@192.0.2.1', expires: 60, reason: 'registered' });
	await settled(a);
	await settled(b);
	for (let i = 0; i < 4; i++)
		assert.equal(owner((await api.create()).id), a);
});

test('a switch that drains, is full or has no room gets no new call', async () => {
	a.load.draining = true;
	a.event('switch.draining', {});
	await settled(a);
	for (let i = 0; i < 4; i++)
		assert.equal(owner((await api.create()).id), b);
	a.load.draining = false;
	await settled(a);
	// one that says no only when it is asked: the other one takes it
	b.overrides.set('call.originate', () => { throw { code: 503, message: 'The switch is draining.' }; });
	a.overrides.set('call.originate', undefined);
	a.overrides.delete('call.originate');
	for (let i = 0; i < 4; i++)
		assert.equal(owner((await api.create()).id), a);
	a.load.draining = b.load.draining = true;
	await settled(a);
	await settled(b);
	const refused = await api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000' });
	assert.equal(refused.status, 503);
});

test('the calls of a switch that dies fail, those of the other one go on, and new ones go there at once', async () => {
	const calls = [await api.create(), await api.create()];
	for (const { id } of calls) {
		owner(id).answer(id);
		await api.record(id, 'in-progress');
	}
	const [lost, kept] = calls[0] && owner(calls[0].id) === a ? calls : calls.toReversed();
	await a.stop();
	await until(() => api.log.some(l => l.includes('switch.lost')));
	assert.equal(owner((await api.create()).id), b, 'at once');
	const record = await api.record(lost.id, r => r.status === 'failed');
	assert.match(record.reason, /gone/);
	assert.equal((await api.get(`/v1/voice/calls/${kept.id}`)).json.status, 'in-progress');
	assert.equal((await api.post(`/v1/voice/calls/${kept.id}`, { status: 'completed' })).status, 200);
	// it comes back, and tells of the end once more: a call ends once
	await a.restart().catch(() => {});
	await isThere(a);
	await settled(a);
	assert.equal((await api.get(`/v1/voice/calls/${lost.id}`)).json.reason, record.reason);
	const { json } = await api.get(`/v1/voice/calls/${lost.id}/events`);
	assert.equal(json.events.filter(e => e.type === 'call.state' && e.data?.status === 'completed' || e.type === 'call.completed').length <= 1, true);
});

test('a switch that was only cut off is told to end the calls whose records have ended', async () => {
	const calls = [await api.create(), await api.create()];
	const { id } = calls.find(c => owner(c.id) === a);
	a.answer(id);
	await api.record(id, 'in-progress');
	await a.stop(); // the process goes on; nobody can reach it
	await api.record(id, 'failed');
	await a.start();
	const ended = await a.request('call.hangup', p => p.call === id);
	assert.match(ended.reason, /lost the switch/);
});

test('one that is back in time keeps its calls', async () => {
	await api.stop();
	await a.stop();
	await b.stop();
	await both('wait = 1h');
	const calls = [await api.create(), await api.create()];
	const { id } = calls.find(c => owner(c.id) === a);
	a.answer(id);
	await api.record(id, 'in-progress');
	await a.stop();
	await until(() => api.log.some(l => l.includes('switch.lost')));
	const away = await api.post(`/v1/voice/calls/${id}`, { status: 'completed' });
	assert.equal(away.status, 503, 'its switch cannot be asked');
	await a.start();
	await until(async () => (await api.post(`/v1/voice/calls/${id}`, { status: 'completed' })).status === 200);
	await api.record(id, 'completed');
	assert.ok(a.requests.some(r => r.method === 'call.hangup' && r.params.call === id));
});

test('a switch that is connected and does not answer is gone', async () => {
	const calls = [await api.create(), await api.create()];
	const { id } = calls.find(c => owner(c.id) === a);
	a.answer(id);
	await api.record(id, 'in-progress');
	a.overrides.set('switch.status', () => undefined); // it hangs
	a.overrides.set('events.subscribe', () => undefined);
	await until(() => api.log.some(l => l.includes('switch.silent')));
	await until(() => api.log.some(l => l.includes('switch.lost')));
	await until(async () => owner((await api.create()).id) === b);
});

test('after kill -9 of offhook-api each call is still known to be its switch\'s', async () => {
	const calls = [await api.create(), await api.create()];
	for (const { id } of calls) {
		owner(id).answer(id);
		await api.record(id, 'in-progress');
	}
	await api.kill();
	const over = calls[1].id;
	owner(over).end(over, { reason: 'The callee hung up.' });
	await api.launch();
	await api.record(over, 'completed');
	assert.equal((await api.get(`/v1/voice/calls/${calls[0].id}`)).json.status, 'in-progress');
	await until(async () => (await api.post(`/v1/voice/calls/${calls[0].id}`, { status: 'completed' })).status === 200);
	await api.record(calls[0].id, 'completed');
});

test('lists are of all switches; calls of different ones cannot be joined', async () => {
	a.registered = [{ user: 'alice', account: 'default', contact: 'sip:alice@192.0.2.1' }];
	b.registered = [{ user: 'alice', account: 'default', contact: 'sip:alice@192.0.2.2' }];
	const list = await api.get('/v1/voice/registrations');
	assert.deepEqual(list.json.registrations.map(r => r.contact).sort(), ['sip:alice@192.0.2.1', 'sip:alice@192.0.2.2']);
	const users = await api.get('/v1/voice/users');
	assert.deepEqual(users.json.users.map(u => u.contacts), [2]);
	const calls = [await api.create(), await api.create()];
	for (const { id } of calls) {
		owner(id).answer(id);
		await api.record(id, 'in-progress');
	}
	const joined = await api.post(`/v1/voice/calls/${calls[0].id}`, { bridge: calls[1].id });
	assert.equal(joined.status, 409);
	assert.ok(![a, b].some(mock => mock.requests.some(r => r.method === 'call.bridge')));
	const conference = (await api.post('/v1/voice/conferences', {})).json;
	const holder = [a, b].find(mock => mock.conferences.has(conference.id));
	for (let i = 0; i < 3; i++) {
		const invited = await api.post(`/v1/voice/conferences/${conference.id}/participants`, { to: '+15550001001', from: '+15550009000' });
		assert.equal(invited.status, 201);
		assert.equal(owner(invited.json.call_id ?? invited.json.id), holder, 'a participant is called by the switch that has the conference');
	}
});

test('GET /metrics adds the figures of the switches up', async () => {
	const figures = (calls, late, state) => ({
		status: { calls, max_calls: 100 }, live: [{ account: 'default', trunk: '', direction: 'inbound', status: 'in-progress', calls }],
		ended: [], trunks: [], causes: [], trunk_states: [{ name: 'carrier', state }], tick_late_s: { bounds: [0.001, 0.01], counts: [late, 0, 1], sum: 0.5 },
	});
	a.overrides.set('switch.metrics', () => figures(3, 5, 'down'));
	b.overrides.set('switch.metrics', () => figures(4, 6, 'up'));
	const { text } = await api.get('/metrics');
	assert.match(text, /^offhook_switch_up 1$/m);
	assert.match(text, /^offhook_calls\{[^}]*in-progress[^}]*\} 7$/m);
	assert.deepEqual(text.match(/^offhook_trunk_up\{.*/mg), ['offhook_trunk_up{trunk="carrier"} 1'], 'it can be called through');
	assert.match(text, /_bucket\{le="0.001"\} 11$/m);
});
