// The same as /audio by WebSocket, for browsers: either side or both, and links that stand for a key for a while.
import assert from 'node:assert/strict';
import { Client, frame } from '../api/ws_client.mjs';
import { KEY } from './support/harness.mjs';
import { toneShare } from './support/rtp.mjs';
import { doc, mark, MARK, script } from './support/script.mjs';
import { poll } from './support/wait.mjs';

const OTHER = '00000000-0000-4000-8000-000000000000';
const live = async world => (await world.http('GET', '/v1/voice/calls')).body.calls.find(call => call.status === 'in-progress')?.id;
const listen = (world, id, query = '', headers = { 'x-api-key': KEY }) => Client.open(world.api, headers, `/v1/voice/calls/${id}/audio${query}`);
const link = (world, id, body) => world.http('POST', `/v1/voice/calls/${id}/audio/links`, body);
const streams = async (line, id) => (await line.events(id)).filter(event => event.type === 'call.stream').map(event => event.data?.stream ?? event.stream);
const open = (world, url) => Client.open(world.api, {}, url.slice(new URL(url).origin.length));

// The samples of each channel so far.
function heard(client, channels) {
	const bytes = Buffer.concat(client.frames.filter(({ opcode }) => opcode === 2).map(({ payload }) => payload));
	const out = Array.from({ length: channels }, () => []);
	for (let at = 0; at + 1 < bytes.length; at += 2)
		out[at / 2 % channels].push(bytes.readInt16LE(at));
	return out;
}

// Resolves when each channel's last 200 ms are this tone.
const tones = (client, rate, ...frequencies) => client.until(() => {
	const channels = heard(client, frequencies.length);
	return channels.every((samples, i) => samples.length >= rate / 2 && toneShare(samples.slice(-rate / 5), frequencies[i], rate) > 0.8);
}, `tones of ${frequencies} Hz`);

// An answered call that says 440 Hz and hears MARK.
async function talking(line, world) {
	line.pages['/voice'] = doc(mark);
	const call = await line.answered();
	call.rtp.sendTone(440);
	await call.rtp.hear(MARK);
	return { call, id: await poll(() => live(world), 'the call in the list') };
}

script('either side and both, in messages of 20 ms, until the call ends', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const said = await listen(world, id), both = await listen(world, id, '?track=both&rate=16000');
	await tones(said, 8000, 440);
	await tones(both, 16000, 440, MARK);
	assert.deepEqual(said.messages, [{ type: 'start', call_id: id, track: 'inbound', rate: 8000, channels: 1, format: 'audio/l16' }]);
	assert.deepEqual(both.messages, [{ type: 'start', call_id: id, track: 'both', rate: 16000, channels: 2, format: 'audio/l16' }]);
	assert.ok(said.frames.every(({ opcode, fin, masked, payload }) => opcode === 2 && fin && !masked && payload.length === 320));
	assert.ok(both.frames.every(({ payload }) => payload.length === 1280));
	said.send('what is said to it is not listened to');
	said.raw(frame(9, 'ping'));
	await said.until(() => said.frames.find(({ opcode, payload }) => opcode === 10 && payload.toString() === 'ping'), 'a pong');
	await call.bye();
	for (const client of [said, both])
		assert.equal(await client.closed(), 1000);
	const ends = await poll(async () => {
		const list = (await streams(line, id)).filter(stream => stream.state === 'stopped');
		return list.length === 2 && list;
	}, 'the ends of the streams in the events');
	assert.ok(ends.every(stream => stream.sent_bytes > 4000 && Number.isInteger(stream.dropped_ms)), JSON.stringify(ends));
});

script('a link stands for the key, for this call and until it expires, by WebSocket and by HTTP', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const { status, body } = await link(world, id);
	assert.equal(status, 201);
	assert.ok(Math.abs(Date.parse(body.expires) - Date.now() - 60000) < 30000, body.expires);
	assert.equal(body.websocket_url, body.url.replace(/^http/, 'ws'));
	await tones(await open(world, body.websocket_url), 8000, 440);
	await tones(await open(world, body.websocket_url + '&track=outbound'), 8000, MARK);
	const controller = new AbortController();
	const reply = await fetch(body.url.replace(new URL(body.url).origin, world.api), { signal: controller.signal });
	assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'audio/wav']);
	controller.abort();
	const refused = async url => {
		const { status, json } = await open(world, url);
		assert.equal(status, 401, url);
		assert.match(json.detail, /link has expired/);
	};
	await refused(body.websocket_url.replace(id, OTHER));
	await refused(body.websocket_url.replace(/signature=./, match => match.slice(0, -1) + (match.endsWith('0') ? '1' : '0')));
	await refused(body.websocket_url.replace(/expires=\d+/, 'expires=99999999999'));
	await refused(body.websocket_url.replace(/signature=\w+/, 'signature='));
	const short = (await link(world, id, { expires_in: 1 })).body;
	await poll(() => Date.now() > Date.parse(short.expires), 'the end of a link');
	await refused(short.websocket_url);
	for (const expires_in of [0, 3601, 'x'])
		assert.equal((await link(world, id, { expires_in })).status, 400);
	assert.equal((await link(world, OTHER)).status, 404);
	await call.bye();
});

script('what cannot be heard is refused before the upgrade, and what is no proper upgrade', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const refused = async (status, code, ...args) => {
		const reply = await listen(world, ...args);
		assert.deepEqual([reply.status, reply.json?.code], [status, code], JSON.stringify(reply.json));
	};
	await refused(404, 'call-not-found', OTHER);
	await refused(400, 'parameter-invalid', id, '?track=sideways');
	await refused(400, 'parameter-invalid', id, '?rate=1');
	await refused(400, 'parameter-invalid', id, '?rate=8000&rate=8000');
	assert.equal((await listen(world, id, '', {})).status, 401);
	assert.equal((await listen(world, id, '', { 'x-api-key': 'wrong' })).status, 401);
	assert.equal((await listen(world, id, '', { 'x-api-key': KEY, 'sec-websocket-version': '8' })).status, 426);
	assert.equal((await listen(world, id, '', { 'x-api-key': KEY, 'sec-websocket-key': 'short' })).status, 400);
	await call.bye();
	await line.over(id);
	await refused(409, 'call-over', id);
});

script('a client that goes ends its stream; one that does not read loses the oldest audio; the call goes on', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const slow = await listen(world, id, '?track=both&rate=24000'), other = await listen(world, id);
	slow.socket.pause();
	await other.until(() => heard(other, 1)[0].length > 12 * 8000, 'twelve seconds for another');
	await tones(other, 8000, 440);
	other.destroy();
	slow.destroy();
	const ends = await poll(async () => {
		const list = (await streams(line, id)).filter(({ state }) => state === 'stopped');
		return list.length === 2 && list;
	}, 'the ends of both');
	assert.ok(ends.some(({ dropped_ms }) => dropped_ms > 0), JSON.stringify(ends));
	await call.rtp.hear(MARK);
	await call.bye();
});

script('offhook-api ends: who listens is told, and the call goes on', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const client = await listen(world, id);
	await tones(client, 8000, 440);
	await world.apiProcess.kill('SIGTERM');
	assert.equal(await client.closed(), 1001);
	await world.startApi();
	await tones(await listen(world, id), 8000, 440);
	await call.rtp.hear(MARK);
	await call.bye();
});
