// SIPp with a scenario of ours.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, TOP, isTaken } from './harness.mjs';
import { poll } from './wait.mjs';

// It counts from SIPp's start, while tests first start other things and work through a slow machine: only what hangs meets it.
const PATIENCE_S = 240;

// Runs scenarios/NAME.xml, or the text `xml` (sipp-scenario.mjs). Resolves to its exit code: 0 when every call went as the scenario says.
export function sipp(world, name, { xml, host = '127.0.0.1', port = 0, service = 'service', calls = 1, rate = 10, args = [] } = {}) {
	const file = xml ? join(world.dir, `${name}.xml`) : join(TOP, 'tests/sip/scenarios', `${name}.xml`);
	if (xml)
		writeFileSync(file, xml);
	const process = new Process(`sipp ${name}`, 'sipp', [
		'-sf', file, '-i', host, '-mi', host, ...(port ? ['-p', String(port)] : []),
		'-s', service, '-m', String(calls), '-r', String(rate), '-nostdin', '-timeout', String(PATIENCE_S), '-timeout_error', '-trace_err',
		'-error_file', join(world.dir, `sipp-${name}.err`), ...args, `${world.host}:5060`,
	], join(world.dir, `sipp-${name}.log`), { cwd: world.dir, env: { ...globalThis.process.env, TERM: 'dumb' } });
	return process.exit(`SIPp ${name}`, 1000 * (PATIENCE_S + 30)).then(({ code }) => code);
}

// Resolves when somebody (SIPp) has the UDP port.
export function listening(host, port) {
	return poll(() => isTaken(host, port), `somebody at ${host}:${port}`);
}
