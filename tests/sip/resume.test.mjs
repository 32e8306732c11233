// The switch is killed while calls are up, and started again with conf { resume }: the same calls go on.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { poll } from './support/wait.mjs';

const RESUME = { extra: 'resume = true', sip: 'max-calls = 50' };
const inbound = ({ direction }) => direction === 'inbound';
const outbound = ({ direction }) => direction === 'outbound';

// What is kept now, by call id: places of 8 KiB, each with its length, a sum, and the text.
function keptCalls(world) {
	const file = readFileSync(join(world.dir, 'state/calls')), kept = new Map();
	for (let at = 0; at + 8192 <= file.length; at += 8192) {
		const length = file.readUInt32LE(at);
		if (length) {
			const call = JSON.parse(file.toString('utf8', at + 16, at + 16 + length));
			kept.set(call.id, call);
		}
	}
	return kept;
}

async function hearEachOther({ caller, callee }) {
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000, 'the callee'), callee.rtp.hear(440, 'the caller')]);
}

async function talk(world, control, options = {}) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', options.call), callee = await bob.incoming();
	await callee.accept(options.accept);
	await caller.response(200);
	const { id: callerId } = await control.someCall(inbound), { id: calleeId } = await control.someCall(outbound);
	await control.event('call.bridged', ({ call }) => call.id === callerId);
	await hearEachOther({ caller, callee });
	return { alice, bob, caller, callee, callerId, calleeId };
}

// Kills the switch once the calls are written down, and starts the next one.
async function restart(world, ids) {
	for (const id of ids) {
		await world.journalWritten(id, 'in-progress');
		await poll(() => keptCalls(world).has(id), `call ${id} in state/calls`);
	}
	await world.switch.kill('SIGKILL');
	return world.startSwitch();
}

// The re-INVITE of the next process, answered with the description that the phone has had.
async function answerOffer(call, sdp = {}) {
	const { phone } = call, offer = await call.request('INVITE');
	assert.equal(offer.tag('to'), call.localTag);
	assert.equal(offer.tag('from'), call.remoteTag());
	phone.respond(offer, offer.response(200, 'OK', { toTag: call.localTag,
		headers: [['Contact', phone.contact()], ['Content-Type', 'application/sdp']],
		body: makeSdp({ host: phone.host, port: call.rtp.port, payloads: [0, 101], ...sdp }) }));
	return offer;
}

for (const who of ['caller', 'callee'])
	scenario(`two phones talk on after kill -9, and the ${who} hangs up`, RESUME, async (world, control) => {
		const { caller, callee, callerId, calleeId } = await talk(world, control);
		const { call: before } = await control.call('call.get', { call: callerId });
		const port = caller.rtp.remote.port;
		const fresh = await restart(world, [callerId, calleeId]);
		const offers = await Promise.all([answerOffer(caller), answerOffer(callee)]);
		assert.equal(parseSdp(offers[0].body).port, port, 'its port is the one it was');
		await hearEachOther({ caller, callee });
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
