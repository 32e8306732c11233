import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Api, conf, until } from './harness.mjs';

const DAY = 86400000;

test('old calls go with all that is theirs, old recordings go, young ones stay', async () => {
	const api = await Api.start();
	const call = (days, name) => {
		const created = Date.now() - days * DAY;
		const it = api.mock.create({ from: '+15550007777', to: '+15550009001', created });
		Object.assign(it, { status: 'in-progress', answered: created + 1000 });
		api.mock.event('call.state', { call: it });
		api.mock.end(it.id, { ended: created + 5000 });
		const file = path.join(api.dir, `state/${name}.wav`);
		fs.writeFileSync(file, 'RIFF');
		api.mock.recorded(it.id, { id: `rec-${name}`, file, started: created + 1000 });
		return { id: it.id, file };
	};
	const old = Array.from({ length: 120 }, (_, i) => call(8, `old-${i}`)), middle = call(5, 'middle'), young = call(1, 'young');
	const room = (days, name) => {
		const ended = Date.now() - days * DAY, id = randomUUID();
		api.mock.conferences.set(id, { id, name, account: 'default', status: 'completed', created: ended - 1000, ended, participant_count: 0, max_participants: 9, participants: [] });
		const file = path.join(api.dir, `state/${name}.wav`);
		fs.writeFileSync(file, 'RIFF');
		api.mock.conferenceRecorded(id, { id: `rec-${name}`, file, started: ended - 1000 });
		return { id, file };
	};
	const oldRoom = room(8, 'old-room'), middleRoom = room(5, 'middle-room'), youngRoom = room(1, 'young-room');
	await api.record(young.id, c => c.recording_url);
	await until(async () => (await api.get('/v1/voice/conferences')).json.total === 3);
	api.process.kill('SIGTERM');
	await api.exited;
	// Only now, with all of them filed, is there a limit.
	fs.writeFileSync(api.confFile, conf({ dir: api.dir, api: 'keep-records = 7  keep-recordings = 3' }));
	await api.launch();
	await api.ready();
	await until(async () => (await api.get('/v1/voice/calls')).json.total === 2, 'the end of the old ones');
	for (const { id, file } of old) {
		assert.equal((await api.get(`/v1/voice/calls/${id}`)).status, 404);
		assert.equal(fs.existsSync(file), false);
	}
	assert.equal((await api.get(`/v1/voice/calls/${middle.id}`)).json.recording_url, undefined);
	assert.equal(fs.existsSync(middle.file), false);
	assert.ok((await api.get(`/v1/voice/calls/${young.id}`)).json.recording_url);
	assert.equal(fs.existsSync(young.file), true);
	assert.equal((await api.get('/v1/voice/recordings')).json.total, 2);
	assert.equal((await api.get(`/v1/voice/conferences/${oldRoom.id}`)).status, 404);
	assert.equal((await api.get(`/v1/voice/conferences/${middleRoom.id}`)).json.recording_url, undefined);
	assert.ok((await api.get(`/v1/voice/conferences/${youngRoom.id}`)).json.recording_url);
	assert.deepEqual([oldRoom, middleRoom, youngRoom].map(r => fs.existsSync(r.file)), [false, false, true]);
	assert.equal((await api.get('/v1/voice/calls?direction=inbound&to=%2B15550009001')).json.total, 2);
	await api.stop();
});
