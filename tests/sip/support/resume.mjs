// Calls that outlive the switch's process.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from './wait.mjs';

export const RESUME = { extra: 'resume = true', sip: 'max-calls = 50' };

// What is kept now, by call id: places of 8 KiB, each with its length, a sum, and the text.
export function keptCalls(world) {
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

// The re-INVITE of the next process, answered with what the phone has said before; `more` as agree() has it. It is among the call's requests no longer.
export async function answerOffer(call, more) {
	const offer = await call.request('INVITE');
	assert.equal(offer.tag('to'), call.localTag);
	assert.equal(offer.tag('from'), call.remoteTag());
	call.requests.splice(call.requests.indexOf(offer), 1);
	call.agree(offer, more);
	return offer;
}

// From now on.
export async function hearEachOther(one, other) {
	for (const { rtp } of [one, other])
		rtp.forget();
	one.rtp.sendTone(440);
	other.rtp.sendTone(1000);
	await Promise.all([one.rtp.hear(1000, 'the other'), other.rtp.hear(440, 'the one')]);
}

// Kills the switch once these calls are written down, and starts the next one. Resolves to its control.
export async function restartSwitch(world, ids) {
	for (const id of ids) {
		await world.journalWritten(id, 'in-progress');
		await poll(() => keptCalls(world).has(id), `call ${id} in state/calls`);
	}
	await world.switch.kill('SIGKILL');
	return world.startSwitch();
}
