import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Api, server, until } from './harness.mjs';

let api, web, answer;
before(async () => {
	web = await server(request => answer(request));
	const extra = `number "+15550009010" { voice-url = "${web.url}/asked"  voice-method = "GET"  fallback-url = "${web.url}/instead"  dialect = "telefonie" }`;
	api = await Api.start({ voiceUrl: `${web.url}/voice`, extra });
});
after(async () => { await api.stop(); await web.stop(); });

const CALLS = '/v1/voice/calls';
const doc = inner => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`;

// An answered outbound call that runs `script`.
async function answered(script, more = {}) {
	const call = await api.create({ script: doc(script), ...more });
	api.mock.answer(call.id);
	return call.id;
}
const of = id => p => p.call === id;
const played = (id, play, more = {}) => api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: play, end: 'completed', ...more });
const lastPlay = () => api.mock.nextPlay - 1;
// The files of the next call.play, which then is over.
async function heard(id, more) {
	const { files } = await api.mock.request('call.play', of(id));
	played(id, lastPlay(), more);
	return files;
}

test('Say is spoken into a WAV file, Play and Pause are played, then the call is hung up', async () => {
	const id = await answered('<Say>Hello world</Say><Play>tone:ringback</Play><Pause length="2"/>');
	const [file] = await heard(id);
	assert.ok(path.isAbsolute(file));
	const wav = fs.readFileSync(file);
	assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
	assert.ok(wav.length > 8000);
	assert.deepEqual(await heard(id), ['tone:ringback']);
	assert.deepEqual(await heard(id), ['silence:2000']);
	const hangup = await api.mock.request('call.hangup', of(id));
	assert.equal(hangup.by, 'script');
	await api.record(id, 'completed');
});

test('what is said begins at once: nobody waits for the silence before it', async () => {
	for (const voice of ['woman', 'man']) {
		const [file] = await heard(await answered(`<Say voice="${voice}">Hello to all of you. Hello.</Say>`)), wav = fs.readFileSync(file);
		const rate = wav.readUInt32LE(24), samples = Array.from({ length: (wav.length - 44) / 2 }, (_, i) => wav.readInt16LE(44 + 2 * i));
		const first = samples.findIndex(sample => Math.abs(sample) > 1000) / rate;
		assert.ok(first > 0 && first < 0.15, `${voice}: ${first} s`);
	}
});

test('Say in other languages: each its own sound', async () => {
	const sounds = [];
	for (const [language, text] of [['de-DE', 'Guten Tag. Bitte bleiben Sie am Apparat.'], ['ja-JP', 'もしもし'], ['en-US', 'Guten Tag. Bitte bleiben Sie am Apparat.'],
		['fr-FR', 'Guten Tag. Bitte bleiben Sie am Apparat.']]) {
		const [file] = await heard(await answered(`<Say language="${language}">${text}</Say>`));
		const bytes = fs.readFileSync(file);
		assert.equal(bytes.toString('latin1', 0, 4), 'RIFF');
		assert.ok(bytes.length > 16000, `${language}: ${bytes.length} bytes`);
		assert.ok(bytes.subarray(44).some(b => b !== 0));
		sounds.push(bytes.toString('latin1'));
	}
	assert.equal(new Set(sounds).size, sounds.length);
	// One that nothing here speaks is spoken in the voice's own.
	const [file] = await heard(await answered('<Say language="tlh">Qapla</Say>'));
	assert.ok(fs.statSync(file).size > 4000);
});

test('the same text is spoken once', async () => {
	const a = await answered('<Say>Twice the same</Say>');
	const [first] = await heard(a);
	const before = fs.statSync(first).mtimeMs;
	const b = await answered('<Say>Twice the same</Say>');
	assert.deepEqual(await heard(b), [first]);
	assert.equal(fs.statSync(first).mtimeMs, before);
	const c = await answered('<Say voice="man">Twice the same</Say>');
	assert.notDeepEqual(await heard(c), [first]);
});

test('a long text does not keep the others waiting', async () => {
	const middle = await answered(`<Say>${'This is a sentence of some length. '.repeat(10)}</Say>`);
	const wav = fs.readFileSync((await heard(middle))[0]);
	assert.ok(wav.length > 10 * 16000, 'all of it was spoken');
	assert.equal(wav.readUInt32LE(40), wav.length - 44);
	const long = await answered(`<Say>${'1'.repeat(4096)}</Say>`);
	const short = await answered('<Say>One moment please</Say>');
	await heard(short);
	assert.ok(!api.mock.requests.some(r => r.method === 'call.play' && r.params.call === long));
	api.mock.end(long);
});

test('Play takes files under prompts and URLs, and nothing from elsewhere', async () => {
	fs.writeFileSync(path.join(api.dir, 'state/prompts/hello.wav'), 'RIFF');
	answer = () => ({ status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFFsound' });
	const id = await answered(`<Play>hello.wav</Play><Play loop="3">${web.url}/a.wav</Play><Play>../offhook.db</Play><Play>/etc/passwd</Play><Play>tone:busy</Play>`);
	assert.equal(path.basename((await heard(id))[0]), 'hello.wav');
	const play = await api.mock.request('call.play', of(id));
	assert.equal(play.loop, 3);
	assert.equal(fs.readFileSync(play.files[0], 'latin1'), 'RIFFsound');
	played(id, lastPlay());
	// The two that are refused are passed over.
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('a document from url: parameters, signature, redirect', async () => {
	answer = request => request.url.startsWith('/two') ? doc('<Hangup/>') : doc('<Redirect method="GET">/two?a=b</Redirect>');
	const seen = web.requests.length;
	const call = await api.create({ url: `${web.url}/one` });
	assert.equal(web.requests.length, seen, 'nothing is fetched before the answer');
	api.mock.answer(call.id);
	const one = await web.nth(seen + 1);
	assert.equal(one.method, 'POST');
	assert.deepEqual(Object.fromEntries(one.form), { CallSid: call.id, AccountSid: 'b3877c40-da60-4998-90ad-b792e98472af', From: '+15550009000',
		To: '+15550001001', CallStatus: 'in-progress', Direction: 'outbound-api', ApiVersion: '2010-04-01' });
	const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(one.headers['offhook-signature']);
	assert.equal(mac, createHmac('sha256', 'secret-of-default').update(`${time}.${one.body}`).digest('hex'));
	const two = await web.nth(seen + 2);
	assert.equal(two.method, 'GET');
	assert.match(two.url, /^\/two\?a=b&CallSid=/);
	await api.mock.request('call.hangup', of(call.id));
});

for (const [name, reply, pattern] of [
	['an HTTP error', { status: 500, body: 'x' }, /HTTP status 500/], ['broken XML', '<Response><Say>', /XML is broken/],
	['an entity that nobody knows', doc('<Say>&nothing;</Say>'), /XML is broken/],
	['silence', { destroy: true }, /could not be fetched/], ['another root', '<html/>', /<Response>/],
]) {
	test(`a url that answers ${name} ends the call with the reason`, async () => {
		answer = () => reply;
		const call = await api.create({ url: `${web.url}/bad` });
		api.mock.answer(call.id);
		const { reason } = await api.mock.request('call.hangup', of(call.id));
		assert.match(reason, pattern);
		assert.match((await api.record(call.id, 'completed')).reason, pattern);
	});
}

for (const [name, reply] of [
	['an unknown element', doc('<Dance/><Play>tone:beep</Play>')], ['an unknown attribute', doc('<Play colour="red">tone:beep</Play>')],
	['an element that is not built', doc('<Pay/><Play>tone:beep</Play>')], ['a value out of range', doc('<Play loop="-4">tone:beep</Play>')],
	['an entity of its own', '<!DOCTYPE x [<!ENTITY a "tone:beep">]><Response><Play>&a;</Play></Response>'],
]) {
	test(`a script with ${name} goes on`, async () => {
		answer = () => reply;
		const call = await api.create({ url: `${web.url}/odd` });
		api.mock.answer(call.id);
		assert.deepEqual(await heard(call.id), ['tone:beep']);
		await api.mock.request('call.hangup', of(call.id));
	});
}

test('fallback_url is asked when url fails', async () => {
	answer = request => request.url === '/bad' ? { status: 500 } : doc('<Play>tone:beep</Play>');
	const call = await api.create({ url: `${web.url}/bad`, fallback_url: `${web.url}/fallback` });
	api.mock.answer(call.id);
	assert.deepEqual(await heard(call.id), ['tone:beep']);
	assert.match(web.requests.at(-1).form.get('ErrorMessage'), /500/);
});

test('a script that runs in circles is ended', async () => {
	answer = () => doc('<Redirect/>').replace('<Redirect/>', '<Redirect>/again</Redirect>');
	const call = await api.create({ url: `${web.url}/again` });
	api.mock.answer(call.id);
	assert.match((await api.mock.request('call.hangup', of(call.id))).reason, /circles/);
});

test('Gather plays prompts, collects, and asks action with the digits', async () => {
	answer = () => doc('<Hangup/>');
	const seen = web.requests.length;
	const id = await answered(`<Gather action="${web.url}/digits" numDigits="4" timeout="7" finishOnKey="*"><Play>tone:beep</Play><Pause/></Gather><Play>tone:busy</Play>`);
	const collect = await api.mock.request('call.collect', of(id));
	assert.equal(collect.max_digits, 4);
	assert.equal(collect.finish_on, '*');
	assert.equal(collect.digit_timeout, 7);
	const play = await api.mock.request('call.play', of(id));
	assert.deepEqual(play.files, ['tone:beep', 'silence:1000']);
	assert.equal(play.barge_in, true);
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '1', duration_ms: 100 });
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '1234', end: 'complete' });
	const request = await web.nth(seen + 1);
	assert.equal(request.url, '/digits');
	assert.equal(request.form.get('Digits'), '1234');
	await api.mock.request('call.hangup', of(id));
});

test('Gather without a digit goes on with the next element after its timeout', async () => {
	const id = await answered('<Gather timeout="1"><Play>tone:beep</Play></Gather><Play>tone:busy</Play>');
	await api.mock.request('call.collect', of(id));
	await heard(id);
	await api.mock.request('call.stop', of(id));
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '', end: 'stopped' });
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('Record beeps, records until the key, and asks action with the recording', async () => {
	answer = () => doc('<Hangup/>');
	const seen = web.requests.length;
	const id = await answered(`<Record action="${web.url}/recorded" maxLength="20" finishOnKey="#"/>`);
	assert.deepEqual(await heard(id), ['tone:beep']);
	const record = await api.mock.request('call.record', of(id));
	assert.deepEqual([record.max_duration, record.silence_timeout, record.trim_silence], [20, 5, true]);
	const { id: sid } = await until(() => api.mock.calls.get(id).recording);
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '1', duration_ms: 100 });
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '#', duration_ms: 100 });
	await api.mock.request('call.record_stop', of(id));
	// the line is recorded, too, and that ends first: it is not what the script waits for
	api.mock.recorded(id, { id: 'rec-of-the-line', file: '/nowhere/line.wav', duration_ms: 9000, bytes: 10 });
	api.mock.recorded(id, { id: sid, file: '/nowhere/a.wav', duration_ms: 2600, bytes: 10 });
	const { form } = await web.nth(seen + 1);
	assert.equal(form.get('RecordingDuration'), '3');
	assert.equal(form.get('Digits'), '#');
	assert.equal(form.get('RecordingUrl'), `http://127.0.0.1:8080/v1/voice/recordings/${sid}/media`);
});

test('Record asks action also when the caller hangs up, with the recording after the end', async () => {
	answer = () => doc('<Say>nobody hears this</Say>');
	const seen = web.requests.length;
	const id = await answered(`<Record action="${web.url}/recorded" playBeep="false"/>`);
	await api.mock.request('call.record', of(id));
	await until(async () => api.log.some(l => l.includes(id)));
	const { id: sid } = await until(() => api.mock.calls.get(id).recording);
	api.mock.end(id);
	api.mock.recorded(id, { id: sid, file: '/nowhere/b.wav' });
	const { form } = await web.nth(seen + 1);
	assert.equal(form.get('RecordingSid'), sid);
	assert.equal(form.get('Digits'), 'hangup');
});

test('Record ends at silence, or does not', async () => {
	const id = await answered('<Record playBeep="false" timeout="12" trim="do-not-trim"/>');
	const record = await api.mock.request('call.record', of(id));
	assert.deepEqual([record.silence_timeout, record.trim_silence], [12, false]);
	const other = await answered('<Record playBeep="false" timeout="0"/>');
	assert.equal((await api.mock.request('call.record', of(other))).silence_timeout, undefined);
});

test('Dial Conference makes the room, joins, and goes on when the call has left it', async () => {
	answer = () => doc('<Play>tone:busy</Play>');
	const seen = web.requests.length;
	const id = await answered(`<Dial action="${web.url}/left"><Conference muted="true" startConferenceOnEnter="false" endConferenceOnExit="true" beep="onEnter" maxParticipants="4"`
		+ ' record="record-from-start" waitUrl="">the room</Conference></Dial>');
	const { account, name, wait, beep, record, max_participants } = await api.mock.request('conference.create', p => p.name === 'the room');
	assert.deepEqual({ account, name, wait, beep, record, max_participants }, { account: 'default', name: 'the room', wait: true, beep: 'enter', record: true, max_participants: 4 });
	const add = await api.mock.request('conference.add', of(id));
	assert.deepEqual([add.conference, add.account, add.muted, add.moderator, add.ends], ['the room', 'default', true, false, true]);
	const room = (await until(async () => (await api.get('/v1/voice/conferences')).json.conferences.find(c => c.friendly_name === 'the room' && c.participant_count === 1)));
	assert.equal(room.status, 'in-progress');
	// A second one finds it there.
	const other = await answered('<Dial><Conference>the room</Conference></Dial><Play>tone:beep</Play>');
	const second = await api.mock.request('conference.add', of(other));
	assert.deepEqual([second.muted, second.moderator, second.ends], [false, true, false]);
	await until(async () => (await api.get(`/v1/voice/conferences/${room.id}`)).json.participant_count === 2);
	api.mock.on_conference_remove({ call: other });
	assert.deepEqual(await heard(other), ['tone:beep']);
	assert.equal(web.requests.length, seen, 'the first one is still in it');
	api.mock.on_conference_remove({ call: id });
	const { form } = await web.nth(seen + 1);
	assert.equal(form.get('DialCallStatus'), 'answered');
	assert.equal(form.get('ConferenceSid'), room.id);
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('Dial Conference: music for those who wait', async () => {
	answer = request => ({ status: 200, headers: { 'content-type': request.url.endsWith('.wav') ? 'audio/wav' : 'text/xml; charset=utf-8' }, body: 'RIFFmusic' });
	await answered(`<Dial><Conference waitUrl="${web.url}/music.wav">with music</Conference></Dial>`);
	const { music } = await api.mock.request('conference.create', p => p.name === 'with music');
	assert.equal(fs.readFileSync(music[0], 'latin1'), 'RIFFmusic');
	// What is no sound is left out, and said.
	const id = await answered(`<Dial><Conference waitUrl="${web.url}/document.wav?x">without</Conference></Dial>`);
	await api.mock.request('conference.add', of(id));
});

test('Dial Conference: who waits hears a script of its own until another comes; what happens is told', async () => {
	answer = request => request.url.startsWith('/hold') ? doc('<Play loop="0">tone:dial</Play>') : doc('');
	const attributes = `waitUrl="${web.url}/hold" statusCallback="${web.url}/room" statusCallbackEvent="start end join leave"`;
	const id = await answered(`<Dial><Conference ${attributes}>scripted</Conference></Dial><Play>tone:busy</Play>`);
	assert.deepEqual((await api.mock.request('call.play', of(id))).files, ['tone:dial']);
	const other = await answered(`<Dial><Conference ${attributes} endConferenceOnExit="true">scripted</Conference></Dial><Hangup/>`);
	await api.mock.request('call.stop', of(id));
	api.mock.on_conference_remove({ call: id });
	assert.deepEqual(await heard(id), ['tone:busy']);
	const told = await until(() => { const all = web.requests.filter(r => r.url === '/room'); return all.length >= 4 && all; });
	assert.deepEqual(told.slice(0, 4).map(r => [r.form.get('StatusCallbackEvent'), r.form.get('FriendlyName')]).sort(),
		[['conference-start', 'scripted'], ['participant-join', 'scripted'], ['participant-join', 'scripted'], ['participant-leave', 'scripted']]);
	api.mock.on_conference_remove({ call: other });
});

test('Record of silence: nothing is kept, no action is asked, the script goes on', async () => {
	const seen = web.requests.length;
	const id = await answered(`<Record action="${web.url}/silent" playBeep="false" recordingStatusCallback="${web.url}/absent" recordingStatusCallbackEvent="absent"/><Play>tone:busy</Play>`);
	await api.mock.request('call.record', of(id));
	const { id: sid } = await until(() => api.mock.calls.get(id).recording);
	const file = path.join(api.dir, 'state', 'silent.wav');
	fs.writeFileSync(file, 'RIFF');
	api.mock.recorded(id, { id: sid, file, duration_ms: 0 });
	assert.deepEqual(await heard(id), ['tone:busy']);
	assert.ok(!fs.existsSync(file));
	assert.equal((await api.get(`/v1/voice/recordings/${sid}`)).status, 404);
	const told = await until(() => web.requests.slice(seen).find(r => r.url === '/absent'));
	assert.equal(told.form.get('RecordingStatus'), 'absent');
	assert.ok(!web.requests.slice(seen).some(r => r.url === '/silent'));
});

test('Start and Stop Recording go on beside the script', async () => {
	const id = await answered('<Start><Recording channels="dual"/></Start><Play>tone:beep</Play><Stop><Recording/></Stop><Play>tone:busy</Play>');
	assert.equal((await api.mock.request('call.record', of(id))).channels, 2);
	const { id: sid } = api.mock.calls.get(id).recording;
	assert.deepEqual(await heard(id), ['tone:beep']);
	if (api.mock.requests.some(r => r.method === 'call.record_stop' && r.params.call === id))
		assert.equal((await api.mock.request('call.record_stop', of(id))).recording, sid);
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('Refer: a transfer that fails asks its action; one that is done tells it', async () => {
	answer = () => doc('<Play>tone:busy</Play>');
	const script = `<Refer action="${web.url}/referred"><Sip>sip:desk@example.net</Sip></Refer>`;
	const id = await answered(script);
	assert.equal((await api.mock.request('call.refer', of(id))).to, 'sip:desk@example.net');
	api.mock.event('call.transfer_failed', { call: api.mock.calls.get(id), to: 'x', code: 486 });
	const failed = await until(() => web.requests.find(r => r.url === '/referred' && r.form.get('CallSid') === id));
	assert.deepEqual([failed.form.get('ReferCallStatus'), failed.form.get('ReferSipResponseCode')], ['failed', '486']);
	assert.deepEqual(await heard(id), ['tone:busy']);
	const other = await answered(script);
	await api.mock.request('call.refer', of(other));
	api.mock.event('call.transferred', { call: api.mock.calls.get(other), to: 'x' });
	const done = await until(() => web.requests.find(r => r.url === '/referred' && r.form.get('CallSid') === other));
	assert.equal(done.form.get('ReferCallStatus'), 'completed');
});

test('Echo lasts until the caller hangs up, or the call is redirected', async () => {
	answer = () => doc('<Play>tone:busy</Play>');
	const id = await answered('<Echo/>');
	assert.equal((await api.mock.request('call.echo', p => p.call === id && p.on)).on, true);
	await api.post(`${CALLS}/${id}`, { url: `${web.url}/next` });
	await api.mock.request('call.echo', p => p.call === id && !p.on);
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('NCCO: notify, keys beside the script, a step of actions without an answer goes on', async () => {
	answer = request => request.url.startsWith('/answer') ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify([
		{ action: 'notify', payload: { a: 1 }, eventUrl: [`${web.url}/notified`] },
		{ action: 'input', type: ['dtmf'], mode: 'asynchronous', eventUrl: [`${web.url}/keys`] },
		{ action: 'stream', streamUrl: [`${web.url}/a.wav`] }]) }
		: request.url.startsWith('/a.wav') ? { status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFF' } : { status: 204 };
	const call = await api.create({ url: `${web.url}/answer` });
	api.mock.answer(call.id);
	await api.mock.request('call.play', of(call.id));
	assert.ok(web.requests.some(r => r.url === '/notified' && r.form.get('CallSid') === call.id));
	api.mock.event('call.digit', { call: api.mock.calls.get(call.id), digit: '7', duration_ms: 100 });
	assert.equal((await until(() => web.requests.find(r => r.url === '/keys'))).form.get('Digits'), '7');
	played(call.id, lastPlay());
	await api.mock.request('call.hangup', of(call.id));
});

test('Dial Conference: who hangs up in it is asked nothing more', async () => {
	const seen = web.requests.length;
	const id = await answered(`<Dial action="${web.url}/left"><Conference>another</Conference></Dial>`);
	await api.mock.request('conference.add', of(id));
	const room = [...api.mock.conferences.values()].find(c => c.name === 'another');
	await until(async () => (await api.get(`/v1/voice/conferences/${room.id}/events`)).json.events?.some(e => e.what === 'join'));
	api.mock.overrides.set('call.get', ({ call }) => ({ call: { ...api.mock.calls.get(call), status: 'completed' } }));
	api.mock.on_conference_remove({ call: id });
	api.mock.end(id);
	await api.record(id, 'completed');
	api.mock.overrides.delete('call.get');
	assert.equal(web.requests.length, seen);
});

test('Dial Conference: a full one is a failed Dial', async () => {
	api.mock.overrides.set('conference.add', () => { throw { code: 429, message: 'The conference is full.' }; });
	const id = await answered('<Dial><Conference>full</Conference></Dial><Play>tone:busy</Play>');
	assert.deepEqual(await heard(id), ['tone:busy']);
	api.mock.overrides.delete('conference.add');
});

test('Dial Conference: POST url takes the call out of it', async () => {
	answer = () => doc('<Play>tone:beep</Play>');
	const id = await answered('<Dial><Conference>leaving</Conference></Dial>');
	await api.mock.request('conference.add', of(id));
	await until(async () => (await api.get('/v1/voice/conferences')).json.conferences.find(c => c.friendly_name === 'leaving')?.participant_count === 1);
	assert.equal((await api.post(`${CALLS}/${id}`, { url: `${web.url}/next` })).status, 200);
	await api.mock.request('conference.remove', of(id));
	assert.deepEqual(await heard(id), ['tone:beep']);
});

test('Dial joins another call and asks action with its result', async () => {
	answer = () => doc('<Play>tone:busy</Play>');
	const seen = web.requests.length;
	const id = await answered(`<Dial action="${web.url}/dialled" timeout="12" callerId="+15550009000"><Number>+15550001002</Number></Dial>`);
	const dial = await api.mock.request('call.dial', of(id));
	assert.deepEqual(dial.targets.map(t => t.to), ['+15550001002']);
	assert.equal(dial.from, '+15550009000');
	assert.equal(dial.timeout, 12);
	const child = [...api.mock.calls.values()].find(c => c.parent_call_id === id);
	api.mock.answer(child.id);
	api.mock.end(child.id, { ended: child.answered + 3000 });
	const { form } = await web.nth(seen + 1);
	assert.equal(form.get('DialCallStatus'), 'completed');
	assert.equal(form.get('DialCallSid'), child.id);
	assert.equal(form.get('DialCallDuration'), '3');
	assert.deepEqual(await heard(id), ['tone:busy']);
});

test('Dial without action goes on; a refused one is a failed one', async () => {
	api.mock.overrides.set('call.dial', () => { throw { code: 422, message: 'no route', data: { field: 'to' } }; });
	const id = await answered('<Dial>+15559999999</Dial><Play>tone:busy</Play>');
	assert.deepEqual(await heard(id), ['tone:busy']);
	api.mock.overrides.delete('call.dial');
});

test('an incoming call is claimed, its number asked, and answered by the first element', async () => {
	answer = () => doc('<Play>tone:beep</Play>');
	const seen = web.requests.length;
	const call = api.mock.incoming();
	await api.mock.request('call.claim', of(call.id));
	const { form } = await web.nth(seen + 1);
	assert.equal(form.get('CallSid'), call.id);
	assert.equal(form.get('Direction'), 'inbound');
	assert.equal(form.get('From'), '+15550007777');
	await api.mock.request('call.answer', of(call.id));
	assert.deepEqual(await heard(call.id), ['tone:beep']);
	await api.record(call.id, 'completed');
});

test('a number says how its script is asked, and where when that cannot be had', async () => {
	const seen = web.requests.length;
	answer = request => request.url.startsWith('/asked') ? { status: 500 } : doc('<Play>tone:beep</Play>');
	const call = api.mock.incoming({ to: '+15550009010', number: '+15550009010' });
	const asked = await web.nth(seen + 1), instead = await web.nth(seen + 2);
	assert.equal(asked.method, 'GET');
	assert.equal(asked.form.get('CallSid'), call.id);
	assert.equal(instead.method, 'POST');
	assert.equal(instead.url, '/instead');
	assert.equal(instead.form.get('ErrorCode'), '11200');
	assert.deepEqual(await heard(call.id), ['tone:beep']);
	await api.record(call.id, 'completed');
});

test('a step that the switch refuses ends the call in a sentence without words of the system', async () => {
	api.mock.overrides.set('call.play', () => { throw { code: 409, message: 'Device or resource busy' }; });
	const id = await answered('<Play>tone:beep</Play>');
	const { reason } = await api.mock.request('call.hangup', of(id));
	api.mock.overrides.delete('call.play');
	assert.match(reason, /^The script could not go on at <Play> in line 2: [A-Z].*\.$/);
	assert.ok(!reason.includes('Device'), reason);
	await api.record(id, 'completed');
});

for (const [reason, code, status] of [['busy', 486, 'busy'], ['rejected', 603, 'failed']]) {
	test(`Reject ${reason} does not answer`, async () => {
		answer = () => doc(`<Reject reason="${reason}"/>`);
		const call = api.mock.incoming();
		assert.equal((await api.mock.request('call.reject', of(call.id))).code, code);
		await api.record(call.id, status);
		assert.ok(!api.mock.requests.some(r => r.method === 'call.answer' && r.params.call === call.id));
	});
}

test('a call that another has claimed is left alone', async () => {
	api.mock.overrides.set('call.claim', () => { throw { code: 409, message: 'claimed' }; });
	const seen = web.requests.length;
	const call = api.mock.incoming();
	await api.mock.request('call.claim', of(call.id));
	api.mock.overrides.delete('call.claim');
	api.mock.end(call.id, { status: 'canceled' });
	await api.record(call.id, 'canceled');
	assert.equal(web.requests.length, seen);
});

test('POST url takes a call away from what it was doing', async () => {
	answer = () => doc('<Play>tone:busy</Play>');
	const id = await answered('<Play loop="0">tone:ringback</Play>');
	await api.mock.request('call.play', of(id));
	const stale = lastPlay();
	const reply = await api.post(`${CALLS}/${id}`, { url: `${web.url}/new`, method: 'GET' });
	assert.equal(reply.status, 200);
	await api.mock.request('call.stop', of(id));
	played(id, stale, { end: 'stopped' });
	assert.deepEqual(await heard(id), ['tone:busy']);
	assert.equal(web.requests.at(-1).method, 'GET');
});

test('POST url before the answer: the new document is the one that runs', async () => {
	answer = request => doc(`<Play>tone:${request.url === '/new' ? 'busy' : 'dial'}</Play>`);
	const call = await api.create({ url: `${web.url}/old` });
	assert.equal((await api.post(`${CALLS}/${call.id}`, { url: `${web.url}/new` })).status, 200);
	api.mock.answer(call.id);
	assert.deepEqual(await heard(call.id), ['tone:busy']);
});

test('digits are sent', async () => {
	const id = await answered('<Play digits="ww12#"/>');
	assert.equal((await api.mock.request('call.send_digits', of(id))).digits, 'ww12#');
	await api.mock.request('call.hangup', of(id));
});

test('a call with neither url nor script stays up until it is ended', async () => {
	const call = await api.create();
	api.mock.answer(call.id);
	await api.record(call.id, 'in-progress');
	assert.ok(!api.mock.requests.some(r => r.method === 'call.hangup' && r.params.call === call.id));
	await api.delete(`${CALLS}/${call.id}`);
});

test('a sound is kept as long as its server says, and then asked for by its validator', async () => {
	const asked = [];
	let fields = { 'cache-control': 'no-cache', etag: '"one"' };
	answer = request => {
		asked.push(request.headers['if-none-match']);
		return request.headers['if-none-match'] === fields.etag ? { status: 304, headers: fields }
			: { status: 200, headers: { 'content-type': 'audio/wav', ...fields }, body: `RIFF${fields.etag}` };
	};
	const hear = async () => {
		const [file] = await heard(await answered(`<Play>${web.url}/kept.wav</Play>`));
		return fs.readFileSync(file, 'latin1');
	};
	assert.equal(await hear(), 'RIFF"one"');
	assert.equal(await hear(), 'RIFF"one"');
	fields = { 'cache-control': 'max-age=3600', etag: '"two"' };
	assert.equal(await hear(), 'RIFF"two"');
	assert.equal(await hear(), 'RIFF"two"');
	assert.deepEqual(asked, [undefined, '"one"', '"one"']);
});

test('of the prompts of a Gather those are heard that can be had', async () => {
	answer = request => request.url === '/there.wav' ? { status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFF' } : { status: 404 };
	const id = await answered(`<Gather><Play>tone:dial</Play><Play>${web.url}/gone.wav</Play><Play>tone:nosuch</Play><Play>${web.url}/there.wav</Play></Gather>`);
	await api.mock.request('call.collect', of(id));
	const { files } = await api.mock.request('call.play', of(id));
	assert.equal(files.length, 2);
	assert.equal(files[0], 'tone:dial');
	assert.equal(fs.readFileSync(files[1], 'latin1'), 'RIFF');
});

test('a sound without a slash is a file of ours, or stands beside its document', async () => {
	fs.writeFileSync(path.join(api.dir, 'state', 'prompts', 'ours.wav'), 'RIFFours');
	answer = request => request.url.startsWith('/ivr/menu') ? doc('<Play>ours.wav</Play><Play>theirs.wav</Play><Play>missing.wav</Play>')
		: request.url === '/ivr/theirs.wav' ? { status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFFtheirs' } : { status: 404 };
	const call = await api.create({ url: `${web.url}/ivr/menu` });
	api.mock.answer(call.id);
	for (const text of ['RIFFours', 'RIFFtheirs'])
		assert.equal(fs.readFileSync((await heard(call.id))[0], 'latin1'), text);
	await api.mock.request('call.hangup', of(call.id));
});

test('a text with markup is spoken with it, and a voice brings its language', async () => {
	const spoken = async say => fs.readFileSync((await heard(await answered(say)))[0]);
	const plain = await spoken('<Say>One two</Say>'), paused = await spoken('<Say>One <break time="3s"/> two</Say>');
	const rate = bytes => bytes.readUInt32LE(28); // bytes a second
	assert.ok(paused.length / rate(paused) > plain.length / rate(plain) + 2);
	assert.notDeepEqual(await spoken('<Say>Guten Tag</Say>'), await spoken('<Say voice="Polly.Vicki">Guten Tag</Say>'));
	assert.deepEqual(await spoken('<Say voice="Polly.Vicki">Guten Tag</Say>'), await spoken('<Say language="de-DE">Guten Tag</Say>'));
});

// A call whose script is at `url`; resolves to its id when the script's server has been asked `count` times.
async function fetched(url, count, more = {}) {
	const before = web.requests.length;
	const call = await api.create({ url, ...more });
	api.mock.answer(call.id);
	await until(() => web.requests.length >= before + count, `${count} requests`);
	return { id: call.id, asked: web.requests.slice(before, before + count) };
}

for (const [status, method] of [[301, 'POST'], [302, 'POST'], [307, 'POST'], [308, 'POST'], [303, 'GET']]) {
	test(`a script is fetched where a ${status} leads to, with its parameters and signed for that address`, async () => {
		answer = request => request.url === '/from' ? { status, headers: { location: '/to' } } : doc('<Play>tone:beep</Play>');
		const { id, asked } = await fetched(`${web.url}/from`, 2);
		assert.deepEqual(await heard(id), ['tone:beep']);
		assert.equal(asked[1].method, method);
		assert.match(asked[1].url, /^\/to/);
		const parameters = method === 'POST' ? asked[1].form : new URL(asked[1].url, web.url).searchParams;
		assert.equal(parameters.get('CallSid'), id);
		const [, t, v1] = asked[1].headers['offhook-signature'].match(/^t=(\d+),v1=(\w+)$/);
		assert.equal(v1, createHmac('sha256', 'secret-of-default').update(`${t}.${asked[1].body}`).digest('hex'));
	});
}

test('a script that is sent in circles ends in the reason', async () => {
	answer = () => ({ status: 302, headers: { location: '/again' } });
	const call = await api.create({ url: `${web.url}/again` });
	api.mock.answer(call.id);
	assert.match((await api.mock.request('call.hangup', of(call.id))).reason, /too many redirects/);
});

test('cookies of a script come back with its later requests, and with no other call', async () => {
	answer = request => request.url === '/first' ? { status: 200, headers: { 'content-type': 'text/xml', 'set-cookie': 'seat=7; Path=/' }, body: doc('<Redirect>/second</Redirect>') }
		: doc('<Play>tone:beep</Play>');
	for (let i = 0; i < 2; i++) {
		const { asked } = await fetched(`${web.url}/first`, 2);
		assert.equal(asked[0].headers.cookie, undefined);
		assert.equal(asked[1].headers.cookie, 'seat=7');
	}
});

for (const [name, type, body, files] of [
	['XML by its type', 'application/xml; charset=utf-8', doc('<Play>tone:beep</Play>'), ['tone:beep']],
	['XML in latin-1', 'text/xml; charset=iso-8859-1', Buffer.from('<Response><Play>tone:beep</Play><Say>\xe4</Say></Response>', 'latin1'), ['tone:beep']],
	['HTML that is none', 'text/html', doc('<Play>tone:beep</Play>'), ['tone:beep']],
	['XML without a type', undefined, doc('<Play>tone:beep</Play>'), ['tone:beep']],
	['XML that says it is plain text', 'text/plain', doc('<Play>tone:beep</Play>'), ['tone:beep']],
	['an array of actions', 'application/json', JSON.stringify([{ action: 'stream', streamUrl: ['tone:beep'] }]), ['tone:beep']],
	['compressed XML', 'text/xml', gzipSync(doc('<Play>tone:beep</Play>')), ['tone:beep']],
]) {
	test(`a script that comes as ${name} runs`, async () => {
		answer = () => ({ status: 200, body, headers: { ...(type && { 'content-type': type }), ...(name.startsWith('compressed') && { 'content-encoding': 'gzip' }) } });
		const { id } = await fetched(`${web.url}/typed`, 1);
		assert.deepEqual(await heard(id), files);
	});
}

test('plain text is said, and a sound is played', async () => {
	answer = request => request.url === '/text' ? { status: 200, headers: { 'content-type': 'text/plain' }, body: 'Hello there' }
		: { status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFFsound' };
	const text = await fetched(`${web.url}/text`, 1);
	assert.ok(fs.statSync((await heard(text.id))[0]).size > 8000);
	await api.mock.request('call.hangup', of(text.id));
	const sound = await fetched(`${web.url}/sound`, 1);
	assert.equal(fs.readFileSync((await heard(sound.id))[0], 'latin1'), 'RIFFsound');
	await api.mock.request('call.hangup', of(sound.id));
});

for (const [name, first] of [['is cut', { destroy: true }], ['is a 503', { status: 503 }]]) {
	test(`a script whose first answer ${name} is asked for once more`, async () => {
		let asked = 0;
		answer = () => asked++ ? doc('<Play>tone:beep</Play>') : first;
		const { id } = await fetched(`${web.url}/busy`, 2);
		assert.deepEqual(await heard(id), ['tone:beep']);
	});
}

test('the fallback is told what was wrong', async () => {
	answer = request => request.url === '/bad' ? '<Response><Say>' : doc('<Play>tone:beep</Play>');
	const { id, asked } = await fetched(`${web.url}/bad`, 2, { fallback_url: `${web.url}/fallback` });
	assert.deepEqual([asked[1].form.get('ErrorCode'), asked[1].form.get('ErrorUrl')], ['12100', `${web.url}/bad`]);
	assert.match(asked[1].form.get('ErrorMessage'), /XML is broken/);
	assert.deepEqual(await heard(id), ['tone:beep']);
});

test('a script that names no URL asks the fallback, too', async () => {
	answer = () => doc('<Play>tone:beep</Play>');
	const call = await api.create({ script: doc('<Redirect>/nowhere</Redirect>'), fallback_url: `${web.url}/fallback-of-none` });
	api.mock.answer(call.id);
	assert.deepEqual(await heard(call.id), ['tone:beep']);
	const { form } = web.requests.find(r => r.url === '/fallback-of-none');
	assert.deepEqual([form.get('ErrorCode'), form.get('ErrorUrl')], ['11100', '/nowhere']);
	// who waits hears a tone in place of it
	const waiting = await answered('<Enqueue waitUrl="/nowhere">waiting</Enqueue>');
	assert.deepEqual(await heard(waiting), ['tone:ringback']);
});

test('a script within JSON is UTF-8, whatever its declaration says', async () => {
	for (const encoding of ['utf-16', 'iso-8859-1']) {
		const id = await answered('', { script: `<?xml version="1.0" encoding="${encoding}"?><Response><Play>tone:beep</Play><Gr\u00fc\u00dfe/></Response>` });
		assert.deepEqual(await heard(id), ['tone:beep']);
		const { events } = (await api.get(`/v1/voice/calls/${id}/events`)).json;
		assert.equal(events.find(e => e.type === 'script.warning').element, 'Gr\u00fc\u00dfe');
	}
});
