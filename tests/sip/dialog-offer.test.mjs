// Offers of the switch within a call: hold by a program, and both sides at once (491).
import assert from 'node:assert/strict';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';

const SDP = ['Content-Type', 'application/sdp'];

// The nth re-INVITE of a call.
const offered = (call, nth = 1) => call.phone.signal.until(
	() => call.requests.filter(({ method }) => method === 'INVITE')[nth - 1], `re-INVITE number ${nth}`);

function answer(call, request, status, { direction, sdp = {} } = {}) {
	const body = status < 300 ? makeSdp({ host: call.phone.host, port: call.rtp.port, payloads: parseSdp(request.body).payloads, direction, ...sdp }) : '';
	call.phone.respond(request, request.response(status, 'As it is', { toTag: call.localTag, body,
		headers: [['Contact', call.phone.contact()], ...(body ? [SDP] : [])] }));
}

async function reinvite(call, direction) {
	const body = makeSdp({ host: call.phone.host, port: call.rtp.port, payloads: [0, 101], direction });
	const reply = await call.phone.send(call.inDialog('INVITE', { body, headers: [SDP] }));
	call.phone.transmit(call.inDialog('ACK', { cseq: reply.cseq.number }));
	return reply;
}

// A phone that is called by a program, and one that calls an echo.
async function called(world, control) {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming();
	await callee.accept({ sdp: { payloads: [0, 101] } });
	await control.callState(id, 'in-progress');
	return { id, call: callee };
}

async function calling(world, control) {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	return { id, call };
}

const hold = (control, id, on) => control.call('call.hold', { call: id, hold: on });
const version = text => Number(/^o=\S+ \d+ (\d+)/m.exec(text)[1]);

for (const [who, begin] of [['called', called], ['calling', calling]])
	scenario(`a program puts a phone that was ${who} on hold and takes it back: both are re-INVITEs`, {}, async (world, control) => {
		const { id, call } = await begin(world, control);
		await hold(control, id, true);
		const first = await offered(call);
		const said = parseSdp(first.body);
		assert.equal(said.direction, 'sendonly');
		assert.deepEqual(said.payloads, [0, 101], 'the codec in use and no other');
		answer(call, first, 200, { direction: 'recvonly' });
		await hold(control, id, false);
		const second = await offered(call, 2);
		assert.equal(parseSdp(second.body).direction, 'sendrecv');
		assert.ok(version(second.body) > version(first.body));
		answer(call, second, 200);
		assert.equal((await control.call('call.get', { call: id })).call.on_hold, undefined);
		if (who === 'calling') {
			call.rtp.sendTone(440);
			await call.rtp.hear(440, 'the echo');
		}
		await control.call('call.hangup', { call: id });
		await call.ended();
	});

scenario('while a phone is on hold, it may offer, and stays on hold', {}, async (world, control) => {
	const { id, call } = await calling(world, control);
	await hold(control, id, true);
	answer(call, await offered(call), 200, { direction: 'recvonly' });
	assert.equal(parseSdp((await reinvite(call)).body).direction, 'sendonly');
	assert.equal(parseSdp((await reinvite(call, 'sendonly')).body).direction, 'inactive');
	await call.bye();
});

for (const [who, begin] of [['called', called], ['calling', calling]])
	scenario(`both offer at once: a phone that was ${who} is refused with 491, refuses, and is asked again`, {}, async (world, control) => {
		const { id, call } = await begin(world, control);
		await hold(control, id, true);
		const ours = await offered(call);
		const refused = await reinvite(call, 'sendonly');
		assert.equal(refused.status, 491);
		answer(call, ours, 491);
		assert.equal((await reinvite(call)).status, 200, 'it is first');
		const again = await offered(call, 2);
		assert.ok(again.cseq.number > ours.cseq.number);
		assert.equal(parseSdp(again.body).direction, 'sendonly');
		answer(call, again, 200, { direction: 'recvonly' });
		await control.call('call.hangup', { call: id });
		await call.ended();
	});

scenario('the newest of several offers is the one that is made', {}, async (world, control) => {
	const { id, call } = await called(world, control);
	await hold(control, id, true);
	const first = await offered(call);
	await hold(control, id, false);
	await hold(control, id, true);
	await hold(control, id, false);
	answer(call, first, 200, { direction: 'recvonly' });
	const second = await offered(call, 2);
	assert.equal(parseSdp(second.body).direction, 'sendrecv');
	answer(call, second, 200);
	await control.call('call.hangup', { call: id });
	await call.ended();
	assert.equal(call.requests.filter(({ method }) => method === 'INVITE').length, 2);
});

for (const [what, status] of [['refuses', 488], ['does not know', 415], ['forbids', 403]])
	scenario(`a phone that ${what} re-INVITE is silenced all the same, and the call lives`, {}, async (world, control) => {
		const { id, call } = await calling(world, control);
		await hold(control, id, true);
		answer(call, await offered(call), status);
		assert.equal((await control.call('call.get', { call: id })).call.on_hold, true);
		assert.equal((await call.phone.send(call.inDialog('OPTIONS'))).status, 200);
		await call.bye();
	});

for (const [what, status] of [['knows the call no more', 481], ['fails over it (RFC 5057)', 500]])
	scenario(`a phone that ${what} is let go`, {}, async (world, control) => {
		const { id, call } = await calling(world, control);
		await hold(control, id, true);
		answer(call, await offered(call), status);
		const { reason } = await control.callState(id, 'completed');
		assert.doesNotMatch(reason, /timer/);
	});

scenario('a call ends while our offer is on its way', {}, async (world, control) => {
	const { id, call } = await called(world, control);
	await hold(control, id, true);
	await offered(call);
	await control.call('call.hangup', { call: id });
	await call.ended();
	answer(call, await offered(call), 487);
});

scenario('an offer of ours waits while the session is refreshed', { sip: 'session-timer = 4 session-timer-min = 2' }, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const call = await bob.incoming(), timer = [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']];
	await call.accept({ headers: timer, sdp: { payloads: [0, 101] } });
	const refresh = await offered(call);
	await hold(control, id, true);
	const body = makeSdp({ host: bob.host, port: call.rtp.port, payloads: [0, 101] });
	bob.respond(refresh, refresh.response(200, 'OK', { toTag: call.localTag, body, headers: [['Contact', bob.contact()], SDP, ...timer] }));
	const ours = await offered(call, 2);
	assert.equal(parseSdp(ours.body).direction, 'sendonly');
	answer(call, ours, 200, { direction: 'recvonly' });
	await control.call('call.hangup', { call: id });
	await call.ended();
});

scenario('a refresh that is refused with 491 is tried again', { sip: 'session-timer = 4 session-timer-min = 2' }, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const call = await bob.incoming(), timer = [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']];
	await call.accept({ headers: timer, sdp: { payloads: [0, 101] } });
	answer(call, await offered(call), 491);
	const again = await offered(call, 2);
	const body = makeSdp({ host: bob.host, port: call.rtp.port, payloads: [0, 101] });
	bob.respond(again, again.response(200, 'OK', { toTag: call.localTag, body, headers: [['Contact', bob.contact()], SDP, ...timer] }));
	await offered(call, 3);
	await control.call('call.hangup', { call: id });
	await call.ended();
});
