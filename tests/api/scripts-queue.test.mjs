// Enqueue, Leave and Dial with a Queue: who waits, in which order, what they hear, who takes them, and what their scripts are told.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, server, until } from './harness.mjs';

let api, web, answers;
before(async () => {
	web = await server(request => (answers[request.url.split('?')[0]] ?? (() => doc('')))(request));
	api = await Api.start({ voiceUrl: `${web.url}/voice` });
});
after(async () => { await api.stop(); await web.stop(); });

const doc = inner => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${inner}</Response>`;
const of = id => p => p.call === id;
const reset = () => { answers = { '/wait': () => doc('<Play loop="0">tone:dial</Play>') }; };
reset();

async function answered(script) {
	const call = await api.create({ script: doc(script) });
	api.mock.answer(call.id);
	return call.id;
}
const asked = (path, id) => until(() => web.requests.find(r => r.url.startsWith(path) && (!id || r.form.get('CallSid') === id)), `a request for ${path}`);
const waits = async (queue, more = '') => {
	const id = await answered(`<Enqueue waitUrl="${web.url}/wait" action="${web.url}/left" ${more}>${queue}</Enqueue><Play>tone:busy</Play>`);
	await asked('/wait', id);
	await api.mock.request('call.play', of(id));
	return id;
};
const agent = (queue, more = '', noun = '') => answered(`<Dial action="${web.url}/served" ${more}><Queue ${noun}>${queue}</Queue></Dial><Hangup/>`);
const result = async id => (await asked('/left', id)).form.get('QueueResult');
const hungUp = id => api.mock.request('call.hangup', of(id));

test('two wait; two agents take them in their order', async () => {
	const first = await waits('sales'), second = await waits('sales');
	const { form } = await asked('/wait', second);
	assert.deepEqual(['QueuePosition', 'CurrentQueueSize', 'MaxQueueSize', 'AvgQueueTime'].map(n => form.get(n)), ['2', '2', '100', '0']);
	assert.ok(form.get('QueueSid') && Number(form.get('QueueTime')) < 5);
	const one = await agent('sales');
	assert.equal((await api.mock.request('call.bridge', of(one))).with, first);
	const two = await agent('sales');
	assert.equal((await api.mock.request('call.bridge', of(two))).with, second);
	// The agent hangs up: the caller's script goes on.
	api.mock.unbridge(one);
	api.mock.end(one);
	assert.equal(await result(first), 'bridged');
	assert.equal((await asked('/left', first)).form.get('DequeingCallSid'), one);
	// The caller hangs up: the agent's script goes on.
	api.mock.unbridge(two);
	api.mock.end(second);
	const served = (await asked('/served', two)).form;
	assert.deepEqual([served.get('DialCallStatus'), served.get('DialCallSid'), served.get('DialBridged')], ['completed', second, 'true']);
	assert.equal(await result(second), 'bridged');
	await hungUp(first);
	await hungUp(two);
});

test('the script of those who wait begins anew, and Leave ends it', async () => {
	let times = 0;
	answers['/wait'] = () => ++times < 3 ? doc('<Play>tone:beep</Play>') : doc('<Leave/>');
	const id = await answered(`<Enqueue waitUrl="${web.url}/wait" action="${web.url}/left">again</Enqueue>`);
	for (let i = 0; i < 2; i++) {
		await api.mock.request('call.play', of(id));
		api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
	}
	assert.equal(await result(id), 'leave');
	await hungUp(id);
	reset();
});

test('an agent who comes first waits for a caller, and hears that it rings', async () => {
	const one = await agent('early');
	assert.deepEqual((await api.mock.request('call.play', of(one))).files, ['tone:ringback']);
	const id = await answered(`<Enqueue waitUrl="${web.url}/wait">early</Enqueue><Play>tone:busy</Play>`);
	assert.equal((await api.mock.request('call.bridge', of(one))).with, id);
	api.mock.unbridge(one);
	assert.deepEqual((await asked('/served', one)).form.get('DialCallStatus'), 'completed');
	// without an action the caller's script goes on behind its Enqueue
	assert.ok((await until(() => api.mock.requests.find(r => r.method === 'call.play' && r.params.call === id && r.params.files[0] === 'tone:busy'))));
	await hungUp(one);
	api.mock.end(id);
});

test('nobody comes: the agent goes on after its time', async () => {
	const one = await agent('nobody', 'timeout="1"');
	assert.equal((await asked('/served', one)).form.get('DialCallStatus'), 'no-answer');
	await hungUp(one);
});

test('who is taken hears the announcement, and then is connected', async () => {
	answers['/announce'] = () => doc('<Play>tone:beep</Play>');
	const id = await waits('announced');
	const one = await agent('announced', '', `url="${web.url}/announce"`);
	const { form } = await asked('/announce', id);
	assert.equal(form.get('DequeingCallSid'), one);
	assert.ok(!api.mock.requests.some(r => r.method === 'call.bridge' && r.params.call === one));
	assert.deepEqual((await until(() => api.mock.requests.find(r => r.method === 'call.play' && r.params.call === id && r.params.files[0] === 'tone:beep'))).params.files, ['tone:beep']);
	api.mock.event('call.play_done', { call: api.mock.calls.get(id), play_id: api.mock.nextPlay - 1, end: 'completed' });
	assert.equal((await api.mock.request('call.bridge', of(one))).with, id);
	api.mock.end(id);
	api.mock.end(one);
	assert.equal(await result(id), 'bridged');
});

test('the agent hangs up meanwhile: the caller keeps its place', async () => {
	answers['/announce'] = () => doc('<Play loop="0">tone:beep</Play>');
	const first = await waits('kept'), second = await waits('kept');
	const one = await agent('kept', '', `url="${web.url}/announce"`);
	await asked('/announce', first);
	api.mock.end(one);
	const two = await agent('kept');
	assert.equal((await api.mock.request('call.bridge', of(two))).with, first);
	for (const id of [first, second, two])
		api.mock.end(id);
	assert.equal(await result(second), 'hangup');
});

test('a full queue, and one who hangs up', async () => {
	const id = await waits('small', 'maxQueueSize="1"');
	const other = await answered(`<Enqueue waitUrl="${web.url}/wait" action="${web.url}/left" maxQueueSize="1">small</Enqueue>`);
	assert.equal(await result(other), 'queue-full');
	await hungUp(other);
	api.mock.end(id);
	const { form } = await asked('/left', id);
	assert.deepEqual([form.get('QueueResult'), form.get('CallStatus')], ['hangup', 'completed']);
});

test('POST url takes a caller out, waiting or connected', async () => {
	answers['/new'] = () => doc('<Play>tone:congestion</Play>');
	const id = await waits('redirected');
	await api.post(`/v1/voice/calls/${id}`, { url: `${web.url}/new` });
	assert.equal(await result(id), 'redirected');
	await until(() => api.mock.requests.find(r => r.method === 'call.play' && r.params.call === id && r.params.files[0] === 'tone:congestion'));
	const other = await waits('redirected');
	const one = await agent('redirected');
	assert.equal((await api.mock.request('call.bridge', of(one))).with, other);
	await until(async () => (await api.get(`/v1/voice/calls/${other}/events`)).json.events.some(e => e.type === 'call.bridged'));
	await api.post(`/v1/voice/calls/${other}`, { url: `${web.url}/new` });
	await api.mock.request('call.unbridge', of(other));
	assert.equal(await result(other), 'redirected-from-bridged');
	assert.equal((await asked('/served', one)).form.get('DialCallStatus'), 'completed');
	await hungUp(one);
	for (const one of [id, other])
		api.mock.end(one);
});

test('kill -9: who waits keeps its place, and hears its script again', async () => {
	const first = await waits('lasting'), second = await waits('lasting');
	await api.kill();
	api.mock.end(first);
	await api.launch();
	await api.ready();
	const one = await agent('lasting');
	assert.equal((await api.mock.request('call.bridge', of(one))).with, second);
	await until(async () => (await api.get(`/v1/voice/calls/${one}/events`)).json.events.some(e => e.type === 'call.bridged'));
	await api.kill();
	await api.launch();
	await api.ready();
	api.mock.unbridge(one);
	api.mock.end(second);
	assert.equal((await asked('/served', one)).form.get('DialCallSid'), second);
	assert.equal(await result(first), 'hangup');
	await hungUp(one);
});

const served = async (one, id) => {
	const { form } = await until(() => web.requests.find(r => r.url.startsWith('/served') && r.form.get('CallSid') === one));
	assert.deepEqual([form.get('DialCallStatus'), form.get('DialCallSid'), form.get('DialBridged')], ['completed', id, 'true']);
	await hungUp(one);
};

test('kill -9 before it is known that they talk, and no event tells it: the agent is told all the same', async () => {
	const id = await waits('unseen');
	const bridging = api.mock.request('call.bridge', p => p.with === id);
	api.mock.overrides.set('call.bridge', () => undefined); // its answer never comes
	const one = await agent('unseen');
	await bridging;
	await api.kill();
	api.mock.overrides.delete('call.bridge');
	for (const [a, b] of [[one, id], [id, one]])
		api.mock.calls.get(a).bridge = b;
	const asks = [api.mock.request('call.get', of(one), { past: false }), api.mock.request('call.get', of(id), { past: false })];
	await api.launch();
	await Promise.all(asks);
	api.mock.unbridge(one);
	api.mock.end(id);
	assert.equal(await result(id), 'bridged');
	await served(one, id);
});

test('kill -9 while they talk, and they part meanwhile: each is told of the other', async () => {
	const id = await waits('parting');
	api.mock.overrides.set('call.bridge', ({ call, with: other }) => { api.mock.bridge(call, other); }); // its answer never comes
	const one = await agent('parting');
	await until(async () => (await api.get(`/v1/voice/calls/${one}/events`)).json.events.some(e => e.type === 'call.bridged'));
	await api.kill();
	api.mock.overrides.delete('call.bridge');
	api.mock.unbridge(one);
	api.mock.end(id);
	await api.launch();
	await api.ready();
	assert.equal(await result(id), 'bridged');
	await served(one, id);
});

test('without a script those who wait hear a tone; with one that cannot be had, too', async () => {
	answers['/broken'] = () => ({ status: 500 });
	for (const attribute of ['', `waitUrl="${web.url}/broken"`]) {
		const id = await answered(`<Enqueue ${attribute}>tone</Enqueue>`);
		const play = await api.mock.request('call.play', of(id));
		assert.deepEqual([play.files, play.loop], [['tone:ringback'], 0]);
		api.mock.end(id);
	}
});
