// Real daemons for a scenario: a conf in a temporary directory, offhookd (and offhook-api) from OFFHOOK_BUILD on a loopback address of its own,
// phones and trunks around them. Everything is ended by its pid, and a scenario fails when the switch has calls or sessions left.
import { execFile, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { noted } from '../../leftovers.mjs';
import { Control } from './control.mjs';
import { Phone } from './phone.mjs';
import { Signal, DEADLINE, poll } from './wait.mjs';

export const TOP = resolve(fileURLToPath(import.meta.url), '../../../..');
export const BUILD = resolve(process.env.OFFHOOK_BUILD ?? join(TOP, 'build'));
export const KEY = 'key-for-tests-0123456789';

// A loopback address that nobody else uses: scenarios that run at the same time do not meet.
let nextHost = 0;
function freeHost() {
	const number = (process.pid % 30000) * 100 + nextHost++;
	return `127.${64 + (number >> 16 & 63)}.${number >> 8 & 255}.${1 + (number & 255) % 254}`;
}

export async function hostIsFree(host, port) {
	const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
	try {
		await new Promise((resolve, reject) => socket.once('error', reject).bind(port, host, resolve));
		return true;
	} catch {
		return false;
	} finally {
		socket.close();
	}
}

// Whether somebody has a UDP port of an IPv4 address. It is read of the kernel: who tries by taking the port takes it from who is about to.
export function isTaken(host, port) {
	const address = host.split('.').reverse().map(byte => Number(byte).toString(16).padStart(2, '0')).join('').toUpperCase();
	return readFileSync('/proc/net/udp', 'latin1').includes(` ${address}:${port.toString(16).toUpperCase().padStart(4, '0')} `);
}

// A port of ::1, which all scenarios share, such that the next one is free too.
async function freePort6() {
	for (;;) {
		const port = 20000 + 2 * Math.floor(Math.random() * 5000);
		if (await hostIsFree('::1', port) && await hostIsFree('::1', port + 1))
			return port;
	}
}

// A process with its output in a file. end() sends TERM and resolves to its exit code.
export class Process {
	signal = new Signal();
	exited = null; // {code, signal}

	constructor(name, command, args, log, options = {}) {
		const fd = openSync(log, 'a');
		Object.assign(this, { name, log });
		this.child = noted(spawn(command, args, { stdio: ['ignore', fd, fd], ...options }));
		closeSync(fd);
		this.child.on('exit', (code, signal) => {
			this.exited = { code, signal };
			this.signal.notify();
		});
		this.child.on('error', error => {
			this.exited = { code: -1, signal: String(error) };
			this.signal.notify();
		});
	}

	get pid() {
		return this.child.pid;
	}

	exit(what = `the end of ${this.name}`, deadline = DEADLINE) {
		return this.signal.until(() => this.exited, what, deadline);
	}

	async kill(signal = 'SIGKILL') {
		if (!this.exited)
			this.child.kill(signal);
		return this.exit();
	}

	async end() {
		try {
			return await this.kill('SIGTERM');
		} catch (error) {
			await this.kill('SIGKILL');
			throw error;
		}
	}

	text() {
		return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
	}
}

// offhookctl with these arguments; resolves to {code, stdout, stderr}.
export function offhookctl(...args) {
	return new Promise(resolve => {
		execFile(join(BUILD, 'bin/offhookctl'), args, { timeout: 4 * DEADLINE }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
	});
}

const SANITIZER = /ERROR: (Address|Leak|Thread)Sanitizer|runtime error:|WARNING: ThreadSanitizer/;

// One scenario's world. `options`: sip, rtp, control, api, account (text within these sections), domain (else its address), extra (text at the end of the
// conf), trunk (further options of the trunk), ipv6 (true: listens on ::1 too, see world.server6), host and within (the address of
// another network namespace, and the command to run something there), users (text instead of the usual ones), numbers.
export class World {
	phones = [];
	processes = [];
	controls = [];

	constructor(options = {}) {
		this.options = options;
		this.dir = mkdtempSync(join(tmpdir(), 'offhook-test-'));
		for (const name of ['state', 'run'])
			mkdirSync(join(this.dir, name));
		this.socket = join(this.dir, 'run/control.sock');
		this.confFile = join(this.dir, 'offhook.conf');
	}

	async #chooseAddresses() {
		this.host = this.options.host;
		while (!this.host || !this.options.host && !await hostIsFree(this.host, 5060))
			this.host = freeHost();
		this.trunkHost = freeHost();
		this.spareHosts = Array.from({ length: 4 }, freeHost); // for further trunks and their servers
		this.server = { host: this.host, port: 5060 };
		if (this.options.ipv6) {
			const port = await freePort6();
			this.server6 = { host: '::1', port, tlsPort: port + 1 };
		}
		this.api = `http://${this.host}:8080`;
	}

	conf() {
		// each may be a function of the world, whose addresses are known by now
		const text = Object.fromEntries(Object.entries(this.options).map(([k, v]) => [k, typeof v === 'function' ? v(this) : v]));
		const listen = [`udp:${this.host}:5060`, `tcp:${this.host}:5060`, ...(text.listen ? [text.listen.replaceAll('HOST', this.host)] : [])];
		if (this.server6)
			listen.push(...['udp', 'tcp'].map(transport => `${transport}:[::1]:${this.server6.port}`),
				...(text.listen?.startsWith('tls:') ? [`tls:[::1]:${this.server6.tlsPort}`] : []));
		const { sip = '', rtp = '', control = '', api = '', extra = '', trunk = '', account = '' } = text;
		const carrier = text.carrier ?? `
trunk "carrier" { address = "${this.trunkHost}:5060" ${trunk} }
route "^\\\\+1444" { to = {"trunk:carrier"} }`;
		const users = text.users ?? `
user "alice" { password = "secret-a" number = "+15550001001" }
user "bob" { password = "secret-b" number = "+15550001002" }
user "carol" { password = "secret-c" number = "+15550001003" }`;
		const numbers = text.numbers ?? `
number "+15550009000" { voice-url = "http://${this.host}:9000/voice" }
number "+15550009001" { dial = {"user:alice"} }
number "+15550009002" { dial = {"trunk:carrier"} }
number "+15550009004" { echo = true }
number "+15550009005" { record = true }`;
		return `
state-dir = "${this.dir}/state"
run-dir = "${this.dir}/run"
log { level = "${this.options.log ?? 'debug'}" }
sip { listen = {${listen.map(one => `"${one}"`).join(', ')}} domain = "${text.domain ?? this.host}" ${sip} }
rtp { address = "${this.host}" ports = "30000-31999" workers = 1 ${rtp} }
control { ${control} }
api { listen = {"http://${this.host}:8080"} public-url = "${this.api}" ${api} }
account "default" { sid = "b3877c40-da60-4998-90ad-b792e98472af" auth-token = "token" api-keys = {"${KEY}"} ${account} }
${users}
${carrier}
${numbers}
${extra}
`;
	}

	writeConf() {
		writeFileSync(this.confFile, this.conf());
	}

	start(name, args = ['-c', this.confFile]) {
		const [command, ...before] = [...(this.options.within ?? []), join(BUILD, 'bin', name)];
		const process = new Process(name, command, [...before, ...args], join(this.dir, `${name}.log`));
		this.processes.push(process);
		return process;
	}

	// Starts offhookd and waits until its control socket answers. this.control is subscribed to all events.
	// Chooses the addresses and writes the conf, for scenarios that have something to do before the switch starts.
	async prepare() {
		await this.#chooseAddresses();
		this.writeConf();
	}

	async startSwitch() {
		if (!this.host)
			await this.prepare();
		this.switch = this.start('offhookd');
		this.control = await this.connect();
		await this.control.subscribe();
		this.status = await this.control.call('switch.status');
		return this.control;
	}

	async connect() {
		const control = await poll(async () => {
			if (this.switch.exited)
				throw new Error(`offhookd ended: ${JSON.stringify(this.switch.exited)}`);
			return Control.connect(this.socket).catch(() => null);
		}, 'the control socket');
		this.controls.push(control);
		return control;
	}

	async startApi() {
		this.apiProcess = this.start('offhook-api');
		await poll(async () => {
			if (this.apiProcess.exited)
				throw new Error(`offhook-api ended: ${JSON.stringify(this.apiProcess.exited)}`);
			return fetch(`${this.api}/readyz`).then(reply => reply.ok, () => false);
		}, 'offhook-api to be ready');
	}

	// A request to the API; resolves to {status, body}.
	async http(method, path, body) {
		const reply = await fetch(this.api + path, {
			method, headers: { 'X-API-Key': KEY, ...(body ? { 'Content-Type': 'application/json' } : {}) },
			body: body ? JSON.stringify(body) : undefined,
		});
		const text = await reply.text();
		return { status: reply.status, body: text ? JSON.parse(text) : undefined };
	}

	// A phone of a user of the conf, on an address of its own.
	async phone(user, options = {}) {
		const phone = await Phone.open({ server: this.server, host: '127.0.0.1', user, password: `secret-${user[0]}`, ...options });
		this.phones.push(phone);
		return phone;
	}

	// The same by IPv6.
	phone6(user, options = {}) {
		return this.phone(user, { server: this.server6, host: '::1', domain: this.host, ...options });
	}

	async registered(user, options = {}) {
		const phone = await this.phone(user, options);
		const reply = await phone.register();
		if (reply.status !== 200)
			throw new Error(`${user} cannot register: ${reply.startLine}`);
		return phone;
	}

	// The users whose bindings the switch has written down, sorted.
	bindings() {
		const file = join(this.dir, 'state/registrations.json');
		return existsSync(file) ? JSON.parse(readFileSync(file)).map(({ user }) => user).sort() : [];
	}

	// Waits until those are these, which takes a second or so.
	async bindingsWritten(...users) {
		await poll(() => isDeepStrictEqual(this.bindings(), users), `the bindings of ${users} in ${this.dir}/state/registrations.json`);
	}

	// Waits until the journal on disk shows a call in this state: its thread writes a moment after the event is told.
	async journalWritten(id, status) {
		const dir = join(this.dir, 'state/journal');
		const lines = () => readdirSync(dir).flatMap(name => readFileSync(join(dir, name), 'utf8').split('\n'));
		await poll(() => lines().some(line => line.includes(id) && line.includes(`"${status}"`)), `${status} of ${id} in the journal`);
	}

	// The far end of the trunk "carrier": requests from its address are that trunk's.
	async trunk(options = {}) {
		return this.phone('carrier', { password: '', host: this.trunkHost, port: 5060, domain: this.host, ...options });
	}

	// offhookctl with these arguments, and the conf; resolves to {code, stdout, stderr}.
	ctl(...args) {
		return offhookctl('-c', this.confFile, ...args);
	}

	// Waits until the switch has no calls and no media, then ends everything. Throws when something is left or a process did not end well.
	async close() {
		const problems = [];
		try {
			if (this.switch && !this.switch.exited)
				await this.#expectNothingLeft();
		} catch (error) {
			problems.push(error.message);
		}
		for (const end of [...this.phones, ...this.controls])
			try {
				end.close();
			} catch (error) { // whatever happens, the processes below are ended
				problems.push(error.message);
			}
		for (const process of this.processes.reverse()) { // phones say good-bye to a switch that is still there
			const running = !process.exited;
			const { code, signal } = await process.end().catch(error => ({ code: error.message }));
			if (running && (code !== 0 || signal))
				problems.push(`${process.name} ended with ${signal ?? code} on TERM`);
			if (SANITIZER.test(process.text()))
				problems.push(`${process.name}: a sanitizer has found something`);
		}
		if (problems.length)
			throw new Error(problems.join('; '));
	}

	async #expectNothingLeft() {
		let status;
		await poll(async () => {
			const control = this.control.closed ? await this.connect() : this.control;
			status = await control.call('switch.status');
			return status.calls === 0 && status.media_sessions === 0;
		}, 'the last call and media session to end').catch(error => {
			throw new Error(`${error.message}: ${JSON.stringify(status)}`);
		});
	}

	// The ends of the logs, for a failure.
	logs() {
		const seen = new Set(this.processes.map(process => process.log));
		return [...seen].map(log => {
			const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
			return `---- ${log}\n${lines.slice(-60).join('\n')}`;
		}).join('\n');
	}

	remove() {
		rmSync(this.dir, { recursive: true, force: true });
	}
}

// Runs `run` in a world, which ends with it. Failures show what the daemons logged.
export async function within(world, run) {
	try {
		await run();
	} catch (error) {
		await world.close().catch(problem => { error.message += `; and then: ${problem.message}`; });
		error.message += `\n${world.logs()}`;
		throw error;
	}
	try {
		await world.close();
	} catch (error) {
		error.message += `\n${world.logs()}`;
		throw error;
	}
	world.remove();
}

// A test with a world of its own: the switch runs, `run(world, control)` is the scenario.
export function scenario(name, options, run) {
	test(name, async () => {
		const world = new World(options);
		await within(world, async () => run(world, options.start === false ? undefined : await world.startSwitch()));
	});
}
