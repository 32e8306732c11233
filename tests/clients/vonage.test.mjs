// Vonage's own package against real calls: every operation of its voice client, and every webhook held against its signature.
import assert from 'node:assert/strict';
import { toneShare } from '../sip/support/rtp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { story, token } from './support/vonage.mjs';

const WAIT = [{ action: 'talk', text: 'Please hold the line.', loop: 0 }];

// Waits until a tone is there, or gone.
async function until(rtp, tone, there, what) {
	for (let i = 0; i < 200; i++) {
		const share = toneShare(await rtp.further(10), tone);
		if (there ? share > 0.15 : share < 0.01)
			return;
	}
	assert.fail(`${what}: ${tone} Hz was ${there ? 'never heard' : 'heard on and on'}`);
}

story('a call out: its record and its events', ['bob'], async (caller, { bob }) => {
	const made = await caller.dial({ ncco: WAIT });
	assert.equal(made.status, 'started');
	assert.equal(made.direction, 'outbound');
	assert.equal(made.conversationUUID, `CON-${made.uuid}`);
	const callee = await bob.incoming();
	await callee.reply(180);
	await caller.event(made.uuid, 'ringing');
	await callee.accept();
	await callee.rtp.hearAnything('the talk');
	await caller.event(made.uuid, 'answered');
	const up = await caller.voice.getCall(made.uuid);
	assert.equal(up.status, 'answered');
	for (const name of ['duration', 'price', 'rate', 'network', 'start_time', 'end_time'])
		assert.equal(up[name], undefined, `${name} is known only once it is completed`);
	await callee.bye();
	const last = await caller.event(made.uuid, 'completed');
	assert.equal(last.disconnected_by, 'user');
	assert.equal(typeof last.duration, 'string');
	assert.deepEqual(caller.told(made.uuid).map(e => e.status), ['started', 'ringing', 'answered', 'completed']);
	for (const { from, to, conversation_uuid, direction, timestamp } of caller.told(made.uuid)) {
		assert.deepEqual({ from, to, conversation_uuid, direction }, { from: '15550009000', to: '15550001002', conversation_uuid: `CON-${made.uuid}`, direction: 'outbound' });
		assert.ok(Date.parse(timestamp));
	}
	const call = await caller.voice.getCall(made.uuid);
	assert.equal(call.status, 'completed');
	assert.equal(call.conversationUUID, `CON-${made.uuid}`);
	assert.match(call.duration, /^\d+$/);
	assert.match(call.start_time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	assert.match(call.end_time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	for (const name of ['price', 'rate', 'network'])
		assert.equal(typeof call[name], 'string');
	assert.deepEqual(call.from, { type: 'phone', number: '15550009000' });
	assert.deepEqual(call.to, { type: 'phone', number: '15550001002' });
	assert.equal((await caller.ask('GET', `/v1/calls/${made.uuid}`)).body._links.self.href, `${caller.world.api}/v1/calls/${made.uuid}`);
});

story('an answer URL by GET and by POST, for calls out and in', ['bob'], async (caller, { bob }, world) => {
	caller.answer = hook => hook.path.startsWith('/answer') ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify([{ action: 'talk', text: 'Hello.' }]) } : undefined;
	const made = await caller.dial({ answerUrl: [`${caller.web.url}/answer?mine=1`], answerMethod: 'GET' });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the document');
	await callee.ended();
	const asked = await caller.hook(h => h.path === '/answer', 'the request for the document');
	assert.equal(asked.method, 'GET');
	for (const [name, value] of Object.entries({ mine: '1', from: '15550009000', to: '15550001002', uuid: made.uuid, conversation_uuid: `CON-${made.uuid}` }))
		assert.equal(asked.query[name], value);
	const trunk = await world.trunk(), phone = await trunk.call('+15550009000');
	await phone.response(200);
	await phone.ended();
	const inbound = await caller.hook(h => h.body?.status === 'completed' && h.body.direction === 'inbound', 'the events of the inbound call');
	assert.equal(inbound.body.to, '15550009000');
	assert.ok(caller.hooks.some(h => h.path === '/answer' && h.query.uuid === inbound.body.uuid && h.method === 'GET'));
	const other = await trunk.call('+15550009001');
	await other.response(200);
	await other.ended();
	const { method, body } = await caller.hook(h => h.path === '/answer-post', 'the request by POST');
	assert.equal(method, 'POST');
	assert.deepEqual(Object.keys(body).sort(), ['conversation_uuid', 'from', 'to', 'uuid']);
	assert.equal(body.to, '15550009001');
});

story('mute, earmuff, digits, transfer, hang up', ['alice', 'bob', 'carol'], async (caller, { alice, bob, carol }) => {
	const { uuid } = await caller.dial({ ncco: [{ action: 'connect', from: '15550009000', endpoint: [{ type: 'phone', number: '15550001001' }] }] });
	const first = await bob.incoming();
	await first.accept();
	const second = await alice.incoming();
	await second.accept();
	first.rtp.sendTone(1000, 6000);
	second.rtp.sendTone(440, 6000);
	await Promise.all([first.rtp.hear(440), second.rtp.hear(1000)]);
	const both = await caller.voice.search({ conversationUUID: `CON-${uuid}` });
	assert.equal(both.count, 2);
	assert.ok(both.embedded?.calls ?? both._embedded.calls);
	assert.equal(await caller.voice.muteCall(uuid), undefined);
	await until(second.rtp, 1000, false, 'muted');
	await caller.voice.unmuteCall(uuid);
	await until(second.rtp, 1000, true, 'unmuted');
	await caller.voice.earmuffCall(uuid);
	await until(first.rtp, 440, false, 'earmuffed');
	await until(second.rtp, 1000, true, 'it is heard all the same');
	await caller.voice.unearmuffCall(uuid);
	await until(first.rtp, 440, true, 'hears again');
	const sent = await caller.voice.playDTMF(uuid, '1p2#');
	assert.deepEqual({ ...sent }, { message: 'DTMF sent', uuid });
	await first.rtp.signal.until(() => new Set(first.rtp.packets.filter(p => p.pt === 101).map(p => p.payload[0])).size >= 3, 'the digits 1, 2 and #');
	await caller.voice.transferCallWithNCCO(uuid, [{ action: 'connect', from: '15550009000', endpoint: [{ type: 'phone', number: '15550001003' }] }]);
	await second.ended();
	const third = await carol.incoming();
	await third.accept();
	third.rtp.sendTone(1700, 6000);
	await Promise.all([first.rtp.hear(1700), third.rtp.hear(1000)]);
	caller.answer = hook => hook.path === '/next' ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(WAIT) } : undefined;
	await caller.voice.transferCallWithURL(uuid, `${caller.web.url}/next`);
	await third.ended();
	await until(first.rtp, 1700, false, 'transferred to a talk');
	await first.rtp.hearAnything('the talk');
	assert.equal(await caller.voice.hangupCall(uuid), undefined);
	await first.ended();
	const last = await caller.event(uuid, 'completed');
	assert.equal(last.disconnected_by, 'platform');
});

story('what is streamed and said into a call: the script waits and goes on', ['bob'], async (caller, { bob }) => {
	const rate = 8000, samples = Buffer.alloc(2 * rate * 2);
	for (let i = 0; i < 2 * rate; i++)
		samples.writeInt16LE(Math.round(8000 * Math.sin(2 * Math.PI * 700 * i / rate)), 2 * i);
	const head = Buffer.alloc(44);
	head.write('RIFF'); head.writeUInt32LE(36 + samples.length, 4); head.write('WAVEfmt ', 8); head.writeUInt32LE(16, 16);
	head.writeUInt16LE(1, 20); head.writeUInt16LE(1, 22); head.writeUInt32LE(rate, 24); head.writeUInt32LE(2 * rate, 28); head.writeUInt16LE(2, 32); head.writeUInt16LE(16, 34);
	head.write('data', 36); head.writeUInt32LE(samples.length, 40);
	caller.take = ({ url }) => url === '/a.wav' ? { status: 200, headers: { 'content-type': 'audio/wav' }, body: Buffer.concat([head, samples]) } : { status: 200 };
	const { uuid } = await caller.dial({ ncco: WAIT, eventUrl: undefined });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the script');
	assert.deepEqual({ ...await caller.voice.streamAudio(uuid, `${caller.web.url}/a.wav`, 0, 0.5) }, { message: 'Stream started', uuid });
	await until(callee.rtp, 700, true, 'streamed');
	assert.deepEqual({ ...await caller.voice.stopStreamAudio(uuid) }, { message: 'Stream stopped', uuid });
	await until(callee.rtp, 700, false, 'stopped');
	await callee.rtp.hearAnything('the script again');
	assert.deepEqual({ ...await caller.voice.playTTS(uuid, { text: 'Something else.', loop: 1, language: 'en-US' }) }, { message: 'Talk started', uuid });
	await callee.rtp.further(50);
	assert.deepEqual({ ...await caller.voice.stopTTS(uuid) }, { message: 'Talk stopped', uuid });
	await callee.rtp.further(50);
	await callee.rtp.hearAnything('the script once more');
	assert.equal((await caller.voice.getCall(uuid)).status, 'answered');
	await caller.voice.hangupCall(uuid);
	await callee.ended();
});

story('keys that are pressed are told to who listens', ['bob'], async (caller, { bob }) => {
	const { uuid } = await caller.dial({ ncco: WAIT });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the script');
	await caller.voice.subscribeDTMF(uuid, `${caller.web.url}/keys`);
	callee.rtp.press(7);
	const { body } = await caller.hook(h => h.path === '/keys', 'the key');
	assert.deepEqual(body.dtmf, { digits: '7', timed_out: false });
	assert.equal(body.uuid, uuid);
	await caller.voice.unsubscribeDTMF(uuid);
	callee.rtp.press(8);
	await callee.rtp.further(50);
	await caller.voice.hangupCall(uuid);
	await callee.ended();
	await caller.event(uuid, 'completed');
	assert.equal(caller.hooks.filter(h => h.path === '/keys').length, 1, 'nobody listens any more');
});

for (const [status, act, more] of [
	['busy', callee => callee.reply(486)], ['rejected', callee => callee.reply(603)], ['unanswered', callee => callee.reply(480)],
	['failed', callee => callee.reply(500)], ['timeout', callee => callee.reply(180), { ringingTimer: 1 }],
	['cancelled', async (callee, caller, uuid) => { await callee.reply(180); await caller.event(uuid, 'ringing'); await caller.voice.hangupCall(uuid); }],
])
	story(`a call that is ${status} is told and found as that`, ['bob'], async (caller, { bob }) => {
		const { uuid } = await caller.dial({ ncco: WAIT, ...more });
		await act(await bob.incoming(), caller, uuid);
		const event = await caller.event(uuid, status);
		assert.equal(event.duration, undefined);
		assert.equal((await caller.voice.getCall(uuid)).status, status);
		for (const other of ['busy', 'rejected', 'unanswered', 'failed', 'timeout', 'cancelled', 'completed', 'started', 'ringing', 'answered']) {
			const { count } = await caller.voice.search({ status: other });
			assert.equal(count, other === status ? 1 : 0, other);
		}
	});

story('lists are walked to their end while calls come in', ['bob'], async (caller, { bob }) => {
	const ids = [];
	const one = async () => {
		const { uuid } = await caller.dial({ ncco: WAIT });
		ids.push(uuid);
		await (await bob.incoming()).reply(486);
		await caller.event(uuid, 'busy');
	};
	for (let i = 0; i < 5; i++)
		await one();
	const seen = [];
	for await (const call of caller.voice.getAllCalls({ pageSize: 2 })) {
		seen.push(call.uuid);
		if (seen.length === 3)
			await one();
	}
	assert.deepEqual(seen.slice(0, 5), ids.slice(0, 5), 'oldest first, none twice, none left out');
	const page = (await caller.ask('GET', '/v1/calls?page_size=2&record_index=1&order=desc&status=busy')).body;
	assert.equal(page.count, 6);
	assert.deepEqual(page._embedded.calls.map(c => c.uuid), [ids[4], ids[3]]);
	for (const link of Object.values(page._links))
		assert.ok(link.href.startsWith(`${caller.world.api}/v1/calls?`) && /status=busy/.test(link.href), link.href);
	const next = await caller.ask('GET', page._links.next.href.slice(caller.world.api.length));
	assert.deepEqual(next.body._embedded.calls.map(c => c.uuid), [ids[2], ids[1]]);
	assert.equal((await caller.ask('GET', `/v1/calls?uuid=${ids[2]}`)).body._embedded.calls[0].uuid, ids[2]);
	assert.equal((await caller.ask('GET', '/v1/calls?date_start=2020-01-01T00:00:00Z&date_end=2020-02-01T00:00:00Z')).body.count, 0);
	assert.equal((await caller.ask('GET', '/v1/calls?date_start=2020-01-01T00:00:00Z')).body.count, 6);
});

story('endpoints of every kind; a random number of ours', ['bob'], async (caller, { bob }, world) => {
	for (const to of [{ type: 'app', user: 'bob' }, { type: 'sip', uri: `sip:+15550001002@${world.host}`, headers: { location: 'x' }, standardHeaders: { userToUser: 'abc' } }]) {
		const { uuid } = await caller.voice.createOutboundCall({ to: [to], randomFromNumber: true, ncco: WAIT, eventUrl: [caller.events], machineDetection: 'continue' });
		const callee = await bob.incoming();
		assert.match(callee.invite.get('from'), /1555000900[01]/);
		if (to.type === 'sip') {
			assert.equal(callee.invite.get('x-location'), 'x');
			assert.equal(callee.invite.get('user-to-user'), 'abc');
		}
		await callee.accept();
		await callee.rtp.hearAnything('the script');
		await caller.voice.hangupCall(uuid);
		await callee.ended();
		await caller.event(uuid, 'completed');
	}
});

// The keys that a far end has heard (RFC 4733), each once.
const keysOf = rtp => [...new Map(rtp.packets.filter(p => p.pt === 101).map(p => [p.timestamp, p.payload[0]])).values()].map(n => '0123456789*#'[n]).join('');

story('dtmfAnswer: digits are sent when it is answered', ['bob'], async (caller, { bob }) => {
	const dial = more => caller.dial({ to: [{ type: 'phone', number: '15550001002', dtmfAnswer: '1p#9' }], ...more });
	caller.answer = hook => hook.path === '/answer' ? { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(WAIT) } : undefined;
	for (const more of [{ ncco: WAIT }, { answerUrl: [`${caller.web.url}/answer`], answerMethod: 'GET' }]) {
		const { uuid } = await dial(more);
		const callee = await (await bob.incoming()).accept();
		await callee.rtp.hearAnything('the document');
		await poll(() => keysOf(callee.rtp) === '1#9', 'the digits');
		await caller.voice.hangupCall(uuid);
		await callee.ended();
		await caller.event(uuid, 'completed');
	}
	for (const dtmfAnswer of ['', '12x', '1'.repeat(65), 12])
		await assert.rejects(caller.dial({ to: [{ type: 'phone', number: '15550001002', dtmfAnswer }], ncco: WAIT }), error => error.response.status === 400);
});

// A machine: words that do not end, as a tone that goes up and down.
async function greet(call, syllables, over = () => false) {
	for (let i = 0; i < syllables && !over(); i++) {
		call.rtp.sendTone([130, 260, 390, 520, 650], i % 2 ? 300 : 3000);
		await call.rtp.further(7); // as long as a syllable
	}
	call.rtp.sendTone(0, 0);
}

story('machine detection: a machine and its beep are told, or a machine is hung up on', ['bob'], async (caller, { bob }) => {
	const { uuid } = await caller.dial({ ncco: WAIT, advancedMachineDetection: { behavior: 'continue', mode: 'detect_beep', beepTimeout: 45 } });
	const callee = await (await bob.incoming()).accept();
	await greet(callee, 20);
	assert.equal((await caller.event(uuid, 'machine')).sub_state, undefined);
	await callee.rtp.further(15);
	callee.rtp.sendTone(1000);
	await poll(() => caller.told(uuid).some(e => e.status === 'machine' && e.sub_state === 'beep_start'), 'the beep');
	await callee.rtp.hearAnything('the script, which has waited for the beep');
	await callee.bye();
	const call = await caller.dial({ ncco: WAIT, machineDetection: 'hangup' }), other = await (await bob.incoming()).accept();
	let over = false;
	const greeting = greet(other, 40, () => over);
	await other.ended();
	over = true;
	await greeting.catch(() => {}); // nothing is heard any more
	const end = await caller.event(call.uuid, 'completed');
	assert.equal(end.disconnected_by, 'platform');
	assert.deepEqual(caller.told(call.uuid).map(e => e.status).filter(s => s === 'machine' || s === 'human'), ['machine']);
});

story('events by GET; the recording of a call at both of its paths', ['bob'], async (caller, { bob }, world) => {
	const { uuid } = await caller.dial({ ncco: WAIT, eventUrl: [`${caller.events}?mine=1`], eventMethod: 'GET' });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the script');
	await world.http('POST', `/v1/voice/calls/${uuid}/recordings`, {});
	await callee.rtp.further(50);
	await callee.bye();
	await caller.event(uuid, 'completed');
	const first = caller.hooks.find(h => h.query.uuid === uuid);
	assert.equal(first.method, 'GET');
	assert.equal(first.query.mine, '1');
	assert.equal(first.query.status, 'started');
	const url = await poll(async () => (await caller.ask('GET', `/v1/calls/${uuid}`)).body.recording_url, 'the recording');
	assert.ok(url.startsWith(`${world.api}/v1/files/`));
	for (const path of [url, url.replace('/v1/', '/v3/')]) {
		const reply = await fetch(path, { headers: { authorization: `Bearer ${token()}` } });
		assert.equal(reply.status, 200);
		assert.equal(reply.headers.get('content-type'), 'audio/wav');
		assert.equal(Buffer.from(await reply.arrayBuffer()).subarray(0, 4).toString(), 'RIFF');
	}
	assert.equal((await fetch(url)).status, 401);
	// one live call, three ways
	const telefonie = (await world.http('GET', `/v1/voice/calls/${uuid}`)).body;
	assert.equal(telefonie.status, 'completed');
});

story('an NCCO asks for digits and goes on with what the answer says', ['bob'], async (caller, { bob }) => {
	caller.answer = hook => hook.path === '/digits' ? { status: 200, headers: { 'content-type': 'application/json' }, body: '[{"action":"talk","text":"Thank you."}]' } : undefined;
	const { uuid } = await caller.dial({ ncco: [{ action: 'input', type: ['dtmf'], dtmf: { maxDigits: 2, timeOut: 10 }, eventUrl: [`${caller.web.url}/digits`] }] });
	const callee = await bob.incoming();
	await callee.accept();
	await caller.event(uuid, 'answered');
	for (const digit of [4, 2]) {
		callee.rtp.press(digit);
		await callee.rtp.further(5);
	}
	await callee.ended();
	const { method, body } = await caller.hook(h => h.path === '/digits', 'the digits');
	assert.equal(method, 'POST');
	assert.deepEqual(body.dtmf, { digits: '42', timed_out: false });
	assert.equal(body.uuid, uuid);
	assert.equal(body.conversation_uuid, `CON-${uuid}`);
	assert.ok(Date.parse(body.timestamp));
	assert.equal((await caller.event(uuid, 'completed')).disconnected_by, 'platform');
});

story('who is in a named conversation has its id, to the last event and beyond', ['alice', 'bob'], async (caller, { alice, bob }) => {
	const join = [{ action: 'conversation', name: 'the-room' }];
	const one = (await caller.dial({ ncco: join })).uuid, first = await bob.incoming();
	await first.accept();
	const two = (await caller.dial({ to: [{ type: 'phone', number: '15550001001' }], ncco: join })).uuid, second = await alice.incoming();
	await second.accept();
	const of = async uuid => (await caller.voice.getCall(uuid)).conversationUUID;
	const room = await poll(async () => { const [a, b] = [await of(one), await of(two)]; return a === b && a; }, 'that both are in one conversation');
	assert.notEqual(room, `CON-${one}`);
	assert.notEqual(room, `CON-${two}`);
	const listed = async () => (await caller.voice.search({ conversationUUID: room }))._embedded.calls.map(c => c.uuid);
	assert.deepEqual(await listed(), [one, two]);
	await first.bye();
	await second.bye();
	for (const uuid of [one, two]) {
		assert.equal((await caller.event(uuid, 'completed')).conversation_uuid, room);
		assert.equal(await of(uuid), room);
	}
	assert.deepEqual(await listed(), [one, two], 'it is history, and found');
});
