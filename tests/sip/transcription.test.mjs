// What is said on a call, told by the API while it is said: transcriptions, and when somebody speaks.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { doc, NUMBER, script } from './support/script.mjs';
import { StreamServer } from './support/stream-server.mjs';
import { voice } from './support/voice.mjs';
import { poll } from './support/wait.mjs';

const server = await StreamServer.start();
after(() => server.close());

const said = text => ({ type: 'transcription', is_final: true, alternatives: [{ transcript: text, confidence: 0.9 }] });

function calling(name, run, { speech = `speech "ears" { url = "${server.url}" }`, api = '' } = {}) {
	const numbers = world => `${speech}  number "${NUMBER}" { voice-url = "${world.web}/voice"  dialect = "twilio" }`;
	script(name, { numbers, api }, async (line, phones, world) => {
		line.pages['/voice'] = doc('<Gather timeout="120"/>');
		const before = server.ends.length;
		const call = await line.answered();
		call.rtp.sendTone(0, 0);
		const id = await poll(async () => (await world.http('GET', '/v1/voice/calls')).body.calls.find(one => one.status === 'in-progress')?.id, 'the call');
		const path = `/v1/voice/calls/${id}/transcriptions`;
		const event = (type, fits) => poll(async () => (await line.events(id)).filter(one => one.type === type).map(one => one.data ?? one).find(fits), type);
		await run({ line, call, world, id, path, event, ear: () => server.end(before + 1) });
	});
}

calling('it begins, is told as events, is listed with its text, and what comes behind its end counts', async ({ call, world, path, event, ear }) => {
	const { status, body } = await world.http('POST', path, { language: 'en-GB', hints: ['sales'], partial_results: true });
	assert.equal(status, 201, JSON.stringify(body));
	const end = await ear(), start = await end.message(message => message.type === 'start', 'start');
	assert.deepEqual([start.language, start.options.hints, start.interimResults], ['en-GB', ['sales'], true]);
	end.send(said('good morning'));
	const { speech } = await event('call.speech', ({ speech }) => speech.text === 'good morning');
	assert.deepEqual([speech.id, speech.final, speech.confidence], [body.id, true, 0.9]);
	assert.equal((await world.http('GET', `${path}/${body.id}`)).body.status, 'in-progress');
	assert.equal((await world.http('DELETE', `${path}/${body.id}`)).status, 204);
	await end.message(message => message.type === 'stop', 'stop');
	end.send(said('and goodbye'));
	await event('call.speech', ({ speech }) => speech.text === 'and goodbye');
	end.close();
	await event('call.stream', ({ stream }) => stream.id === body.id && stream.state === 'stopped');
	const { transcriptions, total } = (await world.http('GET', path)).body;
	assert.equal(total, 1);
	const [one] = transcriptions;
	assert.deepEqual([one.id, one.status, one.language, one.track, one.text], [body.id, 'completed', 'en-GB', 'inbound', 'good morning and goodbye']);
	await call.bye();
});

calling('one that runs when the call ends: its last words count', async ({ call, world, path, ear }) => {
	const { body } = await world.http('POST', path, {});
	const end = await ear();
	await end.message(message => message.type === 'start', 'start');
	await call.bye();
	await end.message(message => message.type === 'stop', 'stop');
	end.send(said('see you'));
	end.close();
	await poll(async () => {
		const { status, text } = (await world.http('GET', `${path}/${body.id}`)).body;
		return status === 'completed' && text === 'see you';
	}, 'its text');
});

calling('what cannot be is refused, and says why', async ({ call, world, path }) => {
	for (const [wrong, status, why] of [
		[{ hints: ['a,b'] }, 400, /commas/], [{ hints: 'sales' }, 400, /hints/], [{ track: 'both' }, 400, /track/], [{ colour: 1 }, 400, /colour/],
		[{}, 422, /hints/], [{ language: 'de', hints: ['ja'] }, 422, /English/],
	]) {
		const reply = await world.http('POST', path, wrong);
		assert.equal(reply.status, status, JSON.stringify([wrong, reply.body]));
		assert.match(JSON.stringify(reply.body), why);
	}
	assert.equal((await world.http('DELETE', `${path}/5d2c6f1e-8a9b-4c3d-9e0f-1a2b3c4d5e6f`)).status, 404);
	assert.equal((await world.http('GET', `${path}/5d2c6f1e-8a9b-4c3d-9e0f-1a2b3c4d5e6f`)).status, 404);
	await call.bye();
	assert.equal((await world.http('POST', path.replace(/calls\/[^/]+/, 'calls/5d2c6f1e-8a9b-4c3d-9e0f-1a2b3c4d5e6f'), {})).status, 404);
}, { speech: '' });

calling('who speaks is told while it is asked for, when he begins and when he stops', async ({ call, world, id, event, line }) => {
	assert.equal((await world.http('POST', `/v1/voice/calls/${id}`, { voice_activity: true })).status, 200);
	call.rtp.sendVoice(voice('hello there', { before: 1, after: 2 }));
	const began = (await event('call.voice', ({ voice }) => voice.state === 'started')).voice;
	const stopped = (await event('call.voice', ({ voice }) => voice.state === 'stopped')).voice;
	assert.ok(stopped.at_ms > began.at_ms && stopped.duration_ms > 100, JSON.stringify([began, stopped]));
	assert.equal((await world.http('POST', `/v1/voice/calls/${id}`, { voice_activity: false })).status, 200);
	const count = async () => (await line.events(id)).filter(one => one.type === 'call.voice').length;
	const before = await count(), at = call.rtp.packets.length;
	await call.rtp.signal.until(() => call.rtp.packets.length > at + 150, 'three seconds').catch(() => {});
	assert.ok(await count() <= before + 1);
	await call.bye();
});
