import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, OTHER_KEY, server, until } from './harness.mjs';

let api, web;
before(async () => {
	web = await server();
	api = await Api.start();
});
after(async () => { await api.stop(); await web.stop(); });

const ROOMS = '/v1/voice/conferences';
const other = { 'x-api-key': OTHER_KEY };
const make = async body => {
	const reply = await api.post(ROOMS, body);
	assert.equal(reply.status, 201, reply.text);
	return reply.json;
};
const dial = (room, more) => api.post(`${ROOMS}/${room}/participants`, { to: '+15550001001', from: '+15550009000', ...more });
const participants = async room => (await api.get(`${ROOMS}/${room}/participants`)).json.participants;

test('a conference is made, listed, got and ended', async () => {
	const room = await make({ friendly_name: 'standup', max_participants: 12, record: true });
	assert.deepEqual({ ...room, id: 0, date_created: 0 }, { id: 0, friendly_name: 'standup', status: 'init', participant_count: 0, max_participants: 12, date_created: 0 });
	const asked = await api.mock.request('conference.create', p => p.id === room.id);
	assert.equal(asked.record, true);
	assert.equal(asked.account, 'default');
	const taken = await api.post(ROOMS, { friendly_name: 'standup' });
	assert.equal(taken.status, 409);
	assert.deepEqual((await api.get(`${ROOMS}/${room.id}`)).json, room);
	assert.equal((await api.get(ROOMS)).json.conferences[0].id, room.id);
	assert.equal((await api.get(ROOMS)).json.total, 1, 'what was refused left nothing');
	assert.equal((await api.get(`${ROOMS}?status=completed`)).json.total, 0);
	assert.equal((await api.get(ROOMS, other)).json.total, 0);
	assert.equal((await api.get(`${ROOMS}/${room.id}`, other)).status, 404);
	assert.equal((await api.delete(`${ROOMS}/${room.id}`)).status, 204);
	await until(async () => (await api.get(`${ROOMS}/${room.id}`)).json.status === 'completed');
	assert.equal((await api.delete(`${ROOMS}/${room.id}`)).status, 204);
	assert.deepEqual(await participants(room.id), []);
	assert.equal((await dial(room.id)).status, 409);
	assert.equal((await api.post(`${ROOMS}/${room.id}`, { status: 'completed' })).status, 409);
	assert.equal((await make({ friendly_name: 'standup' })).max_participants, 250);
});

test('a conference needs nothing', async () => {
	assert.equal((await make(undefined)).status, 'init');
	assert.equal((await make({})).status, 'init');
});

test('participants are dialled and join when they answer', async () => {
	const room = await make({});
	const added = await dial(room.id, { muted: true });
	assert.equal(added.status, 201);
	assert.deepEqual({ ...added.json, call_id: 0 }, { call_id: 0, conference_id: room.id, muted: true, hold: false, status: 'queued' });
	const { call_id } = added.json;
	api.mock.ring(call_id);
	await until(async () => (await participants(room.id))[0]?.status === 'ringing');
	api.mock.answer(call_id);
	const joined = await api.mock.request('conference.add', p => p.call === call_id);
	assert.equal(joined.muted, true);
	assert.equal(joined.conference, room.id);
	await until(async () => (await participants(room.id))[0]?.status === 'in-progress');
	await until(async () => (await api.get(`${ROOMS}/${room.id}`)).json.participant_count === 1);
	assert.equal((await api.get(`${ROOMS}/${room.id}`)).json.status, 'in-progress');
	const one = `${ROOMS}/${room.id}/participants/${call_id}`;
	assert.equal((await api.post(one, { muted: false })).json.muted, false);
	assert.equal((await api.post(one, { hold: true })).json.hold, true);
	assert.equal((await api.post(one, { hold: true, muted: true })).status, 400);
	assert.equal((await api.get(one)).json.hold, true);
	assert.equal((await api.get(one, other)).status, 404);
	assert.equal((await api.post(`${ROOMS}/${room.id}/participants/nobody`, { muted: true })).status, 404);
	assert.equal((await api.delete(one)).status, 204);
	await api.record(call_id, 'completed');
});

test('who does not answer does not join; who is refused leaves nothing', async () => {
	const room = await make({});
	const { json } = await dial(room.id);
	api.mock.end(json.call_id, { status: 'busy' });
	await api.record(json.call_id, 'busy');
	assert.deepEqual(await participants(room.id), []);
	assert.equal((await dial(room.id, { to: '+15559999999' })).json.field, 'to');
	assert.equal((await dial(room.id, { from: '+15551111111' })).json.field, 'from');
	assert.equal((await dial('nothing')).status, 404);
});

test('who answers after the end is hung up, with the reason', async () => {
	const room = await make({});
	const { json } = await dial(room.id);
	await api.delete(`${ROOMS}/${room.id}`);
	api.mock.answer(json.call_id);
	assert.match((await api.record(json.call_id, 'completed')).reason, /could not join/);
});

test('announcements', async () => {
	const room = await make({});
	assert.equal((await api.post(`${ROOMS}/${room.id}`, { say: 'Five minutes left' })).status, 200);
	const play = await api.mock.request('conference.play', p => p.conference === room.id);
	assert.match(play.files[0], /\/prompts\/say-/);
	assert.equal((await api.post(`${ROOMS}/${room.id}`, { play: 'tone:beep' })).status, 200);
	assert.equal((await api.post(`${ROOMS}/${room.id}`, { play: 'nowhere.wav' })).status, 422);
	assert.equal((await api.post(`${ROOMS}/${room.id}`, {})).json.field, 'status');
});

test('status_callback hears of all of it, in order', async () => {
	const room = await make({ status_callback: `${web.url}/room` });
	const { json } = await dial(room.id);
	api.mock.answer(json.call_id);
	await until(async () => (await api.get(`${ROOMS}/${room.id}`)).json.participant_count === 1);
	await api.post(`${ROOMS}/${room.id}`, { status: 'completed' });
	await web.nth(4);
	const bodies = web.requests.map(r => JSON.parse(r.body));
	assert.deepEqual(bodies.map(b => b.sequence), [1, 2, 3, 4]);
	assert.deepEqual(bodies.map(b => [b.type, b.what, b.conference.status]), [['conference.state', undefined, 'init'], ['conference.state', undefined, 'in-progress'],
		['conference.participant', 'join', 'in-progress'], ['conference.state', undefined, 'completed']]);
	assert.ok(bodies.every(b => b.conference_id === room.id));
});

for (const [body, field] of [[{ max_participants: 0 }, 'max_participants'], [{ friendly_name: '' }, 'friendly_name'], [{ friendly_name: 'x'.repeat(201) }, 'friendly_name'],
	[{ record: 1 }, 'record'], [{ status_callback: 'x' }, 'status_callback'], [{ name: 'x' }, 'name']]) {
	test(`POST /conferences refuses ${JSON.stringify(body).slice(0, 40)}`, async () => {
		const reply = await api.post(ROOMS, body);
		assert.equal(reply.status, 400);
		assert.equal(reply.json.field, field);
	});
}

test('conferences end with the switch', async () => {
	const room = await make({});
	await api.mock.restart({ tell: false });
	await until(async () => (await api.get(`${ROOMS}/${room.id}`)).json.status === 'completed');
});
