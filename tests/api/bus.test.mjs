// Events to a bus of the user's: NATS JetStream and a stream of Redis, Debian's servers of both, through outages of theirs and ours.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { noted } from '../leftovers.mjs';
import { Api, until } from './harness.mjs';

const DEBIAN = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

function freePort() {
	return new Promise(ok => {
		const it = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = it.address();
			it.close(() => ok(port));
		});
	});
}

// A server of Debian's in a folder of its own, on a port that stays.
class Server {
	static async make(command, args) {
		const self = new Server();
		Object.assign(self, { command, dir: fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-bus-')), port: await freePort() });
		self.args = args(self);
		return self;
	}

	async start() {
		this.process = noted(spawn(this.command, this.args, { stdio: 'ignore', env: DEBIAN }));
		this.exited = once(this.process, 'exit');
		await until(() => new Promise(ok => {
			const socket = net.connect(this.port, '127.0.0.1', () => { socket.destroy(); ok(true); }).on('error', () => ok(false));
		}), this.command);
		return this;
	}

	async kill() {
		this.process.kill('SIGKILL');
		await this.exited;
	}

	async end() {
		await this.kill();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

// One request to NATS, by its own protocol; resolves to the answer's text.
function nats(port, subject, body = '') {
	return new Promise((ok, bad) => {
		const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
		let text = '';
		socket.setTimeout(15000, () => socket.destroy(new Error(`no answer of ${subject}`)));
		socket.on('error', bad).on('data', data => {
			text += data;
			const found = /MSG answer 1 (\d+)\r\n/.exec(text);
			if (found && text.length >= found.index + found[0].length + Number(found[1])) {
				socket.destroy();
				ok(JSON.parse(text.substr(found.index + found[0].length, Number(found[1]))));
			}
		});
		socket.write(`CONNECT {"verbose":false}\r\nSUB answer 1\r\nPUB ${subject} answer ${Buffer.byteLength(body)}\r\n${body}\r\n`);
	});
}

const brokers = {
	nats: {
		make: () => Server.make('nats-server', ({ dir, port }) => ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', dir]),
		conf: ({ port }) => `bus { nats = "nats://127.0.0.1:${port}" subject = "telephony.events" stream = "CALLS" }`,
		// Everything in the stream: [{id, subject, event}].
		async read({ port }) {
			const info = await nats(port, '$JS.API.STREAM.INFO.CALLS');
			if (info.error)
				return [];
			const all = [];
			for (let seq = info.state.first_seq; seq && seq <= info.state.last_seq; seq++) {
				const { message } = await nats(port, '$JS.API.STREAM.MSG.GET.CALLS', JSON.stringify({ seq }));
				const id = /Nats-Msg-Id: ?(\S+)/.exec(Buffer.from(message.hdrs, 'base64').toString())[1];
				all.push({ id, subject: message.subject, event: JSON.parse(Buffer.from(message.data, 'base64')) });
			}
			return all;
		},
	},
	redis: {
		make: () => Server.make('redis-server', ({ dir, port }) => ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'always',
			'--requirepass', 'secret-of-redis']),
		conf: ({ port }) => `bus { redis = "redis://:secret-of-redis@127.0.0.1:${port}/2" subject = "telephony.events" key = "calls" }`,
		async read({ port }) {
			const { stdout } = spawnSync('redis-cli', ['-p', `${port}`, '-n', '2', '--no-auth-warning', '-a', 'secret-of-redis', '--json', 'XRANGE', 'calls', '-', '+'], { encoding: 'utf8', env: DEBIAN });
			return JSON.parse(stdout).map(([, [, id, , subject, , event]]) => ({ id, subject, event: JSON.parse(event) }));
		},
	},
};

for (const [name, broker] of Object.entries(brokers)) {
	// Both servers, and what the log has.
	const withBroker = async run => {
		const server = await (await broker.make()).start();
		const api = await Api.start({ extra: broker.conf(server) });
		const published = async () => {
			const all = await broker.read(server), seen = new Map();
			for (const one of all)
				seen.has(one.id) || seen.set(one.id, one);
			return { all, once: [...seen.values()] };
		};
		const logged = async id => (await api.get(`/v1/voice/calls/${id}/events?limit=1000`)).json.events;
		// Resolves when all events of these calls are published; each call's in order, the same as the API tells them.
		const complete = async ids => {
			for (const id of ids) {
				const wanted = await logged(id);
				const got = await until(async () => {
					const mine = (await published()).once.filter(({ event }) => event.call_id === id);
					return mine.length >= wanted.length && mine;
				}, `${wanted.length} events of ${id} in ${name}`);
				assert.deepEqual(got.map(({ event }) => event), wanted);
				assert.deepEqual(got.map(one => one.id), wanted.map(({ sequence }) => `${id}:${sequence}`));
				assert.deepEqual(got.map(({ subject }) => subject), wanted.map(({ type }) => `telephony.events.default.${type}`));
			}
		};
		const call = async () => {
			const { id } = await api.create();
			api.mock.ring(id);
			api.mock.answer(id);
			api.mock.end(id);
			await api.record(id, 'completed');
			return id;
		};
		await run({ server, api, published, complete, call });
		await api.stop();
		await server.end();
	};

	test(`${name}: every event is published, with its id, in the order of the log`, () => withBroker(async ({ complete, call, published }) => {
		const ids = [];
		for (let i = 0; i < 5; i++)
			ids.push(await call());
		await complete(ids);
		const { all, once: seen } = await published();
		assert.equal(all.length, seen.length, 'nothing went wrong, so nothing was sent twice');
	}));

	test(`${name}: an outage of the broker delays what happens meanwhile, and nothing waits for it`, () => withBroker(async ({ server, api, complete, call }) => {
		const before = await call();
		await complete([before]);
		await server.kill();
		const meanwhile = [await call(), await call(), await call()];
		await until(() => api.log.some(line => line.includes('bus.unreachable')), 'a line in the log');
		assert.equal(api.log.filter(line => line.includes('warn bus.unreachable')).length, 1, 'it is said once');
		await server.start();
		await complete([before, ...meanwhile]);
	}));

	test(`${name}: what was not published when offhook-api died is published by the next one`, () => withBroker(async ({ server, api, complete, call }) => {
		const first = await call();
		await complete([first]);
		await server.kill();
		const ids = [first, await call(), await call()];
		await api.kill();
		await server.start();
		await api.launch();
		await api.ready();
		ids.push(await call());
		await complete(ids);
	}));

	test(`${name}: kill -9 of offhook-api while it publishes: nothing is lost, all in order`, () => withBroker(async ({ api, complete, call }) => {
		const ids = [];
		for (let round = 0; round < 4; round++) {
			for (let i = 0; i < 4; i++)
				ids.push(await call());
			await api.kill();
			await api.launch();
			await api.ready();
		}
		await complete(ids);
	}));
}
