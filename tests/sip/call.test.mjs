// Phones call phones, with no API layer running: every way that a call can go, seen by both far ends and by the control socket.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { SipMessage } from './support/sip-message.mjs';

const inbound = ({ direction }) => direction === 'inbound';
const outbound = ({ direction }) => direction === 'outbound';

// alice calls bob, who gets the INVITE. Resolves to both ends and the ids of both calls.
async function callBob(world, control, to = '+15550001002') {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call(to);
	const callee = await bob.incoming();
	const { id: callerId } = await control.someCall(inbound, "the caller's call");
	const { id: calleeId, parent_call_id: parent } = await control.someCall(outbound, "the callee's call");
	assert.equal(parent, callerId);
	return { alice, bob, caller, callee, callerId, calleeId };
}

// The same, answered, with both hearing each other.
async function talk(world, control, to) {
	const ends = await callBob(world, control, to);
	await ends.callee.reply(180);
	await ends.caller.response(180);
	await ends.callee.accept();
	await ends.caller.response(200);
	await hearEachOther(ends);
	return ends;
}

async function hearEachOther({ caller, callee }) {
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000, 'the callee'), callee.rtp.hear(440, 'the caller')]);
}

for (const [way, to] of [['number', '+15550001002'], ['name', 'bob']]) {
	scenario(`a phone calls another by ${way}, they talk, the callee hangs up`, {}, async (world, control) => {
		const { caller, callee, callerId, calleeId } = await talk(world, control, to);
		assert.equal(callee.invite.address('from').match(/^sip:([^@]*)/)[1], '+15550001001', "the caller's number is shown");
		await control.event('call.bridged', ({ call }) => call.id === callerId);
		const live = (await control.call('call.list')).calls;
		assert.deepEqual(new Set(live.map(({ id }) => id)), new Set([callerId, calleeId]));
		assert.equal(live.find(({ id }) => id === callerId).bridge, calleeId);
		assert.equal((await callee.bye()).status, 200);
		await caller.ended();
		const first = await control.callState(callerId, 'completed'), second = await control.callState(calleeId, 'completed');
		assert.deepEqual(control.states(callerId), ['queued', 'ringing', 'in-progress', 'completed']);
		assert.deepEqual(control.states(calleeId), ['queued', 'ringing', 'in-progress', 'completed']);
		for (const call of [first, second]) {
			assert.equal(call.from, '+15550001001');
			assert.equal(call.ended_by, 'callee');
			assert.ok(call.reason.length > 5);
			assert.ok(call.answered >= call.ringing && call.ended >= call.answered);
			assert.equal(call.duration_ms, call.ended - call.answered);
			const { stats } = await control.event('call.quality', ({ call: { id }, final }) => final && id === call.id);
			assert.ok(stats.rx_packets >= 10 && stats.tx_packets >= 10, JSON.stringify(stats));
			assert.equal(stats.codec, 'PCMU');
		}
	});
}

scenario('the caller hangs up', {}, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await talk(world, control);
	assert.equal((await caller.bye()).status, 200);
	await callee.ended();
	for (const id of [callerId, calleeId])
		assert.equal((await control.callState(id, 'completed')).ended_by, 'caller');
});

scenario('phones talk over TCP', {}, async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tcp' }), bob = await world.registered('bob', { transport: 'tcp' });
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	await hearEachOther({ caller, callee });
	await caller.bye();
	await callee.ended();
	await control.callState((await control.someCall(inbound)).id, 'completed');
});

scenario('a phone on TCP talks with one on UDP, in PCMA', {}, async world => {
	const alice = await world.registered('alice', { transport: 'tcp' }), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', { sdp: { payloads: [8, 101] } }), callee = await bob.incoming();
	await callee.accept({ sdp: { payloads: [8, 101] } });
	await caller.response(200);
	await hearEachOther({ caller, callee });
	await callee.bye();
	await caller.ended();
});

scenario('phones with no codec in common still talk: the switch translates', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', { sdp: { payloads: [0] } }), callee = await bob.incoming();
	await callee.accept({ sdp: { payloads: [8] } });
	callee.rtp.payloadType = 8;
	await caller.response(200);
	await hearEachOther({ caller, callee });
	assert.ok(caller.rtp.packets.every(({ pt }) => pt === 0));
	assert.ok(callee.rtp.packets.every(({ pt }) => pt === 8));
	await callee.bye();
	await caller.ended();
});

// What the callee answers, what the caller is told, and what becomes of both calls.
const refusals = [
	[486, 'busy'], [600, 'busy'], [480, 'no-answer'], [408, 'no-answer'], [404, 'failed'], [500, 'failed'], [503, 'failed'], [603, 'failed'],
];
for (const [code, status] of refusals) {
	scenario(`the callee answers ${code}: ${status}`, {}, async (world, control) => {
		const { caller, callee, callerId, calleeId } = await callBob(world, control);
		await callee.reply(180);
		await caller.response(180);
		await callee.reply(code);
		assert.equal((await caller.final()).status, code);
		for (const id of [callerId, calleeId]) {
			const call = await control.callState(id, status);
			assert.equal(call.sip_code, code);
			assert.equal(call.duration_ms, 0);
			assert.ok(call.reason && Number.isInteger(call.q850), JSON.stringify(call));
		}
		assert.deepEqual(control.states(calleeId), ['queued', 'ringing', status]);
	});
}

scenario('a phone that is not registered is not reachable', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const caller = await alice.call('+15550001002');
	assert.equal((await caller.final()).status, 480);
	const call = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'no-answer');
	assert.match(call.reason, /regist/i);
});

scenario('a number that nobody has does not exist', {}, async world => {
	const alice = await world.registered('alice');
	for (const to of ['+19995550000', 'nobody', 'x'.repeat(300)])
		assert.equal((await (await alice.call(to)).final()).status, 404, to);
});

scenario('the callee does not answer in time', { sip: 'ring-timeout = 1' }, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await callBob(world, control);
	await callee.reply(180);
	await callee.request('CANCEL');
	const final = await caller.final();
	assert.ok([408, 480].includes(final.status), final.startLine);
	for (const id of [callerId, calleeId])
		await control.callState(id, 'no-answer');
});

scenario('the caller gives up while it rings', {}, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await callBob(world, control);
	await callee.reply(180);
	await caller.response(180);
	assert.equal((await caller.cancel()).status, 200);
	assert.equal((await caller.final()).status, 487);
	await callee.request('CANCEL');
	for (const id of [callerId, calleeId])
		assert.equal((await control.callState(id, 'canceled')).ended_by, 'caller');
});

scenario('the caller gives up before anything rings', {}, async (world, control) => {
	const { caller, callee, callerId } = await callBob(world, control);
	await caller.response(100);
	assert.equal((await caller.cancel()).status, 200);
	assert.equal((await caller.final()).status, 487);
	await control.callState(callerId, 'canceled');
	await callee.reply(180); // now the switch may send its CANCEL
	await callee.request('CANCEL');
});

scenario('early media of the callee is heard by the caller', {}, async (world, control) => {
	const { caller, callee, calleeId } = await callBob(world, control);
	await callee.reply(183, { media: true });
	const progress = await caller.response(183);
	assert.match(progress.body, /m=audio/);
	callee.rtp.sendTone(425);
	await caller.rtp.hear(425, 'early media');
	await control.event('call.early_media', ({ call }) => call.id === calleeId);
	await callee.accept();
	await caller.response(200);
	await hearEachOther({ caller, callee });
	await caller.bye();
	await callee.ended();
});

scenario('OPTIONS is answered, inside a call and outside', {}, async (world, control) => {
	const { alice, caller, callee } = await talk(world, control);
	const outside = await alice.send(alice.request('OPTIONS', `sip:${world.host}`));
	assert.equal(outside.status, 200);
	assert.match(outside.get('allow'), /INVITE/);
	assert.equal((await alice.send(caller.inDialog('OPTIONS'))).status, 200);
	await caller.bye();
	await callee.ended();
});

scenario('requests that we do not do are refused clearly', {}, async world => {
	const alice = await world.registered('alice');
	const uri = `sip:bob@${world.host}`;
	assert.ok([405, 501].includes((await alice.send(alice.request('PUBLISH', uri))).status));
	const extension = await alice.send(alice.request('OPTIONS', uri, { headers: [['Require', 'teleportation']] }));
	assert.ok([200, 420].includes(extension.status), extension.startLine);
	const bye = alice.request('BYE', uri);
	bye.headers.find(([name]) => name === 'To')[1] += ';tag=unknown';
	assert.equal((await alice.send(bye)).status, 481);
});

scenario('an SDP without a codec of ours gets 488', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const caller = await alice.call('+15550009004', { sdp: { payloads: [18] } });
	assert.equal((await caller.final()).status, 488);
	assert.equal((await control.call('switch.status')).calls, 0);
});

scenario('an SDP that is none is refused', {}, async world => {
	const alice = await world.registered('alice');
	for (const body of ['v=0\r\n', 'hello', 'v=0\r\nm=audio 99999999 RTP/AVP 0\r\n', 'v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 \r\nm=audio 0 RTP/AVP 0\r\n']) {
		const { status } = await (await alice.call('+15550009004', { body })).final();
		assert.ok([400, 488, 606].includes(status), `${JSON.stringify(body)}: ${status}`);
	}
});

scenario('the control socket hangs up a ringing call and an answered one', {}, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await callBob(world, control);
	await callee.reply(180);
	await caller.response(180);
	const { call } = await control.call('call.hangup', { call: calleeId });
	assert.equal(call.status, 'canceled');
	assert.equal(call.ended_by, 'api');
	await callee.request('CANCEL');
	assert.ok((await caller.final()).status >= 400);
	await control.event('call.state', ({ call: { id, status } }) => id === callerId && status !== 'queued' && status !== 'ringing');

	const again = await world.phones[0].call('+15550001002'), answered = await world.phones[1].incoming();
	await answered.accept();
	await again.response(200);
	const { id } = await control.someCall(({ direction, status, id: other }) => direction === 'inbound' && status === 'in-progress' && other !== callerId);
	assert.equal((await control.call('call.hangup', { call: id })).call.status, 'completed');
	await Promise.all([again.ended(), answered.ended()]);
});

scenario('the switch calls a phone, plays a tone and records what it says', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id, status } } = await control.call('call.originate', { to: '+15550001002', from: '+15550009000', record: true, tag: 'a tag' });
	assert.equal(status, 'queued');
	const callee = await bob.incoming();
	await callee.reply(180);
	await control.callState(id, 'ringing');
	await callee.accept();
	const answered = await control.callState(id, 'in-progress');
	assert.equal(answered.tag, 'a tag');
	assert.equal(answered.user, 'bob');
	callee.rtp.sendTone(700);
	const { play_id: play } = await control.call('call.play', { call: id, files: ['tone:ringback'], loop: 0 });
	await callee.rtp.hearAnything('the tone');
	await control.call('call.stop', { call: id });
	assert.equal((await control.event('call.play_done', params => params.play_id === play)).end, 'stopped');
	assert.equal((await callee.bye()).status, 200);
	const over = await control.callState(id, 'completed');
	assert.equal(over.ended_by, 'callee');
	const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
	assert.equal(recording.status, 'completed');
	assert.ok(recording.bytes > 44);
});

scenario('a call that we place rings out', {}, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', timeout: 1 });
	const callee = await bob.incoming();
	await callee.reply(180);
	await callee.request('CANCEL');
	const over = await control.callState(id, 'no-answer');
	assert.deepEqual(control.states(id), ['queued', 'ringing', 'no-answer']);
	assert.equal(over.duration_ms, 0);
});

scenario('what cannot be placed is refused at once, with the field', {}, async (world, control) => {
	const cases = [
		[{ to: '+19995550000', from: '+15550009000' }, 422, 'to'], [{ to: '+15550001002', from: '+19995550000' }, 422, 'from'],
		[{ from: '+15550009000' }, -32602, 'to'], [{ to: 7, from: '+15550009000' }, -32602, 'to'],
		[{ to: 'bob', from: '+15550009000', timeout: 'long' }, -32602, 'timeout'], [{ to: 'bob', from: '+15550009000', id: 'x' }, -32602, 'id'],
	];
	for (const [params, code, field] of cases)
		await assert.rejects(control.call('call.originate', params), error => error.code === code && error.data?.field === field ||
			assert.fail(`${JSON.stringify(params)}: ${error.message} ${JSON.stringify(error.data)}`));
	const id = '11111111-2222-4333-8444-555555555555';
	await world.registered('bob');
	await control.call('call.originate', { to: 'bob', from: '+15550009000', id });
	await assert.rejects(control.call('call.originate', { to: 'bob', from: '+15550009000', id }),
		error => error.code === 409 && error.data.call.id === id);
	await control.call('call.hangup', { call: id });
	await (await world.phones[0].incoming()).reply(180);
	assert.deepEqual(await control.call('call.originate', { to: 'bob', from: '+15550009000', dry_run: true }), { route: 'user:bob', max_duration: 43200 });
});

scenario('a re-INVITE gets the same session again', {}, async (world, control) => {
	const { alice, caller, callee } = await talk(world, control);
	const reinvite = caller.inDialog('INVITE', { headers: [['Content-Type', 'application/sdp']], body: caller.invite.body });
	const reply = await alice.send(reinvite);
	assert.equal(reply.status, 200);
	assert.match(reply.body, /m=audio [1-9]/);
	alice.transmit(new SipMessage(`ACK ${caller.answer.address('contact')} SIP/2.0`, [
		...reinvite.headers.filter(([name]) => ['Max-Forwards', 'From', 'To', 'Call-ID', 'Route'].includes(name)),
		['Via', alice.via()], ['CSeq', `${reinvite.cseq.number} ACK`]]));
	await hearEachOther({ caller, callee });
	await caller.bye();
	await callee.ended();
});

scenario('all phones of a user ring; the first to answer has the call, the others stop', {}, async (world, control) => {
	const alice = await world.registered('alice'), desk = await world.registered('bob'), mobile = await world.registered('bob');
	const caller = await alice.call('+15550001002');
	const atDesk = await desk.incoming(), atMobile = await mobile.incoming();
	await atDesk.reply(180);
	await atMobile.reply(180);
	await caller.response(180);
	await atMobile.accept();
	await caller.response(200);
	await atDesk.request('CANCEL');
	await hearEachOther({ caller, callee: atMobile });
	await caller.bye();
	await atMobile.ended();
	await control.someCall(({ status }) => status === 'completed');
});

scenario('one phone of a user declines, the other may still answer', {}, async world => {
	const alice = await world.registered('alice'), desk = await world.registered('bob'), mobile = await world.registered('bob');
	const caller = await alice.call('+15550001002');
	const atDesk = await desk.incoming(), atMobile = await mobile.incoming();
	await atMobile.reply(180);
	await atDesk.reply(486);
	await atMobile.accept();
	await caller.response(200);
	await caller.bye();
	await atMobile.ended();
});

scenario('an INVITE that comes twice makes one call', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await carrier.call('+15550009001');
	carrier.transmit(caller.invite);
	const callee = await alice.incoming();
	await callee.reply(180);
	await caller.response(180);
	carrier.transmit(caller.invite);
	assert.equal((await control.call('switch.status')).calls, 2);
	await callee.accept();
	await caller.response(200);
	await caller.bye();
	await callee.ended();
	assert.equal((await control.call('switch.status')).calls_total, 2);
});

scenario('wrong credentials on an INVITE make no call', {}, async (world, control) => {
	await world.registered('alice');
	const thief = await world.phone('alice', { password: 'guess' });
	assert.ok([401, 403, 407].includes((await (await thief.call('+15550001002')).final()).status));
	assert.equal((await control.call('switch.status')).calls_total, 0);
});
