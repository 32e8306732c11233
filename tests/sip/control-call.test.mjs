// A program on the control socket drives calls: takes them, plays, records, collects digits, joins and parts them.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { level, readWav, toneShares, writeWav } from './support/rtp.mjs';

// The carrier calls the number with a script; `program` (the control client) gets it.
async function offered(world, program = world.control) {
	const caller = await (await world.trunk()).call('+15550009000', { headers: [['X-Order', '4711']] });
	const { call } = await program.event('call.incoming');
	return { caller, call, id: call.id };
}

// The same, claimed and answered.
async function taken(world) {
	const { caller, id } = await offered(world);
	await world.control.call('call.claim', { call: id });
	await world.control.call('call.answer', { call: id });
	await caller.response(200);
	return { caller, id };
}

scenario('a call to a script number waits, belongs to the first who claims it, and is answered', {}, async (world, control) => {
	const other = await world.connect();
	await other.subscribe();
	const { caller, call, id } = await offered(world, other);
	assert.equal(call.status, 'queued');
	assert.equal(call.number, '+15550009000');
	assert.equal(call.headers['X-Order'], '4711');
	assert.equal((await control.call('call.claim', { call: id })).call.claimed, true);
	await assert.rejects(other.call('call.claim', { call: id }), { code: 409 });
	assert.equal((await control.call('call.ring', { call: id })).call.status, 'ringing');
	await caller.response(180);
	assert.equal((await control.call('call.answer', { call: id })).call.status, 'in-progress');
	await caller.response(200);
	await assert.rejects(control.call('call.reject', { call: id }), { code: 409 });
	assert.equal((await control.call('call.hangup', { call: id, by: 'script', reason: 'The menu was left.' })).call.reason, 'The menu was left.');
	await caller.ended();
	assert.equal((await control.callState(id, 'completed')).ended_by, 'script');
});

scenario('a claimed call is refused with the code that the program gives', {}, async (world, control) => {
	const { caller, id } = await offered(world);
	await control.call('call.claim', { call: id });
	await control.call('call.reject', { call: id, code: 486 });
	assert.equal((await caller.final()).status, 486);
	await control.callState(id, 'busy');
});

scenario('nobody claims a call: it gets 503 with Retry-After', { sip: 'claim-timeout = 200ms' }, async (world, control) => {
	const { caller, id } = await offered(world);
	const final = await caller.final();
	assert.equal(final.status, 503);
	assert.match(final.get('retry-after'), /^\d+/);
	assert.equal((await control.callState(id, 'failed')).sip_code, 503);
	await assert.rejects(control.call('call.claim', { call: id }), { code: 409 });
});

scenario('no program is there: the number falls back at once, with its own code', {
	numbers: 'number "+15550009000" { voice-url = "http://127.0.0.1:9/voice" fallback-code = 480 }', sip: 'claim-timeout = 60s',
}, async (world, control) => {
	control.close();
	const watcher = await world.connect();
	world.control = watcher;
	const caller = await (await world.trunk()).call('+15550009000');
	assert.equal((await caller.final()).status, 480);
});

scenario('the program that had claimed a call goes away: the call lives on and the next may claim it', {}, async (world, control) => {
	const first = await world.connect();
	await first.subscribe();
	const { caller, id } = await offered(world, first);
	await first.call('call.claim', { call: id });
	await first.call('call.answer', { call: id });
	await caller.response(200);
	await assert.rejects(control.call('call.claim', { call: id }), { code: 409 });
	first.close();
	for (;;) // the switch notices a moment later
		if (await control.call('call.claim', { call: id }).catch(error => assert.equal(error.code, 409)))
			break;
	await control.call('call.hangup', { call: id });
	await caller.ended();
});

scenario('files of any rate are played one after the other', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const files = [[16000, 400], [44100, 900], [8000, 1300]].map(([rate, frequency]) => {
		const file = join(world.dir, `${rate}.wav`);
		writeFileSync(file, writeWav({ rate, seconds: 0.5, frequency }));
		return file;
	});
	const { play_id: play } = await control.call('call.play', { call: id, files });
	for (const frequency of [400, 900, 1300])
		await caller.rtp.hear(frequency);
	const done = await control.event('call.play_done');
	assert.equal(done.play_id, play);
	assert.equal(done.end, 'completed');
	await assert.rejects(control.call('call.play', { call: id, files: ['relative.wav'] }), error => [-32602, 422].includes(error.code));
	const missing = await control.call('call.play', { call: id, files: ['/nonexistent/file.wav'] }).catch(error => error);
	if (!(missing instanceof Error))
		assert.equal((await control.event('call.play_done', ({ play_id }) => play_id === missing.play_id)).end, 'failed');
	assert.equal((await control.call('call.get', { call: id })).call.status, 'in-progress', 'the call goes on');
	await caller.bye();
	await control.callState(id, 'completed');
});

scenario('keys pressed are told one by one, and collected', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	caller.rtp.sendTone(0);
	await caller.rtp.signal.until(() => caller.rtp.remote, 'an address to send to');
	await control.call('call.collect', { call: id, max_digits: 4, finish_on: '#', timeout: 10 });
	for (const [event, digit] of [[4, '4'], [2, '2'], [11, '#']]) {
		caller.rtp.press(event);
		await control.event('call.digit', params => params.digit === digit, digit);
	}
	const { digits, end } = await control.event('call.collect_done');
	assert.equal(digits, '42');
	assert.equal(end, 'finish-key');
	assert.equal(control.events.filter(({ method }) => method === 'call.digit').length, 3, 'one event a press');
	await caller.bye();
});

scenario('a recording is started, stopped, and never written over', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const file = join(world.dir, 'state/mine.wav');
	caller.rtp.sendTone(700);
	const { recording } = await control.call('call.record', { call: id, file });
	assert.equal(recording.file, file);
	const stats = async least => {
		for (;;)
			if ((await control.call('call.stats', { call: id })).stats.rx_packets >= least)
				return;
	};
	await stats(50);
	await control.call('call.record_stop', { call: id });
	const done = (await control.event('call.record_done')).recording;
	assert.equal(done.id, recording.id);
	assert.equal(done.status, 'completed');
	const wav = readWav(readFileSync(file));
	assert.ok(wav.seconds > 0.5 && Math.abs(wav.seconds * 1000 - done.duration_ms) <= 20, `${wav.seconds} s, ${done.duration_ms} ms`);
	assert.ok(Math.max(...toneShares(wav.channels[0], 700)) > 0.9 && level(wav.channels[0]) > 2000);
	const again = await control.call('call.record', { call: id, file }).catch(error => error);
	if (!(again instanceof Error))
		assert.equal((await control.event('call.record_done', ({ recording: { id: other } }) => other === again.recording.id)).recording.status, 'failed');
	assert.equal(readWav(readFileSync(file)).seconds, wav.seconds, 'the file is as it was');
	await caller.bye();
});

scenario('a muted caller is not heard, and is again afterwards', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	await control.call('call.echo', { call: id, on: true });
	caller.rtp.sendTone(600);
	await caller.rtp.hear(600);
	assert.equal((await control.call('call.mute', { call: id, muted: true })).call.muted, true);
	await caller.rtp.signal.until(() => level(caller.rtp.samples.slice(-1600)) < 100, 'silence');
	await control.call('call.mute', { call: id, muted: false });
	await caller.rtp.hear(600, 'the echo again');
	await caller.bye();
});

scenario('a program joins two calls and parts them again', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	const { call: { id: second } } = await control.call('call.originate', { to: 'bob', from: '+15550009000' });
	const callee = await bob.incoming();
	await callee.accept();
	await control.callState(second, 'in-progress');
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	assert.equal((await control.call('call.bridge', { call: id, with: second })).call.bridge, second);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	assert.equal((await control.call('call.unbridge', { call: id })).call.bridge, undefined);
	await control.event('call.unbridged');
	for (const one of [id, second])
		assert.equal((await control.call('call.get', { call: one })).call.status, 'in-progress', 'both live on');
	await control.call('call.echo', { call: second, on: true });
	await callee.rtp.hear(1000, 'itself');
	await caller.bye();
	await control.callState(id, 'completed');
	await control.call('call.hangup', { call: second });
	await callee.ended();
});

scenario('a brief answer has the id and the status alone', {}, async (world, control) => {
	const { caller, id } = await taken(world), brief = true;
	const call = { id, status: 'in-progress' };
	assert.deepEqual(await control.call('call.collect', { call: id, brief }), { call });
	const { play_id, ...rest } = await control.call('call.play', { call: id, files: ['tone:beep'], brief });
	assert.equal(typeof play_id, 'number');
	assert.deepEqual(rest, { call });
	assert.equal((await control.call('call.play', { call: id, files: ['tone:beep'] })).call.direction, 'inbound');
	assert.deepEqual(await control.call('call.hangup', { call: id, brief }), { call: { id, status: 'completed' } });
	await caller.ended();
});

scenario('a program dials another phone for the caller', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	const { call } = await control.call('call.dial', { call: id, to: '+15550001002', ringback: true });
	assert.equal(call.parent_call_id, id);
	const callee = await bob.incoming();
	await callee.reply(180);
	await caller.rtp.hearAnything('the ringback tone');
	await callee.accept();
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	await callee.bye();
	await control.callState(call.id, 'completed');
	assert.equal((await control.call('call.get', { call: id })).call.status, 'in-progress', "the caller's call goes on");
	await caller.bye();
});

scenario('a time limit ends a call', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', time_limit: 1 });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.ended();
	assert.equal((await control.callState(id, 'completed')).ended_by, 'limit');
});
