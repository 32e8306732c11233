// The switch is killed while calls are up, and started again with conf { resume }: the same calls go on.
import assert from 'node:assert/strict';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';
import { RESUME, answerOffer, hearEachOther, keptCalls, restartSwitch } from './support/resume.mjs';
import { Crypto } from './support/srtp.mjs';
import { poll } from './support/wait.mjs';

const inbound = ({ direction }) => direction === 'inbound';
const outbound = ({ direction }) => direction === 'outbound';

async function talk(world, control, options = {}) {
	const alice = await world.registered('alice', options.phone), bob = await world.registered('bob', options.phone);
	const caller = await alice.call('+15550001002', options.call), callee = await bob.incoming();
	await callee.accept(options.accept);
	await caller.response(200);
	const { id: callerId } = await control.someCall(inbound), { id: calleeId } = await control.someCall(outbound);
	await control.event('call.bridged', ({ call }) => call.id === callerId);
	await hearEachOther(caller, callee);
	return { alice, bob, caller, callee, callerId, calleeId };
}

for (const who of ['caller', 'callee'])
	scenario(`two phones talk on after kill -9, and the ${who} hangs up`, RESUME, async (world, control) => {
		const { caller, callee, callerId, calleeId } = await talk(world, control);
		const { call: before } = await control.call('call.get', { call: callerId });
		const port = caller.rtp.remote.port;
		const fresh = await restartSwitch(world, [callerId, calleeId]);
		const offers = await Promise.all([answerOffer(caller), answerOffer(callee)]);
		assert.equal(parseSdp(offers[0].body).port, port, 'its port is the one it was');
		await hearEachOther(caller, callee);
		const { call: after } = await fresh.call('call.get', { call: callerId });
		for (const name of ['id', 'account', 'from', 'to', 'user', 'created', 'answered', 'sip_call_id', 'direction', 'status', 'bridge'])
			assert.deepEqual(after[name], before[name], name);
		const [first, other] = who === 'caller' ? [caller, callee] : [callee, caller];
		first.cseq += 5;
		assert.equal((await first.bye()).status, 200);
		await other.ended();
		for (const id of [callerId, calleeId]) {
			const ended = await fresh.callState(id, 'completed');
			assert.equal(ended.ended_by, who);
			assert.equal(ended.answered, ended.id === callerId ? before.answered : ended.answered);
			assert.equal(ended.duration_ms, ended.ended - ended.answered);
		}
		assert.equal(keptCalls(world).size, 0);
	});

scenario('encrypted audio goes on with its keys, also when the counter of its packets has rolled over meanwhile', { ...RESUME, users: `
user "alice" { password = "secret-a" number = "+15550001001" srtp = "accepted" }
user "bob" { password = "secret-b" number = "+15550001002" srtp = "required" }` }, async (world, control) => {
	const suite = 'AES_CM_128_HMAC_SHA1_80', keys = [new Crypto(suite, undefined, { tag: 1 })];
	const { caller, callee, callerId, calleeId } = await talk(world, control,
		{ call: { sdp: { proto: 'RTP/SAVP', srtp: keys } }, accept: { srtp: true } });
	assert.equal((await control.call('call.get', { call: callerId })).call.srtp, suite);
	callee.keys[0].sent.roc++; // as after 22 minutes
	const fresh = await restartSwitch(world, [callerId, calleeId]);
	for (const call of [caller, callee])
		await answerOffer(call, { sdp: { proto: 'RTP/SAVP', srtp: call.keys } });
	await hearEachOther(caller, callee);
	assert.equal((await fresh.call('call.get', { call: callerId })).call.srtp, suite);
	await caller.bye();
	await callee.ended();
});

scenario('a far end that is gone ends its call, and the partner\'s with it', RESUME, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await talk(world, control);
	const fresh = await restartSwitch(world, [callerId, calleeId]);
	const offer = await callee.request('INVITE');
	callee.phone.respond(offer, offer.response(481, 'Call Does Not Exist', { toTag: callee.localTag }));
	await answerOffer(caller);
	await caller.ended();
	const ended = await fresh.callState(calleeId, 'completed');
	assert.ok(ended.reason.length > 10);
	await fresh.callState(callerId, 'completed');
});

scenario('who hangs up while the switch is away is not called back', RESUME, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await talk(world, control);
	for (const id of [callerId, calleeId])
		await poll(() => keptCalls(world).has(id), `call ${id} in state/calls`);
	await world.switch.kill('SIGKILL');
	caller.rtp.stop();
	const fresh = await world.startSwitch();
	const offer = await caller.request('INVITE');
	caller.phone.respond(offer, offer.response(481, 'Call Does Not Exist', { toTag: caller.localTag }));
	await answerOffer(callee);
	await callee.ended();
	await fresh.callState(callerId, 'completed');
	await fresh.callState(calleeId, 'completed');
});

scenario('a call to a number that we answer arrives there anew', RESUME, async (world, control) => {
	const alice = await world.registered('alice'), call = await alice.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(600);
	await call.rtp.hear(600);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	const fresh = await restartSwitch(world, [id]);
	await answerOffer(call);
	call.rtp.forget();
	await call.rtp.hear(600, 'the echo');
	await call.bye();
	await fresh.callState(id, 'completed');
});

scenario('hold, what is muted and the time limit are what they were', { ...RESUME, sip: 'max-calls = 50 max-duration = 3s' }, async (world, control) => {
	const { caller, callee, callerId, calleeId } = await talk(world, control);
	await control.call('call.mute', { call: calleeId, muted: true });
	await poll(() => keptCalls(world).get(calleeId)?.muted, 'the mute in state/calls');
	const fresh = await restartSwitch(world, [callerId, calleeId]);
	for (const call of [caller, callee])
		await answerOffer(call);
	assert.equal((await fresh.call('call.get', { call: calleeId })).call.muted, true);
	const ended = await fresh.callState(callerId, 'completed');
	assert.equal(ended.ended_by, 'limit');
	assert.ok(ended.duration_ms >= 2900, `${ended.duration_ms} ms`);
	await Promise.all([caller.ended(), callee.ended()]);
});

scenario('without the option, and after an orderly end, nothing is taken up', {}, async (world, control) => {
	const { caller, callee, callerId } = await talk(world, control);
	await world.journalWritten(callerId, 'in-progress');
	await world.switch.kill('SIGKILL');
	const fresh = await world.startSwitch();
	assert.deepEqual((await fresh.call('call.list')).calls, []);
	for (const call of [caller, callee])
		assert.ok(call.requests.every(({ method }) => method !== 'INVITE'));
});

// A phone that sees that its connection was closed connects again, and registers.
async function comeBack(phone) {
	await phone.connect();
	assert.equal((await phone.register()).status, 200);
}

for (const transport of ['tcp', 'tls'])
	scenario(`phones by ${transport} come back, and their calls go on by the new connections`, transport === 'tls' ? { ...withTls(RESUME.sip), extra: RESUME.extra } : RESUME, async (world, control) => {
		const options = { phone: { transport } };
		const { alice, bob, caller, callee, callerId, calleeId } = await talk(world, control, options);
		for (const phone of [alice, bob])
			phone.stopListening(); // as behind a NAT: nobody can connect to it
		await restartSwitch(world, [callerId, calleeId]);
		const fresh = world.control;
		await hearEachOther(caller, callee);
		for (const phone of [alice, bob])
			await comeBack(phone);
		await Promise.all([answerOffer(caller), answerOffer(callee)]);
		await hearEachOther(caller, callee);
		caller.cseq += 5;
		assert.equal((await caller.bye()).status, 200);
		await callee.ended();
		for (const id of [callerId, calleeId])
			assert.equal((await fresh.callState(id, 'completed')).ended_by, 'caller');
	});
