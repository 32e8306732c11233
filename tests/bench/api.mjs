// What the API costs and how fast it is, one core for offhook-api (and one for the load):
//   OFFHOOK_BUILD=build node tests/bench/api.mjs [get|list|post|events|invite] …      (without names: all)
// A mock switch for what is the API's alone; offhookd and a UDP socket as the carrier for how long a POST takes to an INVITE on the wire.
import dgram from 'node:dgram';
import { Api, KEY } from '../api/harness.mjs';
import { World, KEY as WORLD_KEY } from '../sip/support/harness.mjs';
import { Connection, cpuUs, latency, missed, paced, percentile, pin, request, row, us } from './measure.mjs';
import { Subscriber } from './subscriber.mjs';

// Runs `load`, which resolves to latencies [ms]. Resolves to {each: CPU us of the API a request, seconds, latencies}.
async function measured(pid, count, load) {
	const start = performance.now(), cpu = cpuUs(pid), latencies = await load();
	return { latencies, seconds: (performance.now() - start) / 1000, each: (cpuUs(pid) - cpu) / count };
}

async function withMock(use) {
	const api = await Api.start({ logLevel: 'info' });
	pin(api.process.pid);
	try {
		await use(api, api.process.pid);
	} finally {
		Connection.closeAll();
		await api.stop();
	}
}

// `connections` that ask again as soon as they are answered.
async function busy(port, connections, each, text) {
	const latencies = [];
	await Promise.all(Array.from({ length: connections }, async () => {
		for (let i = 0; i < each; i++)
			latencies.push(await Connection.take(port).ask(text));
	}));
	return latencies;
}

// `count` requests, `rate` a second.
async function steady(port, rate, count, textOf) {
	const latencies = [], all = [];
	await paced(rate, count, i => all.push(Connection.take(port).ask(textOf(i)).then(took => latencies.push(took))));
	await Promise.all(all);
	return latencies;
}

const perCore = each => `${us(each)} us of CPU each: ${Math.round(1e6 / each)} a second`;
const wish = members => JSON.stringify({ to: '+15550001001', from: '+15550009000', ...members });

const benches = {
	get: () => withMock(async (api, pid) => {
		const { id } = await api.create(), text = request(KEY, 'GET', `/v1/voice/calls/${id}`);
		await busy(api.port, 8, 500, text);
		const full = await measured(pid, 40000, () => busy(api.port, 8, 5000, text));
		row('GET /calls/{id}, keep-alive, one core', perCore(full.each), '5,000 a second', full.each <= 200);
		const at = await measured(pid, 15000, () => steady(api.port, 5000, 15000, () => text));
		row('  at 5,000 a second', `${latency(at.latencies)}, ${(at.each * 0.5).toFixed(0)} % of a core`, '');
	}),
	list: () => withMock(async (api, pid) => {
		for (let i = 0; i < 60; i++)
			await api.create();
		const full = await measured(pid, 1000, () => busy(api.port, 4, 250, request(KEY, 'GET', '/v1/voice/calls?page_size=50')));
		row('GET /calls?page_size=50', perCore(full.each), '');
	}),
	post: () => withMock(async (api, pid) => {
		const full = await measured(pid, 3200, () => busy(api.port, 16, 200, request(KEY, 'POST', '/v1/voice/calls', wish())));
		row('POST /calls, 16 at a time, durable before 201', `${perCore(full.each)}; ${Math.round(3200 / full.seconds)} a second here`, '300 a second', 3200 / full.seconds >= 300);
		const at = await measured(pid, 1500, () => steady(api.port, 300, 1500, () => request(KEY, 'POST', '/v1/voice/calls', wish())));
		row('  at 300 a second', `${latency(at.latencies)}, ${(at.each * 0.03).toFixed(0)} % of a core`, '');
	}),
	events: () => withMock(async (api, pid) => {
		const RATE = 10000, TOTAL = 30000, subscribers = [];
		for (let i = 0; i < 10; i++)
			subscribers.push(await Subscriber.open(api.port, KEY));
		const { id } = await api.create(), call = api.mock.answer(id);
		await Promise.all(subscribers.map(s => s.reach(2)));
		const first = api.mock.seq + 1, sent = [];
		// what costs the mock much is done beforehand
		const lines = Array.from({ length: TOTAL }, (_, i) => JSON.stringify({ jsonrpc: '2.0', method: 'call.digit',
			params: { seq: first + i, time: Date.now(), switch: api.mock.id, call, digit: '1', duration_ms: 80 } }) + '\n');
		const control = [...api.mock.sockets].find(s => s.subscribed), base = subscribers.map(s => s.count);
		const at = await measured(pid, TOTAL, async () => {
			await paced(RATE / 10, TOTAL / 10, i => {
				sent.push(performance.now());
				control.write(lines.slice(i * 10, i * 10 + 10).join(''));
			});
			await Promise.all(subscribers.map((s, i) => s.reach(base[i] + TOTAL)));
			return subscribers.flatMap((s, i) => s.times.slice(base[i], base[i] + TOTAL).map((t, n) => t - sent[Math.floor(n / 10)]));
		});
		row('event to 10 subscribers, durable before it is told', perCore(at.each), '10,000 a second', at.each <= 100);
		row('  at 10,000 a second', `${latency(at.latencies)} to the subscriber, ${(at.each).toFixed(0)} % of a core; ${Math.round(TOTAL / at.seconds)} a second came`, '', TOTAL / at.seconds >= 0.95 * RATE);
		for (const s of subscribers)
			s.close();
		api.mock.seq += TOTAL;
	}),
	// From the first byte of the POST to the INVITE at the carrier's socket.
	async invite() {
		const world = new World({ log: 'info', sip: 'max-calls = 20000 max-calls-per-second = 10000' }), RATE = 100, TOTAL = 1000, WARM = 100;
		await world.startSwitch();
		await world.startApi();
		pin(world.apiProcess.pid);
		const carrier = dgram.createSocket('udp4'), sent = new Map(), latencies = [], replies = [];
		carrier.on('message', (data, from) => {
			const now = performance.now(), text = data.toString('latin1'), number = /^INVITE sip:(\+1444\d+)@/.exec(text)?.[1];
			if (!number)
				return;
			if (sent.has(number)) { // not a retransmission
				latencies.push(now - sent.get(number));
				sent.delete(number);
			}
			const kept = text.split('\r\n\r\n')[0].split('\r\n').filter(line => /^(via|from|call-id|cseq):/i.test(line));
			const to = /^to:.*/im.exec(text)[0].trim();
			carrier.send(['SIP/2.0 486 Busy Here', ...kept, `${to};tag=b`, 'Content-Length: 0', '', ''].join('\r\n'), from.port, from.address);
		});
		await new Promise(ok => carrier.bind(5060, world.trunkHost, ok));
		const before = { api: 0, switch: 0 };
		try {
			const all = [];
			await paced(RATE, WARM + TOTAL, i => {
				if (i === WARM)
					Object.assign(before, { api: cpuUs(world.apiProcess.pid), switch: cpuUs(world.switch.pid) });
				const to = `+1444${1000000 + i}`, connection = Connection.take(8080, world.host);
				sent.set(to, performance.now());
				all.push(connection.ask(request(WORLD_KEY, 'POST', '/v1/voice/calls', wish({ to }))).then(took => replies.push(took)));
			});
			await Promise.all(all);
			for (let i = 0; latencies.length < WARM + TOTAL && i < 500; i++)
				await new Promise(ok => setTimeout(ok, 10));
			const steady = latencies.slice(WARM), p50 = percentile(steady, 0.5), p99 = percentile(steady, 0.99);
			row('POST to INVITE on the wire, 100 a second', `${latency(steady)} (${latencies.length - WARM} of ${TOTAL}); 201 after ${latency(replies.slice(WARM))}`,
				'p50 <= 2 ms, p99 <= 10 ms', p50 <= 2 && p99 <= 10 && steady.length === TOTAL);
			row('  CPU of a call that is busy', `offhook-api ${us((cpuUs(world.apiProcess.pid) - before.api) / TOTAL)} us, offhookd ${us((cpuUs(world.switch.pid) - before.switch) / TOTAL)} us`, '');
		} finally {
			Connection.closeAll();
			await world.close();
			carrier.close();
			world.remove();
		}
	},
};

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches))
	await benches[name]();
process.exitCode = missed() ? 1 : 0;
