// Two switches behind Kamailio with the conf of contrib/kamailio: phones and carriers know one address, the proxy's.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Process, TOP, World, isTaken, within } from './harness.mjs';
import { restartSwitch } from './resume.mjs';
import { poll } from './wait.mjs';

const KAMAILIO = '/usr/sbin/kamailio';

export class Front {
	switches = [];

	// Takes its addresses from a world that is never started.
	async open(options = {}) {
		this.own = new World();
		await this.own.prepare();
		this.host = this.own.host;
		this.carrierHost = this.own.trunkHost;
		for (let n = 0; n < 2; n++) {
			const world = new World({ ...options, extra: `resume = true ${options.extra ?? ''}`, domain: this.host,
				sip: 'nonce-secret = "0123456789abcdef0123456789abcdef" max-calls = 50',
				carrier: `trunk "carrier" { address = "${this.host}:5062" domain = "${this.carrierHost}" ${options.trunk ?? ''} }
route "^\\\\+1444" { to = {"trunk:carrier"} }` });
			this.switches.push(world);
			await world.startSwitch();
		}
		await this.#startKamailio();
		return this;
	}

	async #startKamailio() {
		const run = join(this.own.dir, 'kamailio'), list = join(run, 'dispatcher.list');
		const conf = name => readFileSync(join(TOP, 'contrib/kamailio', name), 'utf8');
		mkdirSync(run);
		writeFileSync(list, conf('dispatcher.list').replace('10.0.0.11', this.switches[0].host).replace('10.0.0.12', this.switches[1].host)
			.replaceAll('192.0.2.10', this.carrierHost));
		writeFileSync(join(run, 'kamailio.cfg'), conf('kamailio.cfg').replaceAll('10.0.0.5', this.host).replaceAll('/etc/kamailio/dispatcher.list', list)
			.replace('loadmodule "ctl.so"', `loadmodule "ctl.so"\nmodparam("ctl", "binrpc", "unix:${run}/ctl")`)
			.replace('log_stderror=no', 'log_stderror=yes').replace('children=4', 'children=2').replace('tcp_children=4', 'tcp_children=1'));
		this.kamailio = new Process('kamailio', KAMAILIO, ['-f', join(run, 'kamailio.cfg'), '-DD', '-E', '-Y', run, '-P', join(run, 'pid'), '-m', '64', '-M', '8'],
			join(this.own.dir, 'kamailio.log'), { detached: true });
		this.kamailio.end = async () => { // all of its processes at once: on TERM it now and then waits for ever for one of its own
			if (!this.kamailio.exited)
				process.kill(-this.kamailio.pid, 'SIGKILL');
			await this.kamailio.exit();
			return { code: 0 };
		};
		this.own.processes.push(this.kamailio);
		await poll(async () => {
			if (this.kamailio.exited)
				throw new Error(`kamailio ended: ${JSON.stringify(this.kamailio.exited)}`);
			return isTaken(this.host, 5060) && isTaken(this.host, 5062);
		}, 'Kamailio to listen');
	}

	#at(options) {
		return { server: { host: this.host, port: 5060 }, domain: this.host, ...options };
	}

	// Registers, and waits until every switch that lives knows it, and has written it down.
	async registered(user, options = {}) {
		const phone = await this.own.registered(user, this.#at(options));
		for (const world of this.switches)
			if (!world.switch.exited)
				await poll(() => world.bindings().includes(user), `the registration of ${user} at ${world.host}`);
		return phone;
	}

	carrier(options = {}) {
		return this.own.phone('carrier', this.#at({ password: '', host: this.carrierHost, port: 5060, ...options }));
	}

	// The switch that has these calls, and its calls.
	async where(fits) {
		return poll(async () => {
			for (const world of this.switches) {
				if (world.switch.exited)
					continue;
				const { calls } = await world.control.call('call.list'), call = calls.find(fits);
				if (call)
					return { world, call, calls };
			}
			return null;
		}, 'a switch with the call');
	}

	other(world) {
		return this.switches.find(one => one !== world);
	}

	// Kills a switch once its calls are written down, and starts the next one.
	restart(world, calls) {
		return restartSwitch(world, calls.map(({ id }) => id));
	}

	async close() {
		const problems = [];
		for (const world of [...this.switches, this.own])
			await world.close().catch(error => problems.push(error.message));
		if (problems.length)
			throw new Error(problems.join('; '));
	}

	logs() {
		return [this.own, ...this.switches].map(world => world.logs()).join('\n');
	}

	remove() {
		for (const world of [this.own, ...this.switches])
			world.remove();
	}
}

export function frontScenario(name, options, run) {
	test(name, async () => {
		const front = new Front();
		await within(front, async () => run(await front.open(options)));
	});
}
