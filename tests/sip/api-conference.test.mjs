// Scripts with real phones: a conference by Dial, its recording and events through the API; Record that ends at silence; how the calls sounded.
import assert from 'node:assert/strict';
import { KEY, scenario } from './support/harness.mjs';
import { readWav, toneShare, toneShares } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

const get = async (world, path) => (await world.http('GET', `/v1/voice${path}`)).body;

async function called(world, phone, to, script) {
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to, from: '+15550009000', script: `<Response>${script}</Response>` });
	assert.equal(status, 201, JSON.stringify(body));
	const callee = await phone.incoming();
	await callee.accept();
	return { id: body.id, callee };
}

async function hears({ callee }, tone) {
	for (let i = 0; i < 300; i++)
		if (toneShare(await callee.rtp.further(10), tone) > 0.15)
			return;
	assert.fail(`${tone} Hz was never heard`);
}

async function fetched(url) {
	const reply = await fetch(url, { headers: { 'X-API-Key': KEY } });
	assert.equal(reply.status, 200);
	return readWav(Buffer.from(await reply.arrayBuffer()));
}

scenario('Dial Conference: two phones hear each other, all of it is recorded, told and measured', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	await world.startApi();
	const script = more => `<Dial><Conference beep="false" record="record-from-start" ${more}>review</Conference></Dial><Say>Goodbye.</Say><Pause length="30"/>`;
	const one = await called(world, alice, '+15550001001', script('startConferenceOnEnter="false"'));
	const room = await poll(async () => (await get(world, '/conferences')).conferences.find(c => c.participant_count === 1), 'the conference');
	assert.equal(room.friendly_name, 'review');
	assert.equal(room.status, 'init', 'the first one waits');
	const two = await called(world, bob, '+15550001002', script('endConferenceOnExit="true"'));
	one.callee.rtp.sendTone(440, 6000);
	two.callee.rtp.sendTone(1000, 6000);
	await hears(one, 1000);
	await hears(two, 440);
	const { participants } = await get(world, `/conferences/${room.id}/participants`);
	assert.deepEqual(participants.map(p => p.call_id).sort(), [one.id, two.id].sort());
	await one.callee.rtp.further(120); // seconds to be measured
	await two.callee.bye();
	// It ends with the second; the first goes on with its script.
	await poll(async () => (await get(world, `/conferences/${room.id}`)).status === 'completed', 'the end of the conference');
	await one.callee.rtp.hearAnything('the next element');
	await one.callee.bye();
	const events = await poll(async () => {
		const { events } = await get(world, `/conferences/${room.id}/events`);
		return events.some(e => e.type === 'conference.record_done') && events;
	}, 'the recording');
	assert.deepEqual(events.map(e => e.sequence), events.map((e, i) => i + 1));
	assert.deepEqual(events.filter(e => e.type === 'conference.participant').map(e => [e.what, e.participant.call_id]).slice(0, 2), [['join', one.id], ['join', two.id]]);
	const { recording_url } = await get(world, `/conferences/${room.id}`);
	const wav = await fetched(recording_url);
	for (const tone of [440, 1000])
		assert.ok(Math.max(...toneShares(wav.channels[0], tone)) > 0.15, `${tone} Hz is in the recording`);
	const quality = await poll(async () => {
		const body = await get(world, `/calls/${one.id}/quality`);
		return body.final && body;
	}, 'the quality');
	assert.ok(quality.seconds.length >= 1);
	assert.ok(quality.seconds.some(s => s.mos_in > 4 && s.packets_in >= 40 && s.lost_in === 0), JSON.stringify(quality.seconds));
});

scenario('Record ends when the caller says nothing any more', {}, async world => {
	const bob = await world.registered('bob');
	await world.startApi();
	const { id, callee } = await called(world, bob, '+15550001002', '<Record playBeep="false" timeout="1" maxLength="60"/>');
	callee.rtp.sendTone(700, 6000);
	await callee.rtp.further(60);
	callee.rtp.sendTone(700, 0);
	const record = await poll(async () => {
		const body = await get(world, `/calls/${id}`);
		return body.recording_url && body;
	}, 'the end of the recording');
	const wav = await fetched(record.recording_url);
	assert.ok(wav.seconds > 0.5 && wav.seconds < 8, `${wav.seconds} s, silence at the end is left out`);
	await callee.ended();
});
