// What the benches of the API share: CPU of a process, percentiles, requests at a fixed pace, a table with what is to be reached.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { cpus } from 'node:os';

// CPU time of a process, all threads [us].
export function cpuUs(pid) {
	return fs.readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0);
}

// The load on the first CPU, what is measured on the second: as "one core" means it.
export function pin(...pids) {
	if (cpus().length < 2)
		return;
	try {
		execFileSync('taskset', ['-apc', '0', String(process.pid)], { stdio: 'ignore' });
		for (const pid of pids)
			execFileSync('taskset', ['-apc', '1', String(pid)], { stdio: 'ignore' });
	} catch {
		console.log('taskset does not work: nothing is bound to a CPU');
	}
}

export function percentile(values, p) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

const rows = [];

// One line of the table. `reached`: whether the figure is as good as it is to be; undefined where there is no such.
export function row(what, figure, target, reached) {
	rows.push({ what, figure, target, reached });
	console.log(`${what.padEnd(46)} ${figure.padEnd(66)} ${target.padEnd(26)} ${reached === undefined ? '' : reached ? 'reached' : 'NOT REACHED'}`.trimEnd());
}

export const ms = value => value < 10 ? value.toFixed(2) : value.toFixed(0);
export const us = value => value < 100 ? value.toFixed(1) : value.toFixed(0);
export const latency = values => `p50 ${ms(percentile(values, 0.5))} p99 ${ms(percentile(values, 0.99))} ms`;
export const missed = () => rows.filter(r => r.reached === false).length;

// `count` times act(i), `rate` a second by the clock, however long each takes. Resolves when all are begun.
export async function paced(rate, count, act) {
	const start = performance.now();
	for (let i = 0; i < count; ) {
		for (const due = Math.min(count, Math.floor((performance.now() - start) * rate / 1000) + 1); i < due; i++)
			act(i);
		await new Promise(ok => setTimeout(ok, 1));
	}
}

// A keep-alive connection: one request at a time.
export class Connection {
	static idle = [];
	static take(port, host = '127.0.0.1') { return Connection.idle.pop() ?? new Connection(port, host); }
	static closeAll() { for (const c of Connection.idle.splice(0)) c.socket.destroy(); }

	constructor(port, host) {
		this.rest = '';
		this.socket = net.connect(port, host).setNoDelay().setEncoding('latin1');
		this.socket.on('error', error => this.bad?.(error)).on('close', () => this.bad?.(new Error('the connection was closed'))).on('data', text => this.#take(text));
	}

	#take(text) {
		this.rest += text;
		const head = this.rest.indexOf('\r\n\r\n');
		if (head < 0)
			return;
		const length = Number(/content-length: (\d+)/i.exec(this.rest)?.[1] ?? 0);
		if (this.rest.length < head + 4 + length)
			return;
		const reply = this.rest;
		this.rest = '';
		Connection.idle.push(this);
		if (/^HTTP\/1\.1 20[01]/.test(reply))
			this.ok();
		else
			this.bad(new Error(reply.slice(0, 400)));
	}

	// Resolves to how long the answer took [ms].
	ask(text) {
		const sent = performance.now();
		return new Promise((ok, bad) => {
			this.ok = () => ok(performance.now() - sent);
			this.bad = bad;
			this.socket.write(text);
		});
	}
}

export const request = (key, method, path, body) => `${method} ${path} HTTP/1.1\r\nHost: a\r\nX-API-Key: ${key}\r\n` +
	`${body ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : ''}\r\n${body ?? ''}`;
