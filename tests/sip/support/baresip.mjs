// baresip, a phone that people use, as a process that a test commands.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { Process } from './harness.mjs';
import { Signal, poll } from './wait.mjs';
import { writeWav } from './rtp.mjs';

const MODULES = dirname(execFileSync('dpkg', ['-L', 'baresip-core'], { encoding: 'utf8' }).match(/^.*\/g711\.so$/m)[0]);

// Starts a baresip that registers as `user` and beeps at 500 Hz. It answers by itself, or with `answer: 'manual'` when it is told to; has `calls`
// calls at a time; with `control` (an address of its own) it takes commands. `within`: the command to run it with, in another network, `listen` its
// address there.
export function baresip(world, user, { transport = 'udp', dial, encryption, answer = 'auto', calls = 4, control, within = [], listen = '127.0.0.1' } = {}) {
	const dir = join(world.dir, `baresip-${user}`);
	mkdirSync(dir);
	writeFileSync(join(dir, 'beep.wav'), writeWav({ rate: 8000, seconds: 10, frequency: 500 }));
	writeFileSync(join(dir, 'config'), [`sip_listen ${listen}:0`, 'rtp_ports 34000-35999', `call_max_calls ${calls}`,
		`audio_source aufile,${dir}/beep.wav`, `audio_alert aufile,${dir}/none.wav`, `module_path ${MODULES}`, 'module g711.so', 'module aufile.so',
		...(encryption ? ['module srtp.so'] : []), ...(control ? [`ctrl_tcp_listen ${control}:4444`, 'module_app ctrl_tcp.so'] : []),
		'module_app account.so', 'module_app menu.so', ''].join('\n'));
	writeFileSync(join(dir, 'accounts'), `<sip:${user}@${world.host}:${transport === 'tls' ? 5061 : 5060};transport=${transport}>;` +
		`auth_pass=secret-${user[0]};answermode=${answer};regint=60${encryption ? `;mediaenc=${encryption}` : ''}\n`);
	writeFileSync(join(dir, 'contacts'), '');
	const [command, ...before] = [...within, 'baresip'];
	const process = new Process(`baresip ${user}`, command, [...before, '-f', dir, ...(dial ? ['-e', `/dial ${dial}`] : [])], join(world.dir, `baresip-${user}.log`));
	world.processes.push(process);
	return process;
}

// Commands to one that was started with `control`: netstrings of JSON.
export class BaresipControl {
	signal = new Signal();
	messages = []; // answers and events
	#text = Buffer.alloc(0);

	static async connect(world, host) {
		const control = new BaresipControl();
		control.socket = await poll(() => new Promise(resolve => {
			const socket = net.connect(4444, host, () => resolve(socket));
			socket.once('error', () => resolve(null));
		}), 'baresip to take commands');
		control.socket.on('error', () => {});
		control.socket.on('data', data => control.#take(data));
		world.controls.push(control);
		return control;
	}

	#take(data) {
		this.#text = Buffer.concat([this.#text, data]);
		for (;;) {
			const colon = this.#text.indexOf(':'), length = Number(this.#text.subarray(0, Math.max(colon, 0)).toString());
			if (colon < 0 || this.#text.length < colon + length + 2)
				break;
			this.messages.push(JSON.parse(this.#text.subarray(colon + 1, colon + 1 + length).toString()));
			this.#text = this.#text.subarray(colon + length + 2);
		}
		this.signal.notify();
	}

	async command(command, params = '') {
		const token = String(this.messages.length), text = JSON.stringify({ command, params, token });
		this.socket.write(`${Buffer.byteLength(text)}:${text},`);
		return this.signal.until(() => this.messages.find(m => m.response && m.token === token), `the answer to ${command}`);
	}

	// The next event of this type: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED …
	event(type) {
		return this.signal.until(() => this.messages.find(m => m.event && m.type === type), `${type}; there were: ${this.messages.map(m => m.type).join(', ')}`);
	}

	close() {
		this.socket.destroy();
	}
}
