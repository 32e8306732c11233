// What offhook-api costs, against a mock switch: CPU of its process a request or event, and latencies.
//   OFFHOOK_BUILD=build node tests/bench/api.mjs [get|post|events|list] …      (without names: all)
// The figures are CPU microseconds of offhook-api itself, so that a busy machine does not change them much.
import fs from 'node:fs';
import net from 'node:net';
import { Api, KEY } from '../api/harness.mjs';
import { Client } from '../api/ws_client.mjs';

const api = await Api.start({ logLevel: 'info' });
const TICK_US = 1e6 / 100;

function cpuUs() {
	const fields = fs.readFileSync(`/proc/${api.process.pid}/stat`, 'utf8').split(') ')[1].split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

const percentile = (sorted, p) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];

function report(name, count, startedMs, startCpu, latencies) {
	const seconds = (performance.now() - startedMs) / 1000, cpu = cpuUs() - startCpu;
	const line = { bench: name, count, per_second: Math.round(count / seconds), cpu_us_each: +(cpu / count).toFixed(1),
		per_second_of_one_core: Math.round(1e6 / (cpu / count)) };
	if (latencies) {
		latencies.sort((a, b) => a - b);
		Object.assign(line, { p50_ms: +percentile(latencies, 0.5).toFixed(2), p99_ms: +percentile(latencies, 0.99).toFixed(2) });
	}
	console.log(JSON.stringify(line));
}

// One keep-alive connection that asks again as soon as it is answered, `count` times in all.
function client(makeRequest, count, latencies) {
	return new Promise((ok, bad) => {
		const socket = net.connect(api.port, '127.0.0.1').setNoDelay();
		let rest = '', left = count, sent;
		const next = () => { sent = performance.now(); socket.write(makeRequest()); };
		socket.setEncoding('latin1').on('connect', next).on('error', bad).on('data', text => {
			rest += text;
			const head = rest.indexOf('\r\n\r\n');
			if (head < 0)
				return;
			const length = Number(/content-length: (\d+)/i.exec(rest)?.[1] ?? 0);
			if (rest.length < head + 4 + length)
				return;
			if (!/^HTTP\/1\.1 20[01]/.test(rest))
				return bad(new Error(rest.slice(0, 300)));
			rest = '';
			latencies?.push(performance.now() - sent);
			if (--left)
				next();
			else
				socket.end(ok);
		});
	});
}

const request = (method, path, body = '') => `${method} ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${KEY}\r\n` +
	`${body && `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`}\r\n${body}`;

async function load(name, connections, each, makeRequest) {
	const latencies = [], start = performance.now(), cpu = cpuUs();
	await Promise.all(Array.from({ length: connections }, () => client(makeRequest, each, latencies)));
	report(name, connections * each, start, cpu, latencies);
}

const benches = {
	async get() {
		const { id } = await api.create();
		const text = request('GET', `/v1/voice/calls/${id}`);
		await load('GET /calls/{id}', 8, 4000, () => text);
	},
	async list() {
		const text = request('GET', '/v1/voice/calls?page_size=50');
		await load('GET /calls?page_size=50', 4, 250, () => text);
	},
	async post() {
		const body = JSON.stringify({ to: '+15550001001', from: '+15550009000', url: 'http://127.0.0.1:1/' });
		const text = request('POST', '/v1/voice/calls', body);
		await load('POST /calls, 8 at a time', 8, 400, () => text);
		// 100 a second: how long until the switch is asked to dial.
		const latencies = [];
		const sent = new Map();
		api.mock.on('call.originate', p => latencies.push(performance.now() - sent.get(p.timeout)));
		const start = performance.now(), cpu = cpuUs();
		for (let i = 0; i < 500; i++) {
			const timeout = 1 + i;
			await new Promise(ok => setTimeout(ok, Math.max(0, start + i * 10 - performance.now())));
			sent.set(timeout, performance.now());
			fetchPost(timeout);
		}
		while (latencies.length < 500)
			await new Promise(ok => setTimeout(ok, 10));
		api.mock.removeAllListeners('call.originate');
		report('POST to call.originate at 100 a second', 500, start, cpu, latencies);
	},
	async events() {
		const clients = [];
		for (let i = 0; i < 10; i++) {
			clients.push(await Client.open(api.base, { 'x-api-key': KEY }));
			await clients[i].ask('subscribe');
		}
		const { id } = await api.create();
		const call = api.mock.answer(id);
		const total = 20000, start = performance.now(), cpu = cpuUs();
		for (let i = 0; i < total; i += 100) {
			for (let k = 0; k < 100; k++)
				api.mock.event('call.digit', { call, digit: '1', duration_ms: 80 });
			await new Promise(ok => setImmediate(ok));
			while (clients[0].events.length < i - 2000)
				await new Promise(ok => setTimeout(ok, 1));
		}
		await Promise.all(clients.map(c => c.until(() => c.messages.length > total, 'all events')));
		report('event to 10 subscribers', total, start, cpu);
		for (const c of clients)
			c.destroy();
	},
};

const idle = [];
function fetchPost(timeout) {
	const socket = idle.pop() ?? net.connect(api.port, '127.0.0.1').setNoDelay();
	socket.removeAllListeners('data');
	socket.on('data', () => { idle.push(socket); });
	const body = JSON.stringify({ to: '+15550001001', from: '+15550009000', timeout });
	socket.write(request('POST', '/v1/voice/calls', body));
}

for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches))
	await benches[name]();
for (const socket of idle)
	socket.destroy();
await api.stop();
