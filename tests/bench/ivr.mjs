// What a menu of two levels costs with many callers at once: offhook-api on one core; offhookd, the callers and the web server of the scripts on the other.
//   OFFHOOK_BUILD=build node tests/bench/ivr.mjs [CALLS [A-SECOND]]        (500 at once: 600 calls, 50 a second)
// Each call: Gather with Say, a key, Gather with Say, a key, Say, Hangup: four steps, three documents.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { BUILD, World } from '../sip/support/harness.mjs';
import { hangUpAll } from '../sip/support/hostile.mjs';
import { cpuUs, missed, pin, row, us } from './measure.mjs';

const [CALLS = 600, RATE = 50] = process.argv.slice(2).map(Number), STEPS = 4, NUMBER = '+15550009000', LISTEN_MS = 4000;

const doc = inner => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`;
const gather = (action, text) => `<Gather numDigits="1" timeout="8" action="${action}"><Say>${text}</Say></Gather><Redirect>/</Redirect>`;
const pages = {
	'/': doc(gather('/menu', 'Welcome. For your account, press 1. For our opening hours, press 2. For a person, press 0. To hear this again, press the star key.')),
	'/menu': doc(gather('/end', 'Please enter the first digit of your customer number, and then wait until somebody who can help you is found for you.')),
	'/end': doc('<Say>Thank you. Goodbye.</Say><Hangup/>'),
};

let asked = 0;
const web = http.createServer((request, response) => {
	asked++;
	request.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/xml' }).end(pages[request.url.split('?')[0]]));
});
await new Promise(ok => web.listen(0, '127.0.0.1', ok));
web.keepAliveTimeout = 60000;

const world = new World({ log: 'warn', sip: 'max-calls = 20000 max-calls-per-second = 10000',
	numbers: () => `number "${NUMBER}" { voice-url = "http://127.0.0.1:${web.address().port}/" }` });

async function load(calls, rate) {
	const child = spawn(join(BUILD, 'tests/bench/ivrload'), ['-t', `${world.host}:5060`, '-i', world.trunkHost, '-u', NUMBER, '-n', calls, '-r', rate, '-w', LISTEN_MS],
		{ stdio: ['ignore', 'pipe', 'inherit'] });
	let text = '';
	child.stdout.setEncoding('utf8').on('data', more => { text += more; });
	const [code] = await once(child, 'exit');
	if (code)
		throw new Error(`ivrload ended with ${code}`);
	return JSON.parse(text);
}

try {
	await world.startSwitch();
	await world.startApi();
	pin(world.apiProcess.pid);
	await load(5, 10); // what is said is spoken once, and kept
	const before = { api: cpuUs(world.apiProcess.pid), switch: cpuUs(world.switch.pid), asked };
	const it = await load(CALLS, RATE);
	const api = (cpuUs(world.apiProcess.pid) - before.api) / CALLS, sw = (cpuUs(world.switch.pid) - before.switch) / CALLS;
	row('a menu of two levels', `${it.calls} calls, ${it.failed} failed, ${it.at_once} at once, ${asked - before.asked} documents`,
		CALLS < 600 ? 'none fails' : 'none fails, 500 at once', !it.failed && (CALLS < 600 || it.at_once >= 500));
	row('  CPU of offhook-api a step', `${us(api / STEPS)} us; a call ${us(api)} us`, '1 ms', api / STEPS <= 1000);
	row('  CPU of offhookd a call', `${us(sw)} us, of which most is audio`, '');
	for (const [name, level] of [['answer', it.first], ['key', it.second]])
		row(`  from the ${name} to the first audio`, `p50 ${level.p50} p99 ${level.p99} max ${level.max} ms`, 'p99 <= 300 ms', level.p99 <= 300);
} finally {
	await hangUpAll(world.control, true); // what a load that has failed has left
	await world.close();
	web.closeAllConnections();
	web.close();
	world.remove();
}
process.exitCode = missed() ? 1 : 0;
