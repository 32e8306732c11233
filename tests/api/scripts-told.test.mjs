// What the steps of a script come to, and who is told of it: in the words of each dialect, once, also when this process dies.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY, server, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

const numbers = { twilio: '+15550009020', signalwire: '+15550009021', vonage: '+15550009022' };
let api, web, answers = {};
before(async () => {
	web = await server(request => (answers[request.url.split('?')[0]] ?? (() => doc('')))(request));
	const extra = Object.entries(numbers).map(([dialect, number]) => `number "${number}" { voice-url = "${web.url}/${dialect}"  dialect = "${dialect}" }`).join('\n');
	api = await Api.start({ voiceUrl: `${web.url}/voice`, extra });
});
after(async () => { await api.stop(); await web.stop(); });

const doc = inner => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`;
const json = value => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
const of = id => p => p.call === id;
const asked = (path, n = 0) => until(() => web.requests.filter(r => r.url.split('?')[0] === path)[n], `request ${n} for ${path}`);
const hungUp = id => api.mock.request('call.hangup', of(id));
const bare = id => id.replace(/^[A-Z][A-Z](?=.{32}$)|-/g, '');
const sid = (prefix, id) => prefix + id.replace(/-/g, '');

async function answered(script, more = {}) {
	const call = await api.create({ script: doc(script), ...more });
	api.mock.answer(call.id);
	return call.id;
}
// A call to the number of that dialect, whose script is `document`.
function incoming(dialect, document) {
	answers[`/${dialect}`] = () => document;
	return api.mock.incoming({ number: numbers[dialect], to: numbers[dialect] }).id;
}

test('who is told of a step at once is told the same as who asks later', async () => {
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	await ws.ask('subscribe');
	// its snapshot has more than the record of it: and neither more nor less is told of a step
	answers['/twilio'] = () => doc('<Pause length="60"/>');
	const { id } = api.mock.incoming({ number: numbers.twilio, to: numbers.twilio, trunk: 'carrier', codec: 'PCMU' });
	const last = await ws.until(() => ws.events.find(({ event }) => event.call_id === id && event.verb === 'Pause'), 'the step');
	const { events } = (await api.get(`/v1/voice/calls/${id}/events`)).json, types = events.map(e => e.type);
	assert.ok(types.includes('script.step') && types.includes('script.request'), types.join());
	assert.deepEqual(ws.events.filter(({ event, cursor }) => event.call_id === id && cursor <= last.cursor).map(({ event }) => event), events.slice(0, last.event.sequence));
	// the log does not go back: what a step shows is what was told before it
	const order = ['queued', 'ringing', 'in-progress'];
	assert.deepEqual(events.map(e => order.indexOf(e.call.status)), events.map(e => order.indexOf(e.call.status)).sort());
	api.mock.end(id);
	ws.destroy();
});

test('the status of each place is told by the method that it names', async () => {
	const id = await answered(`<Dial><Number statusCallback="${web.url}/get" statusCallbackMethod="GET" statusCallbackEvent="initiated completed">+15550001001</Number>`
		+ `<Client statusCallback="${web.url}/post">bob</Client></Dial>`);
	const { targets } = await api.mock.request('call.dial', of(id));
	for (const { id } of targets)
		api.mock.end(id, { status: 'busy', sip_code: 486 });
	assert.deepEqual([(await asked('/get', 1)).method, (await asked('/post')).method], ['GET', 'POST']);
	await hungUp(id);
	assert.equal(web.requests.filter(r => r.url === '/post').length, 1, 'its end alone, unasked');
});

test('in Twilio\'s words each state of a place has its name and number', async () => {
	const id = incoming('twilio', doc(`<Dial><Sip statusCallback="${web.url}/all" statusCallbackEvent="initiated ringing answered completed">sip:desk@example.net</Sip></Dial>`));
	const [{ id: child }] = (await api.mock.request('call.dial', of(id))).targets;
	api.mock.ring(child);
	api.mock.answer(child);
	api.mock.end(child);
	const told = [];
	for (let n = 0; n < 4; n++)
		told.push((await asked('/all', n)).form);
	assert.deepEqual(told.map(f => [f.get('CallStatus'), f.get('SequenceNumber'), f.get('CallSid'), f.get('ParentCallSid')]),
		['initiated', 'ringing', 'in-progress', 'completed'].map((status, n) => [status, String(n), sid('CA', child), sid('CA', id)]));
	await hungUp(id);
});

test('of several keys that end a Gather the one that did is told; bargeIn="false" lets its prompts be heard', async () => {
	const id = await answered(`<Gather finishOnKey="*#" bargeIn="false" action="${web.url}/gathered"><Play>tone:beep</Play></Gather>`);
	await api.mock.request('call.collect', of(id));
	assert.equal((await api.mock.request('call.play', of(id))).barge_in, false);
	for (const digit of ['4', '*'])
		api.mock.event('call.digit', { call: api.mock.calls.get(id), digit });
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '4', end: 'finish-key' });
	const { form } = await asked('/gathered');
	assert.deepEqual([form.get('Digits'), form.get('FinishedOnKey')], ['4', '*']);
	await hungUp(id);
});

test('a Gather of speech alone takes no keys', async () => {
	const id = await answered(`<Gather input="speech" timeout="1" action="${web.url}/spoken" actionOnEmptyResult="true"><Play>tone:beep</Play></Gather>`);
	await api.mock.request('call.play', of(id));
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '4' });
	api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
	assert.equal((await asked('/spoken')).form.get('Digits'), '');
	assert.ok(!api.mock.requests.some(r => r.method === 'call.collect' && r.params.call === id));
	await hungUp(id);
});

test('kill -9 after the prompts of a Gather: its time goes on', async () => {
	const id = await answered(`<Gather timeout="1" action="${web.url}/timed" actionOnEmptyResult="true"><Play>tone:beep</Play></Gather>`);
	await api.mock.request('call.play', of(id));
	api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
	await until(async () => (await api.get(`/v1/voice/calls/${id}/events`)).json.events.some(e => e.type === 'call.play_done'));
	await api.create({}); // its reply comes when all that was before it is on disk
	await api.kill();
	await api.launch();
	await api.mock.request('call.stop', of(id));
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '', end: 'stopped' });
	await asked('/timed');
	await hungUp(id);
});

test('Record of silence: SignalWire asks the action without a recording, Twilio the next element', async () => {
	const record = name => doc(`<Record playBeep="false" action="${web.url}/silent-${name}"/><Play>tone:busy</Play>`);
	for (const dialect of ['twilio', 'signalwire']) {
		const id = incoming(dialect, record(dialect));
		await api.mock.request('call.record', of(id));
		const { id: recording } = await until(() => api.mock.calls.get(id).recording);
		api.mock.recorded(id, { id: recording, file: '/nowhere/s.wav', duration_ms: 0 });
		if (dialect === 'twilio') {
			assert.deepEqual((await api.mock.request('call.play', of(id))).files, ['tone:busy']);
		} else {
			const { form } = await asked('/silent-signalwire');
			assert.deepEqual([form.get('RecordingDuration'), form.get('RecordingUrl'), form.get('RecordingSid')], ['0', null, null]);
		}
		assert.equal((await api.get(`/v1/voice/recordings/${recording}`)).status, 404);
		api.mock.end(id);
	}
});

test('a recording of a script is told once: as the script says, not as the call does', async () => {
	const body = new URLSearchParams({ To: '+15550001001', From: '+15550009000', RecordingStatusCallback: `${web.url}/of-call`,
		Twiml: doc(`<Record playBeep="false" recordingStatusCallback="${web.url}/of-script"/><Record playBeep="false"/>`) });
	const reply = await fetch(`${api.base}/2010-04-01/Accounts/b3877c40-da60-4998-90ad-b792e98472af/Calls.json`, { method: 'POST', body,
		headers: { authorization: `Basic ${Buffer.from('b3877c40-da60-4998-90ad-b792e98472af:secret-of-default').toString('base64')}` } });
	assert.equal(reply.status, 201, await reply.clone().text());
	const told = (await reply.json()).sid;
	const id = [...api.mock.calls.keys()].find(id => bare(id) === bare(told));
	api.mock.answer(id);
	await api.mock.request('call.record', of(id));
	const { id: first } = await until(() => api.mock.calls.get(id).recording);
	api.mock.recorded(id, { id: first, file: '/nowhere/1.wav' });
	await until(() => api.mock.calls.get(id).recording.id !== first || api.mock.requests.some(r => r.method === 'call.hangup' && r.params.call === id));
	assert.equal(bare((await asked('/of-script')).form.get('RecordingSid')), bare(first));
	api.mock.end(id);
	// a recording of the call itself
	api.mock.calls.get(id).recording = { id: '11111111-2222-4333-8444-555555555555' };
	api.mock.recorded(id, { file: '/nowhere/2.wav' });
	assert.equal(bare((await asked('/of-call')).form.get('RecordingSid')), '11111111222243338444555555555555');
	assert.equal(web.requests.filter(r => r.url === '/of-call').length, 1);
	assert.equal(web.requests.filter(r => r.url === '/of-script').length, 1);
});

test('kill -9 when a recording has just been told: it is not told again', async () => {
	const recorded = async (path, id) => {
		api.mock.overrides.set('call.record', ({ call }) => ({ call, recording: { id } }));
		const call = await answered(`<Start><Recording recordingStatusCallback="${web.url}${path}"/></Start>`);
		await hungUp(call);
		api.mock.overrides.delete('call.record');
		api.mock.recorded(call, { id, file: `/nowhere${path}.wav` });
		return call;
	};
	const id = await recorded('/once', '21111111-2222-4333-8444-555555555555');
	await until(async () => (await api.get(`/v1/voice/webhooks/deliveries?call_id=${id}`)).json.deliveries.some(d => d.url.endsWith('/once') && d.state === 'delivered'));
	await api.create({});
	await api.kill();
	await api.launch();
	await api.ready();
	await recorded('/twice', '31111111-2222-4333-8444-555555555555');
	await asked('/twice');
	assert.equal(web.requests.filter(r => r.url === '/once').length, 1);
});

test('kill -9 when the caller has hung up in a Record, or while its action is asked: it is asked all the same', async () => {
	const id = await answered(`<Record playBeep="false" action="${web.url}/after-all"/>`);
	await api.mock.request('call.record', of(id));
	const { id: recording } = await until(() => api.mock.calls.get(id).recording);
	await api.create({});
	api.mock.end(id);
	await api.record(id, 'completed');
	await api.create({});
	await api.kill();
	api.mock.recorded(id, { id: recording, file: '/nowhere/5.wav' });
	answers['/after-all'] = () => new Promise(() => {}); // no answer
	await api.launch();
	const { form } = await asked('/after-all');
	assert.deepEqual([form.get('RecordingSid'), form.get('Digits')], [recording, 'hangup']);
	await api.kill();
	await api.launch();
	assert.equal((await asked('/after-all', 1)).form.get('RecordingSid'), recording);
});

test('connect tells every state of the other call; a synchronous one is asked what to do when nobody is reached', async () => {
	const connect = more => json([{ action: 'connect', endpoint: [{ type: 'phone', number: '15550001001' }], eventUrl: [`${web.url}/event`], ...more }, { action: 'talk', text: 'none' }]);
	const told = async n => { const r = await asked('/event', n); return [JSON.parse(r.body).status, JSON.parse(r.body).uuid]; };
	let id = incoming('vonage', connect({}));
	let [{ id: child }] = (await api.mock.request('call.dial', of(id))).targets;
	api.mock.ring(child);
	api.mock.end(child, { status: 'busy', sip_code: 486 });
	assert.deepEqual([await told(0), await told(1), await told(2)], [['started', child], ['ringing', child], ['busy', child]]);
	await api.mock.request('call.play', of(id));
	api.mock.end(id);

	id = incoming('vonage', connect({ eventType: 'synchronous' }));
	[{ id: child }] = (await api.mock.request('call.dial', of(id))).targets;
	answers['/event'] = request => JSON.parse(request.body).status === 'busy' ? json([{ action: 'stream', streamUrl: ['tone:congestion'] }]) : '';
	api.mock.end(child, { status: 'busy', sip_code: 486 });
	assert.deepEqual((await api.mock.request('call.play', of(id))).files, ['tone:congestion']);
	assert.deepEqual([await told(3), await told(4)].sort(), [['busy', child], ['started', child]], 'by two ways');
	api.mock.end(id);

	// an answer that is no list of actions: the script goes on; a talk that took place asks nothing
	id = incoming('vonage', connect({ eventType: 'synchronous' }));
	[{ id: child }] = (await api.mock.request('call.dial', of(id))).targets;
	answers['/event'] = () => '';
	api.mock.answer(child);
	api.mock.bridge(id, child);
	api.mock.end(child);
	assert.notDeepEqual((await api.mock.request('call.play', of(id))).files, ['tone:congestion']);
	assert.deepEqual([await told(5), await told(6), await told(7)], [['started', child], ['answered', child], ['completed', child]]);
	api.mock.end(id);
	assert.equal(web.requests.filter(r => r.url === '/event').length, 8);
});

test('talk with bargeIn before an input: one prompt, whose key is the first digit', async () => {
	const id = incoming('vonage', json([{ action: 'stream', streamUrl: ['tone:beep'], bargeIn: true }, { action: 'input', type: ['dtmf'], eventUrl: [`${web.url}/input`] }]));
	await api.mock.request('call.collect', of(id));
	const play = await api.mock.request('call.play', of(id));
	assert.deepEqual([play.files, play.barge_in], [['tone:beep'], true]);
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '7', end: 'timeout' });
	assert.equal(JSON.parse((await asked('/input')).body).dtmf.digits, '7');
	await hungUp(id);
});

test('talk and stream are as loud as level says', async () => {
	const id = incoming('vonage', json([{ action: 'stream', streamUrl: ['tone:beep'], level: 0.5 }, { action: 'stream', streamUrl: ['tone:beep'], level: -1, bargeIn: true },
		{ action: 'input', type: ['dtmf'] }]));
	assert.equal((await api.mock.request('call.play', of(id))).gain, 6);
	api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
	assert.equal((await api.mock.request('call.play', of(id))).gain, -12);
	api.mock.end(id);
});

test('conversation: who may speak to whom, and who hears whom', async () => {
	const conversation = more => json([{ action: 'conversation', name: 'pairs', ...more }]);
	let id = incoming('vonage', conversation({ canSpeak: ['11111111-2222-4333-8444-555555555555'], canHear: [] }));
	const { speaks_to, hears } = await api.mock.request('conference.add', of(id));
	assert.deepEqual([speaks_to, hears], [['11111111-2222-4333-8444-555555555555'], []]);
	api.mock.end(id);
	id = incoming('vonage', conversation({}));
	const added = await api.mock.request('conference.add', of(id));
	assert.ok(!('speaks_to' in added) && !('hears' in added));
	api.mock.end(id);
});

test('referUrl is asked when the callee transfers, and says how the caller goes on; the action is not', async () => {
	answers['/referred'] = () => doc('<Play>tone:congestion</Play>');
	const id = await answered(`<Dial referUrl="${web.url}/referred" referMethod="GET" action="${web.url}/not-asked">bob</Dial>`);
	const dial = await api.mock.request('call.dial', of(id));
	assert.equal(dial.ask_refer, true);
	const child = dial.targets[0].id;
	api.mock.answer(child);
	api.mock.bridge(id, child);
	api.mock.event('call.refer_asked', { call: api.mock.calls.get(child), to: 'sip:carol@example.net' });
	api.mock.unbridge(id);
	api.mock.end(child);
	const { method, form } = await asked('/referred');
	assert.deepEqual([method, form.get('ReferTransferTarget'), form.get('DialCallSid'), form.get('CallSid')], ['GET', 'sip:carol@example.net', child, id]);
	assert.deepEqual((await api.mock.request('call.play', of(id))).files, ['tone:congestion']);
	api.mock.end(id);
	assert.ok(!web.requests.some(r => r.url === '/not-asked'));
});

test('a conference that is recorded from its start: without silence at both ends, or with it; told as the script says', async () => {
	const room = (name, more) => answered(`<Dial><Conference record="record-from-start" ${more}>${name}</Conference></Dial>`);
	const first = await room('trimmed', `recordingStatusCallback="${web.url}/room"`);
	const made = await api.mock.request('conference.create', p => p.name === 'trimmed');
	assert.deepEqual([made.record, made.trim_silence], [true, true]);
	const second = await room('whole', 'trim="do-not-trim"');
	assert.ok(!(await api.mock.request('conference.create', p => p.name === 'whole')).trim_silence);
	await api.mock.request('conference.add', of(first));
	await until(() => api.mock.conferences.get(made.id)?.status === 'in-progress');
	api.mock.conferenceRecorded(made.id, { id: '41111111-2222-4333-8444-555555555555', file: '/nowhere/6.wav' });
	await asked('/room');
	for (const id of [first, second])
		api.mock.end(id);
});

test('an application is dialled: the caller hears its document, and goes on behind the Dial when that ends', async () => {
	const basic = `Basic ${Buffer.from('b3877c40-da60-4998-90ad-b792e98472af:secret-of-default').toString('base64')}`;
	const made = await fetch(`${api.base}/2010-04-01/Accounts/b3877c40-da60-4998-90ad-b792e98472af/Applications.json`, { method: 'POST',
		headers: { authorization: basic }, body: new URLSearchParams({ FriendlyName: 'menu', VoiceUrl: `${web.url}/menu`, VoiceMethod: 'GET' }) });
	assert.equal(made.status, 201, await made.clone().text());
	const application = `AP${bare((await made.json()).sid)}`;
	const played = async id => {
		const { files } = await api.mock.request('call.play', of(id));
		api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
		return files;
	};
	for (const [how, document] of Object.entries({ end: '<Play>tone:beep</Play><Record/>', hangup: '<Play>tone:beep</Play><Hangup/>', kill: '<Play>tone:beep</Play><Pause/>' })) {
		answers['/menu'] = () => doc(document);
		const id = await answered(`<Dial action="${web.url}/app-${how}"><Application><ApplicationSid>${application}</ApplicationSid><Parameter name="A" value="b c"/></Application></Dial>`);
		const { method, form } = await until(() => web.requests.find(r => r.url.startsWith('/menu') && r.form.get('CallSid') === id));
		assert.deepEqual([method, form.get('Param_A')], ['GET', 'b c']);
		assert.deepEqual(await played(id), ['tone:beep']);
		if (how === 'kill') {
			await api.mock.request('call.play', of(id));
			await api.create({});
			await api.kill();
			await api.launch();
			await api.mock.request('call.claim', of(id), { past: true });
			api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
		}
		const done = (await asked(`/app-${how}`)).form;
		assert.deepEqual([done.get('DialCallStatus'), done.get('DialBridged'), done.get('CallStatus')], ['completed', 'true', 'in-progress'], how);
		await hungUp(id);
	}
	// the caller hangs up in it
	answers['/menu'] = () => doc('<Play loop="0">tone:beep</Play>');
	let id = await answered(`<Dial action="${web.url}/app-over"><Application>${application}</Application></Dial>`);
	await api.mock.request('call.play', of(id));
	api.mock.end(id);
	assert.equal((await asked('/app-over')).form.get('CallStatus'), 'completed');
	// its document cannot be had, or there is none: the Dial has failed
	answers['/menu'] = () => ({ status: 500 });
	for (const [path, sid] of [['/app-broken', application], ['/app-none', 'AP00000000000040008000000000000000']]) {
		id = await answered(`<Dial action="${web.url}${path}"><Application>${sid}</Application></Dial>`);
		assert.equal((await asked(path)).form.get('DialCallStatus'), 'failed');
		await hungUp(id);
	}
	const { events } = (await api.get(`/v1/voice/calls/${id}/events`)).json;
	assert.match(events.find(e => e.type === 'script.error').message, /There is no application/);
});

test('a conference is left at the star or after a time, where Dial says so; a coach is named by the sid of a call', async () => {
	const star = await answered(`<Dial hangupOnStar="true" action="${web.url}/star"><Conference coach="CA51111111222243338444555555555555">room-of-star</Conference></Dial>`);
	assert.equal((await api.mock.request('conference.add', of(star))).coaches, '51111111-2222-4333-8444-555555555555');
	await until(async () => (await api.get(`/v1/voice/calls/${star}`)).json.conference === 'room-of-star' || api.mock.calls.get(star).conference_id);
	api.mock.event('call.digit', { call: api.mock.calls.get(star), digit: '5' });
	api.mock.event('call.digit', { call: api.mock.calls.get(star), digit: '*' });
	assert.equal((await asked('/star')).form.get('DialCallStatus'), 'answered');
	await hungUp(star);
	const limited = await answered(`<Dial timeLimit="1" action="${web.url}/limited"><Conference coach="nobody">room-of-time</Conference></Dial>`);
	assert.equal((await api.mock.request('conference.add', of(limited))).coaches, undefined);
	await asked('/limited');
	await hungUp(limited);
});

test('steps and requests stand in the events of the call, with the beginning of each answer', async () => {
	const long = doc(`<Say>${'Grüße. '.repeat(300)}</Say><Video/>`);
	answers['/kept'] = () => ({ status: 302, headers: { location: '/kept-there' } });
	answers['/kept-there'] = () => long;
	answers['/kept-sound'] = () => ({ status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFF' });
	const id = await answered(`\n<Gather numDigits="1" timeout="5" action="${web.url}/kept"><Pause length="9"/></Gather>`);
	await api.mock.request('call.collect', of(id));
	api.mock.event('call.collect_done', { call: api.mock.calls.get(id), digits: '1', end: 'complete' });
	await asked('/kept-there');
	const kept = async () => (await api.get(`/v1/voice/calls/${id}/events`)).json.events.filter(e => e.type.startsWith('script.'));
	const events = await until(async () => { const all = await kept(); return all.at(-1)?.verb === 'Say' && all; }, 'the second document');
	assert.deepEqual(events.map(e => e.type), ['script.step', 'script.request', 'script.request', 'script.warning', 'script.step']);
	const [gather, away, there, warning, say] = events;
	assert.deepEqual([gather.verb, gather.line, gather.column, gather.url], ['Gather', 3, 1, undefined]);
	assert.deepEqual([away.method, away.url, away.moment, away.status, away.location, away.body], ['POST', `${web.url}/kept`, 'gather', 302, `${web.url}/kept-there`, undefined]);
	assert.deepEqual([there.url, there.status, there.content_type, there.size], [`${web.url}/kept-there`, 200, 'text/xml', Buffer.byteLength(long)]);
	assert.ok(there.duration_ms >= 0 && long.startsWith(there.body) && Buffer.byteLength(there.body) > 1020 && Buffer.byteLength(there.body) <= 1024, there.body);
	assert.match(warning.message, /not known/);
	assert.deepEqual([say.verb, say.url, say.call.status], ['Say', `${web.url}/kept-there`, 'in-progress']);
	// of a sound there is nothing to be read
	await api.post(`/v1/voice/calls/${id}`, { url: `${web.url}/kept-sound` });
	const sound = await until(async () => (await kept()).find(e => e.url === `${web.url}/kept-sound` && e.type === 'script.request'), 'the sound');
	assert.deepEqual([sound.content_type, sound.body, sound.size], ['audio/wav', undefined, 4]);
	api.mock.end(id);
});
