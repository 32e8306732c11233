// Odd but legal sequences, and illegal ones that occur.
import assert from 'node:assert/strict';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';
import { SipMessage } from './support/sip-message.mjs';

const SDP = ['Content-Type', 'application/sdp'];

async function ringing(world) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	return { alice, bob, caller, callee };
}

async function talking(world) {
	const all = await ringing(world);
	await all.callee.accept();
	await all.caller.response(200);
	return all;
}

async function echoing(world) {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	return { alice, call };
}

const offerOf = (call, sdp = {}) => makeSdp({ host: call.phone.host, port: call.rtp.port, ...sdp });

// A re-INVITE, acknowledged.
async function reinvite(call, body) {
	const answer = await call.phone.send(call.inDialog('INVITE', { body, headers: body ? [SDP] : [] }));
	const ack = call.inDialog('ACK', { cseq: call.cseq });
	if (answer.status >= 300)
		ack.headers.find(([n]) => n === 'Via')[1] = call.phone.via();
	call.phone.transmit(ack);
	return answer;
}

scenario('183 with media, then 180, then 200 with another description', {}, async world => {
	const { caller, callee } = await ringing(world);
	await callee.reply(183, { media: true });
	await caller.response(183);
	callee.rtp.sendTone(440);
	await caller.rtp.hear(440, 'early media');
	await callee.reply(180);
	await callee.accept({ sdp: { payloads: [0] } });
	await caller.response(200);
	callee.rtp.sendTone(1000);
	await caller.rtp.hear(1000);
	await caller.bye();
	await callee.ended();
});

scenario('early media in a 180', {}, async (world, control) => {
	const { caller, callee } = await ringing(world);
	await callee.reply(180, { media: true });
	await caller.response(183);
	callee.rtp.sendTone(440);
	await caller.rtp.hear(440, 'early media');
	await control.event('call.early_media');
	await callee.accept();
	await caller.response(200);
	await caller.bye();
	await callee.ended();
});

scenario('a 200 that comes again is acknowledged again', {}, async world => {
	const { bob, caller, callee } = await talking(world);
	const acks = () => bob.received.filter(({ method }) => method === 'ACK');
	bob.transmit(bob.sent.findLast(({ status }) => status === 200));
	await bob.signal.until(() => acks().length === 2, 'the second ACK');
	assert.equal(acks()[0].cseq.number, acks()[1].cseq.number);
	await caller.bye();
	await callee.ended();
});

scenario('a 200 without a description after early media: that one counts', {}, async world => {
	const { caller, callee } = await ringing(world);
	await callee.reply(183, { media: true });
	await caller.response(183);
	await callee.reply(200);
	await caller.response(200);
	callee.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.bye();
	await callee.ended();
});

scenario('a 200 without any description is acknowledged and hung up', {}, async (world, control) => {
	const { bob, caller, callee } = await ringing(world);
	await callee.reply(200);
	await bob.signal.until(() => callee.acked, 'ACK');
	await callee.ended();
	assert.ok((await caller.final()).status >= 400);
	const call = await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'failed');
	assert.match(call.reason, /without a session description/);
});

scenario('a 200 with other codecs than offered is acknowledged and hung up', {}, async world => {
	const { caller, callee } = await ringing(world);
	await callee.reply(200, { media: true, sdp: { payloads: [18] } });
	await callee.ended();
	assert.equal((await caller.final()).status, 488);
});

scenario('the caller sends BYE while it rings', {}, async (world, control) => {
	const { alice, caller, callee } = await ringing(world);
	await callee.reply(180);
	caller.answer = await caller.response(180);
	assert.equal((await caller.bye()).status, 200);
	assert.equal((await caller.final()).status, 487);
	await callee.request('CANCEL');
	await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'canceled');
});

scenario('UPDATE before the answer, from either side', {}, async world => {
	const { alice, bob, caller, callee } = await ringing(world);
	await callee.reply(183, { media: true });
	caller.answer = await caller.response(183);
	const headers = [SDP];
	assert.ok([491, 500].includes((await alice.send(caller.inDialog('UPDATE', { body: offerOf(caller), headers }))).status));
	assert.equal((await alice.send(caller.inDialog('UPDATE'))).status, 200, 'without a body it asks for nothing');
	assert.ok([491, 500].includes((await bob.send(callee.inDialog('UPDATE', { body: offerOf(callee), headers }))).status));
	await callee.accept();
	await caller.response(200);
	await caller.bye();
	await callee.ended();
});

scenario('a re-INVITE to other codecs, to none of ours, and to another address', {}, async (world, control) => {
	const { alice, bob, caller, callee } = await talking(world);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	const changed = await reinvite(caller, offerOf(caller, { payloads: [8, 101] }));
	assert.equal(changed.status, 200);
	assert.equal(parseSdp(changed.body).payloads[0], 8);
	caller.rtp.payloadType = 8;
	await Promise.all([caller.rtp.hear(1000, 'in PCMA'), callee.rtp.hear(440)]);
	assert.equal((await reinvite(caller, offerOf(caller, { payloads: [18] }))).status, 488);
	await callee.rtp.further(10);
	const update = await alice.send(caller.inDialog('UPDATE', { body: offerOf(caller, { payloads: [0, 101] }), headers: [SDP] }));
	assert.equal(update.status, 200);
	assert.equal(parseSdp(update.body).payloads[0], 0);
	caller.rtp.payloadType = 0;
	await callee.rtp.hear(440);
	await bob.send(callee.inDialog('OPTIONS'));
	await caller.bye();
	await callee.ended();
});

scenario('re-INVITEs that overlap', {}, async world => {
	const { alice, call } = await echoing(world);
	const first = call.inDialog('INVITE', { body: offerOf(call), headers: [SDP] });
	const second = call.inDialog('INVITE', { body: offerOf(call), headers: [SDP] });
	const [a, b] = await Promise.all([alice.send(first), alice.send(second)]);
	assert.equal(a.status, 200);
	assert.equal(b.status, 500);
	assert.ok(Number.parseInt(b.get('retry-after')) <= 10);
	alice.transmit(call.inDialog('ACK', { cseq: first.cseq.number }));
	const third = await reinvite(call, offerOf(call));
	assert.equal(third.status, 200);
	await call.bye();
});

scenario('a request with an old CSeq', {}, async world => {
	const { alice, call } = await echoing(world);
	const { cseq } = call;
	assert.equal((await alice.send(call.inDialog('OPTIONS', { cseq: cseq + 5 }))).status, 200);
	assert.equal((await alice.send(call.inDialog('OPTIONS', { cseq: cseq + 2 }))).status, 500);
	call.cseq += 10;
	await call.bye();
});

scenario('requests within no dialog', {}, async world => {
	const { alice, call } = await echoing(world);
	for (const method of ['BYE', 'UPDATE', 'INFO', 'NOTIFY', 'PRACK', 'REFER', 'INVITE']) {
		const request = call.inDialog(method, { headers: [['Event', 'refer'], ['Subscription-State', 'active'], ['Refer-To', '<sip:bob@x>'], ['RAck', '1 1 INVITE']] });
		request.headers.find(([name]) => name === 'Call-ID')[1] = 'nobody-knows-' + method;
		const reply = await alice.send(request);
		assert.equal(reply.status, 481, `${method}: ${reply.startLine}`);
		if (method === 'INVITE')
			alice.transmit(call.inDialog('ACK', { cseq: request.cseq.number }));
	}
	await call.bye();
});

scenario('methods that nobody knows, within a call and outside', {}, async world => {
	const { alice, call } = await echoing(world);
	for (const request of [call.inDialog('FOO'), alice.request('FOO', `sip:${world.host}`), call.inDialog('PUBLISH'), call.inDialog('MESSAGE')]) {
		const reply = await alice.send(request);
		assert.ok([405, 501].includes(reply.status), reply.startLine);
		assert.match(reply.get('allow'), /INVITE/);
	}
	await call.bye();
});

scenario('REFER outside a call', {}, async world => {
	const alice = await world.registered('alice');
	for (const to of Array.from({ length: 60 }, (_, i) => ['bob', '+15550009004', 'nobody'][i % 3])) { // always the same
		const reply = await alice.send(alice.request('REFER', `sip:${to}@${world.host}`, { headers: [['Refer-To', `<sip:bob@${world.host}>`]] }));
		assert.equal(reply.status, 403);
	}
	const bare = await alice.send(alice.request('REFER', `sip:bob@${world.host}`));
	assert.equal(bare.status, 403);
});

scenario('an extension that we do not have', {}, async world => {
	const { alice, call } = await echoing(world);
	const first = await (await alice.call('+15550009004', { headers: [['Require', 'x-none']] })).final();
	assert.equal(first.status, 420);
	assert.equal(first.get('unsupported'), 'x-none');
	const within = await alice.send(call.inDialog('INVITE', { body: offerOf(call), headers: [SDP, ['Require', 'x-none']] }));
	assert.equal(within.status, 420);
	alice.transmit(call.inDialog('ACK', { cseq: call.cseq }));
	const registering = await alice.register({ headers: [['Require', 'x-none']] });
	assert.equal(registering.status, 420);
	await call.bye();
});

scenario('Allow and Supported say what is so', {}, async world => {
	const { alice, call } = await echoing(world);
	const options = await alice.send(alice.request('OPTIONS', `sip:${world.host}`));
	for (const message of [options, call.answer]) {
		const allow = message.get('allow').split(/, */).sort();
		assert.deepEqual(allow, ['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'NOTIFY', 'OPTIONS', 'PRACK', 'REFER', 'REGISTER', 'UPDATE']);
		assert.deepEqual(message.get('supported').split(/, */).sort(), ['100rel', 'replaces', 'timer']);
	}
	await call.bye();
});

scenario('Replaces that names no call', {}, async world => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004', { headers: [['Replaces', 'unknown@x;to-tag=a;from-tag=b']] });
	assert.equal((await call.final()).status, 481);
});

scenario('hops are counted across the switch, and when they are used up: 483', { numbers: `
number "+15550009002" { dial = {"trunk:carrier"} }
number "+15550009004" { echo = true }` }, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const call = async (to, hops) => {
		const invite = carrier.request('INVITE', `sip:${to}@${world.host}`, { body: makeSdp({ host: carrier.host, port: 40000 }), headers: [SDP] });
		invite.headers.find(([name]) => name === 'Max-Forwards')[1] = String(hops);
		return carrier.send(invite);
	};
	for (const hops of [70, 2, 1]) {
		const answer = call('+15550009002', hops), out = await carrier.incoming();
		assert.equal(out.invite.get('max-forwards'), String(hops - 1));
		await out.reply(486);
		assert.equal((await answer).status, 486);
	}
	assert.equal((await call('+15550009002', 0)).status, 483);
	assert.equal((await control.someCall(({ sip_code }) => sip_code === 483)).status, 'failed');
	const out = await alice.call('+14445556666'), far = await carrier.incoming();
	assert.equal(far.invite.get('max-forwards'), '69');
	await far.reply(486);
	await out.final();
});

scenario('a call out that comes back by way of a proxy, and would go out again: 482', {}, async (world, control) => {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009002'), out = await carrier.incoming();
	const back = new SipMessage(`INVITE sip:+15550009002@${world.host} SIP/2.0`, [['Via', carrier.via()],
		...out.invite.headers.map(([name, value]) => [name, name === 'Max-Forwards' ? String(value - 1) : value])], out.invite.body);
	assert.equal((await carrier.send(back)).status, 482);
	assert.equal((await control.someCall(({ sip_code }) => sip_code === 482)).reason, 'The call went round in a loop.');
	await out.reply(486);
	assert.equal((await call.final()).status, 486);
});

scenario('INFO: digits of both kinds, a ping, what is no digit, and what we do not know', {}, async (world, control) => {
	const { alice, call } = await echoing(world);
	const info = async (type, body) => {
		const reply = await alice.send(call.inDialog('INFO', { body, headers: type ? [['Content-Type', type]] : [] }));
		if (reply.status === 415)
			assert.match(reply.get('accept'), /application\/dtmf-relay/);
		return reply.status;
	};
	assert.equal(await info('application/dtmf-relay', 'Signal=5\r\nDuration=250\r\n'), 200);
	assert.equal(await info('application/dtmf-relay', 'Signal= #\r\nDuration = 0\r\n'), 200);
	assert.equal(await info('Application/DTMF', '7'), 200);
	assert.equal(await info('application/dtmf-relay', 'Signal=b\n'), 200);
	assert.equal(await info('application/dtmf-relay', 'Signal=11'), 200);
	assert.equal(await info('application/dtmf-relay', 'Signal=16'), 400);
	assert.equal(await info('application/dtmf-relay', 'Signal=hookflash'), 400);
	assert.equal(await info('application/dtmf-relay', 'Duration=160'), 400);
	assert.equal(await info('application/media_control+xml', '<x/>'), 415);
	assert.equal(await info('', ''), 200);
	await call.bye();
	await control.someCall(({ status }) => status === 'completed');
	assert.deepEqual(control.events.filter(({ method }) => method === 'call.digit').map(({ params }) => [params.digit, params.duration_ms]),
		[['5', 250], ['#', 160], ['7', 160], ['B', 160], ['#', 160]]);
});

scenario('PRACK that acknowledges nothing', {}, async world => {
	const { alice, call } = await echoing(world);
	const reply = await alice.send(call.inDialog('PRACK', { headers: [['RAck', '77 1 INVITE']] }));
	assert.equal(reply.status, 481);
	await call.bye();
});

scenario('an INVITE that comes by two ways, or from two phones with the same of everything: 482, and the log says why', { listen: 'udp:HOST:5070' }, async (world, control) => {
	const one = await world.registered('alice'), two = await world.phone('alice');
	const same = { callId: 'same-of-all', fromTag: 'same-of-all', cseq: 1 };
	const ask = (phone, more = {}) => phone.send(phone.request('INVITE', `sip:bob@${world.host}`, { ...same, ...more, headers: [['User-Agent', 'Twins/1']] }));
	assert.equal((await ask(one)).status, 407);
	assert.equal((await ask(two)).status, 482);
	assert.match(world.switch.text(), / warn sip\.merged .*sip_call_id="?same-of-all.* user_agent="?Twins\/1/);
	assert.equal((await ask(two, { cseq: 2 })).status, 407);
	assert.equal((await ask(two, { cseq: 1, fromTag: 'another' })).status, 407);
	const elsewhere = await world.phone('alice', { server: { host: world.host, port: 5070 } });
	assert.equal((await ask(elsewhere)).status, 407, 'the next listener, by RFC 3263');
	// one that rings
	const bob = await world.registered('bob');
	const call = await one.call('bob'), rung = await bob.incoming();
	await rung.reply(180);
	await call.response(180);
	const again = one.request('INVITE', call.invite.uri, { callId: call.callId, fromTag: call.localTag, cseq: call.cseq, body: call.invite.body, headers: [['Content-Type', 'application/sdp']] });
	assert.equal((await one.send(again)).status, 482);
	one.transmit(call.invite); // a retransmission is none
	await rung.accept();
	await call.response(200);
	assert.equal(world.switch.text().match(/ sip\.merged /g).length, 2);
	await call.bye();
});
