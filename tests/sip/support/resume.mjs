// Calls that outlive the switch's process.
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

// Kills the switch once these calls are written down, and starts the next one. Resolves to its control.
export async function restartSwitch(world, ids) {
	for (const id of ids) {
		await world.journalWritten(id, 'in-progress');
		await poll(() => keptCalls(world).has(id), `call ${id} in state/calls`);
	}
	await world.switch.kill('SIGKILL');
	return world.startSwitch();
}
