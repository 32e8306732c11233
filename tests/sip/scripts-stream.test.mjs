// Streams of scripts: <Start><Stream>, <Connect><Stream>, the websocket endpoint of an NCCO, and who is told.
import assert from 'node:assert/strict';
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
	await call.bye();
});
