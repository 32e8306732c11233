// The first real call: from one POST to an answered, recorded phone call, and the other ends of the state machine, as the API shows them.
import assert from 'node:assert/strict';
import { KEY, scenario } from './support/harness.mjs';
import { level, readWav, toneShares } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

// Follows a call through the API until it is over. Resolves to every status seen and the last record.
async function follow(world, id) {
	const seen = [];
	const last = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
		if (seen.at(-1) !== body.status)
			seen.push(body.status);
		return !['queued', 'ringing', 'in-progress'].includes(body.status) && body;
	}, `the end of ${id}`);
	return { seen, last };
}

async function post(world, body) {
	const { status, body: call } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000', ...body });
	assert.equal(status, 201, JSON.stringify(call));
	return call;
}

scenario('one POST makes a phone ring, speak, be recorded and hang up', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const made = await post(world, { record: true, script: '<Response><Say>Hello from Offhook.</Say><Pause length="30"/></Response>' });
	assert.equal(made.status, 'queued');
	assert.equal(made.direction, 'outbound');
	assert.equal(made.to, '+15550001002');
	assert.equal(made.from, '+15550009000');
	const following = follow(world, made.id);
	const callee = await bob.incoming();
	await callee.reply(180);
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${made.id}`)).body.status === 'ringing', 'ringing');
	await callee.accept();
	await callee.rtp.hearAnything('the spoken prompt');
	callee.rtp.sendTone(700);
	await callee.rtp.further(100);
	await callee.bye();
	const { seen, last } = await following;
	const order = ['queued', 'ringing', 'in-progress', 'completed'];
	assert.deepEqual(seen, order.filter(status => seen.includes(status)), 'in that order, as often as we looked');
	await world.control.callState(made.id, 'completed');
	assert.deepEqual(world.control.states(made.id), order);
	assert.ok(Number.isInteger(last.duration) && last.duration >= 2, `duration ${last.duration}`);
	assert.ok(Date.parse(last.start_time) <= Date.parse(last.end_time));
	const record = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${made.id}`);
		return body.recording_url && body;
	}, 'recording_url');
	const denied = await fetch(record.recording_url);
	assert.equal(denied.status, 401);
	await denied.text();
	const reply = await fetch(record.recording_url, { headers: { 'X-API-Key': KEY } });
	assert.equal(reply.status, 200);
	assert.match(reply.headers.get('content-type'), /^audio\/(x-|vnd\.)?wav/);
	const wav = readWav(Buffer.from(await reply.arrayBuffer()));
	assert.ok(Math.abs(wav.seconds - last.duration) <= 1.5, `${wav.seconds} s, duration ${last.duration}`);
	const all = wav.channels[0];
	assert.ok(level(all) > 200);
	const shares = toneShares(all.slice(-wav.rate), 700);
	assert.ok(Math.max(...shares) > 0.3, `what the phone said is in it: ${shares}`);
});

for (const [what, act, expected] of [
	['the phone is busy', async callee => callee.reply(486), 'busy'],
	['the phone answers 480', async callee => callee.reply(480), 'no-answer'],
	['the phone answers 404', async callee => callee.reply(404), 'failed'],
	['the phone answers 500', async callee => callee.reply(500), 'failed'],
	['the phone declines', async callee => callee.reply(603), 'failed'],
	['the phone rings out', async callee => callee.reply(180), 'no-answer', { timeout: 1 }],
]) {
	scenario(`${what}: ${expected}`, {}, async world => {
		const bob = await world.registered('bob');
		await world.startApi();
		const options = what.endsWith('out') ? { timeout: 1 } : {};
		const { id } = await post(world, options);
		await act(await bob.incoming());
		const { last } = await follow(world, id);
		assert.equal(last.status, expected);
		assert.ok(!last.duration, `duration ${last.duration}`);
		assert.equal(last.recording_url, undefined);
	});
}

scenario('a phone that is not registered', {}, async world => {
	await world.startApi();
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000' });
	assert.equal(status, 201);
	const { last } = await follow(world, body.id);
	assert.equal(last.status, 'no-answer');
});

scenario('DELETE cancels a ringing call and hangs up an answered one', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const ringing = await post(world);
	const first = await bob.incoming();
	await first.reply(180);
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${ringing.id}`)).body.status === 'ringing', 'ringing');
	assert.equal((await world.http('DELETE', `/v1/voice/calls/${ringing.id}`)).status, 204);
	await first.request('CANCEL');
	assert.equal((await follow(world, ringing.id)).last.status, 'canceled');

	const answered = await post(world);
	const second = await bob.incoming();
	await second.accept();
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${answered.id}`)).body.status === 'in-progress', 'in-progress');
	assert.equal((await world.http('DELETE', `/v1/voice/calls/${answered.id}`)).status, 204);
	await second.ended();
	assert.equal((await follow(world, answered.id)).last.status, 'completed');
	assert.equal((await world.http('DELETE', '/v1/voice/calls/00000000-0000-4000-8000-000000000000')).status, 404);
});

scenario('calls that no program made are in the records too', {}, async world => {
	await world.startApi();
	const caller = await (await world.trunk()).call('+15550009004');
	await caller.response(200);
	await caller.bye();
	const call = await poll(async () => {
		const { body } = await world.http('GET', '/v1/voice/calls?status=completed&direction=inbound');
		return body.calls[0];
	}, 'the record');
	assert.equal(call.to, '+15550009004');
});

scenario('headers that the program gives reach the phone', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { id } = await post(world, { headers: { 'X-Order': '4711', 'X-Customer-Name': 'Ada Lovelace' } });
	const callee = await bob.incoming();
	assert.equal(callee.invite.get('x-order'), '4711');
	assert.equal(callee.invite.get('x-customer-name'), 'Ada Lovelace');
	await callee.reply(486);
	assert.equal((await follow(world, id)).last.status, 'busy');
});
