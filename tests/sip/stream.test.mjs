// A call's audio goes live to a program over WebSocket, and what the program says is heard on the call.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Authority } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { toneShare } from './support/rtp.mjs';
import { StreamServer } from './support/stream-server.mjs';

const table = Array.from({ length: 256 }, (_, byte) => {
	const value = ~byte & 0xff, magnitude = (((value & 15) << 3) + 0x84 << (value >> 4 & 7)) - 0x84;
	return value & 0x80 ? -magnitude : magnitude;
});
const encode = sample => {
	let best = 0;
	for (let code = 1; code < 256; code++)
		if (Math.abs(table[code] - sample) < Math.abs(table[best] - sample))
			best = code;
	return best;
};
const sine = (frequency, seconds, rate = 8000) => Array.from({ length: seconds * rate }, (_, i) => Math.round(8000 * Math.sin(2 * Math.PI * frequency * i / rate)));
const mulaw = samples => Buffer.from(samples.map(encode));
const l16 = samples => {
	const bytes = Buffer.alloc(samples.length * 2);
	samples.forEach((sample, i) => bytes.writeInt16LE(sample, i * 2));
	return bytes;
};
const samplesOf = bytes => Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
const heard = (messages, track) => messages.filter(message => message.event === 'media' && message.media.track === track)
	.flatMap(({ media }) => [...Buffer.from(media.payload, 'base64')].map(byte => table[byte]));
const isTone = (samples, frequency, rate = 8000) => samples.length >= rate / 2 && toneShare(samples.slice(-rate / 5), frequency, rate) > 0.8;

// An answered call that says 440 Hz, and a program.
async function start(world, control, options) {
	const server = await StreamServer.start(options);
	const caller = await (await world.trunk()).call('+15550009000');
	const { call: { id } } = await control.event('call.incoming');
	await control.call('call.claim', { call: id });
	await control.call('call.answer', { call: id });
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.signal.until(() => caller.rtp.packets.length > 5, 'audio');
	return { server, caller, id };
}
const state = (control, name, id) => control.event('call.stream', ({ stream }) => stream.state === name && (!id || stream.id === id), `call.stream ${name}`);

const IDS = { accountSid: 'AC' + '1'.repeat(32), callSid: 'CA' + '2'.repeat(32), streamSid: 'MZ' + '3'.repeat(32), customParameters: { Name: 'Value' } };

scenario('Twilio: both tracks one way, with every field, until it is stopped', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.play', { call: id, files: ['tone:dial/us'], loop: 0 });
	const { stream } = await control.call('call.stream', { call: id, url: server.url + '?a=b', protocol: 'twilio', track: 'both', name: 'mine',
		headers: { 'X-Twilio-Signature': 'sig=' }, start: IDS });
	const end = await server.end();
	assert.equal(end.request.url, '/audio?a=b');
	assert.equal(end.request.headers['x-twilio-signature'], 'sig=');
	assert.equal((await state(control, 'started')).stream.id, stream.id);
	await end.until(messages => isTone(heard(messages, 'inbound'), 440), 'what the caller says');
	assert.deepEqual(end.messages[0], { event: 'connected', protocol: 'Call', version: '1.0.0' });
	assert.deepEqual(end.messages[1], { event: 'start', sequenceNumber: '1', streamSid: IDS.streamSid, start: { accountSid: IDS.accountSid, callSid: IDS.callSid,
		streamSid: IDS.streamSid, tracks: ['inbound', 'outbound'], mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }, customParameters: { Name: 'Value' } } });
	const media = end.messages.filter(({ event }) => event === 'media');
	media.forEach((message, i) => assert.equal(message.sequenceNumber, String(i + 2)));
	for (const track of ['inbound', 'outbound'])
		media.filter(({ media }) => media.track === track).forEach(({ media: { chunk, payload, timestamp } }, i) => {
			assert.equal(chunk, String(i + 1));
			assert.match(timestamp, /^\d+$/);
			assert.equal(Buffer.from(payload, 'base64').length, 160);
		});
	await end.until(messages => heard(messages, 'outbound').slice(-1600).some(sample => Math.abs(sample) > 1000), 'what the caller hears');
	end.send({ event: 'media', streamSid: IDS.streamSid, media: { payload: 'AAAA' } });
	assert.match((await state(control, 'strange')).stream.error, /both directions/);
	assert.deepEqual((await control.call('call.get', { call: id })).call.streams, [{ id: stream.id, name: 'mine', started: true }]);
	await control.call('call.stream_stop', { call: id, stream: 'mine' });
	const stop = await end.event('stop');
	assert.deepEqual(stop.stop, { accountSid: IDS.accountSid, callSid: IDS.callSid });
	const { stream: last, call } = await state(control, 'stopped');
	assert.ok(Number.isInteger(last.dropped_ms));
	assert.ok(last.sent_bytes > 10000);
	assert.equal(call.streams, undefined);
	await end.signal.until(() => end.closed !== null, 'the close frame');
	assert.equal(end.closed, 1000);
	await assert.rejects(control.call('call.stream_stop', { call: id, stream: 'mine' }), { code: 404 });
	await caller.bye();
	await control.callState(id, 'completed');
	server.close();
});

scenario('Twilio: both ways, digits, marks that come back when they were heard, clear', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'twilio', speaks: true, start: IDS });
	const end = await server.end();
	await end.event('start');
	const audio = mulaw(sine(1000, 1));
	for (let at = 0; at < audio.length; at += 300) // that is no multiple of a frame
		end.send({ event: 'media', streamSid: IDS.streamSid, media: { payload: audio.subarray(at, at + 300).toString('base64') } });
	end.send({ event: 'mark', streamSid: IDS.streamSid, mark: { name: 'one' } });
	await caller.rtp.hear(1000);
	assert.equal(end.messages.some(({ event }) => event === 'mark'), false, 'the mark waits until it was heard');
	const mark = await end.event('mark');
	assert.deepEqual(mark.mark, { name: 'one' });
	assert.equal(caller.rtp.samples.filter(sample => Math.abs(sample) > 4000).length > 8000 * 0.3, true);
	end.send({ event: 'media', streamSid: IDS.streamSid, media: { payload: mulaw(sine(700, 10)).toString('base64') } });
	end.send({ event: 'mark', streamSid: IDS.streamSid, mark: { name: 'two' } });
	await caller.rtp.hear(700);
	end.send({ event: 'clear', streamSid: IDS.streamSid });
	await end.message(message => message.mark?.name === 'two', 'the mark of what was dropped');
	await caller.rtp.signal.until(() => caller.rtp.samples.slice(-800).every(sample => Math.abs(sample) < 50), 'silence');
	await caller.rtp.signal.until(() => caller.rtp.remote, 'an address to send to');
	caller.rtp.press(5);
	assert.deepEqual((await end.event('dtmf')).dtmf, { track: 'inbound_track', digit: '5' });
	end.close();
	assert.equal((await state(control, 'stopped')).stream.why, 'closed');
	assert.equal((await control.call('call.get', { call: id })).call.status, 'in-progress', 'the call goes on');
	await caller.bye();
	server.close();
});

scenario('Vonage: L16 of 16 kHz both ways, headers in the first message, notify and clear, the end of the call', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'vonage', speaks: true, rate: 16000, start: { prop1: 'a', event: 'mine' } });
	const end = await server.end();
	assert.deepEqual(await end.until(messages => messages[0], 'the first message'), { event: 'websocket:connected', 'content-type': 'audio/l16;rate=16000', prop1: 'a' });
	const said = messages => messages.filter(Buffer.isBuffer);
	await end.until(messages => said(messages).length > 30 && isTone(samplesOf(Buffer.concat(said(messages))), 440, 16000), 'what the caller says');
	assert.ok(said(end.messages).every(message => message.length === 640));
	const audio = l16(sine(1000, 0.6, 16000));
	for (let at = 0; at < audio.length; at += 640)
		end.send(audio.subarray(at, at + 640));
	end.send({ action: 'notify', payload: { at: 1 } });
	await caller.rtp.hear(1000);
	assert.deepEqual((await end.event('websocket:notify')).payload, { at: 1 });
	end.send({ action: 'clear' });
	await end.event('websocket:cleared');
	caller.rtp.press(7);
	assert.equal((await end.event('websocket:dtmf')).digit, '7');
	await caller.bye();
	await control.callState(id, 'completed');
	await state(control, 'stopped');
	await end.signal.until(() => end.closed !== null, 'the end of the connection');
	server.close();
});

scenario('plain: both tracks side by side, texts both ways', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	const { stream } = await control.call('call.stream', { call: id, url: server.url, protocol: 'plain', track: 'both', start: { type: 'start', n: 1 }, stop: '{"type":"stop"}' });
	const end = await server.end();
	// what comes late through a slow machine leaves a hole in the tone: half a second of it without one is waited for
	const tracks = () => samplesOf(Buffer.concat(end.messages.filter(Buffer.isBuffer).slice(-25)));
	await end.until(messages => messages.length > 40 && isTone(tracks().filter((_, i) => i % 2 === 0), 440), 'the tone');
	assert.deepEqual(end.messages[0], { type: 'start', n: 1 });
	assert.ok(samplesOf(Buffer.concat(end.messages.filter(Buffer.isBuffer))).filter((_, i) => i % 2 === 1).every(sample => Math.abs(sample) < 50));
	end.send(''); // of no bytes at all
	await control.event('call.stream_message', ({ stream }) => stream.text === '');
	end.send({ type: 'transcription' });
	await control.event('call.stream_message', ({ stream }) => stream.text === '{"type":"transcription"}');
	await control.call('call.stream_say', { call: id, stream: stream.id, text: 'more' });
	await end.message(message => message === 'more', 'the text');
	await control.call('call.stream_stop', { call: id });
	await end.message(message => message.type === 'stop', 'the last words');
	await caller.bye();
	server.close();
});

scenario('a program that does not read loses the oldest audio, and the call goes on', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'plain', rate: 24000, track: 'both' });
	const end = await server.end();
	end.socket.pause();
	await caller.rtp.further(400); // 768 KB: more than sockets and the two seconds with us hold
	await control.call('call.stream_stop', { call: id });
	const { stream } = await state(control, 'stopped');
	assert.ok(stream.dropped_ms > 0 && stream.dropped_ms < 8000, `${stream.dropped_ms} ms were dropped`);
	end.socket.resume();
	await caller.rtp.further(10);
	await caller.bye();
	server.close();
});

scenario('a program that asks for answers and does not take them is not read from any more, and goes on where it left off', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'vonage', speaks: true });
	const end = await server.end(), pings = Buffer.alloc(32 << 20), clear = JSON.stringify({ action: 'clear' });
	await end.until(messages => messages.length > 5, 'audio');
	end.socket.pause();
	for (let at = 0; at + 127 <= pings.length; at += 127)
		pings.set([0x89, 125], at); // each is to be answered with as much
	end.raw(pings.subarray(0, pings.length - pings.length % 127));
	await caller.rtp.further(150);
	assert.ok(end.socket.writableLength > pings.length / 2, `${pings.length - end.socket.writableLength} bytes were read`);
	end.socket.resume();
	end.send(clear);
	await end.signal.until(() => end.messages.some(({ event }) => event === 'websocket:cleared'), 'the answer to what was said last', 60000);
	await control.call('call.stream_stop', { call: id });
	await state(control, 'stopped');
	await caller.bye();
	server.close();
});

scenario('plain: a program that says a thousand texts at once is heard for a hundred, and told of', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'plain' });
	const end = await server.end();
	for (let i = 0; i < 1000; i++)
		end.send({ n: i });
	assert.match((await state(control, 'strange')).stream.error, /100 texts a second/);
	const said = () => control.events.filter(({ method }) => method === 'call.stream_message').map(({ params }) => JSON.parse(params.stream.text).n);
	await control.call('call.get', { call: id });
	assert.deepEqual(said().slice(0, 100), Array.from({ length: 100 }, (_, i) => i));
	await caller.rtp.further(60);
	end.send({ n: 'again' });
	await control.event('call.stream_message', ({ stream }) => stream.text === '{"n":"again"}');
	assert.ok(said().length < 1000);
	await caller.bye();
	server.close();
});

for (const [what, answer, why, error] of [
	['answers 200', socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), 'answer', /answered 200/],
	['redirects', socket => socket.end('HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n'), 'answer', /answered 302/],
	['answers 101 with a wrong key', socket => socket.write('HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n'), 'answer', /Sec-WebSocket-Accept/],
	['speaks no HTTP', socket => socket.end('hello\r\n\r\n'), 'answer', /no HTTP/],
	['hangs up', socket => socket.end(), 'answer', /without an answer/],
	['never answers', () => {}, 'timeout', /did not answer the WebSocket request in time/],
	['never ends its answer', socket => socket.write('HTTP/1.1 101 X\r\n' + 'X-Long: y\r\n'.repeat(3000)), 'answer', /too long/],
])
	scenario(`a server that ${what}`, {}, async (world, control) => {
		const { server, caller, id } = await start(world, control, { answer: (request, socket) => answer(socket) });
		await control.call('call.stream', { call: id, url: server.url });
		const { stream } = await state(control, 'failed');
		assert.equal(stream.why, why);
		assert.match(stream.error, error);
		await caller.bye();
		server.close();
	});

scenario('a sub-protocol that was not asked for', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control, { headers: ['Sec-WebSocket-Protocol: other'] });
	await control.call('call.stream', { call: id, url: server.url, subprotocol: 'mine' });
	assert.match((await state(control, 'failed')).stream.error, /sub-protocol/);
	await caller.bye();
	server.close();
});

scenario('addresses that are denied, names that are not found, nobody there, wrong parameters', { api: 'deny-addresses = {"127.0.0.9", "metadata"}' }, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	for (const [url, why] of [['ws://127.0.0.9:1/', 'denied'], ['ws://[::ffff:127.0.0.9]:1/', 'denied'], ['ws://169.254.169.254/', 'denied'], ['ws://nosuch.invalid/', 'name-not-found'], ['ws://127.0.0.1:1/', 'refused']]) {
		const { stream } = await control.call('call.stream', { call: id, url });
		assert.equal((await state(control, 'failed', stream.id)).stream.why, why, url);
	}
	for (const params of [{ url: 'http://127.0.0.1/' }, { url: server.url, rate: 11025 }, { url: server.url, headers: { a: 1 } }, { url: server.url, track: 'none' }])
		await assert.rejects(control.call('call.stream', { call: id, ...params }), { code: -32602 });
	const { stream } = await control.call('call.stream', { call: id, url: server.url, headers: { 'X-A': 'b\r\nX-C: d' } });
	assert.equal((await state(control, 'failed', stream.id)).stream.why, 'url');
	await caller.bye();
	server.close();
});

{
	const authority = new Authority(), other = new Authority();
	const files = ({ certificate, key }) => ({ cert: readFileSync(certificate), key: readFileSync(key) });
	scenario('TLS: the certificate must be good for the host', { api: () => `ca-file = "${authority.certificate}"` }, async (world, control) => {
		const { server, caller, id } = await start(world, control, { tls: files(authority.issue('127.0.0.1', '127.0.0.1', 'IP:127.0.0.1')) });
		await control.call('call.stream', { call: id, url: server.url, protocol: 'twilio', start: IDS });
		await (await server.end()).event('start');
		const wrong = await StreamServer.start({ tls: files(other.issue('127.0.0.1', '127.0.0.1', 'IP:127.0.0.1')) });
		const { stream } = await control.call('call.stream', { call: id, url: wrong.url });
		const { stream: failed } = await state(control, 'failed', stream.id);
		assert.equal(failed.why, 'tls');
		assert.match(failed.error, /certificate/);
		await caller.bye();
		server.close();
		wrong.close();
	});
}

scenario('garbage, a closed socket, a minute at once', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	const { stream: first } = await control.call('call.stream', { call: id, url: server.url, protocol: 'twilio', speaks: true, start: IDS });
	let end = await server.end();
	end.send(''); // of no bytes at all
	end.send(Buffer.alloc(0));
	end.send('no JSON');
	await state(control, 'strange', first.id);
	end.raw(Buffer.from([0xff, 0xff, 1, 2, 3]));
	assert.equal((await state(control, 'failed', first.id)).stream.why, 'protocol');
	const { stream: second } = await control.call('call.stream', { call: id, url: server.url, protocol: 'twilio', speaks: true, start: IDS });
	end = await server.end(2);
	await assert.rejects(control.call('call.stream', { call: id, url: server.url, speaks: true }), { code: 409 }, 'one speaks');
	const payload = mulaw(sine(1000, 1)).toString('base64');
	for (let i = 0; i < 70; i++)
		end.send({ event: 'media', media: { payload } });
	await caller.rtp.hear(1000);
	end.socket.destroy();
	await control.event('call.stream', ({ stream }) => stream.id === second.id && ['stopped', 'failed'].includes(stream.state), 'the end of the stream');
	await caller.rtp.further(20);
	await caller.bye();
	server.close();
});

scenario('who has answered is told: and why', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	caller.rtp.sendTone(0);
	await caller.rtp.further(25); // until nothing of the tone is left on its way
	await control.call('call.detect_machine', { call: id, silence: 2000 });
	const { machine } = await control.event('call.machine');
	assert.equal(machine.is, 'unknown');
	assert.equal(machine.after_ms, 2000);
	assert.deepEqual((await control.call('call.get', { call: id })).call.machine, machine, 'the call has the same words');
	await control.call('call.detect_machine', { call: id, message_end: true, silence: 10000 });
	caller.rtp.sendTone(0);
	await caller.rtp.further(10);
	caller.rtp.sendTone(1000);
	const { machine: second } = await control.event('call.machine', ({ machine }) => machine.is !== 'unknown');
	assert.equal(second.end, 'beep');
	assert.ok(Math.abs(second.beep.hz - 1000) < 20);
	assert.deepEqual((await control.call('call.get', { call: id })).call.machine, second);
	await assert.rejects(control.call('call.detect_machine', { call: id, speech: 1 }), { code: -32602 });
	await caller.bye();
	server.close();
});

scenario('who has answered: as conf says where nothing else is asked for', { extra: 'amd { silence = 2s }' }, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	caller.rtp.sendTone(0);
	await caller.rtp.further(25);
	await control.call('call.detect_machine', { call: id });
	const { machine } = await control.event('call.machine');
	assert.deepEqual([machine.is, machine.after_ms], ['unknown', 2000]);
	await caller.bye();
	server.close();
});

scenario('plain: a text too long to keep is dropped, and told of; those behind it are heard', {}, async (world, control) => {
	const { server, caller, id } = await start(world, control);
	await control.call('call.stream', { call: id, url: server.url, protocol: 'plain' });
	const end = await server.end();
	await state(control, 'started', undefined);
	end.send('x'.repeat(65537));
	end.send('y'.repeat(65536));
	const { stream } = await control.event('call.stream_message');
	assert.equal(stream.text, 'y'.repeat(65536));
	assert.match((await state(control, 'strange')).stream.error, /64 KiB/);
	await caller.bye();
	server.close();
});
