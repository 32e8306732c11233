// Telephony as a user of the API does it: REST, WebSocket and webhooks alone, with real daemons and real phones at the other end.
import assert from 'node:assert/strict';
import { server } from '../api/harness.mjs';
import { KEY, scenario } from '../sip/support/harness.mjs';
import { level, readWav, toneShare, toneShares } from '../sip/support/rtp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { Desk } from './support/desk.mjs';

const tones = { alice: 440, bob: 1000, carol: 1700 };
const doc = inner => `<Response>${inner}</Response>`;
const WAIT = doc('<Pause length="60"/>');

// A scenario with phones of these users and a desk.
function story(name, users, run, options = {}) {
	const numbers = world => `number "+15550009000" { voice-url = "${world.web}/voice" status-callback = "${world.web}/status" }`;
	scenario(name, { start: false, numbers, ...options }, async world => {
		let desk;
		const web = await server(request => desk?.answer(request) ?? { status: 404 });
		world.web = web.url;
		try {
			await world.startSwitch();
			const phones = {};
			for (const user of users)
				phones[user] = await world.registered(user);
			await world.startApi();
			desk = await Desk.open(world, web);
			await run(desk, phones, world);
			assert.ok(desk.calls > 0);
		} finally {
			desk?.close();
			await web.stop();
		}
	});
}

// Waits until a tone is there, or gone: what is changed takes a few packets to be heard.
async function until(rtp, tone, there, what) {
	for (let i = 0; i < 200; i++) {
		const share = toneShare(await rtp.further(10), tone);
		if (there ? share > 0.15 : share < 0.01)
			return;
	}
	assert.fail(`${what}: ${tone} Hz was ${there ? 'never heard' : 'heard on and on'}`);
}

story('a call out: rings, speaks, is recorded; everything that is told of it agrees', ['bob'], async (desk, { bob }) => {
	const { id, status } = await desk.dial({ record: true, script: doc('<Say>Hello from Offhook.</Say><Pause length="60"/>'), status_callback: desk.callback });
	assert.equal(status, 'queued');
	const callee = await bob.incoming();
	assert.match(callee.invite.get('from'), /15550009000/);
	await callee.reply(180);
	await desk.becomes(id, 'ringing');
	await callee.accept();
	await desk.becomes(id, 'in-progress');
	await callee.rtp.hearAnything('the spoken prompt');
	callee.rtp.sendTone(700);
	await callee.rtp.further(150);
	await callee.bye();
	const call = await desk.over(id);
	assert.equal(call.status, 'completed');
	assert.equal(call.ended_by, 'callee');
	await desk.event('call.record_done', e => e.call_id === id);
	await desk.event('call.quality', e => e.call_id === id && e.final);
	await desk.agrees(id, ['queued', 'ringing', 'in-progress', 'completed']);
	const why = await desk.get(`/calls/${id}/why`);
	assert.equal(why.status, 'completed');
	assert.match(why.why, /^[A-Z].*\.$/);
	assert.ok(why.facts.some(f => f.fact === 'ended by' && f.value === 'callee'));
	const quality = await poll(async () => {
		const { status, body } = await desk.ask('GET', `/calls/${id}/quality`);
		return status === 200 && body;
	}, 'the quality');
	assert.ok(JSON.stringify(quality).length > 50);

	// The recording: whole, in parts, unchanged, by a link without a key, and gone.
	const record = await desk.get(`/calls/${id}`);
	const { recordings: [recording] } = await desk.get(`/calls/${id}/recordings`);
	assert.equal(record.recording_url, recording.recording_url);
	const media = (headers = {}) => fetch(record.recording_url, { headers: { 'X-API-Key': KEY, ...headers } });
	const whole = await media(), bytes = Buffer.from(await whole.arrayBuffer());
	const wav = readWav(bytes);
	assert.equal(bytes.length, recording.size);
	assert.ok(Math.abs(wav.seconds - call.duration) <= 1.5, `${wav.seconds} s of ${call.duration}`);
	assert.ok(level(wav.channels[0]) > 200);
	assert.ok(Math.max(...toneShares(wav.channels[0].slice(-2 * wav.rate), 700)) > 0.3, 'what the phone said is in it');
	const parts = [];
	for (let at = 0; at < bytes.length; at += 20000) {
		const part = await media({ range: `bytes=${at}-${at + 19999}` });
		assert.equal(part.status, 206);
		assert.equal(part.headers.get('content-range'), `bytes ${at}-${Math.min(at + 19999, bytes.length - 1)}/${bytes.length}`);
		parts.push(Buffer.from(await part.arrayBuffer()));
	}
	assert.deepEqual(Buffer.concat(parts), bytes);
	assert.equal((await media({ 'if-none-match': whole.headers.get('etag') })).status, 304);
	const { url } = await desk.expect(201, 'POST', `/recordings/${recording.id}/links`, { expires_in: 60 });
	assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), bytes);
	await desk.expect(204, 'DELETE', `/recordings/${recording.id}`);
	assert.equal((await media()).status, 404);
	assert.equal((await fetch(url)).status, 401, 'the link shows nothing any more');
	assert.equal((await desk.get(`/calls/${id}`)).recording_url, undefined);
});

story('a call in: a menu asks for digits and acts on them', [], async (desk, _, world) => {
	const asked = [];
	desk.answer = ({ url, form }) => {
		if (url === '/status')
			return { status: 200 };
		asked.push({ url, form });
		if (url === '/voice')
			return doc('<Gather action="/menu" numDigits="2" timeout="20"><Play loop="20">tone:dial</Play></Gather><Say>Too late.</Say>');
		if (url === '/menu')
			return doc('<Play>tone:busy</Play><Redirect>/end</Redirect>');
		return doc('<Hangup/>');
	};
	const caller = await (await world.trunk()).call('+15550009000');
	await caller.response(200);
	await caller.rtp.hearAnything('the menu');
	for (const digit of [4, 2]) {
		caller.rtp.press(digit);
		await caller.rtp.further(5);
	}
	await caller.ended();
	const { call_id: id, call } = await desk.event('call.state', e => e.call.status === 'completed');
	assert.deepEqual(asked.map(r => r.url), ['/voice', '/menu', '/end']);
	assert.equal(asked[0].form.get('Direction'), 'inbound');
	assert.equal(asked[0].form.get('To'), '+15550009000');
	assert.equal(asked[1].form.get('Digits'), '42');
	assert.equal(call.direction, 'inbound');
	assert.equal(call.ended_by, 'script');
	await desk.event('call.quality', e => e.call_id === id && e.final);
	await desk.agrees(id, desk.statuses(id));
	assert.deepEqual(desk.events.filter(e => e.type === 'call.digit').map(e => e.digit), ['4', '2']);
});

story('mute, hold, digits and transfers', ['alice', 'bob', 'carol'], async (desk, { alice, bob, carol }) => {
	const { id } = await desk.dial({ to: '+15550001001', script: doc('<Dial>+15550001002</Dial>') });
	const first = await alice.incoming();
	await first.accept();
	const second = await bob.incoming();
	await second.accept();
	first.rtp.sendTone(tones.alice);
	second.rtp.sendTone(tones.bob);
	await Promise.all([first.rtp.hear(tones.bob), second.rtp.hear(tones.alice)]);
	assert.equal((await desk.change(id, { muted: true })).muted, true);
	await until(second.rtp, tones.alice, false, 'muted');
	await first.rtp.hear(tones.bob);
	await desk.change(id, { muted: false });
	await until(second.rtp, tones.alice, true, 'unmuted');
	assert.equal((await desk.change(id, { hold: true })).on_hold, true);
	await until(first.rtp, tones.bob, false, 'on hold');
	await until(second.rtp, tones.alice, false, 'the other on hold');
	await desk.change(id, { hold: false });
	await until(first.rtp, tones.bob, true, 'back');
	const before = first.rtp.packets.length;
	await desk.change(id, { digits: '5#' });
	await first.rtp.signal.until(() => {
		const keys = new Set(first.rtp.packets.slice(before).filter(p => p.pt === 101).map(p => p.payload[0]));
		return keys.has(5) && keys.has(11);
	}, 'the digits 5 and #');
	// in the middle of what a script connected
	await desk.change(id, { transfer_to: '+15550001003' });
	await second.ended();
	const third = await carol.incoming();
	await third.accept();
	third.rtp.sendTone(tones.carol);
	await Promise.all([first.rtp.hear(tones.carol), third.rtp.hear(tones.alice)]);
	await third.bye();
	await first.ended();
	assert.equal((await desk.over(id)).ended_by, 'callee');

	// blind, to a user: who was called goes on with somebody else
	const again = await desk.dial({ to: '+15550001001', script: WAIT });
	const far = await alice.incoming();
	await far.accept();
	far.rtp.sendTone(tones.alice);
	await desk.becomes(again.id, 'in-progress');
	await desk.change(again.id, { transfer_to: '+15550001002' });
	const target = await bob.incoming();
	await target.accept();
	target.rtp.sendTone(tones.bob);
	await Promise.all([far.rtp.hear(tones.bob), target.rtp.hear(tones.alice)]);
	await far.bye();
	await target.ended();
	assert.equal((await desk.over(again.id)).status, 'completed');
});

story('a phone hands over a call that a script connected: the script lets go of it', ['alice', 'bob', 'carol'], async (desk, { alice, bob, carol }, world) => {
	const { id } = await desk.dial({ to: '+15550001001', script: doc('<Dial>+15550001002</Dial><Play>tone:busy</Play>') });
	const first = await alice.incoming();
	await first.accept();
	first.rtp.sendTone(tones.alice);
	const second = await bob.incoming();
	await second.accept();
	second.rtp.sendTone(tones.bob);
	await first.rtp.hear(tones.bob);
	const answer = await bob.send(second.inDialog('REFER', { headers: [['Refer-To', `<sip:+15550001003@${world.host}>`], ['Referred-By', '<sip:bob@x>']] }));
	assert.equal(answer.status, 202);
	const target = await carol.incoming();
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await second.ended();
	await Promise.all([first.rtp.hear(tones.carol), target.rtp.hear(tones.alice)]);
	assert.equal((await desk.event('call.transferred', e => e.call_id === id)).to, '+15550001003');
	await target.bye();
	await first.ended();
	assert.equal((await desk.over(id)).ended_by, 'callee');
});

story('hold and digits while a script speaks: it goes on', ['bob'], async (desk, { bob }) => {
	const { id } = await desk.dial({ script: doc('<Play loop="50">tone:dial</Play>') });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the script');
	await desk.change(id, { hold: true });
	await callee.rtp.further(20);
	await desk.change(id, { hold: false });
	await desk.change(id, { digits: '1' });
	await callee.rtp.further(100);
	await callee.rtp.hearAnything('the script again');
	assert.equal((await desk.get(`/calls/${id}`)).status, 'in-progress');
	await desk.end(id);
	await callee.ended();
});

story('a conference of three: who hears whom', ['alice', 'bob', 'carol'], async (desk, phones) => {
	const room = await desk.expect(201, 'POST', '/conferences', { friendly_name: 'morning', status_callback: desk.callback, record: true });
	assert.equal(room.status, 'init');
	const calls = {}, ids = {};
	for (const [user, tone] of Object.entries(tones)) {
		const number = { alice: '+15550001001', bob: '+15550001002', carol: '+15550001003' }[user];
		ids[user] = (await desk.expect(201, 'POST', `/conferences/${room.id}/participants`, { to: number, from: '+15550009000', muted: user === 'carol' })).call_id;
		calls[user] = await phones[user].incoming();
		await calls[user].accept();
		calls[user].rtp.sendTone(tone, 6000);
		await desk.becomes(ids[user], 'in-progress');
	}
	const hears = async (user, others, what) => {
		for (const [name, tone] of Object.entries(tones))
			await until(calls[user].rtp, tone, others.includes(name), `${what}: ${user} hears ${name}`);
	};
	const change = (user, body) => desk.expect(200, 'POST', `/conferences/${room.id}/participants/${ids[user]}`, body);
	await hears('alice', ['bob'], 'carol came muted');
	await hears('carol', ['alice', 'bob'], 'and hears');
	await change('carol', { muted: false });
	await hears('alice', ['bob', 'carol'], 'unmuted');
	assert.equal((await change('bob', { hold: true })).hold, true);
	await hears('alice', ['carol'], 'bob on hold');
	await until(calls.bob.rtp, tones.alice, false, 'on hold');
	await change('bob', { hold: false });
	await hears('bob', ['alice', 'carol'], 'back');
	await change('carol', { coach: ids.alice });
	await hears('bob', ['alice'], 'coached');
	await hears('alice', ['bob', 'carol'], 'the coach is heard');
	await change('carol', { coach: '' });
	await hears('bob', ['alice', 'carol'], 'no coach any more');
	assert.equal((await desk.get(`/conferences/${room.id}`)).participant_count, 3);
	assert.equal((await desk.get('/conferences?status=in-progress')).conferences[0].id, room.id);
	await desk.expect(204, 'DELETE', `/conferences/${room.id}/participants/${ids.bob}`);
	await calls.bob.ended();
	await hears('alice', ['carol'], 'bob was removed');
	await desk.expect(204, 'DELETE', `/conferences/${room.id}`);
	await Promise.all([calls.alice.ended(), calls.carol.ended()]);
	for (const user of Object.keys(tones))
		assert.equal((await desk.over(ids[user])).status, 'completed');
	const list = await poll(async () => {
		const body = await desk.get('/recordings');
		return body.recordings.find(r => r.conference_id === room.id && r.status === 'completed');
	}, 'the recording of the conference');
	const wav = readWav(Buffer.from(await (await fetch(list.recording_url, { headers: { 'X-API-Key': KEY } })).arrayBuffer()));
	for (const tone of Object.values(tones))
		assert.ok(Math.max(...toneShares(wav.channels[0], tone)) > 0.15, `${tone} Hz is in it`);
	const told = await poll(() => {
		const all = desk.web.requests.map(r => JSON.parse(r.body)).filter(b => b.conference_id === room.id);
		return all.at(-1)?.conference.status === 'completed' && all;
	}, 'the last webhook of the conference');
	assert.deepEqual(told.map(b => b.sequence), told.map((_, i) => i + 1));
});

for (const [what, wish, act, expected] of [
	['the phone is busy', {}, callee => callee.reply(486), { status: 'busy', by: 'callee', code: 486, why: /busy/i }],
	['nobody answers', { timeout: 1 }, callee => callee.reply(180), { status: 'no-answer', why: /answer/i }],
	['the phone declines', {}, callee => callee.reply(603), { status: 'failed', by: 'callee', code: 603, why: /declined|rejected|refused/i }],
	['the phone is not available', {}, callee => callee.reply(480), { status: 'no-answer', by: 'callee', code: 480, why: /reach|available|answer/i }],
]) {
	story(`${what}: ${expected.status}, and why`, ['bob'], async (desk, { bob }) => {
		const { id } = await desk.dial({ ...wish, status_callback: desk.callback });
		await act(await bob.incoming());
		const call = await desk.over(id);
		assert.equal(call.status, expected.status);
		assert.equal(call.duration, 0);
		assert.ok(Date.parse(call.end_time) >= Date.parse(call.start_time));
		const why = await desk.get(`/calls/${id}/why`);
		assert.match(why.why, expected.why);
		for (const [fact, value] of [['ended by', expected.by], ['SIP response', expected.code]])
			assert.ok(value === undefined || why.facts.some(f => f.fact === fact && f.value === value), `${fact} ${value}: ${JSON.stringify(why.facts)}`);
		await desk.agrees(id, desk.statuses(id));
		assert.equal((await desk.get(`/calls?status=${expected.status}`)).total, 1);
	});
}

story('nobody is there: a phone that is not registered, a number without a route', [], async desk => {
	const { id } = await desk.dial({ status_callback: desk.callback });
	const call = await desk.over(id);
	assert.equal(call.status, 'no-answer');
	assert.match((await desk.get(`/calls/${id}/why`)).why, /registered|reached/i);
	await desk.agrees(id, ['queued', 'no-answer']);
	const refused = await desk.expect(422, 'POST', '/calls', { to: '+999123', from: '+15550009000' });
	assert.equal(refused.field, 'to');
	assert.equal((await desk.expect(422, 'POST', '/calls', { to: '+15550001002', from: '+15550001' })).field, 'from');
	assert.equal((await desk.get('/calls')).total, 1, 'what was refused left no record');
});

story('canceled while it rings, by REST and by WebSocket', ['bob'], async (desk, { bob }) => {
	for (const cancel of [id => desk.end(id), id => desk.change(id, { status: 'canceled' }), async id => assert.equal((await desk.command('endCall', { call_id: id })).status, 204)]) {
		const { id } = await desk.dial({ status_callback: desk.callback });
		const callee = await bob.incoming();
		await callee.reply(180);
		await desk.becomes(id, 'ringing');
		await cancel(id);
		await callee.request('CANCEL');
		assert.equal((await desk.over(id)).ended_by, 'api');
		await desk.agrees(id, ['queued', 'ringing', 'canceled']);
	}
});

story('a time limit ends the call, and says so', ['bob'], async (desk, { bob }) => {
	const { status, body } = await desk.command('initiateCall', { to: '+15550001002', from: '+15550009000', time_limit: 1, script: WAIT, status_callback: desk.callback });
	assert.equal(status, 201);
	const callee = await bob.incoming();
	await callee.accept();
	await callee.ended();
	const call = await desk.over(body.id);
	assert.equal(call.status, 'completed');
	assert.equal(call.ended_by, 'limit');
	assert.match((await desk.get(`/calls/${body.id}/why`)).why, /limit|longest|allowed/i);
	await desk.event('call.quality', e => e.call_id === body.id && e.final);
	await desk.agrees(body.id, desk.statuses(body.id));
});
