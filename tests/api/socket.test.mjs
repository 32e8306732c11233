import { test, beforeEach, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Api, KEY, OTHER_KEY, until } from './harness.mjs';
import { Client, frame } from './ws_client.mjs';

let api;
beforeEach(async () => { api = await Api.start(); });
afterEach(() => api.stop());

const open = (key = KEY) => Client.open(api.base, key ? { 'x-api-key': key } : {});
const statuses = events => events.map(e => `${e.event.call_id.slice(0, 4)} ${e.event.sequence} ${e.event.call.status}`);

async function whole(n = 1) {
	const ids = [];
	for (let i = 0; i < n; i++) {
		const { id } = await api.create();
		api.mock.ring(id);
		api.mock.answer(id);
		api.mock.end(id);
		ids.push(id);
	}
	return ids;
}

test('events as they happen', async () => {
	const ws = await open();
	assert.equal((await ws.ask('subscribe')).status, 200);
	const [id] = await whole();
	await ws.until(() => ws.events.length === 4);
	assert.deepEqual(ws.events.map(e => e.event.call.status), ['queued', 'ringing', 'in-progress', 'completed']);
	assert.deepEqual(ws.events.map(e => e.event.sequence), [1, 2, 3, 4]);
	assert.ok(ws.events.every(e => e.event.call_id === id && e.cursor > 0));
	assert.deepEqual(ws.events.map(e => e.event), (await api.get(`/v1/voice/calls/${id}/events`)).json.events);
	ws.destroy();
});

test('resume after a cursor, over a restart of this process, without loss or duplicates', async () => {
	let ws = await open();
	await ws.ask('subscribe');
	const first = await whole(2);
	await ws.until(() => ws.events.length === 8);
	const seen = ws.events.slice(0, 5);
	ws.destroy();
	await whole(1);
	await until(async () => (await api.get('/v1/voice/calls?status=completed')).json.total === 3);
	await api.kill();
	await api.launch();
	await api.ready();
	ws = await open();
	await ws.ask('subscribe', { after: seen.at(-1).cursor });
	await whole(1);
	await ws.until(() => ws.events.length === 11);
	const all = [...seen, ...ws.events];
	assert.equal(new Set(all.map(e => e.cursor)).size, 16);
	assert.deepEqual(all.map(e => e.cursor), all.map(e => e.cursor).sort((a, b) => a - b));
	for (const id of first)
		assert.deepEqual(all.filter(e => e.event.call_id === id).map(e => e.event.sequence), [1, 2, 3, 4]);
	ws.destroy();
});

test('resume in the middle of events that keep coming', async () => {
	const wanted = await whole(30);
	const ws = await open();
	const reply = ws.ask('subscribe', { after: 0 });
	wanted.push(...await whole(30));
	await reply;
	await ws.until(() => ws.events.length >= 240);
	const cursors = ws.events.map(e => e.cursor);
	assert.deepEqual(cursors, [...new Set(cursors)].sort((a, b) => a - b));
	for (const id of wanted)
		assert.deepEqual(ws.events.filter(e => e.event.call_id === id).map(e => e.event.sequence), [1, 2, 3, 4]);
	ws.destroy();
});

test('only one call, only some types', async () => {
	const one = await open(), some = await open();
	const { id } = await api.create();
	await one.ask('subscribe', { call_id: id, after: 0 });
	await some.ask('subscribe', { types: ['call.digit'] });
	await whole();
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '7', duration_ms: 80 });
	await some.until(() => some.events.length);
	await one.until(() => one.events.length === 2);
	assert.equal(some.events[0].event.digit, '7');
	assert.ok(one.events.every(e => e.event.call_id === id));
	await some.ask('unsubscribe');
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '8', duration_ms: 80 });
	await one.until(() => one.events.length === 3);
	assert.equal(some.events.length, 1);
	one.destroy();
	some.destroy();
});

test('another account hears nothing', async () => {
	const ws = await open(OTHER_KEY), own = await open();
	await ws.ask('subscribe', { after: 0 });
	await own.ask('subscribe');
	await whole();
	await own.until(() => own.events.length === 4);
	assert.equal((await ws.ask('listCalls')).body.total, 0);
	assert.equal(ws.events.length, 0);
	ws.destroy();
	own.destroy();
});

test('every operation as a command', async () => {
	const ws = await open();
	const made = await ws.ask('initiateCall', { to: '+15550001001', from: '+15550009000' }, { idempotency_key: 'a' });
	assert.equal(made.status, 201);
	const call_id = made.body.id;
	assert.equal((await ws.ask('initiateCall', { to: '+15550001001', from: '+15550009000' }, { idempotency_key: 'a' })).body.id, call_id);
	assert.equal((await ws.ask('initiateCall', { to: '+15550001001', from: '+15550009000' }, { dry_run: true })).body.dry_run, true);
	assert.equal((await ws.ask('getCall', { call_id })).body.id, call_id);
	assert.equal((await ws.ask('listCalls', { page_size: 1 })).body.page_size, 1);
	assert.equal((await ws.ask('updateCall', { call_id, status: 'canceled' })).body.status, 'canceled');
	assert.equal((await ws.ask('endCall', { call_id })).status, 204);
	assert.equal((await ws.ask('getCall', {})).body.field, 'call_id');
	assert.equal((await ws.ask('getCall', { call_id: 'x' })).status, 404);
	assert.equal((await ws.ask('initiateCall', { to: 5 })).body.field, 'to');
	assert.equal((await ws.ask('getRecordingMedia', { recording_id: 'x' })).status, 400);
	assert.equal((await ws.ask('dance')).body.field, 'action');
	ws.destroy();
});

test('the key in the first command, or none', async () => {
	const ws = await open(null);
	assert.equal((await ws.ask('authenticate', { key: KEY })).status, 200);
	assert.equal((await ws.ask('listCalls')).status, 200);
	ws.destroy();
	const wrong = await open(null);
	assert.equal((await wrong.ask('authenticate', { key: 'x' })).status, 401);
	assert.equal(await wrong.closed(), 4401);
	const early = await open(null);
	assert.equal((await early.ask('listCalls')).status, 401);
	assert.equal(await early.closed(), 4401);
	assert.equal((await open('wrong')).status, 401);
	assert.equal((await Client.open(api.base, {}, `/v1/voice/socket?key=${KEY}`)).status, 400);
});

test('what is no command gets an answer and leaves the connection up', async () => {
	const ws = await open();
	for (const text of ['{', '[]', '5', '{"id":1}', '{"id":{},"action":"listCalls"}', '{"id":1,"action":"listCalls","params":[]}',
		'{"id":1,"action":"subscribe","params":{"after":-1}}', '{"id":1,"action":"subscribe","params":{"before":1}}']) {
		ws.messages.length = 0;
		ws.send(text);
		await ws.until(() => ws.messages.length);
		assert.equal(ws.messages[0].status, 400, text);
	}
	ws.nextId = 100;
	assert.equal((await ws.ask('listCalls')).status, 200);
	ws.destroy();
});

test('handshakes that are none', async () => {
	for (const [headers, status] of [[{ 'sec-websocket-version': '8' }, 426], [{ 'sec-websocket-key': 'short' }, 400], [{ upgrade: 'h2c' }, 426]]) {
		const reply = await Client.open(api.base, { 'x-api-key': KEY, ...headers });
		assert.equal(reply.status, status);
	}
	const plain = await api.get('/v1/voice/socket');
	assert.equal(plain.status, 426);
	assert.equal(plain.headers.get('upgrade'), 'websocket');
});

// RFC 6455, after the cases of its well-known test suite.
test('pings are answered, in the middle of a fragmented message too', async () => {
	const ws = await open();
	ws.raw(frame(9, 'hello'));
	await ws.until(() => ws.frames.find(f => f.opcode === 10 && f.payload.toString() === 'hello' && !f.masked));
	const text = JSON.stringify({ id: 'f', action: 'listUsers' });
	ws.raw(frame(1, text.slice(0, 5), { fin: false }), frame(9, 'between'), frame(0, text.slice(5, 9), { fin: false }), frame(0, text.slice(9)));
	await ws.until(() => ws.messages.find(m => m.id === 'f'));
	assert.ok(ws.frames.some(f => f.opcode === 10 && f.payload.toString() === 'between'));
	for (const byte of frame(1, JSON.stringify({ id: 'slow', action: 'listUsers' })))
		ws.raw(Buffer.from([byte]));
	await ws.until(() => ws.messages.find(m => m.id === 'slow'));
	ws.raw(frame(10, 'unasked'));
	assert.equal((await ws.ask('listUsers')).status, 200);
	ws.destroy();
});

// 1005: a close frame without a code.
for (const [name, bytes, code] of [
	['an unmasked frame', frame(1, '{}', { mask: false }), 1002], ['a reserved bit', frame(1, '{}', { rsv: 4 }), 1002],
	['a reserved opcode', frame(3, ''), 1002], ['a continuation of nothing', frame(0, 'x'), 1002],
	['a fragmented ping', frame(9, 'x', { fin: false }), 1005], ['a long ping', frame(9, 'x'.repeat(126)), 1005],
	['bad UTF-8', frame(1, Buffer.from([0xff, 0xfe])), 1007], ['binary', frame(2, 'x'), 1003],
	['a message that is too large', frame(1, 'x'.repeat(300000)), 1009], ['a close with one byte', frame(8, 'x'), 1002],
	['a close with a reserved code', frame(8, Buffer.from([0x03, 0xed])), 1002],
]) {
	test(`${name} ends the connection with ${code}`, async () => {
		const ws = await open();
		ws.raw(bytes);
		assert.equal(await ws.closed(), code);
		ws.raw(frame(8, Buffer.from([3, 232])));
		await ws.gone();
		assert.equal((await api.get('/healthz')).status, 200);
	});
}

test('who asks and asks and does not read is not heard until it does', async () => {
	for (let i = 0; i < 100; i++)
		await api.create();
	const memory = name => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${api.process.pid}/status`))[1]);
	// A sanitizer reserves terabytes, and keeps what is freed: then only the replies count.
	const rss = () => memory('VmSize') < 1e9 ? memory('VmRSS') : 0;
	const ws = await open(), other = await open();
	try {
		await ws.ask('listCalls', { page_size: 100 });
		const before = rss(), count = memory('VmSize') < 1e9 ? 4000 : 500;
		ws.socket.pause();
		const text = JSON.stringify({ id: 'x', action: 'listCalls', params: { page_size: 100 } });
		for (let i = 0; i < count; i++)
			ws.raw(frame(1, text));
		// Whatever was going to be read of that has been when others have been answered many times.
		for (let i = 0; i < 200; i++)
			assert.equal((await other.ask('getAccount')).status, 200);
		assert.ok(rss() - before < 30000, `${rss() - before} KB more`);
		ws.socket.resume();
		const replies = () => ws.messages.filter(m => m.id === 'x').length;
		for (let seen = 0; seen < count; seen = replies()) // they are 150 MB: what counts is that they go on to come
			await ws.until(() => replies() > seen, `all replies, of which there are ${seen},`);
		assert.equal(replies(), count);
		assert.ok(rss() - before < 60000, `${rss() - before} KB more`);
	} finally { // a paused socket would keep this process
		ws.destroy();
		other.destroy();
	}
});

test('a close is answered with a close', async () => {
	const ws = await open();
	ws.raw(frame(8, Buffer.concat([Buffer.from([3, 232]), Buffer.from('bye')])));
	assert.equal(await ws.closed(), 1000);
	await ws.gone();
});

test('a reader that is too slow is told so, and can resume', async () => {
	const ws = await open();
	await ws.ask('subscribe');
	ws.socket.pause();
	const { id } = await api.create();
	api.mock.answer(id);
	const call = { ...api.mock.calls.get(id), headers: { 'X-Padding': 'x'.repeat(500) } };
	const total = 12000;
	for (let i = 2; i < total; i++)
		api.mock.event('call.digit', { call, digit: '1', duration_ms: 80 });
	await until(() => api.log.some(l => l.includes('socket.too_slow')), 'the cut');
	ws.socket.resume();
	assert.equal(await ws.closed(), 4008);
	const last = ws.events.at(-1).cursor;
	assert.equal(ws.closeReason, `too slow; subscribe again with after=${last}`);
	ws.destroy();
	const again = await open();
	await again.ask('subscribe', { after: last });
	await again.until(() => again.events.at(-1)?.event.sequence === total, 'the rest');
	const sequences = [...ws.events, ...again.events].map(e => e.event.sequence);
	assert.equal(sequences.length, total);
	assert.ok(sequences.every((n, i) => n === i + 1));
	again.destroy();
});

test('open sockets are closed with 1001 at the end', async () => {
	const ws = await open();
	await ws.ask('subscribe');
	api.process.kill('SIGTERM');
	assert.equal(await ws.closed(), 1001);
});
