// Transfers to numbers that the switch answers itself, and by those who talk with the switch: an echo, a recording, a conference, a script.
import assert from 'node:assert/strict';
import http from 'node:http';
import { toneShare } from './support/rtp.mjs';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';
import { connect, notified, phones, refer, tones } from './support/transfer.mjs';

const numbers = `
number "+15550009000" { voice-url = "http://127.0.0.1:9/voice" }
number "+15550009003" { conference = "standup" }
number "+15550009004" { echo = true }
number "+15550009005" { record = true }
number "100" { echo = true }`;
const dialog = call => encodeURIComponent(`${call.callId};to-tag=${call.remoteTag()};from-tag=${call.localTag}`);

// `phone` is connected with a number that the switch answers.
async function connectOwn(phone, number) {
	const call = await phone.call(number);
	await call.response(200);
	call.rtp.sendTone(tones[phone.user]);
	return call;
}

// From some packet on `call` hears `tone`, and again and again: what came before is passed over.
async function hearsAtLast(call, tone) {
	while (toneShare(await call.rtp.further(10), tone) < 0.15);
}

for (const [what, number] of [['an echo', '+15550009004'], ['a recording', '+15550009005'], ['a short number', '100']])
	scenario(`blind transfer to ${what}`, { numbers }, async (world, control) => {
		const { alice, bob } = await phones(world);
		const { caller, callee } = await connect(alice, bob, '+15550001002');
		assert.equal((await refer(callee, `<sip:${number}@${world.host}>`)).status, 202);
		assert.deepEqual(await notified(callee, 200), [100, 200]);
		await callee.ended();
		await hearsAtLast(caller, tones.alice);
		assert.equal((await control.event('call.transferred')).to, number);
		if (number === '+15550009005')
			assert.ok((await control.call('call.list')).calls.some(call => call.recording), 'it is recorded');
		await caller.bye();
	});

scenario('the caller sends the callee to a conference, where others are', { numbers }, async world => {
	const { alice, bob, carol } = await phones(world);
	const inside = await connectOwn(carol, '+15550009003');
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(caller, `<sip:+15550009003@${world.host}>`)).status, 202);
	await notified(caller, 200);
	await caller.ended();
	await Promise.all([hearsAtLast(callee, tones.carol), hearsAtLast(inside, tones.bob)]);
	await callee.bye();
	await inside.bye();
});

scenario('blind transfer to a script: the program that takes the call has it', { numbers }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:+15550009000@${world.host}>`)).status, 202);
	const { call, number } = await control.event('call.incoming');
	assert.equal(number, '+15550009000');
	assert.equal(call.status, 'in-progress');
	assert.equal(callee.requests.some(r => r.method === 'BYE'), false, 'it is not let go before somebody has taken it');
	await control.call('call.claim', { call: call.id });
	assert.deepEqual(await notified(callee, 200), [100, 200]);
	await callee.ended();
	await control.call('call.echo', { call: call.id, on: true });
	await hearsAtLast(caller, tones.alice);
	await caller.bye();
});

scenario('a script that no program takes: the transferee comes back', { numbers, sip: 'claim-timeout = "300ms"' }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:+15550009000@${world.host}>`)).status, 202);
	await control.event('call.incoming');
	assert.equal((await notified(callee, 503)).at(-1), 503);
	await Promise.all([hearsAtLast(callee, tones.alice), hearsAtLast(caller, tones.bob)]);
	await caller.bye();
	await callee.ended();
});

scenario('a transferee that hangs up while a script is asked for: the transferor is told and let go', { numbers }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:+15550009000@${world.host}>`)).status, 202);
	await control.event('call.incoming');
	await caller.bye();
	assert.equal((await notified(callee, 487)).at(-1), 487);
	await callee.ended();
});

scenario('attended transfer into a conference, by either of both calls', { numbers }, async world => {
	const { alice, bob, carol } = await phones(world);
	const inside = await connectOwn(carol, '+15550009003');
	const first = await connect(alice, bob, '+15550001002');
	const consulted = await connectOwn(bob, '+15550009003');
	await hearsAtLast(consulted, tones.carol);
	assert.equal((await refer(first.callee, `<sip:+15550009003@${world.host}?Replaces=${dialog(consulted)}>`)).status, 202);
	await notified(first.callee, 200);
	await Promise.all([first.callee.ended(), consulted.ended()]);
	await Promise.all([hearsAtLast(first.caller, tones.carol), hearsAtLast(inside, tones.alice)]);
	await first.caller.bye();
	// and the other way round: the one in the conference is told to bring in the other's partner
	const second = await connect(alice, bob, '+15550001002');
	const member = await connectOwn(alice, '+15550009003');
	await hearsAtLast(member, tones.carol);
	assert.equal((await refer(member, `<sip:bob@${world.host}?Replaces=${dialog(second.caller)}>`)).status, 202);
	await notified(member, 200);
	await Promise.all([member.ended(), second.caller.ended()]);
	await Promise.all([hearsAtLast(second.callee, tones.carol), hearsAtLast(inside, tones.bob)]);
	await second.callee.bye();
	await inside.bye();
});

scenario('attended transfer into a script', { numbers }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const first = await connect(alice, bob, '+15550001002');
	const consulted = await bob.call('+15550009000');
	const { call } = await control.event('call.incoming');
	await control.call('call.claim', { call: call.id });
	await control.call('call.answer', { call: call.id });
	await consulted.response(200);
	assert.equal((await refer(first.callee, `<sip:+15550009000@${world.host}?Replaces=${dialog(consulted)}>`)).status, 202);
	const next = await control.event('call.incoming', e => e.call.id !== call.id);
	await control.call('call.claim', { call: next.call.id });
	await notified(first.callee, 200);
	await Promise.all([first.callee.ended(), consulted.ended()]);
	await first.caller.bye();
});

scenario('one in a conference has another called in its place', { numbers }, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const inside = await connectOwn(bob, '+15550009003'), member = await connectOwn(alice, '+15550009003');
	await hearsAtLast(member, tones.bob);
	assert.equal((await refer(member, `<sip:carol@${world.host}>`)).status, 202);
	const busy = await carol.incoming();
	await busy.reply(486);
	assert.equal((await notified(member, 486)).at(-1), 486);
	await hearsAtLast(member, tones.bob);
	assert.equal((await refer(member, `<sip:carol@${world.host}>`)).status, 202);
	const target = await carol.incoming();
	assert.match(target.invite.get('from'), /15550001001/);
	await target.reply(180);
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await member.ended();
	await Promise.all([hearsAtLast(target, tones.bob), hearsAtLast(inside, tones.carol)]);
	await target.bye();
	await inside.bye();
	await control.event('call.transferred', ({ call }) => call.user === 'carol');
});

scenario('one that talks with a script has another called in its place, and hangs up at once', { numbers }, async (world, control) => {
	const { alice, carol } = await phones(world);
	const caller = await alice.call('+15550009000');
	const { call } = await control.event('call.incoming');
	await control.call('call.claim', { call: call.id });
	await control.call('call.answer', { call: call.id });
	await caller.response(200);
	assert.equal((await refer(caller, `<sip:carol@${world.host}>`)).status, 202);
	await caller.bye();
	const target = await carol.incoming();
	await target.accept();
	const next = await control.event('call.incoming', e => e.call.id !== call.id);
	assert.equal(next.number, '+15550009000');
	assert.equal(next.call.user, 'carol');
	await control.call('call.claim', { call: next.call.id });
	await control.call('call.hangup', { call: next.call.id });
	await target.ended();
});

scenario('from nothing of ours to nothing of ours nobody is transferred', { numbers }, async world => {
	const { alice } = await phones(world);
	const call = await connectOwn(alice, '+15550009004');
	assert.equal((await refer(call, `<sip:+15550009005@${world.host}>`)).status, 603);
	await hearsAtLast(call, tones.alice);
	await call.bye();
});

scenario('an INVITE with Replaces takes a place in a conference', { numbers }, async world => {
	const { alice, bob, carol } = await phones(world);
	const inside = await connectOwn(bob, '+15550009003'), member = await connectOwn(alice, '+15550009003');
	await hearsAtLast(member, tones.bob);
	const taker = await carol.call('+15550009003', { headers: [['Replaces', `${member.callId};to-tag=${member.remoteTag()};from-tag=${member.localTag}`]] });
	await taker.response(200);
	taker.rtp.sendTone(tones.carol);
	await member.ended();
	await Promise.all([hearsAtLast(taker, tones.bob), hearsAtLast(inside, tones.carol)]);
	await taker.bye();
	await inside.bye();
});

scenario('the control socket transfers to numbers that the switch answers', { numbers }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const { id } = await control.someCall(({ user, direction }) => user === 'alice' && direction === 'inbound');
	await control.call('call.transfer', { call: id, to: '+15550009004' });
	await callee.ended();
	await hearsAtLast(caller, tones.alice);
	await caller.bye();
});

scenario('offhook-api runs the script of the number that a call was transferred to', {}, async world => {
	const { alice, bob } = await phones(world);
	const asked = [], server = http.createServer((request, reply) => {
		asked.push(request.url);
		reply.setHeader('Content-Type', 'text/xml');
		reply.end('<Response><Gather numDigits="1" timeout="60" action="/pressed"/></Response>');
	});
	await new Promise(resolve => server.listen(9000, world.host, resolve));
	try {
		await world.startApi();
		const { caller, callee } = await connect(alice, bob, '+15550001002');
		assert.equal((await refer(callee, `<sip:+15550009000@${world.host}>`)).status, 202);
		await notified(callee, 200);
		await callee.ended();
		await poll(() => asked.length === 1, 'the script to be asked for');
		assert.equal(asked[0].split('?')[0], '/voice');
		await caller.bye();
	} finally {
		server.close();
		server.closeAllConnections();
	}
});
