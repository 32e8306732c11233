// Conferences: everybody hears all others and not itself; mute, hold, coach; who is in; how one ends.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { toneShare } from './support/rtp.mjs';
import { scenario } from './support/harness.mjs';

const numbers = 'number "+15550009003" { conference = "standup" }\nnumber "+15550009004" { echo = true }';
const tones = { alice: 440, bob: 1000, carol: 1700 };

// Calls the conference's number and says the user's own tone.
async function join(world, control, name) {
	const phone = await world.registered(name);
	const call = await phone.call('+15550009003');
	await call.response(200);
	call.rtp.sendTone(tones[name], 6000);
	const { participant, conference } = await control.event('conference.participant',
		({ what, participant }) => what === 'join' && control.events.some(e => e.method === 'call.state'
			&& e.params.call.id === participant.call && e.params.call.user === name));
	return { call, id: participant.call, conference };
}

// Waits until a tone is there, or gone: what is changed takes a few packets to be heard.
async function until(who, tone, there) {
	for (let i = 0; i < 200; i++) {
		const share = toneShare(await who.call.rtp.further(10), tone);
		if (there ? share > 0.15 : share < 0.01)
			return;
	}
	assert.fail(`${tone} Hz was ${there ? 'never heard' : 'heard on and on'}`);
}

async function hears(who, names) {
	for (const [name, tone] of Object.entries(tones))
		await until(who, tone, names.includes(name));
}

scenario('three in a conference hear the others and not themselves', { numbers }, async (world, control) => {
	const alice = await join(world, control, 'alice');
	assert.equal(alice.conference.name, 'standup');
	const bob = await join(world, control, 'bob'), carol = await join(world, control, 'carol');
	assert.equal(carol.conference.id, alice.conference.id);
	assert.equal(carol.conference.participant_count, 3);
	await until(alice, tones.carol, true);
	await hears(alice, ['bob', 'carol']);
	await hears(bob, ['alice', 'carol']);
	await hears(carol, ['alice', 'bob']);
	const { conferences: [one] } = await control.call('conference.list');
	assert.equal(one.status, 'in-progress');
	assert.deepEqual(one.participants.map(p => p.call).sort(), [alice.id, bob.id, carol.id].sort());
	await carol.call.bye();
	await control.event('conference.participant', e => e.what === 'leave' && e.participant.call === carol.id);
	await until(alice, tones.carol, false);
	await alice.call.bye();
	await bob.call.bye();
	const over = await control.event('conference.state', e => e.conference.status === 'completed');
	assert.equal(over.conference.reason, 'The last participant left.');
	assert.deepEqual((await control.call('conference.list')).conferences, []);
});

scenario('mute, hold, deaf and coach', { numbers }, async (world, control) => {
	const alice = await join(world, control, 'alice'), bob = await join(world, control, 'bob'), carol = await join(world, control, 'carol');
	await until(alice, tones.bob, true);
	await control.call('conference.mute', { call: bob.id, muted: true });
	await until(alice, tones.bob, false);
	await hears(bob, ['alice', 'carol']);
	await control.call('conference.mute', { call: bob.id, muted: false });
	await until(alice, tones.bob, true);
	await control.call('conference.deaf', { call: bob.id, deaf: true });
	await until(bob, tones.alice, false);
	await control.call('conference.deaf', { call: bob.id, deaf: false });
	await until(bob, tones.alice, true);
	await control.call('conference.hold', { call: carol.id, hold: true });
	await until(carol, tones.alice, false);
	await until(alice, tones.carol, false);
	await control.call('conference.hold', { call: carol.id, hold: true, files: ['tone:dial/gb'] });
	await until(carol, 350, true);
	await control.call('conference.hold', { call: carol.id, hold: false });
	await until(alice, tones.carol, true);
	await until(carol, tones.bob, true);
	await control.call('conference.coach', { call: carol.id, coaches: bob.id });
	await until(alice, tones.carol, false);
	await until(bob, tones.carol, true);
	await hears(carol, ['alice', 'bob']);
	const words = control.events.filter(e => e.method === 'conference.participant').map(e => e.params.what);
	assert.deepEqual(words, ['join', 'join', 'join', 'mute', 'unmute', 'deafen', 'undeafen', 'hold', 'hold', 'unhold', 'coach']);
	for (const { call } of [alice, bob, carol])
		await call.bye();
});

scenario('who is heard by whom can be said for each', { numbers }, async (world, control) => {
	const alice = await join(world, control, 'alice'), bob = await join(world, control, 'bob'), carol = await join(world, control, 'carol');
	await hears(bob, ['alice', 'carol']);
	await control.call('conference.change', { call: bob.id, hears: [alice.id] });
	await hears(bob, ['alice']);
	await hears(alice, ['bob', 'carol']);
	// one that is heard by another alone, from its coming on
	await control.call('conference.remove', { call: carol.id });
	await control.call('conference.change', { call: bob.id, hears: [alice.id, carol.id] });
	await control.call('conference.add', { conference: 'standup', call: carol.id, speaks_to: [bob.id] });
	await hears(bob, ['alice', 'carol']);
	await hears(alice, ['bob']);
	await hears(carol, ['alice', 'bob']);
	await control.call('conference.mute', { call: carol.id, muted: true });
	const { conference } = await control.call('conference.get', { conference: 'standup' });
	assert.deepEqual(conference.participants.find(p => p.call === carol.id).speaks_to, [bob.id], 'which stays');
	await control.call('conference.mute', { call: carol.id, muted: false });
	await hears(alice, ['bob']);
	await assert.rejects(control.call('conference.change', { call: bob.id, hears: [1] }), error => /ids of calls/.test(error.message));
	for (const { call } of [alice, bob, carol])
		await call.bye();
	await control.event('conference.state', e => e.conference.status === 'completed');
});

scenario('a conference of the API: made, filled, recorded, played to, ended', { numbers }, async (world, control) => {
	const { conference } = await control.call('conference.create', { name: 'board', max_participants: 2 });
	assert.equal(conference.status, 'init');
	await assert.rejects(control.call('conference.create', { name: 'board' }), { code: 409 });
	const calls = [];
	for (const name of ['alice', 'bob', 'carol']) {
		const phone = await world.registered(name);
		const call = await phone.call('+15550009004');
		await call.response(200);
		call.rtp.sendTone(tones[name]);
		const state = await control.event('call.state', e => e.call.user === name && e.call.status === 'in-progress');
		calls.push({ call, id: state.call.id });
	}
	const [alice, bob, carol] = calls;
	await control.call('conference.add', { conference: conference.id, call: alice.id, hangup: true });
	await control.call('conference.add', { conference: 'board', call: bob.id });
	await assert.rejects(control.call('conference.add', { conference: 'board', call: carol.id }), { code: 429 });
	await assert.rejects(control.call('conference.add', { conference: 'none', call: carol.id }), { code: 404 });
	await until(alice, tones.bob, true);
	await until(alice, tones.alice, false);
	const { conference: { recording } } = await control.call('conference.record', { conference: 'board' });
	await assert.rejects(control.call('conference.record', { conference: 'board' }), { code: 409 });
	await control.call('conference.play', { conference: 'board', files: ['tone:dial'], loop: 1 });
	await control.call('conference.stop', { conference: 'board' });
	await control.event('conference.play_done');
	await bob.call.rtp.further(25);
	await control.call('conference.end', { conference: 'board' });
	const done = await control.event('conference.record_done');
	assert.equal(done.recording.id, recording.id);
	assert.equal(done.recording.status, 'completed');
	assert.ok(done.recording.duration_ms >= 400, `${done.recording.duration_ms} ms`);
	assert.ok(existsSync(done.recording.file));
	// alice's call ends with the conference, bob's lives on
	await control.callState(alice.id, 'completed');
	assert.equal((await control.call('call.get', { call: bob.id })).call.status, 'in-progress');
	await control.call('call.hangup', { call: bob.id });
	await control.call('call.hangup', { call: carol.id });
});

scenario('a conference that waits for its moderator', { numbers }, async (world, control) => {
	await control.call('conference.create', { name: 'standup', wait: true });
	const alice = await join(world, control, 'alice'), bob = await join(world, control, 'bob');
	assert.equal((await control.call('conference.get', { conference: 'standup' })).conference.status, 'init');
	await until(alice, tones.bob, false);
	await control.call('conference.add', { conference: 'standup', call: bob.id, moderator: true, ends: true, hangup: true });
	await until(alice, tones.bob, true);
	assert.equal((await control.call('conference.get', { conference: 'standup' })).conference.status, 'in-progress');
	await bob.call.bye();
	const over = await control.event('conference.state', e => e.conference.status === 'completed');
	assert.equal(over.conference.reason, 'The moderator left.');
	// its end is told last: who reads a conference's state off its events would else have had it before
	const told = control.events.filter(({ params }) => params.conference?.name === 'standup').slice(-3);
	assert.deepEqual(told.map(({ method, params }) => [method, params.what, params.conference.status]),
		[...Array(2).fill(['conference.participant', 'leave', 'in-progress']), ['conference.state', undefined, 'completed']]);
	await control.callState(alice.id, 'completed');
});

scenario('a call that is taken into a conference goes its own way', { numbers }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	const { id } = await control.someCall(({ user, status }) => user === 'alice' && status === 'in-progress');
	await control.call('conference.create', { name: 'board' });
	await control.call('conference.add', { conference: 'board', call: id });
	await callee.bye();
	await control.someCall(({ user, status }) => user === 'bob' && status === 'completed');
	assert.equal((await control.call('call.get', { call: id })).call.conference, 'board');
	await caller.bye();
	await control.event('conference.state', e => e.conference.status === 'completed');
});

scenario('what is recorded when the switch stops is told as complete', { numbers }, async (world, control) => {
	const { conference } = await control.call('conference.create', { name: 'empty' });
	const alice = await join(world, control, 'alice');
	await control.call('conference.record', { conference: alice.conference.id });
	await alice.call.rtp.further(20);
	const { code } = await world.switch.end();
	assert.equal(code, 0);
	const done = await control.event('conference.record_done', e => e.conference.id === alice.conference.id);
	assert.equal(done.recording.status, 'completed');
	assert.ok(control.events.some(e => e.method === 'call.quality' && e.params.call.id === alice.id && e.params.final));
	await control.event('conference.state', e => e.conference.id === conference.id && e.conference.status === 'completed');
});

scenario('conferences that nobody enters end, and an account has only so many', { account: 'conference-wait = 1 max-conferences = 2' }, async (world, control) => {
	const make = name => control.call('conference.create', { name, account: 'default' });
	const carrier = await world.trunk(), caller = await carrier.call('+15550009004');
	await caller.response(200);
	const { id } = await control.someCall(call => call.status === 'in-progress');
	const { conference: kept } = await make('kept');
	await control.call('conference.add', { conference: kept.id, call: id });
	const { conference: left } = await make('left');
	await assert.rejects(make('third'), error => error.code === 429 && /as many conferences/.test(error.message));
	const { conference: over } = await control.event('conference.state', ({ conference }) => conference.status === 'completed');
	assert.equal(over.id, left.id);
	assert.equal(over.reason, 'Nobody came.');
	const { conference: fourth } = await make('fourth');
	await control.event('conference.state', ({ conference }) => conference.status === 'completed' && conference.id === fourth.id);
	assert.deepEqual((await control.call('conference.list')).conferences.map(one => one.id), [kept.id]);
	await caller.bye();
});
