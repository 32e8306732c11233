// The WebSocket with a peer that is not ours (ws), and cases after those of the field's well-known test suite, section by section.
// The id of a command comes back in its reply: that is the echo of these tests.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';
import { Api, KEY, until } from '../api/harness.mjs';
import { Client, frame } from '../api/ws_client.mjs';

let api;
before(async () => { api = await Api.start({ logLevel: 'info' }); });
after(() => api.stop());

const command = id => JSON.stringify({ id, action: 'listNumbers' });

// A connection of ws that keeps what comes.
async function peer(options = {}) {
	const ws = new WebSocket(`${api.base.replace('http', 'ws')}/v1/voice/socket`, { headers: { 'x-api-key': KEY }, ...options });
	ws.came = [];
	ws.on('message', (data, binary) => ws.came.push({ binary, ...JSON.parse(data) }));
	await once(ws, 'open');
	ws.echo = id => until(() => ws.came.find(m => m.id === id && m.status === 200), `the echo of ${String(id).length} characters`);
	return ws;
}

const closed = async ws => (await once(ws, 'close'))[0];
const raw = () => Client.open(api.base, { 'x-api-key': KEY });
const heard = (client, id) => client.until(() => client.messages.find(m => m.id === id), `the reply to ${String(id).slice(0, 20)}`);

test('ws: commands, events and their order', async () => {
	const ws = await peer();
	ws.send(JSON.stringify({ id: 'sub', action: 'subscribe' }));
	await ws.echo('sub');
	const { id } = await api.create();
	api.mock.ring(id);
	api.mock.answer(id);
	api.mock.end(id);
	await until(() => ws.came.filter(m => m.type === 'event').length === 4, 'four events');
	const events = ws.came.filter(m => m.type === 'event');
	assert.ok(ws.came.every(m => !m.binary));
	assert.deepEqual(events.map(m => m.event.call.status), ['queued', 'ringing', 'in-progress', 'completed']);
	assert.ok(events.every((m, i) => !i || m.cursor > events[i - 1].cursor));
	ws.close(1000);
	assert.equal(await closed(ws), 1000);
});

// 12, 13: extensions that are offered and not taken
test('ws: compression is offered and declined; all goes on without', async () => {
	const ws = await peer({ perMessageDeflate: { threshold: 0 } });
	assert.equal(ws.extensions, '');
	ws.send(command('plain'), { compress: true });
	await ws.echo('plain');
	ws.close();
	assert.equal(await closed(ws), 1005);
});

test('ws: a subprotocol that nobody speaks is not chosen', async () => {
	const ws = new WebSocket(`${api.base.replace('http', 'ws')}/v1/voice/socket`, ['chat'], { headers: { 'x-api-key': KEY } });
	const [error] = await once(ws, 'error');
	assert.match(error.message, /subprotocol/i, 'the peer sees that it was not taken');
	await until(async () => (await fetch(`${api.base}/healthz`)).status === 200);
});

// 1: sizes at which the frame's header changes
for (const size of [0, 1, 125, 126, 127, 128, 65535, 65536, 200000]) {
	test(`1: a message with an id of ${size} characters`, async () => {
		const ws = await peer(), id = 'i'.repeat(size);
		ws.send(command(id));
		await ws.echo(id);
		ws.terminate();
	});
}

test('1.1.8: in pieces as TCP may bring them', async () => {
	const client = await raw(), id = 'p'.repeat(65600), bytes = frame(1, command(id));
	for (let at = 0; at < bytes.length; at += 997) {
		client.raw(bytes.subarray(at, at + 997));
		if (at % 20 === 0)
			await new Promise(ok => setImmediate(ok));
	}
	await heard(client, id);
	client.destroy();
});

// 2: pings and pongs
test('2: pings of every size come back, many at once, and pongs that nobody asked for are passed over', async () => {
	const ws = await peer(), pongs = [];
	ws.on('pong', data => pongs.push(data.toString('hex')));
	const sent = [Buffer.alloc(0), Buffer.from('hello'), Buffer.from([0, 255, 254, 253, 0]), Buffer.alloc(125, 0xfe), ...Array.from({ length: 100 }, (_, i) => Buffer.from(`ping ${i}`))];
	for (const data of sent)
		ws.ping(data);
	ws.pong('unasked');
	ws.pong(Buffer.alloc(125));
	await until(() => pongs.length === sent.length, 'the pongs');
	assert.deepEqual(pongs, sent.map(data => data.toString('hex')));
	ws.send(command('after'));
	await ws.echo('after');
	ws.terminate();
});

// 3, 4: reserved bits and opcodes
for (const rsv of [1, 2, 3, 4, 5, 6, 7]) {
	test(`3: reserved bits ${rsv} end the connection; what went before is answered`, async () => {
		const client = await raw();
		client.raw(frame(1, command('before')), frame(1, command('bad'), { rsv }));
		await heard(client, 'before');
		assert.equal(await client.closed(), 1002);
		assert.ok(!client.messages.some(m => m.id === 'bad'));
		client.destroy();
	});
}

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
	test(`4: opcode ${opcode} ends the connection`, async () => {
		const client = await raw();
		client.raw(frame(1, command('before')), frame(opcode, 'x'), frame(9));
		await heard(client, 'before');
		assert.equal(await client.closed(), 1002);
		client.destroy();
	});
}

// 5: fragmentation
test('5: a message in fragments of one byte, with pings between', async () => {
	const ws = await peer(), text = command('fragments');
	let pongs = 0;
	ws.on('pong', () => pongs++);
	[...text].forEach((c, i) => {
		ws.send(c, { fin: i === text.length - 1 });
		if (i % 5 === 0)
			ws.ping();
	});
	await ws.echo('fragments');
	await until(() => pongs === Math.ceil(text.length / 5), 'the pongs');
	ws.terminate();
});

test('5: empty fragments', async () => {
	const client = await raw();
	client.raw(frame(1, '', { fin: false }), frame(0, '', { fin: false }), frame(0, command('empty'), { fin: false }), frame(0, ''));
	await heard(client, 'empty');
	client.destroy();
});

for (const [what, frames] of [
	['a new message within another', [frame(1, 'a', { fin: false }), frame(1, 'b')]],
	['a continuation of nothing', [frame(0, 'a')]], ['a continuation of nothing that goes on', [frame(0, 'a', { fin: false })]],
	['a second continuation after the end', [frame(1, command('x'), { fin: true }), frame(0, 'b')]],
]) {
	test(`5: ${what} ends the connection`, async () => {
		const client = await raw();
		client.raw(...frames);
		assert.equal(await client.closed(), 1002);
		client.destroy();
	});
}

for (const [what, bytes] of [['ping', frame(9, 'x', { fin: false })], ['pong', frame(10, 'x', { fin: false })]]) {
	test(`5: a fragmented ${what} ends the connection`, async () => {
		const client = await raw();
		client.raw(bytes);
		assert.ok([1002, 1005].includes(await client.closed()));
		client.destroy();
	});
}

// 6: UTF-8
for (const id of ['κόσμε', '\u{10ffff}', '\u0000', '\ufffd', '\ufffe', '\ud7ff', '\ue000', 'Hello-µ@ßöäüàá-UTF-8!!', '𐀀'.repeat(5000)]) {
	test(`6: ${JSON.stringify(id).slice(0, 30)} comes back, in fragments of one byte too`, async () => {
		const client = await raw(), bytes = Buffer.from(command(id));
		if (id === '\u0000') { // JSON can say it, our ids cannot hold it: refused, and the connection stays
			client.raw(frame(1, bytes));
			await client.until(() => client.messages.length, 'an answer');
			assert.equal(client.messages[0].status, 400);
			return client.destroy();
		}
		client.raw(frame(1, bytes));
		await heard(client, id);
		client.messages.length = 0;
		client.raw(...[...bytes].map((b, i) => frame(i ? 0 : 1, Buffer.from([b]), { fin: i === bytes.length - 1 })));
		await heard(client, id);
		client.destroy();
	});
}

for (const bytes of ['80', 'bf', 'c0af', 'e080af', 'f08080af', 'eda080', 'edbfbf', 'eda080edb080', 'f4908080', 'f8888080', 'fe', 'ff', 'cebae1bdb9cf83cebcceb5eda080656469746564', 'c3', 'e282', 'f09f93']) {
	test(`6: ${bytes} is no UTF-8`, async () => {
		const client = await raw();
		client.raw(frame(1, Buffer.from(bytes, 'hex')));
		assert.equal(await client.closed(), 1007);
		client.destroy();
		const other = await raw(); // in the last of some fragments
		other.raw(frame(1, '{"id":"', { fin: false }), frame(0, Buffer.from(bytes, 'hex')));
		assert.equal(await other.closed(), 1007);
		other.destroy();
	});
}

// 7: closing
for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
	test(`7: a close with ${code} is answered with it`, async () => {
		const ws = await peer();
		ws.close(code, 'bye');
		assert.equal(await closed(ws), code);
	});
}

for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]) {
	test(`7: a close with ${code}, which is none, is answered with 1002`, async () => {
		const client = await raw();
		client.raw(frame(8, Buffer.from([code >> 8, code & 255])));
		assert.equal(await client.closed(), 1002);
		await client.gone();
	});
}

test('7: reasons: of 123 bytes, too long, no UTF-8', async () => {
	const [long, longer, broken] = [await raw(), await raw(), await raw()];
	long.raw(frame(8, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(123, 'r')])));
	assert.equal(await long.closed(), 1000);
	longer.raw(frame(8, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 'r')])));
	assert.ok([1002, 1005].includes(await longer.closed()), `${longer.closeCode}`);
	broken.raw(frame(8, Buffer.from([3, 232, 0xce, 0xba, 0xed, 0xa0, 0x80])));
	assert.ok([1002, 1007].includes(await broken.closed()), `${broken.closeCode}`);
	for (const client of [long, longer, broken])
		client.destroy();
});

test('7: nothing behind a close is heard; a second close harms nobody', async () => {
	const client = await raw();
	client.raw(frame(8, Buffer.from([3, 232])), frame(1, command('late')), frame(9, 'late'), frame(8, Buffer.from([3, 232])));
	assert.equal(await client.closed(), 1000);
	await client.gone();
	assert.ok(!client.messages.some(m => m.id === 'late'));
	assert.equal(client.frames.filter(f => f.opcode === 8).length, 1);
	assert.ok(!client.frames.some(f => f.opcode === 10));
});

// 9: limits
test('9: the largest message, whole and in fragments, and one byte more', async () => {
	const room = 256 * 1024 - command('').length, ws = await peer();
	for (const parts of [1, 64]) {
		const text = command(`${parts}`.padEnd(room, 'x'));
		for (let i = 0; i < parts; i++)
			ws.send(text.slice(i * text.length / parts, (i + 1) * text.length / parts), { fin: i === parts - 1 });
		await ws.echo(JSON.parse(text).id);
	}
	ws.send(command('y'.repeat(room + 1)));
	assert.equal(await closed(ws), 1009);
});

test('9: a frame that promises more than there may be is refused at once', async () => {
	const client = await raw();
	client.raw(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5]));
	assert.equal(await client.closed(), 1009);
	client.destroy();
});

test('a thousand connections that come and go leave nothing behind', async () => {
	const open = () => new Promise(ok => {
		const ws = new WebSocket(`${api.base.replace('http', 'ws')}/v1/voice/socket`, { headers: { 'x-api-key': KEY } });
		ws.on('open', () => Math.random() < 0.5 ? ws.close() : ws.terminate()).on('error', () => ok(false)).on('close', () => ok(true));
	});
	for (let i = 0; i < 20; i++)
		assert.ok((await Promise.all(Array.from({ length: 50 }, open))).every(Boolean));
	const ws = await peer();
	ws.send(command('still there'));
	await ws.echo('still there');
	ws.terminate();
});
