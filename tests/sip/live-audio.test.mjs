// GET /v1/voice/calls/{id}/audio: a call as WAV while it is said, either side or both, until the call or the client ends it.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { KEY } from './support/harness.mjs';
import { readWav, toneShare } from './support/rtp.mjs';
import { doc, mark, MARK, press, script } from './support/script.mjs';
import { poll, Signal } from './support/wait.mjs';

// A client that keeps what it hears.
class Listener {
	signal = new Signal();
	bytes = Buffer.alloc(0);
	over = false;

	static async open(world, id, query = '') {
		const listener = new Listener();
		listener.request = http.get(`${world.api}/v1/voice/calls/${id}/audio${query}`, { headers: { 'X-API-Key': KEY }, agent: false });
		listener.request.on('error', () => {});
		listener.reply = await new Promise((resolve, reject) => listener.request.once('response', resolve).once('error', reject));
		listener.reply.on('data', data => {
			listener.bytes = Buffer.concat([listener.bytes, data]);
			listener.signal.notify();
		}).on('end', () => {
			listener.over = true;
			listener.signal.notify();
		}).on('error', () => {});
		return listener;
	}

	// Resolves to the WAV when each channel's last 200 ms are this tone.
	tones(...frequencies) {
		return this.signal.until(() => {
			if (this.bytes.length < 44)
				return null;
			const wav = readWav(this.bytes);
			const good = frequencies.every((frequency, i) => wav.channels[i].length >= wav.rate / 2 && toneShare(wav.channels[i].slice(-wav.rate / 5), frequency, wav.rate) > 0.8);
			return good && wav;
		}, `tones of ${frequencies} Hz`);
	}

	end() {
		return this.signal.until(() => this.over, 'the end of the audio');
	}
}

const live = async world => (await world.http('GET', '/v1/voice/calls')).body.calls.find(call => call.status === 'in-progress')?.id;
const audio = (world, id, query = '', options = {}) => fetch(`${world.api}/v1/voice/calls/${id}/audio${query}`, { headers: { 'X-API-Key': KEY }, ...options });
const streams = async (line, id) => (await line.events(id)).filter(event => event.type === 'call.stream').map(event => event.data?.stream ?? event.stream);

// An answered call that says 440 Hz and hears MARK.
async function talking(line, world) {
	line.pages['/voice'] = doc(mark);
	const call = await line.answered();
	call.rtp.sendTone(440);
	await call.rtp.hear(MARK);
	return { call, id: await poll(() => live(world), 'the call in the list') };
}

script('what the far end says, what it hears, and both, until the call ends', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const said = await Listener.open(world, id), heard = await Listener.open(world, id, '?track=outbound'), both = await Listener.open(world, id, '?track=both&rate=16000');
	for (const { reply } of [said, heard, both]) {
		assert.equal(reply.statusCode, 200);
		assert.equal(reply.headers['content-type'], 'audio/wav');
		assert.equal(reply.headers['transfer-encoding'], 'chunked');
	}
	const one = await said.tones(440);
	assert.deepEqual([one.channels.length, one.rate, one.bits, one.declared], [1, 8000, 16, 0xffffffff]);
	await heard.tones(MARK);
	const two = await both.tones(440, MARK);
	assert.deepEqual([two.channels.length, two.rate], [2, 16000]);
	await call.bye();
	await Promise.all([said.end(), heard.end(), both.end()]);
	await line.over(id);
	const ends = await poll(async () => {
		const list = (await streams(line, id)).filter(stream => stream.state === 'stopped');
		return list.length === 3 && list;
	}, 'the ends of the streams in the events');
	assert.ok(ends.every(stream => stream.sent_bytes > 4000 && Number.isInteger(stream.dropped_ms)), JSON.stringify(ends));
});

script('a client that goes ends its stream, and the call goes on; five cannot listen to one call', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const listeners = [];
	for (let i = 0; i < 4; i++)
		listeners.push(await Listener.open(world, id));
	await listeners[3].tones(440);
	const full = await audio(world, id);
	assert.equal(full.status, 409);
	assert.equal((await full.json()).code, 'state-conflict');
	listeners[0].request.destroy();
	await poll(async () => (await streams(line, id)).some(stream => stream.state === 'stopped'), 'the end of the stream');
	const again = await Listener.open(world, id);
	await again.tones(440);
	await call.rtp.hear(MARK);
	await call.bye();
	await again.end();
});

script('a client that does not read: nobody waits for it, and what it missed is counted', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const { hostname, port } = new URL(world.api);
	const socket = net.connect(port, hostname).on('error', () => {}).pause();
	socket.write(`GET /v1/voice/calls/${id}/audio?track=both&rate=24000 HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\n\r\n`);
	await poll(async () => (await streams(line, id)).some(stream => stream.state === 'started'), 'its stream');
	const other = await Listener.open(world, id);
	// Its buffers and the switch's two seconds are full after some six seconds of this.
	await other.signal.until(() => other.bytes.length > 12 * 16000, 'twelve seconds for another', 60000);
	await other.tones(440);
	await call.rtp.hear(MARK);
	socket.destroy();
	const end = await poll(async () => (await streams(line, id)).find(stream => stream.state === 'stopped'), 'its end');
	assert.ok(end.dropped_ms > 0, JSON.stringify(end));
	await call.bye();
	await other.end();
});

script('HTTP/1.0 gets the body as it is; HEAD the head alone', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const head = await audio(world, id, '', { method: 'HEAD' });
	assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'audio/wav']);
	const { hostname, port } = new URL(world.api), signal = new Signal();
	let bytes = Buffer.alloc(0), over = false;
	const socket = net.connect(port, hostname).on('data', data => {
		bytes = Buffer.concat([bytes, data]);
		signal.notify();
	}).on('end', () => {
		over = true;
		signal.notify();
	});
	socket.write(`GET /v1/voice/calls/${id}/audio HTTP/1.0\r\nX-API-Key: ${KEY}\r\n\r\n`);
	await signal.until(() => bytes.length > 16000, 'audio');
	await call.bye();
	await signal.until(() => over, 'the end of the connection');
	const at = bytes.indexOf('\r\n\r\n'), text = bytes.subarray(0, at).toString();
	assert.doesNotMatch(text, /chunked/i);
	assert.equal(bytes.subarray(at + 4, at + 8).toString(), 'RIFF');
});

script('calls that cannot be heard, and parameters that mean nothing', { users: ['bob'] }, async (line, phones, world) => {
	const refused = async (id, query, status, code, field) => {
		const reply = await audio(world, id, query), body = await reply.json();
		assert.deepEqual([reply.status, body.code, body.field], [status, code, field], JSON.stringify(body));
	};
	await refused('c0ffee00-0000-4000-8000-000000000000', '', 404, 'call-not-found', 'call_id');
	line.pages['/voice'] = doc('<Pause length="60"/>');
	const { call, id } = await talking(line, world);
	await refused(id, '?track=sideways', 400, 'parameter-invalid', 'track');
	await refused(id, '?rate=44100', 400, 'parameter-invalid', 'rate');
	await refused(id, '?track=both&track=both', 400, 'parameter-invalid', 'track');
	await refused(id, '?volume=11', 400, 'parameter-invalid', 'volume');
	assert.equal((await audio(world, id, '', { headers: {} })).status, 401);
	await call.bye();
	await line.over(id);
	await refused(id, '', 409, 'call-over', 'call_id');
	const ringing = await world.http('POST', '/v1/voice/calls', { to: 'bob', from: '+15550009000', script: doc(mark) });
	const incoming = await phones.bob.incoming();
	await refused(ringing.body.id, '', 409, 'not-in-progress', 'call_id');
	await incoming.reply(486);
	await line.over(ringing.body.id);
});

script('kill -9 of offhook-api while somebody listens: the call goes on, and can be heard again', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	const before = await Listener.open(world, id);
	await before.tones(440);
	await line.restartApi();
	const after = await Listener.open(world, id);
	await after.tones(440);
	await call.bye();
	await after.end();
});

script('somebody without a token is sent away from the socket', {}, async (line, phones, world) => {
	const { call, id } = await talking(line, world);
	for (const words of ['{"token":"0123456789abcdef0123456789abcdef"}\n', 'GET / HTTP/1.1\r\n', 'x'.repeat(1000)]) {
		const stranger = net.connect(path.join(world.dir, 'state', 'audio.sock'));
		stranger.on('error', () => {});
		stranger.write(words);
		await new Promise(resolve => stranger.once('close', resolve).resume());
	}
	const good = await Listener.open(world, id);
	await good.tones(440);
	press(call, '1');
	await call.bye();
	await good.end();
});
