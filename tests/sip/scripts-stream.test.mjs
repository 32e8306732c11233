// Streams of scripts: <Start><Stream>, <Connect><Stream>, the websocket endpoint of an NCCO, and who is told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Authority } from './support/certificates.mjs';
import { toneShare } from './support/rtp.mjs';
import { doc, mark, MARK, press, script } from './support/script.mjs';
import { StreamServer } from './support/stream-server.mjs';

const twilio = { number: 'dialect = "twilio"' };

const uuid = sid => sid.slice(2).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

// A scenario with a program.
function streaming(name, options, run) {
	script(name, options, async (line, phones, world) => {
		const server = await StreamServer.start();
		try {
			await run(line, server, world);
		} finally {
			server.close();
		}
	});
}

streaming('Start: the script goes on, the program hears until Stop, and the callbacks say so', twilio, async (line, server) => {
	line.pages['/voice'] = doc(`<Start><Stream url="${server.url}" name="mine" statusCallback="/status"><Parameter name="Who" value="me"/></Stream></Start>
		<Gather numDigits="1" timeout="60"><Play loop="0">/tone/440</Play></Gather>`);
	line.pages['/status'] = { status: 204 };
	const call = await line.answered();
	call.rtp.sendTone(1000);
	const end = await server.end(), start = await end.event('start'), { CallSid, AccountSid } = line.forms('/voice')[0];
	assert.equal(start.start.callSid, CallSid);
	assert.equal(start.start.accountSid, AccountSid);
	assert.match(start.streamSid, /^MZ[0-9a-f]{32}$/);
	assert.deepEqual(start.start.customParameters, { Who: 'me' });
	assert.deepEqual(start.start.tracks, ['inbound']);
	assert.match(end.request.headers['x-twilio-signature'], /^[\w+/]{27}=$/);
	await call.rtp.hear(440);
	const started = await line.reached('/status', form => form.StreamEvent === 'stream-started');
	assert.deepEqual([started.StreamSid, started.StreamName, started.CallSid], [start.streamSid, 'mine', CallSid]);
	assert.ok(!Number.isNaN(Date.parse(started.Timestamp)));
	line.pages['/voice'] = doc(`<Stop><Stream name="mine"/></Stop>${mark}`);
	press(call, '1');
	await end.event('stop');
	await call.rtp.hear(MARK);
	await line.reached('/status', form => form.StreamEvent === 'stream-stopped');
	await call.bye();
});

streaming('Connect: both ways, and when the program closes the next verb runs', twilio, async (line, server) => {
	line.pages['/voice'] = doc(`<Connect action="/after"><Stream url="${server.url}"/></Connect>`);
	line.pages['/after'] = doc(mark);
	const call = await line.answered(), end = await server.end(), { streamSid } = await end.event('start');
	call.rtp.sendTone(1000);
	await end.until(messages => messages.filter(({ event }) => event === 'media').length > 10, 'audio');
	const payload = Buffer.alloc(8000, 0xff);
	for (let i = 0; i < 8000; i += 8)
		payload.set([0xff, 0xa1, 0x9b, 0xa1, 0xff, 0x21, 0x1b, 0x21], i); // 1,000 Hz
	end.send({ event: 'media', streamSid, media: { payload: payload.toString('base64') } });
	await call.rtp.hear(1000);
	end.close();
	await call.rtp.hear(MARK);
	assert.equal((await line.reached('/after')).StreamEvent, 'stream-stopped');
	await call.bye();
});

streaming('SignalWire: a bearer token of its own, and L16 both ways', { number: 'dialect = "signalwire"' }, async (line, server) => {
	line.pages['/voice'] = doc(`<Connect><Stream url="${server.url}" codec="L16@16000h" authBearerToken="secret"><Parameter name="a" value="b"/></Stream></Connect>${mark}`);
	const call = await line.answered(), end = await server.end(), { start, streamSid } = await end.event('start');
	assert.equal(end.request.headers.authorization, 'Bearer secret');
	assert.deepEqual(start.mediaFormat, { encoding: 'audio/x-l16', sampleRate: 16000, channels: 1 });
	assert.deepEqual(start.customParameters, { a: 'b' });
	assert.equal(start.callSid, line.forms('/voice')[0].CallSid);
	call.rtp.sendTone(440);
	const said = messages => messages.filter(({ event }) => event === 'media').map(({ media: { payload } }) => Buffer.from(payload, 'base64'));
	await end.until(messages => {
		const parts = said(messages);
		assert.ok(parts.every(part => part.length === 640));
		const bytes = Buffer.concat(parts.slice(-10)), samples = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(i * 2));
		return parts.length > 20 && toneShare(samples, 440, 16000) > 0.8;
	}, 'what the caller says');
	const bytes = Buffer.alloc(2 * 16000);
	for (let i = 0; i < 16000; i++)
		bytes.writeInt16LE(Math.round(8000 * Math.sin(2 * Math.PI * 1000 * i / 16000)), 2 * i);
	end.send({ event: 'media', streamSid, media: { payload: bytes.subarray(0, 999).toString('base64') } }); // half a sample is left over
	end.send({ event: 'media', streamSid, media: { payload: bytes.subarray(1000).toString('base64') } });
	await call.rtp.hear(1000);
	end.close();
	await call.rtp.hear(MARK);
	await call.bye();
});

streaming('Connect: kill -9 of offhook-api while the program talks, and it is over meanwhile', twilio, async (line, server) => {
	line.pages['/voice'] = doc(`<Connect><Stream url="${server.url}"/></Connect>${mark}`);
	const call = await line.answered(), end = await server.end();
	await end.event('start');
	await line.begun('Stream');
	await line.restartApi();
	call.rtp.sendTone(1000);
	await end.until(messages => messages.filter(({ event }) => event === 'media').length > 10, 'audio');
	await line.world.apiProcess.kill();
	end.close();
	await line.world.control.event('call.stream', ({ stream }) => stream.state === 'stopped');
	await line.world.startApi();
	await call.rtp.hear(MARK);
	await call.bye();
});

streaming('a program that cannot be reached: the error is told, and the script goes on', twilio, async (line, server) => {
	server.close();
	line.pages['/voice'] = doc(`<Connect><Stream url="${server.url}" statusCallback="/status"/></Connect><Start><Stream name="x"/></Start>${mark}`);
	line.pages['/status'] = { status: 204 };
	const call = await line.answered();
	await call.rtp.hear(MARK);
	const told = await line.reached('/status', form => form.StreamEvent === 'stream-error');
	assert.match(told.StreamError, /does not accept/);
	assert.equal(told.ErrorCode, '31902');
	const events = await line.events(uuid(told.CallSid));
	assert.match(JSON.stringify(events.filter(({ type }) => type === 'script.error')), /stream failed/i);
	await call.bye();
});

streaming('a redirect in mid-call ends the stream', twilio, async (line, server, world) => {
	line.pages['/voice'] = doc(`<Connect><Stream url="${server.url}"/></Connect>`);
	const call = await line.answered(), end = await server.end();
	await end.event('start');
	assert.equal((await world.http('POST', `/v1/voice/calls/${uuid(line.forms('/voice')[0].CallSid)}`, { script: doc('<Play loop="0">tone:dial</Play>') })).status, 200);
	await end.event('stop');
	await call.rtp.hearAnything();
	await call.bye();
});

streaming('Vonage: the websocket endpoint, its headers and its events', { number: 'dialect = "vonage"' }, async (line, server) => {
	line.pages['/voice'] = { headers: { 'content-type': 'application/json' }, body: JSON.stringify([
		{ action: 'connect', eventUrl: [`${line.web.url}/event`], endpoint: [{ type: 'websocket', uri: server.url, 'content-type': 'audio/l16;rate=8000', headers: { customer: 'A1', n: 2 } }] },
		{ action: 'stream', streamUrl: [`${line.web.url}/tone/${MARK}`], loop: 0 },
	]) };
	line.pages['/event'] = { status: 204 };
	const call = await line.answered(), end = await server.end();
	call.rtp.sendTone(440);
	assert.deepEqual(await end.until(messages => messages[0], 'the first message'), { event: 'websocket:connected', 'content-type': 'audio/l16;rate=8000', customer: 'A1', n: '2' });
	await end.until(messages => messages.filter(Buffer.isBuffer).length > 10, 'audio');
	end.close();
	await call.rtp.hear(MARK);
	await line.world.http('GET', '/v1/voice/calls');
	const told = line.asked.filter(({ path }) => path === '/event').map(({ body }) => JSON.parse(body));
	assert.deepEqual(told.map(({ status }) => status), ['answered', 'disconnected']);
	assert.deepEqual(told.map(({ headers }) => headers), [{ customer: 'A1', n: '2' }, { customer: 'A1', n: '2' }]);
	await call.bye();
});

// What a program does wrong at the upgrade, and the code of Twilio's that says so.
const refusals = [
	['answers 200', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '31920', /answered 200/],
	['redirects', 'HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n', '31920', /answered 302/],
	['denies', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', '31920', /answered 403/],
	['does not fit the key', 'HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n', '31920', /Sec-WebSocket-Accept/],
	['hangs up', '', '31920', /without an answer/],
];

script('Twilio: what is wrong with the upgrade is told, with a code, and the script goes on', twilio, async line => {
	const server = await StreamServer.start({ answer: (request, socket) => socket.end(refusals[Number(new URL(request.url, 'ws://h').searchParams.get('n'))][1]) });
	const { certificate, key } = new Authority().issue('127.0.0.1', '127.0.0.1', 'IP:127.0.0.1');
	const untrusted = await StreamServer.start({ tls: { cert: readFileSync(certificate), key: readFileSync(key) } });
	const urls = [...refusals.map((_, n) => `${server.url}?n=${n}`), untrusted.url, 'ws://127.0.0.1:1/', 'ws://nosuch.invalid/', 'ws://169.254.169.254/'];
	const expected = [...refusals.map(([, , code, error]) => [code, error]), ['31910', /certificate/], ['31902', /does not accept/], ['31902', /not found/], ['31902', /denies/]];
	line.pages['/voice'] = doc(urls.map((url, n) => `<Connect><Stream name="n${n}" url="${url}" statusCallback="/status"/></Connect>`).join('') + mark);
	line.pages['/status'] = { status: 204 };
	const call = await line.answered();
	await call.rtp.hear(MARK);
	for (const [n, [code, error]] of expected.entries()) {
		const told = await line.reached('/status', form => form.StreamName === `n${n}`);
		assert.deepEqual([told.StreamEvent, told.ErrorCode], ['stream-error', code], urls[n]);
		assert.match(told.StreamError, error);
	}
	await call.bye();
	server.close();
	untrusted.close();
});

script('Vonage: what is wrong with the upgrade is told as of a leg that failed, and the NCCO goes on', { number: 'dialect = "vonage"' }, async line => {
	const server = await StreamServer.start({ answer: (request, socket) => socket.end(refusals[Number(new URL(request.url, 'ws://h').searchParams.get('n'))][1]) });
	line.pages['/event'] = { status: 204 };
	line.pages['/voice'] = { headers: { 'content-type': 'application/json' }, body: JSON.stringify([
		...refusals.map((_, n) => ({ action: 'connect', eventUrl: [`${line.web.url}/event`], endpoint: [{ type: 'websocket', uri: `${server.url}?n=${n}`, headers: { n } }] })),
		{ action: 'stream', streamUrl: [`${line.web.url}/tone/${MARK}`], loop: 0 },
	]) };
	const call = await line.answered();
	await call.rtp.hear(MARK);
	await line.reached('/event', () => true, refusals.length);
	const told = line.asked.filter(({ path }) => path === '/event').map(({ body }) => JSON.parse(body)).sort((a, b) => a.headers.n - b.headers.n);
	for (const [n, [, , , error]] of refusals.entries()) {
		assert.deepEqual([told[n].status, told[n].headers], ['failed', { n: String(n) }]);
		assert.match(told[n].reason, error);
		assert.match(told[n].uuid, /^[0-9a-f-]{36}$/);
	}
	await call.bye();
	server.close();
});
