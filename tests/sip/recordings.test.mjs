// Several recordings of a call at a time: each has an id of its own, ends by itself, and is listed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { Store } from '../api/s3.mjs';
import { KEY, scenario } from './support/harness.mjs';
import { readWav, toneShares } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

const doneOf = (control, id) => control.event('call.record_done', ({ recording }) => recording.id === id).then(({ recording }) => recording);

scenario('a call is recorded four times at once, and not five times', {}, async (world, control) => {
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004');
	await caller.response(200);
	const { id } = await control.someCall(call => call.status === 'in-progress');
	const begun = [];
	for (const channels of [1, 2, 1, 2])
		begun.push((await control.call('call.record', { call: id, channels })).recording);
	assert.equal(new Set(begun.map(({ id: one }) => one)).size, 4);
	await assert.rejects(control.call('call.record', { call: id }), error => error.code === 409 && /as many times as it can be/.test(error.message));
	let { call } = await control.call('call.get', { call: id });
	assert.deepEqual(call.recordings, begun);
	assert.deepEqual(call.recording, begun[0]);
	caller.rtp.sendTone(500);
	await caller.rtp.hear(500, 'the echo');
	await control.call('call.record_stop', { call: id, recording: begun[1].id });
	assert.equal((await doneOf(control, begun[1].id)).status, 'completed');
	await assert.rejects(control.call('call.record_stop', { call: id, recording: begun[1].id }), error => error.code === 404 && error.data.field === 'recording');
	await assert.rejects(control.call('call.record_pause', { call: id, recording: 'x', paused: true }), error => error.code === 404);
	await control.call('call.record_pause', { call: id, recording: begun[2].id, paused: true });
	({ call } = await control.call('call.get', { call: id }));
	assert.deepEqual(call.recordings.map(one => one.id), [0, 2, 3].map(i => begun[i].id));
	const fifth = (await control.call('call.record', { call: id })).recording;
	await caller.rtp.further(50);
	await control.call('call.record_stop', { call: id });
	for (const one of [begun[0], begun[2], begun[3], fifth])
		assert.equal((await doneOf(control, one.id)).status, 'completed');
	({ call } = await control.call('call.get', { call: id }));
	assert.deepEqual([call.recordings, call.recording], [undefined, undefined]);
	for (const one of begun)
		assert.equal(readWav(readFileSync(one.file)).channels.length, one.channels);
	await caller.bye();
});

scenario('a mailbox on a recorded line: record: true, and <Record> in its script', {}, async (world, control) => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { status, body: made } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000', record: true,
		script: '<Response><Record playBeep="false" finishOnKey="#" maxLength="30"/><Play>tone:beep</Play><Pause length="30"/></Response>' });
	assert.equal(status, 201);
	const callee = await bob.incoming();
	await callee.accept();
	const both = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${made.id}/recordings`);
		return body.recordings.length === 2 && body.recordings;
	}, 'two recordings that run');
	callee.rtp.sendTone(500);
	await callee.rtp.further(50);
	// the line's own recording is stopped by somebody else: the mailbox goes on
	const line = await world.http('POST', `/v1/voice/calls/${made.id}/recordings/${both[0].id}`, { status: 'paused' });
	assert.equal(line.status, 200, JSON.stringify(line.body));
	callee.rtp.press(11); // #
	await doneOf(control, both[1].id);
	await callee.rtp.hearAnything('the beep behind <Record>');
	const { body: left } = await world.http('GET', `/v1/voice/calls/${made.id}/recordings`);
	assert.deepEqual(left.recordings.filter(one => one.status !== 'completed').map(one => one.id), [both[0].id]);
	await callee.bye();
	const list = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${made.id}/recordings`);
		return body.recordings.length === 2 && body.recordings.every(one => one.status === 'completed') && body.recordings;
	}, 'both recordings, complete');
	assert.deepEqual(list.map(one => one.id).sort(), both.map(one => one.id).sort());
});

const bucket = await Store.start();
after(() => bucket.stop());

scenario('what a real call said is heard from a file that is encrypted, in another format, and in a store elsewhere', { extra: world => {
	writeFileSync(join(world.dir, 'recordings.key'), `${randomBytes(32).toString('hex')}\n`);
	return `recordings { format = "ogg" key-file = "${world.dir}/recordings.key" ${bucket.conf()} }`;
} }, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { body: made } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000', record: true,
		script: '[{"action":"record","format":"mp3","endOnKey":"#","timeOut":60}]' });
	const callee = await bob.incoming();
	await callee.accept();
	callee.rtp.sendTone(500);
	await callee.rtp.further(75);
	await callee.bye();
	const both = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${made.id}/recordings`);
		return body.recordings.length === 2 && body.recordings.every(one => one.uploaded) && body.recordings;
	}, 'the recordings in the store');
	// that of the call is kept as conf says, that of the script as it asked
	assert.deepEqual(both.map(one => one.format).sort(), ['mp3', 'ogg']);
	assert.ok(both.every(one => one.encrypted));
	const kept = both.find(one => one.format === 'ogg');
	assert.deepEqual(bucket.requests.filter(request => request.fault), []);
	assert.equal([...bucket.objects.values()][0].body.subarray(0, 8).toString(), 'OFFHOOK1');
	const wav = await fetch(`${world.api}/v1/voice/recordings/${kept.id}/media?format=wav`, { headers: { 'x-api-key': KEY } });
	assert.equal(wav.status, 200);
	const { channels, rate } = readWav(Buffer.from(await wav.arrayBuffer()));
	assert.ok(channels.some(heard => toneShares(heard, 500, rate).some(share => share > 0.8)), 'the tone is in it');
});
