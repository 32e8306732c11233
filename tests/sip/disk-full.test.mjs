// No room on the disk (here: no file of the process may grow): what fails says so, leaves nothing behind, and works again when there is room.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { scenario } from './support/harness.mjs';
import { readWav } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

const limit = (process, bytes) => execFileSync('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`]);

scenario('a recording that cannot be written says why and leaves no empty file', {}, async (world, control) => {
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004');
	await caller.response(200);
	const { id } = await control.someCall(call => call.status === 'in-progress');
	caller.rtp.sendTone(500);
	limit(world.switch, 1);
	const { recording: failed } = await control.call('call.record', { call: id });
	const { recording: end } = await control.event('call.record_done', ({ recording }) => recording.id === failed.id);
	assert.equal(end.status, 'failed');
	assert.match(end.error, /cannot be written: .*(too large|No space)/);
	assert.equal(end.bytes, 0);
	assert.ok(!existsSync(failed.file));
	limit(world.switch, 'unlimited');
	const { recording: fine } = await control.call('call.record', { call: id });
	await poll(() => existsSync(fine.file) && readWav(readFileSync(fine.file)).channels[0].length > 0, 'sound in the file');
	await control.call('call.record_stop', { call: id });
	assert.equal((await control.event('call.record_done', ({ recording }) => recording.id === fine.id)).recording.status, 'completed');
	await caller.bye();
});

scenario('requests say that the database cannot be written, not that the switch is away', {}, async world => {
	await world.startApi();
	const body = { to: '+15550001002', from: '+15550009000' };
	const refused = async () => {
		const { status, body: { detail } } = await world.http('POST', '/v1/voice/calls', body);
		assert.equal(status, 503);
		assert.match(detail, /^The database cannot be written/);
	};
	limit(world.apiProcess, 1);
	await refused();
	// What the switch tells cannot be kept either: the link to it ends, and comes back in vain.
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004');
	await caller.response(200);
	await poll(async () => {
		const reply = await fetch(`${world.api}/readyz`);
		return reply.status === 503 && /^The database cannot be written/.test((await reply.json()).detail);
	}, 'the end of the link, and why');
	await refused();
	limit(world.apiProcess, 'unlimited');
	await poll(async () => (await world.http('GET', '/v1/voice/calls?status=in-progress')).body.calls?.length === 1, 'the call, now that there is room');
	await caller.bye();
	await poll(async () => (await world.http('POST', '/v1/voice/conferences', { friendly_name: 'room' })).status === 201, 'a conference');
});

scenario('the API tells why a recording failed, and not where its file was to be', {}, async (world, control) => {
	await world.startApi();
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004');
	await caller.response(200);
	const { id } = await control.someCall(call => call.status === 'in-progress');
	const path = `/v1/voice/calls/${id}/recordings`, [call] = (await poll(async () => {
		const { body } = await world.http('GET', '/v1/voice/calls?status=in-progress');
		return body.calls?.length && body.calls;
	}, 'the call'));
	assert.equal(call.id, id);
	caller.rtp.sendTone(500);
	limit(world.switch, 1);
	const { status, body: begun } = await world.http('POST', path, {});
	assert.equal(status, 201);
	const failed = await poll(async () => {
		const { body } = await world.http('GET', path);
		return body.recordings.find(one => one.id === begun.id && one.status === 'failed');
	}, 'the failure');
	assert.match(failed.error, /^The file cannot be written: .*(too large|No space)/);
	assert.equal(failed.recording_url, undefined);
	assert.equal((await world.http('GET', `/v1/voice/recordings/${begun.id}`)).body.error, failed.error);
	const { events } = (await world.http('GET', `/v1/voice/calls/${id}/events`)).body;
	assert.equal(events.find(({ type, recording }) => type === 'call.record_done' && recording.id === begun.id).recording.error, failed.error);
	limit(world.switch, 'unlimited');
	await caller.bye();
});
