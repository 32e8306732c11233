// What is said on a call, told by the API while it is said: transcriptions, and when somebody speaks.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { doc, MARK, mark, NUMBER, press, script } from './support/script.mjs';
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

// A script that begins a transcription and then hears a mark; what its callback was told, in order.
function begun(name, inner, run, { speech = `speech "ears" { url = "${server.url}" }`, pages = {} } = {}) {
	const numbers = world => `${speech}  number "${NUMBER}" { voice-url = "${world.web}/voice"  dialect = "twilio" }`;
	script(`<Transcription>: ${name}`, { numbers }, async (line, phones, world) => {
		line.pages['/voice'] = doc(inner);
		Object.assign(line.pages, pages, { '/t': { status: 204 } });
		const before = server.ends.length;
		const call = await line.answered();
		call.rtp.sendTone(0, 0);
		const told = n => poll(() => line.forms('/t').length >= n && line.forms('/t'), `${n} callbacks`);
		const notes = async id => (await line.events(id)).filter(({ type }) => type === 'script.error' || type === 'script.warning').map(event => JSON.stringify(event));
		await run({ line, call, world, told, notes, id: (line.forms('/voice')[0].CallSid).replace(/^CA/, '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), ear: n => server.end(before + n) });
	});
}

const shown = forms => forms.map(({ TranscriptionEvent, SequenceId, Track, Final, TranscriptionData }) =>
	[TranscriptionEvent, SequenceId, ...Track ? [Track] : [], ...TranscriptionData ? [JSON.parse(TranscriptionData).transcript, Final] : []]);

// Each end by its side: what comes in is loud with the caller's tone, what goes out is the mark.
const started = async (ear, n) => {
	const end = await ear(n);
	await end.message(message => message.type === 'start', 'start');
	return end;
};

begun('both sides are one transcription: it is told in its order, with its sides, its labels, its end',
	`<Start><Transcription name="mine" statusCallbackUrl="/t" partialResults="true" inboundTrackLabel="caller" outboundTrackLabel="us" hints="sales" languageCode="en-GB"/></Start>${mark}`, async ({ line, call, world, told, id, ear }) => {
		await call.rtp.hear(MARK); // the script has gone on
		const ends = [await started(ear, 1), await started(ear, 2)];
		const [first] = await told(1);
		assert.match(first.TranscriptionSid, /^GT[0-9a-f]{32}$/);
		const { TranscriptionEvent, LanguageCode, Track, Name, TranscriptionEngine, PartialResults, InboundTrackLabel, OutboundTrackLabel, SequenceId, Timestamp } = first;
		assert.deepEqual({ TranscriptionEvent, LanguageCode, Track, Name, TranscriptionEngine, PartialResults, InboundTrackLabel, OutboundTrackLabel, SequenceId },
			{ TranscriptionEvent: 'transcription-started', LanguageCode: 'en-GB', Track: 'both_tracks', Name: 'mine', TranscriptionEngine: 'ears', PartialResults: 'true', InboundTrackLabel: 'caller', OutboundTrackLabel: 'us', SequenceId: '1' });
		assert.match(Timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
		// the side that the mark is on is the one that the call hears
		const loud = end => end.messages.filter(Buffer.isBuffer).some(bytes => new Uint8Array(bytes).some((byte, i) => i % 2 && byte > 8 && byte < 248));
		await poll(() => ends.some(loud), 'the mark in what is heard');
		const [outbound, inbound] = loud(ends[0]) ? ends : ends.toReversed();
		inbound.send({ type: 'transcription', is_final: false, alternatives: [{ transcript: 'good' }] });
		await told(2);
		inbound.send(said('good morning'));
		await told(3);
		outbound.send(said('hello'));
		const forms = await told(4);
		assert.deepEqual(shown(forms).slice(1), [['transcription-content', '2', 'inbound_track', 'good', 'false'], ['transcription-content', '3', 'inbound_track', 'good morning', 'true'], ['transcription-content', '4', 'outbound_track', 'hello', 'true']]);
		assert.equal(JSON.parse(forms[3].TranscriptionData).confidence, 0.9);
		assert.equal(forms[3].LanguageCode, 'en-GB');
		const { transcriptions } = (await world.http('GET', `/v1/voice/calls/${id}/transcriptions`)).body;
		assert.deepEqual(transcriptions.map(({ track, status, text, language, ...more }) => [track, status, text, language, Object.keys(more)]), [['both', 'in-progress', 'good morning hello', 'en-GB', ['id', 'call_id']]]);
		await call.bye();
		for (const end of ends) {
			await end.message(message => message.type === 'stop', 'stop');
			end.close();
		}
		const last = (await told(5)).at(-1);
		assert.equal(last.TranscriptionEvent, 'transcription-stopped');
		assert.deepEqual(new Set(line.forms('/t').map(form => form.TranscriptionSid)), new Set([first.TranscriptionSid]));
		await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}/transcriptions/${transcriptions[0].id}`)).body.status === 'completed', 'its end');
	});

begun('without partial results the final ones alone are told; Stop ends that of the name, and a stream that stops beside it does not',
	'<Start><Transcription name="mine" track="inbound_track" statusCallbackUrl="/t"/></Start><Gather numDigits="1" timeout="60" action="/one"/>', async ({ line, call, told, ear }) => {
		const end = await started(ear, 1);
		await told(1);
		end.send({ type: 'transcription', is_final: false, alternatives: [{ transcript: 'good' }] });
		press(call, '1');
		await line.reached('/one');
		await line.begun('Gather');
		end.send(said('good morning'));
		await told(2);
		assert.ok(!end.messages.some(message => message.type === 'stop'), 'it goes on');
		press(call, '2');
		await call.rtp.hear(MARK);
		await end.message(message => message.type === 'stop', 'stop');
		end.send(said('and goodbye'));
		end.close();
		assert.deepEqual(shown(await told(4)), [['transcription-started', '1', 'inbound_track'], ['transcription-content', '2', 'inbound_track', 'good morning', 'true'],
			['transcription-content', '3', 'inbound_track', 'and goodbye', 'true'], ['transcription-stopped', '4']]);
		await call.bye();
	}, { pages: {
		'/one': doc('<Stop><Stream/><Transcription name="other"/></Stop><Gather numDigits="1" timeout="60" action="/two"/>'),
		'/two': doc(`<Stop><Transcription name="mine"/></Stop>${mark}`),
	} });

begun('over a kill -9 of offhook-api it is heard on, and told on where it was', `<Start><Transcription track="inbound_track" statusCallbackUrl="/t"/></Start>${mark}`, async ({ line, call, told, ear }) => {
	const end = await started(ear, 1);
	await told(1);
	end.send(said('before'));
	await told(2);
	await line.world.apiProcess.kill('SIGKILL');
	end.send(said('meanwhile'));
	await line.world.startApi();
	await told(3);
	end.send(said('after'));
	await told(4);
	await call.bye();
	await end.message(message => message.type === 'stop', 'stop');
	end.close();
	assert.deepEqual(shown(await told(5)), [['transcription-started', '1', 'inbound_track'], ...['before', 'meanwhile', 'after'].map((text, i) => ['transcription-content', String(i + 2), 'inbound_track', text, 'true']), ['transcription-stopped', '5']]);
});

begun('a server that fails is told, and the script goes on', `<Start><Transcription track="inbound_track" statusCallbackUrl="/t"/></Start>${mark}`, async ({ call, told, ear }) => {
	const end = await started(ear, 1);
	await told(1);
	end.send({ type: 'error', error: 'No more licences.' });
	const [, error] = await told(2);
	assert.deepEqual([error.TranscriptionEvent, error.TranscriptionError, error.TranscriptionErrorCode], ['transcription-error', 'No more licences.', '32651']);
	await call.rtp.hear(MARK);
	await call.bye();
});

begun('a server that is not there is told, and the script goes on', `<Start><Transcription track="inbound_track" statusCallbackUrl="/t"/></Start>${mark}`, async ({ call, told }) => {
	const [error] = await told(1);
	assert.deepEqual([error.TranscriptionEvent, error.TranscriptionErrorCode], ['transcription-error', '32651']);
	await call.rtp.hear(MARK);
	await call.bye();
}, { speech: 'speech "ears" { url = "ws://127.0.0.1:1/" }' });

begun('where nobody takes dictation it is told why, and the script goes on', `<Start><Transcription statusCallbackUrl="/t"/></Start>${mark}`, async ({ call, told, notes, id }) => {
	const [error] = await told(1);
	assert.deepEqual([error.TranscriptionEvent, error.TranscriptionErrorCode, error.SequenceId], ['transcription-error', '32650', '1']);
	assert.match(error.TranscriptionError, /give hints/);
	assert.match(error.TranscriptionSid, /^GT[0-9a-f]{32}$/);
	await call.rtp.hear(MARK);
	assert.match((await notes(id)).join(), /cannot begin/);
	await call.bye();
}, { speech: '' });

begun('Offhook\'s own recogniser hears what the hints expect', `<Start><Transcription track="inbound_track" hints="$yes-no" statusCallbackUrl="/t"/></Start>${mark}`, async ({ call, told }) => {
	await told(1);
	call.rtp.sendVoice(voice('yes', { before: 1, after: 3 }));
	const [, content] = await told(2);
	assert.deepEqual([content.TranscriptionEvent, JSON.parse(content.TranscriptionData).transcript, content.Final], ['transcription-content', 'yes', 'true']);
	await call.bye();
	assert.equal((await told(3)).at(-1).TranscriptionEvent, 'transcription-stopped');
}, { speech: '' });

begun('of so many streams that there is no room for both sides none is left behind',
	`<Start>${'<Transcription track="inbound_track"/>'.repeat(3)}<Transcription name="both" statusCallbackUrl="/t"/></Start>${mark}`, async ({ line, call, world, told, id }) => {
		const [error] = await told(1);
		assert.equal(error.TranscriptionEvent, 'transcription-error');
		await call.rtp.hear(MARK);
		await poll(async () => (await line.events(id)).some(event => event.type === 'call.stream' && (event.data ?? event).stream.state === 'stopped'), 'the end of its first side');
		const { transcriptions } = (await world.http('GET', `/v1/voice/calls/${id}/transcriptions`)).body;
		assert.deepEqual(transcriptions.map(one => one.status), ['in-progress', 'in-progress', 'in-progress', 'failed']);
		await call.bye();
	});

// An NCCO's record with a transcription is a record: the call's events say that nothing is transcribed.
script('NCCO: a record\'s transcription is refused with an event, and it is recorded', {
	number: 'dialect = "vonage"', pages: { '/voice': () => ({
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify([{ action: 'record', transcription: { language: 'en-US', eventUrl: ['http://127.0.0.1:9/t'] } }, { action: 'talk', text: 'hello', loop: 0 }]),
	}) },
}, async (line, phones, world) => {
	const call = await line.answered();
	call.rtp.sendTone(440);
	const id = await poll(async () => (await world.http('GET', '/v1/voice/calls')).body.calls.find(one => one.status === 'in-progress')?.id, 'the call');
	const warning = await poll(async () => (await line.events(id)).find(({ type }) => type === 'script.warning'), 'a warning');
	assert.match(JSON.stringify(warning), /transcription is not built/);
	await poll(async () => (await line.events(id)).some(({ type }) => type === 'call.record_started'), 'the recording');
	await call.bye();
	await line.over(id);
});
