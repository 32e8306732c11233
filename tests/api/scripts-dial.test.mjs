// Dial: whom it rings, as whom, what is asked of who answers, what is told, and how the script goes on.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, server, until } from './harness.mjs';

let api, web, answer = () => doc('');
before(async () => {
	web = await server(request => answer(request));
	api = await Api.start({ voiceUrl: `${web.url}/voice` });
});
after(async () => { await api.stop(); await web.stop(); });

const doc = inner => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`;
const of = id => p => p.call === id;

async function answered(script) {
	const call = await api.create({ script: doc(script) });
	api.mock.answer(call.id);
	return call.id;
}
const childrenOf = id => [...api.mock.calls.values()].filter(c => c.parent_call_id === id);
const asked = path => until(() => web.requests.find(r => r.url.startsWith(path)), `a request for ${path}`);
const hungUp = id => api.mock.request('call.hangup', of(id));
const events = async id => (await api.get(`/v1/voice/calls/${id}/events`)).json.events;

test('all places ring at once; the action is told of the call that was answered', async () => {
	const id = await answered(`<Dial action="${web.url}/all" timeLimit="60" ringTone="de"><Number>+15550001001</Number><Client>bob</Client>`
		+ '<Sip username="u" password="p">sip:desk@example.net;transport=tcp?X-A=1&amp;X-B=two%20words</Sip></Dial>');
	const dial = await api.mock.request('call.dial', of(id));
	assert.deepEqual(dial.targets.map(({ id: _, ...rest }) => rest), [{ to: '+15550001001' }, { to: 'bob' },
		{ to: 'sip:desk@example.net;transport=tcp', username: 'u', password: 'p', headers: { 'X-A': '1', 'X-B': 'two words' } }]);
	assert.deepEqual([dial.time_limit, dial.tone, dial.screen], [60, 'de', false]);
	const [first, second, third] = dial.targets.map(t => t.id);
	api.mock.ring(first);
	api.mock.answer(second);
	api.mock.end(first, { status: 'canceled' });
	api.mock.end(third, { status: 'canceled' });
	api.mock.end(second, { ended: api.mock.calls.get(second).answered + 4000 });
	const { form } = await asked('/all');
	assert.deepEqual(['DialCallStatus', 'DialCallSid', 'DialCallDuration', 'DialBridged', 'CallStatus'].map(n => form.get(n)), ['completed', second, '4', 'true', 'in-progress']);
	await hungUp(id);
});

test('one after the other, until one answers', async () => {
	const id = await answered(`<Dial sequential="true" action="${web.url}/turns"><Number>+15550001001</Number><Number>+15550001002</Number><Number>+15550001003</Number></Dial>`);
	const [first] = (await api.mock.request('call.dial', p => p.call === id && p.targets[0].to.endsWith('1'))).targets;
	api.mock.end(first.id, { status: 'busy', sip_code: 486 });
	const [second] = (await api.mock.request('call.dial', p => p.call === id && p.targets[0].to.endsWith('2'))).targets;
	api.mock.answer(second.id);
	api.mock.end(second.id);
	assert.equal((await asked('/turns')).form.get('DialCallSid'), second.id);
	assert.equal(childrenOf(id).length, 2, 'the third is not rung');
	await hungUp(id);
});

for (const [name, ends, status] of [
	['busy and unanswered', [['busy', 486], ['no-answer', 480]], 'no-answer'], ['declined', [['failed', 603]], 'busy'], ['wrong', [['failed', 404]], 'failed'],
	['wrong and busy', [['failed', 404], ['busy', 486]], 'busy'],
])
	test(`nobody takes it: ${name}`, async () => {
		const path = `/none-${name.replace(/ /g, '-')}`;
		const id = await answered(`<Dial action="${web.url}${path}">${ends.map(() => '<Number>+15550001001</Number>').join('')}</Dial>`);
		const { targets } = await api.mock.request('call.dial', of(id));
		ends.forEach(([status, sip_code], i) => api.mock.end(targets[i].id, { status, sip_code }));
		const { form } = await asked(path);
		assert.deepEqual([form.get('DialCallStatus'), form.get('DialBridged')], [status, 'false']);
		await hungUp(id);
	});

test('who answers hears a script of its own before it is connected', async () => {
	answer = request => request.url.startsWith('/screen') ? doc('<Play>tone:beep</Play>') : doc('');
	const id = await answered(`<Dial action="${web.url}/after-screen"><Number url="${web.url}/screen" sendDigits="ww12#">+15550001001</Number></Dial>`);
	const dial = await api.mock.request('call.dial', of(id));
	assert.equal(dial.screen, true);
	const child = dial.targets[0].id;
	api.mock.answer(child);
	assert.equal((await api.mock.request('call.send_digits', of(child))).digits, 'ww12#');
	const { form } = await asked('/screen');
	assert.deepEqual([form.get('CallSid'), form.get('ParentCallSid')], [child, id]);
	await api.mock.request('call.play', of(child));
	api.mock.event('call.play_done', { call: api.mock.calls.get(child), play_id: api.mock.nextPlay - 1, end: 'completed' });
	assert.equal((await api.mock.request('call.connect', of(id))).with, child);
	api.mock.end(child);
	const done = (await asked('/after-screen')).form;
	assert.deepEqual([done.get('DialCallStatus'), done.get('DialBridged')], ['completed', 'true']);
	await hungUp(id);
});

test('who hangs up in its script is not connected', async () => {
	answer = request => request.url.startsWith('/refuse') ? doc('<Hangup/>') : doc('');
	const id = await answered(`<Dial action="${web.url}/refused"><Client url="${web.url}/refuse">bob</Client></Dial>`);
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.answer(child);
	await hungUp(child);
	const { form } = await asked('/refused');
	assert.deepEqual([form.get('DialCallStatus'), form.get('DialBridged')], ['no-answer', 'false']);
	await hungUp(id);
});

test('only numbers of ours, and the caller\'s own, are shown', async () => {
	for (const [callerId, from] of [['', undefined], ['+15550009000', '+15550009000'], ['+1 (555) 000-1001', '+15550001001'], ['client:alice', 'alice']]) {
		const id = await answered(`<Dial callerId="${callerId}">bob</Dial>`);
		assert.equal((await api.mock.request('call.dial', of(id))).from, from, callerId);
		api.mock.end(id);
	}
	for (const callerId of ['+4930123456', 'Bob', '415-555-1212', '+15550001002']) {
		const path = `/foreign${encodeURIComponent(callerId)}`;
		const id = await answered(`<Dial callerId="${callerId}" action="${web.url}${path}">bob</Dial>`);
		assert.equal((await asked(path)).form.get('DialCallStatus'), 'failed', callerId);
		assert.ok(!api.mock.requests.some(r => r.method === 'call.dial' && r.params.call === id));
		assert.match((await events(id)).find(e => e.type === 'script.error').message, /may not be shown/);
		const { facts } = (await api.get(`/v1/voice/calls/${id}/why`)).json;
		assert.match(facts.find(f => f.fact === 'script error').value, /may not be shown/);
	}
});

test('a place that leads to nobody is said in the events, and the others ring', async () => {
	api.mock.refuse.add('+19995550000');
	const id = await answered(`<Dial action="${web.url}/some"><Number>+19995550000</Number><Number>+15550001001</Number></Dial>`);
	const { targets } = await api.mock.request('call.dial', of(id));
	const said = await until(async () => (await events(id)).find(e => e.type === 'script.error'));
	assert.match(said.message, /\+19995550000/);
	assert.equal(said.element, 'Dial');
	assert.equal(said.line, 2);
	api.mock.end(targets[1].id, { status: 'no-answer' });
	assert.equal((await asked('/some')).form.get('DialCallStatus'), 'no-answer');
	assert.equal((await api.get(`/v1/voice/calls/${targets[0].id}`)).status, 404, 'it never was a call');
	await hungUp(id);
});

test('the status of each place is told to its own URL', async () => {
	const id = await answered(`<Dial><Number statusCallback="${web.url}/told" statusCallbackEvent="ringing answered">+15550001001</Number></Dial>`);
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.ring(child);
	api.mock.answer(child);
	api.mock.end(child);
	await hungUp(id);
	const told = await until(() => { const all = web.requests.filter(r => r.url === '/told'); return all.length === 2 && all; });
	assert.deepEqual(told.map(r => JSON.parse(r.body).call.status), ['ringing', 'in-progress']);
});

test('the star ends the other call, where that is wanted', async () => {
	const id = await answered('<Dial hangupOnStar="true">bob</Dial><Play>tone:busy</Play>');
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.answer(child);
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '1', duration_ms: 100 });
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '*', duration_ms: 100 });
	await hungUp(child);
	await api.mock.request('call.play', of(id));
});

test('the call is recorded from the answer on, and its recording told', async () => {
	const id = await answered(`<Dial record="record-from-answer-dual" recordingStatusCallback="${web.url}/recording" recordingStatusCallbackEvent="in-progress completed" action="${web.url}/kept">bob</Dial>`);
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	assert.ok(!api.mock.requests.some(r => r.method === 'call.record' && r.params.call === id));
	api.mock.answer(child);
	assert.equal((await api.mock.request('call.record', of(id))).channels, 2);
	const { id: recording } = api.mock.calls.get(id).recording;
	assert.equal((await asked('/recording')).form.get('RecordingStatus'), 'in-progress');
	api.mock.end(child);
	assert.equal((await api.mock.request('call.record_stop', of(id))).recording, recording);
	api.mock.recorded(id, { id: recording, file: '/nowhere/d.wav', duration_ms: 5000, channels: 2 });
	const kept = (await asked('/kept')).form;
	assert.deepEqual([kept.get('RecordingSid'), kept.get('RecordingDuration')], [recording, '5']);
	await hungUp(id);
	const { form } = await until(() => web.requests.filter(r => r.url === '/recording')[1], 'the end of the recording');
	assert.deepEqual(['RecordingStatus', 'RecordingSid', 'RecordingDuration', 'CallSid'].map(n => form.get(n)), ['completed', recording, '5', id]);
});

test('a single track is not recorded alone, which is said', async () => {
	const id = await answered('<Dial record="true" recordingTrack="inbound">bob</Dial>');
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.answer(child);
	await api.mock.request('call.record', of(id));
	await until(async () => (await events(id)).some(e => e.type === 'script.warning' && /Both sides/.test(e.message)));
	api.mock.end(child);
	await hungUp(id);
});

test('a recording whose end is not told does not keep the script', async () => {
	const id = await answered(`<Dial record="true" action="${web.url}/unended">bob</Dial>`);
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.answer(child);
	await api.mock.request('call.record', of(id));
	api.mock.end(child);
	const { form } = await asked('/unended');
	assert.ok(form.get('RecordingSid') && !form.has('RecordingDuration'));
	await hungUp(id);
});

test('the caller hangs up: the action is asked once more, and answers in vain', async () => {
	answer = () => doc('<Say>nobody hears this</Say>');
	const id = await answered(`<Dial action="${web.url}/gone">bob</Dial>`);
	const child = (await api.mock.request('call.dial', of(id))).targets[0].id;
	api.mock.end(id);
	api.mock.end(child, { status: 'canceled' });
	const { form } = await asked('/gone');
	assert.deepEqual([form.get('DialCallStatus'), form.get('CallStatus')], ['canceled', 'completed']);
	answer = () => doc('');
});

test('POST url ends all that a Dial has rung', async () => {
	answer = () => doc('<Play>tone:dial</Play>');
	const id = await answered('<Dial><Number>+15550001001</Number><Number>+15550001002</Number></Dial>');
	const { targets } = await api.mock.request('call.dial', of(id));
	await api.post(`/v1/voice/calls/${id}`, { url: `${web.url}/elsewhere` });
	for (const target of targets)
		await hungUp(target.id);
	await api.mock.request('call.play', of(id));
	answer = () => doc('');
});

test('the caller hears ringing while its script is fetched, which is told so', async () => {
	answer = () => doc('<Dial answerOnBridge="true">bob</Dial><Play>tone:busy</Play>');
	const call = api.mock.incoming();
	await api.mock.request('call.ring', of(call.id));
	const request = await until(() => web.requests.find(r => r.form.get('CallSid') === call.id));
	assert.equal(request.form.get('CallStatus'), 'ringing');
	const child = (await api.mock.request('call.dial', of(call.id))).targets[0].id;
	assert.ok(!api.mock.requests.some(r => r.method === 'call.answer' && r.params.call === call.id));
	api.mock.end(child, { status: 'busy', sip_code: 486 });
	await api.mock.request('call.play', of(call.id));
	answer = () => doc('');
});

test('kill -9 while it rings: the result still comes', async () => {
	const id = await answered(`<Dial action="${web.url}/survived"><Number>+15550001001</Number><Number>+15550001002</Number></Dial>`);
	const { targets } = await api.mock.request('call.dial', of(id));
	await until(async () => (await api.get(`/v1/voice/calls/${targets[1].id}`)).status === 200);
	await api.kill();
	await api.launch();
	await api.ready();
	api.mock.end(targets[0].id, { status: 'busy', sip_code: 486 });
	api.mock.answer(targets[1].id);
	api.mock.end(targets[1].id);
	assert.equal((await asked('/survived')).form.get('DialCallSid'), targets[1].id);
	assert.equal(api.mock.requests.filter(r => r.method === 'call.dial' && r.params.call === id).length, 1);
	await hungUp(id);
});
