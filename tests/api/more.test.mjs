// What goes beyond the contract: idempotency, dry runs, stories, control, recordings, deliveries, lists.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Api, KEY, OTHER_KEY, server, until } from './harness.mjs';

let api, web, answer;
before(async () => {
	web = await server((request, n) => answer(request, n));
	api = await Api.start();
});
after(async () => { await api.stop(); await web.stop(); });

const CALLS = '/v1/voice/calls';
const good = { to: '+15550001001', from: '+15550009000' };
const other = { 'x-api-key': OTHER_KEY };
async function up(more) {
	const { id } = await api.create(more);
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	return id;
}

test('Idempotency-Key: one call, however often it is asked for', async () => {
	const key = { 'idempotency-key': 'k1' };
	const before = api.mock.calls.size;
	const first = await api.post(CALLS, good, key);
	assert.equal(first.status, 201);
	// Another order of members is the same request.
	const again = await api.post(CALLS, { from: good.from, to: good.to }, key);
	assert.equal(again.status, 201);
	assert.equal(again.json.id, first.json.id);
	assert.equal(again.headers.get('location'), first.headers.get('location'));
	assert.deepEqual([first, again].map(one => one.headers.get('idempotent-replayed')), [null, 'true']);
	const changed = await api.post(CALLS, { ...good, timeout: 5 }, key);
	assert.equal(changed.status, 409);
	assert.equal(changed.json.field, 'Idempotency-Key');
	assert.equal(api.mock.calls.size, before + 1);
	// Another account's key is another key.
	const theirs = await api.post(CALLS, { to: good.to, from: '+15550001002' }, { ...key, ...other });
	assert.equal(theirs.status, 201);
	assert.notEqual(theirs.json.id, first.json.id);
	assert.equal((await api.post(CALLS, good, { 'idempotency-key': 'x'.repeat(256) })).status, 400);
});

test('Idempotency-Key: many at once make one call', async () => {
	const before = api.mock.calls.size;
	const replies = await Promise.all(Array.from({ length: 10 }, () => api.post(CALLS, good, { 'idempotency-key': 'k2' })));
	assert.ok(replies.every(r => r.status === 201 || r.status === 409));
	assert.equal(new Set(replies.filter(r => r.status === 201).map(r => r.json.id)).size, 1);
	assert.equal(api.mock.calls.size, before + 1);
});

test('Idempotency-Key: holds over kill -9', async () => {
	const first = await api.post(CALLS, good, { 'idempotency-key': 'k3' });
	await api.kill();
	await api.launch();
	await api.ready();
	assert.equal((await api.post(CALLS, good, { 'idempotency-key': 'k3' })).json.id, first.json.id);
});

test('Idempotency-Key: a refused request may be corrected by another', async () => {
	assert.equal((await api.post(CALLS, { ...good, to: '+15559999999' }, { 'idempotency-key': 'k4' })).status, 422);
	assert.equal((await api.post(CALLS, good, { 'idempotency-key': 'k4' })).status, 201);
});

test('dry_run tells the route and dials nothing', async () => {
	const before = api.mock.calls.size;
	const reply = await api.post(`${CALLS}/try`, good);
	assert.equal(reply.status, 200);
	assert.equal(reply.json.dry_run, true);
	assert.equal(reply.json.route, 'user:alice');
	assert.equal((await api.post(`${CALLS}/try`, { ...good, to: '+15559999999' })).json.field, 'to');
	assert.equal((await api.post(`${CALLS}/try`, { ...good, timeout: 0 })).json.field, 'timeout');
	// as it was asked for of old
	const old = await fetch(`${api.base}${CALLS}?dry_run=1`, { method: 'POST', headers: { 'x-api-key': KEY, 'content-type': 'application/json' }, body: JSON.stringify(good) });
	assert.deepEqual([old.status, await old.json()], [200, reply.json]);
	assert.equal(api.mock.calls.size, before);
	assert.equal((await api.post(`${CALLS}?dry_run=maybe`, good)).json.field, 'dry_run');
	assert.equal((await api.post(`${CALLS}?colour=red`, good)).json.field, 'colour');
});

test('a number may be written as people write it, and is E.164 in the record', async () => {
	const { id, to, from } = await api.create({ to: '+1 (555) 000-1001', from: '+1 555-000-9000' });
	assert.deepEqual([to, from], ['+15550001001', '+15550009000']);
	assert.equal((await api.mock.request('call.originate', p => p.id === id)).to, '+15550001001');
	const list = async query => (await api.get(`${CALLS}?page_size=1&${query}`)).json.calls.map(c => c.id);
	for (const query of ['to=%2B15550001001', 'to=+15550001001', 'to=15550001001', 'to=%2B1%20(555)%20000-1001', 'to=alice', 'from=+15550009000', 'from=%2B1-555-000-9000'])
		assert.deepEqual(await list(query), [id], query);
	for (const to of ['al ice', '+1 555 abc', '<sip:a@b>'])
		assert.equal((await api.post(CALLS, { ...good, to })).json.code, 'number-invalid', to);
});

test('lists by tag and by conference, with other filters', async () => {
	const tags = ['order 4711', 'order 4711', 'order 4712'], ids = [];
	for (const tag of tags)
		ids.unshift((await api.create({ tag })).id);
	const list = async query => { const { status, json } = await api.get(`${CALLS}?${query}`); assert.equal(status, 200); return [json.total, ...json.calls.map(c => c.id)]; };
	assert.deepEqual(await list('tag=order%204711'), [2, ids[1], ids[2]]);
	assert.deepEqual(await list('tag=order%204711&page_size=1&page=2'), [2, ids[2]]);
	assert.deepEqual(await list('tag=order%204712&statuses=queued,ringing'), [1, ids[0]]);
	assert.deepEqual(await list('tag=order%204712&status=busy'), [0]);
	assert.deepEqual(await list('tag=nothing'), [0]);
	assert.deepEqual(await list(`id=${ids[0]}`), [1, ids[0]]);
	assert.deepEqual(await list(`id=${ids[0].slice(0, 12)}&tag=order%204712`), [1, ids[0]]);
	assert.deepEqual(await list(`id=${ids[0].slice(0, 12)}&tag=order%204711`), [0]);
	for (const id of ['abc', 'ABCD1234', 'xyz1', `${ids[0]}0`])
		assert.equal((await api.get(`${CALLS}?id=${id}`)).json.field, 'id', id);
	assert.equal((await api.get(`${CALLS}/${ids[0]}`)).json.tag, 'order 4712');
	assert.deepEqual((await api.call('GET', `${CALLS}?tag=order%204711`, undefined, { 'x-api-key': OTHER_KEY })).json.calls, [], 'of another account');
	for (const tag of ['', 'x'.repeat(300), 5])
		assert.equal((await api.post(CALLS, { ...good, tag })).json.field, 'tag');

	const { json: room } = await api.post('/v1/voice/conferences', { friendly_name: 'tagged' });
	const { json: { call_id } } = await api.post(`/v1/voice/conferences/${room.id}/participants`, { to: '+15550001001', from: '+15550009000' });
	api.mock.answer(call_id);
	await until(async () => (await list(`conference=${room.id}`))[0] === 1, 'the call in the list of its conference');
	await api.record(call_id, 'in-progress');
	for (const query of [`conference=${room.id}`, 'conference=tagged', 'conference=tagged&status=in-progress&direction=outbound'])
		assert.deepEqual(await list(query), [1, call_id], query);
	assert.deepEqual(await list('conference=tagged&tag=order%204711'), [0]);
	assert.deepEqual(await list('conference=nowhere'), [0]);
	assert.equal((await api.get(`${CALLS}?colour=red`)).json.field, 'colour');
});

test('lists by several statuses, and of the calls that one has made', async () => {
	const parent = await up(), child = api.mock.create({ parent_call_id: parent, direction: 'outbound', to: '+15550001001' }),
		late = api.mock.create({ parent_call_id: parent, direction: 'outbound', to: '+15550001002' });
	api.mock.end(child.id, { status: 'busy' });
	await api.record(child.id, 'busy');
	await api.record(late.id, 'queued');
	const list = async query => { const { json } = await api.get(`${CALLS}?${query}`); return [json.total, ...json.calls.map(c => c.id)]; };
	assert.deepEqual(await list(`parent_call_id=${parent}`), [2, late.id, child.id]);
	assert.deepEqual(await list(`parent_call_id=${parent}&page_size=1&page=2`), [2, child.id]);
	assert.deepEqual(await list(`parent_call_id=${parent}&status=busy`), [1, child.id]);
	assert.deepEqual(await list(`parent_call_id=${parent}&statuses=busy,queued&to=%2B15550001002`), [1, late.id]);
	assert.deepEqual(await list(`parent_call_id=${child.id}`), [0]);
	assert.deepEqual((await api.get(`${CALLS}?parent_call_id=${parent}`, other)).json.calls, []);
	const two = await list('statuses=busy,in-progress&page_size=100'), busy = await list('status=busy'), live = await list('status=in-progress&page_size=100');
	assert.equal(two[0], busy[0] + live[0]);
	assert.ok(two.includes(child.id) && two.includes(parent) && !two.includes(late.id));
	for (const query of ['status=busy,', 'statuses=done', 'status=busy,,queued'])
		assert.equal((await api.get(`${CALLS}?${query}`)).status, 400, query);
});

test('what was made has its Location', async () => {
	const id = await up(), { json: room } = await api.post('/v1/voice/conferences', {});
	const recording = await api.post(`${CALLS}/${id}/recordings`, {});
	assert.equal(recording.headers.get('location'), `/v1/voice/recordings/${recording.json.id}`);
	const participant = await api.post(`/v1/voice/conferences/${room.id}/participants`, good);
	assert.equal(participant.headers.get('location'), `/v1/voice/conferences/${room.id}/participants/${participant.json.call_id}`);
	assert.equal((await api.get(participant.headers.get('location'))).status, 200);
});

test('an unknown member is told with what is known', async () => {
	const reply = await api.post(CALLS, { ...good, statusCallback: 'http://127.0.0.1/', });
	assert.equal(reply.json.field, 'statusCallback');
	assert.match(reply.json.detail, /did you mean "status_callback"\?; known: to, from, url, .*machine_detection/);
	assert.match((await api.get(`${CALLS}?sise=1`)).json.detail, /known: status, /);
});

test('events of a call: numbered from 1, each with the call as it was', async () => {
	const { id } = await api.create();
	api.mock.ring(id);
	api.mock.answer(id);
	api.mock.event('call.digit', { call: api.mock.calls.get(id), digit: '5', duration_ms: 80 });
	api.mock.end(id);
	await api.record(id, 'completed');
	const { json } = await api.get(`${CALLS}/${id}/events`);
	assert.deepEqual(json.events.map(e => e.sequence), [1, 2, 3, 4, 5]);
	assert.deepEqual(json.events.map(e => e.call.status), ['queued', 'ringing', 'in-progress', 'in-progress', 'completed']);
	assert.equal(json.events[3].type, 'call.digit');
	assert.equal(json.events[3].digit, '5');
	assert.equal(json.events[1].call.start_time, undefined);
	assert.equal(json.more, false);
	const rest = (await api.get(`${CALLS}/${id}/events?after=2&limit=2`)).json;
	assert.deepEqual(rest.events.map(e => e.sequence), [3, 4]);
	assert.equal(rest.last, 4);
	assert.equal(rest.more, true);
	assert.equal((await api.get(`${CALLS}/${id}/events?after=-1`)).json.field, 'after');
	assert.equal((await api.get(`${CALLS}/${id}/events`, other)).status, 404);
});

test('why', async () => {
	const { id } = await api.create();
	assert.match((await api.get(`${CALLS}/${id}/why`)).json.why, /queued/);
	api.mock.end(id, { status: 'busy', sip_code: 486, q850: 17, reason: 'The phone is busy.' });
	await api.record(id, 'busy');
	const { json } = await api.get(`${CALLS}/${id}/why`);
	assert.equal(json.why, 'The phone is busy.');
	assert.ok(json.facts.some(f => f.fact === 'SIP response' && f.value === 486));
	assert.ok(json.facts.some(f => f.fact === 'status' && /^busy at 20/.test(f.value)));
});

test('mute, digits, and what the switch cannot do', async () => {
	api.mock.overrides.set('call.mute', ({ call, muted }) => ({ call: Object.assign(api.mock.calls.get(call), { muted }) }));
	api.mock.overrides.set('call.hold', () => { throw { code: 501, message: 'not in this version' }; });
	const id = await up();
	assert.equal((await api.post(`${CALLS}/${id}`, { muted: true })).json.muted, true);
	assert.equal((await api.get(`${CALLS}/${id}`)).json.muted, true);
	assert.equal((await api.post(`${CALLS}/${id}`, { digits: '12#' })).status, 200);
	assert.equal((await api.mock.request('call.send_digits', p => p.call === id)).digits, '12#');
	assert.equal((await api.post(`${CALLS}/${id}`, { digits: '12x' })).json.field, 'digits');
	assert.equal((await api.post(`${CALLS}/${id}`, { hold: true })).status, 422);
	assert.equal((await api.post(`${CALLS}/${id}`, { muted: true, digits: '1' })).status, 400);
	const queued = await api.create();
	assert.equal((await api.post(`${CALLS}/${queued.id}`, { muted: true })).status, 409);
});

test('recordings: start, list, stop, get, link, delete', async () => {
	const id = await up();
	const started = await api.post(`${CALLS}/${id}/recordings`, { channels: 2 });
	assert.equal(started.status, 201);
	assert.equal(started.json.status, 'in-progress');
	assert.equal((await api.mock.request('call.record', p => p.call === id)).channels, 2);
	assert.equal((await api.get(`${CALLS}/${id}/recordings`)).json.recordings[0].id, started.json.id);
	assert.equal((await api.post(`${CALLS}/${id}/recordings/nothing`, { status: 'stopped' })).status, 404);
	api.mock.overrides.set('call.record_pause', ({ call }) => ({ call: api.mock.calls.get(call) }));
	assert.equal((await api.post(`${CALLS}/${id}/recordings/${started.json.id}`, { status: 'paused' })).json.status, 'paused');
	assert.equal((await api.mock.request('call.record_pause', p => p.call === id)).paused, true);
	assert.equal((await api.post(`${CALLS}/${id}/recordings/current`, { status: 'stopped' })).status, 200);
	const file = path.join(api.dir, 'state/r.wav');
	fs.writeFileSync(file, 'RIFFxx');
	delete api.mock.calls.get(id).recording;
	api.mock.recorded(id, { id: 'rec-9', file, bytes: 6, duration_ms: 1600 });
	await api.record(id, c => c.recording_url);
	const { json } = await api.get('/v1/voice/recordings/rec-9');
	assert.equal(json.duration, 2);
	assert.equal(json.call_id, id);
	assert.equal(json.size, 6);
	assert.equal((await api.get(`/v1/voice/recordings?call_id=${id}`)).json.total, 1);
	assert.equal((await api.get('/v1/voice/recordings', other)).json.total, 0);
	const link = await api.post('/v1/voice/recordings/rec-9/links', { expires_in: 60 });
	assert.equal(link.status, 201);
	const address = link.json.url.replace('http://127.0.0.1:8080', api.base);
	assert.equal(await (await fetch(address)).text(), 'RIFFxx');
	assert.equal((await fetch(address.replace(/expires=(\d+)/, (_, t) => `expires=${Number(t) + 1}`))).status, 401);
	assert.equal((await fetch(address.replace('rec-9', 'rec-8'))).status, 401);
	assert.equal((await api.delete('/v1/voice/recordings/rec-9', other)).status, 404);
	assert.equal((await api.delete('/v1/voice/recordings/rec-9')).status, 204);
	assert.equal(fs.existsSync(file), false);
	assert.equal((await api.get('/v1/voice/recordings/rec-9')).status, 404);
	assert.equal((await api.get(`${CALLS}/${id}`)).json.recording_url, undefined);
});

test('deliveries: every attempt is kept, and one can be sent again', async () => {
	answer = (request, n) => ({ status: n === 1 ? 500 : 204 });
	const { id } = await api.create({ status_callback: `${web.url}/s`, status_callback_events: ['queued'] });
	await web.nth(2);
	const { json } = await until(async () => {
		const reply = await api.get(`/v1/voice/webhooks/deliveries?call_id=${id}&state=delivered`);
		return reply.json.total === 1 && reply;
	});
	const one = (await api.get(`/v1/voice/webhooks/deliveries/${json.deliveries[0].id}`)).json;
	assert.deepEqual(one.log.map(a => a.status), [500, 204]);
	assert.equal(one.body.call_id, id);
	assert.equal((await api.post(`/v1/voice/webhooks/deliveries/${one.id}/redeliver`)).status, 202);
	await web.nth(3);
	assert.equal(web.requests[2].headers['offhook-delivery'], one.id);
	assert.equal((await api.get(`/v1/voice/webhooks/deliveries/${one.id}`, other)).status, 404);
	assert.equal((await api.get('/v1/voice/webhooks/deliveries?state=lost')).json.field, 'state');
});

test('numbers, users, trunks, registrations of the account', async () => {
	api.mock.overrides.set('user.list', () => ({ users: [{ name: 'alice', number: '+15550001001', account: 'default', contacts: 1 },
		{ name: 'bob', account: 'other', contacts: 0 }] }));
	api.mock.overrides.set('registration.list', () => ({ registrations: [{ user: 'alice', contact: 'sip:a', source: 'udp:1', expires: 60, registered: 0 },
		{ user: 'bob', contact: 'sip:b', source: 'udp:1', expires: 60, registered: 0 }] }));
	assert.deepEqual((await api.get('/v1/voice/numbers')).json.numbers, [{ number: '+15550009000', action: 'voice-url', voice_url: 'http://127.0.0.1:1/' }]);
	assert.deepEqual((await api.get('/v1/voice/users')).json.users, [{ name: 'alice', number: '+15550001001', contacts: 1 }]);
	const { registrations } = (await api.get('/v1/voice/registrations')).json;
	assert.deepEqual(registrations.map(r => [r.user, r.registered]), [['alice', '1970-01-01T00:00:00.000Z']]);
	assert.deepEqual((await api.get('/v1/voice/trunks')).json, { trunks: [] });
	assert.equal((await api.get('/v1/voice/trunks?x=1')).status, 400);
});
