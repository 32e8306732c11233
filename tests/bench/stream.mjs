// What live streams cost the switch, and how late they are: offhookd on one core; the phones (sipload) and the programs (streampeer) on the other.
//   OFFHOOK_BUILD=build node tests/bench/stream.mjs [STREAMS [SECONDS]]        (300 at once for 12 s: a minute and a half)
// Each call is answered, then heard and spoken to by a program that says every frame back at once. The same calls without streams are measured first; a third as many
// with streams last. On a machine that does other work meanwhile the delays say nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { BUILD, World } from '../sip/support/harness.mjs';
import { hangUpAll } from '../sip/support/hostile.mjs';
import { missed, pin, row, us } from './measure.mjs';

const [CALLS = 300, SECONDS = 12] = process.argv.slice(2).map(Number), RATE = 50, NUMBER = '+15550009000', PORT = 9461, FROM = 6013;

const world = new World({ log: 'warn', sip: 'max-calls = 20000 max-calls-per-second = 10000', extra: `trunk "load" { address = "127.0.0.1:${FROM}" }`,
	numbers: () => `number "${NUMBER}" { voice-url = "http://127.0.0.1:9/" }` });

// A process that prints one JSON object.
function tool(name, args) {
	const child = spawn(join(BUILD, 'tests/bench', name), args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
	let text = '';
	child.stdout.setEncoding('utf8').on('data', more => { text += more; });
	const figures = once(child, 'exit').then(() => JSON.parse(text));
	return { figures, end: () => child.stdin.end() };
}

// Answers what comes in until the phones are done; `streams`: and lets a program hear it and speak.
async function answer(calls, streams, phones) {
	let over = false;
	phones.figures.finally(() => {
		over = true;
		world.control.signal.notify();
	}).catch(() => {});
	for (let done = 0; done < calls && !over; ) {
		await world.control.signal.until(() => over || world.control.events.some(({ method }) => method === 'call.incoming'), 'a call', 60000);
		const ids = world.control.events.filter(({ method }) => method === 'call.incoming').map(({ params }) => params.call.id);
		world.control.events.length = 0;
		done += ids.length;
		await Promise.all(ids.map(async call => {
			await world.control.call('call.claim', { call });
			await world.control.call('call.answer', { call });
			if (streams)
				await world.control.call('call.stream', { call, url: `ws://127.0.0.1:${PORT}/`, protocol: 'twilio', speaks: true, start: { streamSid: 'MZ' + '3'.repeat(32) } });
		}));
	}
}

async function load(calls, streams) {
	const phones = tool('sipload', ['-t', `${world.host}:5060`, '-P', FROM, '-M', 41000, '-u', NUMBER, '-n', calls, '-r', RATE, '-d', calls / RATE + SECONDS, '-m', '-p', world.switch.pid]);
	world.control.events.length = 0;
	await answer(calls, streams, phones);
	return phones.figures;
}

const costs = ({ rtp }) => rtp.cpu_percent * 1e4 * rtp.steady_s / rtp.steady_sent; // [us] a packet of the phones

// So many calls with streams; `without`: the same without, or undefined.
async function measure(calls, without) {
	const programs = tool('streampeer', [PORT]);
	const phones = await load(calls, true);
	programs.end();
	const heard = await programs.figures, { rtp } = phones, back = rtp.delay_ms;
	row(`${calls} calls, each with a stream both ways`, `${heard.streams} streams, ${phones.failed} calls failed; ${heard.messages} frames, ${heard.blocked} not taken`,
		'none fails', !phones.failed && heard.streams === calls && !heard.blocked);
	row('  from the phone to the program', `p50 ${heard.p50_ms} p99 ${heard.p99_ms} max ${heard.max_ms} ms of ${heard.stamped}`, 'p99 <= 60 ms', heard.stamped > 0 && heard.p99_ms <= 60);
	row('  from the program to the phone', `p50 ${back.p50} p99 ${back.p99} max ${back.max} ms of ${back.n}`, 'p99 <= 80 ms', back.n > 0 && back.p99 <= 80);
	if (without)
		row('  CPU of offhookd a packet, both ways', `${us(costs(phones))} us, of which the stream ${us(costs(phones) - costs(without))} us`, '30 us', costs(phones) - costs(without) <= 30);
	row('  CPU of the phones, the programs, the switch', `${rtp.own_cpu_percent} % of a core, ${heard.cpu_s} s, ${rtp.cpu_percent} % of a core`, '< 100 %', rtp.cpu_percent < 100);
}

try {
	await world.startSwitch();
	pin(world.switch.pid);
	await measure(CALLS, await load(CALLS, false));
	await measure(Math.ceil(CALLS / 3));
} finally {
	await hangUpAll(world.control, true); // what a load that has failed has left
	await world.close();
}
process.exitCode = missed() ? 1 : 0;
