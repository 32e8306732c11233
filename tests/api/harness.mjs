// Starts offhook-api against a mock switch, in a directory of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { noted } from '../leftovers.mjs';
import { MockSwitch } from './mock_switch.mjs';
import { check } from './schema.mjs';

export const build = process.env.OFFHOOK_BUILD ?? path.resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../build');
export const binary = path.join(build, 'bin/offhook-api');
if (!fs.existsSync(binary))
	throw new Error(`${binary} is missing: build it, or say with OFFHOOK_BUILD where it is`);
export const KEY = 'key-of-default';
export const OTHER_KEY = 'key-of-other';
export const DEADLINE_MS = 30000;

export function conf({ dir, logLevel = 'debug', voiceUrl = 'http://127.0.0.1:1/', statusCallback = '', extra = '', api = '', account = '', listen = 'http://127.0.0.1:0' }) {
	return `state-dir = "${dir}/state"
run-dir = "${dir}/run"
log { level = "${logLevel}" }
api { listen = {"${listen}"}  public-url = "http://127.0.0.1:8080" ${api} }
account "default" { sid = "b3877c40-da60-4998-90ad-b792e98472af"  auth-token = "secret-of-default"  api-keys = {"${KEY}", "second-key"} ${account} }
account "other" { api-keys = {"${OTHER_KEY}"} }
user "alice" { password = "x"  number = "+15550001001" }
user "bob" { password = "x"  number = "+15550001002"  account = "other" }
trunk "carrier" { address = "127.0.0.1:5090" }
route "^\\\\+1" { to = {"trunk:carrier"} }
number "+15550009000" { voice-url = "${voiceUrl}" ${statusCallback && `status-callback = "${statusCallback}"`} }
${extra}
`;
}

export function until(check, what = 'the condition') {
	const end = Date.now() + DEADLINE_MS;
	return new Promise((ok, bad) => {
		const look = async () => {
			try {
				const value = await check();
				if (value)
					return ok(value);
			} catch (error) {
				return bad(error);
			}
			if (Date.now() > end)
				return bad(new Error(`${what} did not come`));
			setTimeout(look, 10);
		};
		look();
	});
}

export class Api {
	static async start(options = {}) {
		const self = new Api();
		self.dir = options.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-api-'));
		fs.mkdirSync(path.join(self.dir, 'run'), { recursive: true });
		fs.mkdirSync(path.join(self.dir, 'state'), { recursive: true });
		self.shell = options.shell; // what a shell is to do before it becomes offhook-api
		self.confFile = path.join(self.dir, 'offhook.conf');
		fs.writeFileSync(self.confFile, conf({ dir: self.dir, ...options }));
		if (options.mock !== false)
			self.mock = await new MockSwitch(path.join(self.dir, 'run/control.sock')).start();
		await self.launch();
		if (self.mock)
			await self.ready();
		return self;
	}

	async launch() {
		this.log = [];
		this.process = noted(spawn(...(this.shell ? ['sh', ['-c', `${this.shell}; exec "$0" "$@"`, binary, '-c', this.confFile]] : [binary, ['-c', this.confFile]]), { stdio: ['ignore', 'inherit', 'pipe'] }));
		this.exited = once(this.process, 'exit');
		const lines = readline.createInterface({ input: this.process.stderr });
		this.port = await new Promise((ok, bad) => {
			this.process.on('exit', code => bad(new Error(`offhook-api ended with ${code}:\n${this.log.join('\n')}`)));
			lines.on('line', line => {
				this.log.push(line);
				const found = /api\.listening.* port=(\d+)/.exec(line);
				if (found)
					ok(Number(found[1]));
			});
		});
		this.base = `http://127.0.0.1:${this.port}`;
	}

	ready() {
		return until(async () => (await fetch(`${this.base}/readyz`)).status === 200, 'readiness');
	}

	async kill() {
		this.process.kill('SIGKILL');
		await this.exited;
	}

	// Ends everything; a sanitizer's complaint is a failure.
	async stop() {
		if (this.process.exitCode === null && this.process.signalCode === null) {
			this.process.kill('SIGTERM');
			await this.exited;
			if (this.process.exitCode !== 0)
				throw new Error(`offhook-api ended with ${this.process.exitCode} ${this.process.signalCode}:\n${this.log.slice(-60).join('\n')}`);
		}
		await this.mock?.stop();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}

	async call(method, url, body, headers = {}) {
		const response = await fetch(this.base + url, {
			method,
			headers: { 'x-api-key': KEY, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
			body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
		});
		const text = await response.text();
		check(method, url, response.status, response.headers.get('content-type'), text);
		return { status: response.status, headers: response.headers, text,
			json: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined };
	}

	get(url, headers) { return this.call('GET', url, undefined, headers); }
	post(url, body, headers) { return this.call('POST', url, body, headers); }
	delete(url, headers) { return this.call('DELETE', url, undefined, headers); }

	async create(members = {}) {
		const reply = await this.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', ...members });
		if (reply.status !== 201)
			throw new Error(`POST /calls: ${reply.status} ${reply.text}`);
		return reply.json;
	}

	// Waits until the call's record passes `test`.
	record(id, test) {
		return until(async () => {
			const { json } = await this.get(`/v1/voice/calls/${id}`);
			return (typeof test === 'string' ? json.status === test : test(json)) && json;
		}, `call ${id} with ${test}`);
	}
}

// An HTTP server of the test: keeps what came; `answer(request, number, response)` gives {status, headers, body, destroy, sent} or a string.
export async function server(answer = () => ({ status: 200, body: '' })) {
	const requests = [];
	const waiting = [];
	const it = http.createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', text => { body += text; }).on('end', async () => {
			const entry = { method: request.method, url: request.url, headers: request.headers, body, form: new URLSearchParams(
				request.method === 'GET' ? request.url.split('?')[1] ?? '' : body), time: Date.now() };
			requests.push(entry);
			let reply = await answer(entry, requests.length, response);
			if (typeof reply === 'string')
				reply = { body: reply, headers: { 'content-type': 'text/xml' } };
			if (reply.destroy)
				request.socket.destroy();
			else if (!reply.sent) // by `answer` itself
				response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
			for (const wake of waiting.splice(0))
				wake();
		});
	});
	await new Promise(ok => it.listen(0, '127.0.0.1', ok));
	const url = `http://127.0.0.1:${it.address().port}`;
	return {
		url, requests,
		// Resolves when the nth request (from 1) has been answered.
		nth: n => until(() => requests.length >= n && requests[n - 1], `request ${n} at ${url}`),
		stop: () => { it.closeAllConnections(); return new Promise(ok => it.close(ok)); },
	};
}
