// A phone in another network namespace: a process of its own runs it there and does what it is told over its standard input, a line of JSON
// each way. Calls are named by numbers.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Signal } from './wait.mjs';

const FILE = fileURLToPath(import.meta.url);

export class RemotePhone {
	#signal = new Signal();
	#answers = new Map();
	#next = 0;

	// `within`: the command that runs something there; options as for Phone.open().
	static async open(within, options) {
		const phone = new RemotePhone();
		const [command, ...args] = [...within, process.execPath, FILE];
		phone.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
		phone.child.stdin.on('error', () => {});
		createInterface({ input: phone.child.stdout }).on('line', line => {
			const answer = JSON.parse(line);
			phone.#answers.set(answer.id, answer);
			phone.#signal.notify();
		});
		phone.child.on('exit', () => {
			phone.ended = true;
			phone.#signal.notify();
		});
		Object.assign(phone, await phone.tell('open', options));
		return phone;
	}

	async tell(what, ...args) {
		const id = ++this.#next;
		this.child.stdin.write(JSON.stringify({ id, what, args }) + '\n');
		const answer = await this.#signal.until(() => this.#answers.get(id) ?? (this.ended && { error: 'the phone has ended' }), `${what} of a phone`, 20000);
		if (answer.error)
			throw new Error(`${what}: ${answer.error}`);
		return answer.result;
	}

	close() {
		this.child.kill();
	}
}

// ---- there ----

async function main() {
	const { Phone } = await import('./phone.mjs');
	const calls = [];
	let phone;
	const shown = call => ({ call: calls.push(call) - 1, sdp: call.invite.body, contact: call.invite.get('contact') });
	const does = {
		open: async options => {
			phone = await Phone.open(options);
			return { host: phone.host, port: phone.port };
		},
		register: async options => (await phone.register(options)).status,
		call: async to => shown(await phone.call(to)),
		incoming: async () => shown(await phone.incoming()),
		accept: async i => void await calls[i].accept(),
		reply: async (i, status) => void await calls[i].reply(status),
		answered: async i => {
			const { body } = await calls[i].response(200);
			return { sdp: body, contact: calls[i].answer.get('contact') };
		},
		final: async i => (await calls[i].final()).status,
		talk: async (i, tone) => calls[i].rtp.sendTone(tone),
		hear: async (i, tone) => void await calls[i].rtp.hear(tone),
		bye: async i => (await calls[i].bye()).status,
		ended: async i => void await calls[i].ended(),
		count: async method => phone.received.filter(message => message.method === method).length,
		wait: async (method, count) => void await phone.signal.until(() => phone.received.filter(m => m.method === method).length >= count, `${count} ${method}`),
	};
	for await (const line of createInterface({ input: process.stdin })) {
		const { id, what, args } = JSON.parse(line);
		does[what](...args).then(result => ({ id, result }), error => ({ id, error: error.message }))
			.then(answer => process.stdout.write(JSON.stringify(answer) + '\n'));
	}
	phone?.close();
	process.exit();
}

if (process.argv[1] === FILE)
	await main();
