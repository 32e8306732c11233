import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Api, KEY, OTHER_KEY, server, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

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
	assert.deepEqual({ ...added.json, call_id: 0 }, { call_id: 0, conference_id: room.id, muted: true, hold: false, status: 'queued', from: '+15550009000', to: '+15550001001' });
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

test('an Idempotency-Key is one participant, of one conference', async () => {
	const room = await make({}), another = await make({});
	const body = { to: '+15550001001', from: '+15550009000' }, key = { 'idempotency-key': 'participant' };
	const first = await api.post(`${ROOMS}/${room.id}/participants`, body, key);
	assert.equal((await api.post(`${ROOMS}/${room.id}/participants`, body, key)).json.call_id, first.json.call_id);
	assert.equal((await api.post(`${ROOMS}/${another.id}/participants`, body, key)).json.field, 'Idempotency-Key');
	assert.equal((await api.post('/v1/voice/calls', body, key)).status, 409);
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
	assert.deepEqual(bodies[2].participant, { call_id: json.call_id, conference_id: room.id, muted: false, hold: false, status: 'in-progress' });
	assert.deepEqual(bodies.map(({ delivery: _delivery, ...event }) => event), (await api.get(`${ROOMS}/${room.id}/events`)).json.events, 'what was told is what the log has');
	const { deliveries } = (await api.get(`/v1/voice/webhooks/deliveries?conference_id=${room.id}`)).json;
	assert.equal(deliveries.length, 4);
	assert.ok(deliveries.every(d => d.conference_id === room.id && d.call_id === undefined));
	assert.equal((await api.get(`/v1/voice/webhooks/deliveries?conference_id=${room.id}&call_id=x`)).status, 400);
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

async function joined(room, more) {
	const { json } = await dial(room.id, more);
	api.mock.answer(json.call_id);
	await until(async () => (await participants(room.id)).some(p => p.call_id === json.call_id && p.status === 'in-progress'));
	return json.call_id;
}

test('events of a conference: numbered, each with the conference as it was', async () => {
	const room = await make({});
	const call = await joined(room);
	await api.post(`${ROOMS}/${room.id}/participants/${call}`, { muted: true });
	await api.delete(`${ROOMS}/${room.id}`);
	const { json } = await until(async () => {
		const reply = await api.get(`${ROOMS}/${room.id}/events`);
		return reply.json.events.length === 5 && reply;
	});
	assert.deepEqual(json.events.map(e => e.sequence), [1, 2, 3, 4, 5]);
	assert.deepEqual(json.events.map(e => [e.type, e.what, e.conference.status, e.conference.participant_count]), [
		['conference.state', undefined, 'init', 0], ['conference.state', undefined, 'in-progress', 1], ['conference.participant', 'join', 'in-progress', 1],
		['conference.participant', 'mute', 'in-progress', 1], ['conference.state', undefined, 'completed', 0]]);
	assert.equal(json.events[3].participant.muted, true);
	assert.equal(json.more, false);
	const part = (await api.get(`${ROOMS}/${room.id}/events?after=1&limit=2`)).json;
	assert.deepEqual(part.events.map(e => e.sequence), [2, 3]);
	assert.equal(part.more, true);
	assert.equal((await api.get(`${ROOMS}/${room.id}/events`, other)).status, 404);
	assert.equal((await api.get(`${ROOMS}/${room.id}/events?before=1`)).json.field, 'before');
});

test('on the WebSocket: with the calls in one order, one conference, one call, a kind', async () => {
	const all = await Client.open(api.base, { 'x-api-key': KEY }), one = await Client.open(api.base, { 'x-api-key': KEY }),
		kind = await Client.open(api.base, { 'x-api-key': KEY }), theirs = await Client.open(api.base, { 'x-api-key': OTHER_KEY });
	const cursor = (await all.ask('subscribe')).body.cursor;
	await theirs.ask('subscribe', { types: ['conference.*'] });
	const room = await make({}), another = await make({});
	await one.ask('subscribe', { conference_id: room.id, after: 0 });
	await kind.ask('subscribe', { types: ['conference.participant'], after: 0 });
	const call = await joined(room), elsewhere = await joined(another);
	const its = await Client.open(api.base, { 'x-api-key': KEY });
	await its.ask('subscribe', { call_id: call, after: 0 });
	api.mock.talking(room.id, call, true);
	await one.until(() => one.events.some(e => e.event.type === 'conference.talking'));
	await api.delete(`${ROOMS}/${room.id}`);
	await one.until(() => one.events.at(-1)?.event.conference.status === 'completed');
	await all.until(() => all.events.some(e => e.event.conference?.status === 'completed'));
	const log = (await api.get(`${ROOMS}/${room.id}/events`)).json.events;
	const kept = list => list.filter(e => e.cursor);
	assert.deepEqual(kept(one.events).map(e => e.event), log);
	const talking = one.events.find(e => !e.cursor).event;
	assert.deepEqual([talking.type, talking.call_id, talking.talking, talking.sequence], ['conference.talking', call, true, undefined]);
	assert.ok(!all.events.some(e => e.event.type === 'conference.talking'), 'who talks is for those who ask for it');
	assert.deepEqual(all.events.map(e => e.cursor), [...new Set(all.events.map(e => e.cursor))].sort((a, b) => a - b));
	assert.deepEqual(all.events.filter(e => e.event.conference_id === room.id).map(e => e.event), log);
	assert.ok(all.events.some(e => e.event.call_id === call && e.event.type === 'call.state'));
	await kind.until(() => kind.events.length >= 2);
	assert.ok(kind.events.every(e => e.event.type === 'conference.participant'));
	assert.deepEqual(kind.events.slice(-2).map(e => e.event.participant.call_id), [call, elsewhere]);
	await its.until(() => its.events.some(e => e.event.type === 'conference.participant'));
	assert.ok(its.events.every(e => e.event.call_id === call || e.event.participant.call_id === call));
	assert.equal(theirs.events.length, 0);
	// All of it again, from the log.
	const again = await Client.open(api.base, { 'x-api-key': KEY });
	await again.ask('subscribe', { after: cursor });
	await again.until(() => again.events.length >= all.events.length);
	assert.deepEqual(again.events.slice(0, all.events.length).map(e => e.event), all.events.map(e => e.event));
	for (const ws of [all, one, kind, theirs, its, again])
		ws.destroy();
});

test('phones and trunks on the WebSocket, for those who ask', async () => {
	const ws = await Client.open(api.base, { 'x-api-key': KEY }), theirs = await Client.open(api.base, { 'x-api-key': OTHER_KEY });
	await ws.ask('subscribe', { types: ['registration.changed', 'trunk.*'] });
	await theirs.ask('subscribe', { types: ['registration.changed', 'trunk.*'] });
	api.mock.event('registration.changed', { user: 'bob', contact: 'sip:b', expires: 60, source: 'udp:1', state: 'x', reason: 'registered' });
	api.mock.event('registration.changed', { user: 'alice', contact: 'sip:a', expires: 60, source: 'udp:1', state: 'x', reason: 'registered' });
	api.mock.event('trunk.changed', { trunk: 'carrier', state: 'up' });
	await ws.until(() => ws.events.length === 2);
	assert.deepEqual(ws.events.map(e => [e.cursor, e.event.type, e.event.user ?? e.event.trunk]), [[undefined, 'registration.changed', 'alice'], [undefined, 'trunk.changed', 'carrier']]);
	assert.equal(ws.events[0].event.seq, undefined);
	await theirs.until(() => theirs.events.length === 1);
	assert.equal(theirs.events[0].event.user, 'bob');
	ws.destroy();
	theirs.destroy();
});

test('recordings: start, list, pause, stop, media, delete', async () => {
	const room = await make({});
	await joined(room);
	const rooms = `${ROOMS}/${room.id}/recordings`;
	assert.deepEqual((await api.get(rooms)).json, { recordings: [], total: 0 });
	const started = await api.post(rooms, { beep: true });
	assert.equal(started.status, 201);
	assert.equal(started.json.conference_id, room.id);
	assert.equal((await api.mock.request('conference.record', p => p.conference === room.id)).beep, true);
	assert.equal((await api.get(rooms)).json.recordings[0].status, 'in-progress');
	assert.equal((await api.post(`${rooms}/current`, { status: 'paused', keep_silence: true })).json.status, 'paused');
	const pause = await api.mock.request('conference.record_pause');
	assert.deepEqual([pause.paused, pause.keep_silence], [true, true]);
	assert.equal((await api.post(`${rooms}/${started.json.id}`, { status: 'in-progress' })).status, 200);
	assert.equal((await api.post(`${rooms}/${started.json.id}`, { status: 'stopped', keep_silence: true })).json.field, 'keep_silence');
	assert.equal((await api.post(`${rooms}/nothing`, { status: 'stopped' })).status, 404);
	assert.equal((await api.post(`${rooms}/current`, { status: 'stopped' })).json.status, 'stopped');
	assert.equal((await api.post(rooms, { channels: 2 })).json.field, 'channels');
	assert.equal((await api.get(rooms, other)).status, 404);
	const file = path.join(api.dir, 'state/room.wav');
	fs.writeFileSync(file, 'RIFFroom');
	api.mock.conferenceRecorded(room.id, { id: 'room-1', file, bytes: 8, duration_ms: 2600 });
	const url = await until(async () => (await api.get(`${ROOMS}/${room.id}`)).json.recording_url, 'recording_url');
	assert.match(url, /recordings\/room-1\/media$/);
	const { json } = await api.get('/v1/voice/recordings/room-1');
	assert.deepEqual([json.conference_id, json.call_id, json.duration, json.status], [room.id, undefined, 3, 'completed']);
	assert.equal((await api.get(rooms)).json.recordings[0].id, 'room-1');
	assert.equal((await api.get(`/v1/voice/recordings?conference_id=${room.id}`)).json.total, 1);
	assert.equal((await api.get(`/v1/voice/recordings?conference_id=${room.id}&call_id=x`)).json.total, 0);
	assert.equal((await api.get('/v1/voice/recordings/room-1/media')).text, 'RIFFroom');
	const events = (await api.get(`${ROOMS}/${room.id}/events`)).json.events;
	assert.equal(events.at(-1).type, 'conference.record_done');
	assert.equal(events.at(-1).recording.id, 'room-1');
	assert.equal(events.at(-1).recording.file, undefined, 'paths of the server are its own');
	assert.equal((await api.delete('/v1/voice/recordings/room-1')).status, 204);
	assert.equal((await api.get(`${ROOMS}/${room.id}`)).json.recording_url, undefined);
	assert.equal(fs.existsSync(file), false);
});

test('an announcement to one participant', async () => {
	const room = await make({});
	const call = await joined(room), one = `${ROOMS}/${room.id}/participants/${call}`;
	const reply = await api.post(one, { say: 'You are muted' });
	assert.equal(reply.status, 200);
	assert.equal(reply.json.call_id, call);
	assert.match((await api.mock.request('call.play', p => p.call === call)).files[0], /say-/);
	assert.equal((await api.post(one, { play: 'nowhere.wav' })).status, 422);
	assert.equal((await api.post(one, { say: 'x', muted: true })).status, 400);
	assert.equal((await api.post(one, { play: '' })).json.field, 'play');
	const stranger = await api.create();
	assert.equal((await api.post(`${ROOMS}/${room.id}/participants/${stranger.id}`, { say: 'x' })).status, 404);
});
