// Either process is killed and started again: what must be left is left, and nobody has to help.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { readWav, toneShares } from './support/rtp.mjs';
import { Crypto } from './support/srtp.mjs';
import { poll } from './support/wait.mjs';
import { KEY } from './support/harness.mjs';

async function restartSwitch(world, signal) {
	const { code } = await world.switch.kill(signal);
	if (signal === 'SIGTERM')
		assert.equal(code, 0);
	return world.startSwitch();
}

for (const signal of ['SIGTERM', 'SIGKILL']) {
	scenario(`phones are reachable without registering again after ${signal}`, {}, async (world, control) => {
		const alice = await world.registered('alice'), bob = await world.registered('bob');
		await bob.register({ expires: 0 });
		await control.event('registration.changed', ({ reason }) => reason === 'removed');
		if (signal === 'SIGKILL')
			await world.bindingsWritten('alice');
		const fresh = await restartSwitch(world, signal);
		assert.deepEqual((await fresh.call('registration.list')).registrations.map(({ user }) => user), ['alice']);
		const { call: { id } } = await fresh.call('call.originate', { to: 'alice', from: '+15550009000' });
		const callee = await alice.incoming();
		await callee.accept();
		await fresh.callState(id, 'in-progress');
		await callee.bye();
		await fresh.callState(id, 'completed');
	});
}

scenario('calls of a switch that is killed are in the journal: none is lost', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const ringing = await control.call('call.originate', { to: 'bob', from: '+15550009000' });
	await (await bob.incoming()).reply(180);
	await control.callState(ringing.call.id, 'ringing');
	const answered = await control.call('call.originate', { to: 'bob', from: '+15550009000' });
	await (await bob.incoming()).accept();
	const { params: { switch: earlier } } = control.events.find(({ method }) => method === 'call.state');
	await control.callState(answered.call.id, 'in-progress');
	await world.journalWritten(answered.call.id, 'in-progress');
	await world.switch.kill('SIGKILL');

	await world.startSwitch();
	const reader = await world.connect();
	await reader.subscribe({ journal: true });
	await reader.event('events.snapshot');
	const ends = id => reader.events.filter(({ method, params }) => method === 'call.state' && params.call.id === id).at(-1).params;
	assert.equal(ends(ringing.call.id).call.status, 'failed');
	assert.equal(ends(answered.call.id).call.status, 'failed');
	for (const { id } of [ringing.call, answered.call]) {
		const { call } = ends(id);
		assert.equal(call.ended_by, 'fault');
		assert.ok(call.reason.length > 10, call.reason);
		assert.ok(call.ended >= call.created);
	}
	assert.deepEqual(reader.states(ringing.call.id), ['queued', 'ringing', 'failed']);
	assert.deepEqual(reader.states(answered.call.id), ['queued', 'ringing', 'in-progress', 'failed']);

	// Once they are acknowledged they do not come again.
	const seen = reader.events.filter(({ params }) => params.switch === earlier && params.seq);
	await reader.call('events.ack', { switch: earlier, seq: Math.max(...seen.map(({ params }) => params.seq)) });
	const later = await world.connect();
	await later.subscribe({ journal: true });
	await later.event('events.snapshot');
	assert.deepEqual(later.events.filter(({ params }) => params.switch === earlier), []);
});

scenario('the time until the next start is no part of a lost call', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000' });
	const began = performance.now();
	await (await bob.incoming()).accept();
	await control.callState(id, 'in-progress');
	await world.journalWritten(id, 'in-progress');
	await world.switch.kill('SIGKILL');
	const most = performance.now() - began;
	await new Promise(resolve => setTimeout(resolve, 1500)); // so long it is away
	await world.startSwitch();
	const reader = await world.connect();
	await reader.subscribe({ journal: true });
	const { call } = await reader.event('call.state', params => params.call.id === id && params.call.status === 'failed');
	assert.ok(call.duration_ms >= 0 && call.duration_ms <= most, `${call.duration_ms} of at most ${most}`);
	assert.equal(call.ended - call.answered, call.duration_ms);
});

for (const [name, damage] of [['is gone', () => ''], ['is garbage', () => '\xff'.repeat(5000)]])
	scenario(`a journal that ${name}: the API ends what it knew, and nothing is told wrong`, {}, async (world, control) => {
		await world.startApi();
		const bob = await world.registered('bob');
		await world.bindingsWritten('bob');
		const { status, body: { id } } = await world.http('POST', '/v1/voice/calls', { to: 'bob', from: '+15550009000' });
		assert.equal(status, 201);
		await (await bob.incoming()).accept();
		await control.callState(id, 'in-progress');
		await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}`)).body.status === 'in-progress', 'the call in the API');
		await world.switch.kill('SIGKILL');
		const dir = join(world.dir, 'state/journal');
		for (const file of [...readdirSync(dir).map(one => join(dir, one)), join(world.dir, 'state/alive')])
			writeFileSync(file, damage());
		await world.startSwitch();
		const record = await poll(async () => {
			const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
			return body.status !== 'in-progress' && body;
		}, 'the end of the call in the API');
		assert.equal(record.status, 'failed');
		assert.ok(!(record.duration > 60) && !(record.duration < 0), JSON.stringify(record));
		assert.match(world.switch.text(), damage() ? / warn journal\.(damaged|alive_unreadable) / : /./);
		assert.equal((await world.http('POST', '/v1/voice/calls', { to: 'bob', from: '+15550009000' })).status, 201);
		await (await bob.incoming()).reply(486);
	});

scenario('a subscriber that comes back gets what it missed, in order', {}, async (world, control) => {
	const first = await world.connect();
	const { switch: id, seq } = await first.subscribe();
	first.close();
	await world.registered('alice');
	await control.event('registration.changed');
	const again = await world.connect();
	const { snapshot, replayed } = await again.subscribe({ switch: id, since: seq });
	assert.equal(snapshot, false);
	assert.ok(replayed >= 1);
	const { seq: next } = await again.event('registration.changed');
	assert.equal(next, seq + 1);
	const stranger = await world.connect();
	assert.equal((await stranger.subscribe({ switch: '00000000-0000-4000-8000-000000000000', since: 1 })).snapshot, true);
	await stranger.event('events.snapshot');
});

scenario('offhook-api is killed in the middle of a call: the call goes on and its record ends right', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const made = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000', record: true });
	assert.equal(made.status, 201);
	const callee = await bob.incoming();
	await callee.reply(180);
	await callee.accept();
	const get = () => world.http('GET', `/v1/voice/calls/${made.body.id}`).then(({ body }) => body);
	await poll(async () => (await get()).status === 'in-progress', 'in-progress');
	callee.rtp.sendTone(500);
	await world.apiProcess.kill('SIGKILL');
	await world.control.callState(made.body.id, 'in-progress');
	await poll(async () => (await world.control.call('call.stats', { call: made.body.id })).stats.rx_packets >= 25, 'half a second of audio');
	await callee.bye(); // ends while nobody watches
	await world.control.callState(made.body.id, 'completed');
	await world.startApi();
	const record = await poll(async () => {
		const call = await get();
		return call.status === 'completed' && call.recording_url && call;
	}, 'the completed record with its recording');
	assert.ok(Number.isInteger(record.duration));
	assert.ok(record.end_time >= record.start_time);
	const wav = await fetch(record.recording_url, { headers: { 'X-API-Key': KEY } });
	assert.equal(wav.status, 200);
	assert.ok(readWav(Buffer.from(await wav.arrayBuffer())).seconds > 0);
});

scenario('offhook-api comes back while the call still goes on, and can end it', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { body: { id } } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000' });
	const callee = await bob.incoming();
	await callee.accept();
	await world.control.callState(id, 'in-progress');
	await world.apiProcess.kill('SIGKILL');
	await world.startApi();
	assert.equal((await world.http('GET', `/v1/voice/calls/${id}`)).body.status, 'in-progress');
	assert.equal((await world.http('DELETE', `/v1/voice/calls/${id}`)).status, 204);
	await callee.ended();
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}`)).body.status === 'completed', 'completed');
});

scenario('offhookd is killed: the record says so, offhook-api connects again, phones are reachable', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { body: { id } } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000' });
	await (await bob.incoming()).reply(180);
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}`)).body.status === 'ringing', 'ringing');
	await world.bindingsWritten('bob');
	await world.journalWritten(id, 'ringing');
	await world.switch.kill('SIGKILL');
	await world.startSwitch();
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}`)).body.status === 'failed', 'failed');
	const again = await poll(async () => {
		const made = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000' });
		return made.status === 201 && made.body;
	}, 'a call after the restart');
	const callee = await bob.incoming();
	await callee.accept();
	await callee.bye();
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${again.id}`)).body.status === 'completed', 'completed');
});

// Waits until the file of a recording holds sound by its own header, and the journal knows of it.
async function recordingWritten(world, file) {
	const length = () => {
		try {
			return readWav(readFileSync(file)).channels[0].length;
		} catch {
			return 0; // not there, or just being written
		}
	};
	await poll(() => length() > 0, `sound in ${file}`);
	const dir = join(world.dir, 'state/journal');
	await poll(() => readdirSync(dir).some(name => readFileSync(join(dir, name), 'utf8').includes(file)), `${file} in the journal`);
}

const fileOf = async (world, path) => {
	const reply = await fetch(path, { headers: { 'X-API-Key': KEY } });
	assert.equal(reply.status, 200);
	return readWav(Buffer.from(await reply.arrayBuffer()));
};

scenario('what was recorded when the switch was killed is listed, can be fetched and deleted; each end is told once', {}, async (world, control) => {
	await world.startApi();
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004'), other = await carrier.call('+15550009004');
	await caller.response(200);
	await other.response(200);
	const { calls: [{ id }, { id: member }] } = await poll(async () => {
		const list = await control.call('call.list');
		return list.calls.filter(call => call.status === 'in-progress').length === 2 && list;
	}, 'both calls');
	const { conference } = await control.call('conference.create', { name: 'review', account: 'default' });
	await control.call('conference.add', { conference: conference.id, call: member });
	const begun = [];
	for (const channels of [1, 2])
		begun.push((await control.call('call.record', { call: id, channels })).recording);
	begun.push((await control.call('conference.record', { conference: conference.id })).conference.recording);
	assert.equal((await control.event('call.record_started')).recording.id, begun[0].id);
	assert.equal((await control.event('conference.record_started')).recording.id, begun[2].id);
	caller.rtp.sendTone(500);
	other.rtp.sendTone(500);
	for (const { file } of begun)
		await recordingWritten(world, file);
	await world.switch.kill('SIGKILL');
	await world.startSwitch();

	const get = async path => (await world.http('GET', `/v1/voice${path}`)).body;
	const call = await poll(async () => {
		const body = await get(`/calls/${id}`);
		return body.status === 'failed' && body;
	}, 'the end of the call');
	assert.ok(call.recording_url, 'its record has a recording');
	const { recordings } = await get('/recordings');
	assert.deepEqual(recordings.map(one => one.id).sort(), begun.map(one => one.id).sort());
	for (const one of recordings)
		assert.equal(one.status, 'completed', JSON.stringify(one));
	const wav = await fileOf(world, call.recording_url);
	assert.ok(wav.channels[0].length > 0);
	const { body: room } = await world.http('GET', `/v1/voice/conferences/${conference.id}`);
	assert.equal(room.status, 'completed');
	assert.ok((await fileOf(world, room.recording_url)).channels[0].length > 0);
	for (const [path, end, done] of [[`/calls/${id}`, 'call.state', 2], [`/conferences/${conference.id}`, 'conference.state', 1]]) {
		const { events } = await get(`${path}/events`), kind = end.split('.')[0];
		assert.equal(events.filter(event => event.type === `${kind}.record_done`).length, done);
		assert.equal(events.at(-1).type, end);
		assert.equal(events.filter(event => event.type === end && ['failed', 'completed'].includes(event[kind].status)).length, 1);
	}
	assert.equal((await world.http('DELETE', `/v1/voice/recordings/${begun[0].id}`)).status, 204);
	assert.ok(!existsSync(begun[0].file));

	// Another start, killed at once, has nothing left to tell.
	await world.switch.kill('SIGKILL');
	const later = await world.startSwitch();
	await later.subscribe({ journal: true });
	await later.event('events.snapshot');
	assert.deepEqual(later.events.filter(({ method, params }) => method !== 'events.snapshot' && params.switch === world.status.switch), []);
});

// The keys of a call end with the switch; what was recorded in clear stays, and the next call has keys of its own.
scenario('an encrypted call that is recorded when the switch is killed, and the next one', { users: 'user "alice" { password = "secret-a" number = "+15550001001" srtp = "required" }' }, async (world, control) => {
	await world.startApi();
	const alice = await world.registered('alice'), keys = () => ({ sdp: { proto: 'RTP/SAVP', srtp: [new Crypto('AES_CM_128_HMAC_SHA1_80', undefined, { tag: 1 })] } });
	const caller = await alice.call('+15550009004', keys());
	await caller.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	caller.rtp.sendTone(500);
	await caller.rtp.hear(500, 'the echo');
	const { recording } = await control.call('call.record', { call: id });
	await recordingWritten(world, recording.file);
	await poll(() => readWav(readFileSync(recording.file)).seconds > 1, 'a second of sound');
	await world.bindingsWritten('alice');
	await world.switch.kill('SIGKILL');
	caller.rtp.stop();
	const fresh = await world.startSwitch();
	const call = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
		return body.status === 'failed' && body;
	}, 'the end of the call');
	const shares = toneShares((await fileOf(world, call.recording_url)).channels[0], 500);
	assert.ok(shares.some(share => share > 0.9), `it holds what was said: ${shares}`);
	const next = await alice.call('+15550009004', keys());
	await next.response(200);
	next.rtp.sendTone(700);
	await next.rtp.hear(700, 'the echo of the next call');
	assert.equal(next.rtp.forged, 0);
	await next.bye();
	const { call: { id: out } } = await fresh.call('call.originate', { to: 'alice', from: '+15550009000' });
	const callee = await alice.incoming();
	await callee.accept({ srtp: true });
	await fresh.callState(out, 'in-progress');
	await callee.bye();
	await fresh.callState(out, 'completed');
});
