// What a program does to a call that is up: another script, something said or played to it, another call to talk with; beside what its own script is doing.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY, OTHER_KEY } from './harness.mjs';
import { Client } from './ws_client.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

const CALLS = '/v1/voice/calls';
const doc = inner => `<Response>${inner}</Response>`;
const of = id => p => p.call === id;
const change = (id, body) => api.post(`${CALLS}/${id}`, body);
const played = (id, play, end = 'completed') => api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: play, end });

async function up(script) {
	const { id } = await api.create(script && { script: doc(script) });
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	return id;
}

// The next call.play of that call: its files, and the id that the switch gave it.
async function play(id) {
	const params = await api.mock.request('call.play', of(id));
	return { ...params, id: api.mock.nextPlay - 1 };
}

test('an inline script takes the call away from what it was doing', async () => {
	const id = await up('<Play loop="0">tone:ringback</Play>');
	await play(id);
	const reply = await change(id, { script: doc('<Play>tone:busy</Play>') });
	assert.equal(reply.status, 200);
	assert.equal(reply.json.id, id);
	await api.mock.request('call.stop', of(id));
	const next = await play(id);
	assert.deepEqual(next.files, ['tone:busy']);
	played(id, next.id);
	await api.record(id, 'completed');
});

test('an inline NCCO does, too, and so at the start of a call', async () => {
	const { id } = await api.create({ script: JSON.stringify([{ action: 'talk', text: 'hello' }]) });
	api.mock.answer(id);
	const first = await play(id);
	assert.match(first.files[0], /\.wav$/);
	assert.equal((await change(id, { script: JSON.stringify([{ action: 'talk', text: 'good bye' }]) })).status, 200);
	const second = await play(id);
	assert.match(second.files[0], /\.wav$/);
	assert.notEqual(second.files[0], first.files[0]);
	assert.equal((await change(id, { script: '[{"action": "talk"' })).status, 400);
	await api.delete(`${CALLS}/${id}`);
});

test('before the answer an inline script is the one that will run, also over a restart', async () => {
	const { id } = await api.create({ url: 'http://127.0.0.1:1/never' });
	assert.equal((await change(id, { script: doc('<Play>tone:busy</Play>') })).status, 200);
	await api.kill();
	await api.launch();
	await api.ready();
	api.mock.answer(id);
	assert.deepEqual((await play(id)).files, ['tone:busy']);
	await api.delete(`${CALLS}/${id}`);
});

test('what is said or played is heard in place of what the script plays, which is heard again after it', async () => {
	const id = await up('<Play>tone:dial</Play><Play>tone:busy</Play>');
	const own = await play(id);
	assert.deepEqual(own.files, ['tone:dial']);
	assert.equal((await change(id, { play: 'tone:beep', loop: 3 })).status, 200);
	const beep = await play(id);
	assert.deepEqual([beep.files, beep.loop], [['tone:beep'], 3]);
	played(id, own.id, 'stopped');
	// a second one takes the place of the first
	assert.equal((await change(id, { say: 'And now for something else' })).status, 200);
	const said = await play(id);
	assert.match(said.files[0], /\.wav$/);
	assert.equal(said.loop, 1);
	played(id, beep.id, 'stopped');
	assert.deepEqual(api.mock.requests.filter(r => r.method === 'call.play' && r.params.call === id).length, 3, 'the script waits');
	played(id, said.id);
	const again = await play(id);
	assert.deepEqual(again.files, ['tone:dial']);
	played(id, again.id);
	assert.deepEqual((await play(id)).files, ['tone:busy']);
	await api.delete(`${CALLS}/${id}`);
});

test('an announcement is over also when this process was away meanwhile', async () => {
	const id = await up('<Play>tone:dial</Play>');
	const own = await play(id);
	assert.equal((await change(id, { play: 'tone:beep' })).status, 200);
	const beep = await play(id);
	played(id, own.id, 'stopped');
	await api.kill();
	played(id, beep.id);
	await api.launch();
	assert.deepEqual((await play(id)).files, ['tone:dial']);
	await api.delete(`${CALLS}/${id}`);
});

test('stop ends an announcement, or what the script plays, and no gathering', async () => {
	const id = await up('<Play>tone:dial</Play><Play>tone:busy</Play>');
	const own = await play(id);
	await change(id, { play: 'tone:beep', loop: 0 });
	const beep = await play(id);
	assert.equal(beep.loop, 0);
	played(id, own.id, 'stopped');
	assert.equal((await change(id, { stop: true })).status, 200);
	assert.deepEqual(await api.mock.request('call.stop', of(id)), { call: id, collect: false });
	played(id, beep.id, 'stopped');
	const again = await play(id);
	assert.deepEqual(again.files, ['tone:dial']);
	await change(id, { stop: true });
	played(id, again.id, 'stopped');
	assert.deepEqual((await play(id)).files, ['tone:busy']);
	await api.delete(`${CALLS}/${id}`);
});

test('an announcement that cannot be leaves the script as it was', async () => {
	const id = await up('<Play>tone:dial</Play><Play>tone:busy</Play>');
	const own = await play(id);
	const unknown = await change(id, { play: 'tone:nosuch' });
	assert.deepEqual([unknown.status, unknown.json.code, unknown.json.field], [422, 'prompt-failed', 'play']);
	api.mock.overrides.set('call.play', () => { throw { code: 409, message: 'no', data: { call: api.mock.calls.get(id) } }; });
	assert.equal((await change(id, { play: 'tone:beep' })).status, 409);
	api.mock.overrides.delete('call.play');
	await play(id);
	await change(id, { stop: true });
	played(id, own.id, 'stopped');
	assert.deepEqual((await play(id)).files, ['tone:busy']);
	await api.delete(`${CALLS}/${id}`);
});

test('bridge connects two calls, and both leave their scripts', async () => {
	const one = await up('<Play>tone:dial</Play><Play>tone:busy</Play>'), two = await up('<Play>tone:dial</Play>');
	const first = await play(one), second = await play(two);
	api.mock.overrides.set('call.bridge', ({ call, with: other }) => {
		for (const [a, b] of [[call, other], [other, call]])
			api.mock.event('call.bridged', { call: api.mock.calls.get(a), with: b });
		return { call: api.mock.calls.get(call) };
	});
	assert.equal((await change(one, { bridge: two })).status, 200);
	assert.deepEqual(await api.mock.request('call.bridge'), { call: one, with: two });
	played(one, first.id, 'stopped');
	played(two, second.id, 'stopped');
	for (const id of [one, two]) {
		await api.mock.end(id);
		await api.record(id, 'completed');
		assert.ok(!api.mock.requests.some(r => r.method === 'call.hangup' && r.params.call === id), 'no script has ended it');
	}
});

test('bridge with whom that is not possible', async () => {
	const one = await up(), waiting = await api.create(), over = await up();
	api.mock.end(over);
	await api.record(over, 'completed');
	const theirs = await api.post(CALLS, { to: '+15550001001', from: '+15550001002' }, { 'x-api-key': OTHER_KEY });
	for (const [bridge, status, code] of [[one, 400, 'parameter-invalid'], [waiting.id, 409, 'not-in-progress'], [over, 409, 'call-over'],
		[theirs.json.id, 404, 'call-not-found'], ['nobody', 404, 'call-not-found'], [7, 400, 'parameter-invalid']]) {
		const reply = await change(one, { bridge });
		assert.deepEqual([reply.status, reply.json.code, reply.json.field], [status, code, 'bridge'], reply.text);
	}
	await api.delete(`${CALLS}/${one}`);
});

test('what does not go together is refused', async () => {
	const id = await up();
	for (const [body, field] of [[{ say: 'a', play: 'tone:beep' }, 'status'], [{ loop: 2 }, 'status'], [{ muted: true, loop: 2 }, 'loop'], [{ say: '' }, 'say'],
		[{ say: 'a', loop: -1 }, 'loop'], [{ stop: false }, 'stop'], [{ script: '<Response><Say>a</Response>' }, 'script'], [{ script: doc(''), method: 'GET' }, 'method'],
		[{ script: doc(''), url: 'http://127.0.0.1:1/' }, 'status']]) {
		const reply = await change(id, body);
		assert.deepEqual([reply.status, reply.json.field], [400, field], JSON.stringify(body) + reply.text);
	}
	api.mock.end(id);
	await api.record(id, 'completed');
	for (const [body, field] of [[{ say: 'a' }, 'say'], [{ play: 'tone:beep' }, 'play'], [{ stop: true }, 'stop'], [{ bridge: id }, 'bridge'], [{ script: doc('') }, 'script']]) {
		const reply = await change(id, body);
		assert.deepEqual([reply.status, reply.json.code, reply.json.field], [409, 'call-over', field], reply.text);
	}
});

test('a socket asks for the same', async () => {
	const id = await up('<Play>tone:dial</Play>');
	await play(id);
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	assert.equal((await ws.ask('updateCall', { call_id: id, play: 'tone:beep' })).status, 200);
	assert.deepEqual((await play(id)).files, ['tone:beep']);
	assert.equal((await ws.ask('updateCall', { call_id: id, stop: true })).status, 200);
	assert.equal((await ws.ask('updateCall', { call_id: id, script: doc('<Play>tone:busy</Play>') })).status, 200);
	assert.deepEqual((await play(id)).files, ['tone:busy']);
	ws.socket.destroy();
	await api.delete(`${CALLS}/${id}`);
});
