// A client of the control socket (doc/control-protocol.md).
import net from 'node:net';
import tls from 'node:tls';
import { Signal } from './wait.mjs';

export class ControlError extends Error {
	constructor(method, error) {
		super(`${method}: ${error.message} (${error.code})`);
		this.code = error.code;
		this.data = error.data;
	}
}

export class Control {
	events = []; // every notification: {method, params}
	closed = false;
	signal = new Signal();
	#socket;
	#next = 1;
	#pending = new Map();
	#text = '';

	// `path` of the Unix socket; or what tls.connect() is to be given.
	static async connect(path) {
		const control = new Control(), far = typeof path === 'object';
		control.#socket = far ? tls.connect(path) : net.connect(path);
		await new Promise((resolve, reject) => {
			control.#socket.once(far ? 'secureConnect' : 'connect', resolve).once('error', reject);
		});
		control.#socket.setEncoding('utf8');
		control.#socket.on('data', text => control.#take(text));
		control.#socket.on('error', () => {});
		control.#socket.on('close', () => control.#lose());
		return control;
	}

	#take(text) {
		this.#text += text;
		for (let end; (end = this.#text.indexOf('\n')) >= 0; ) {
			const message = JSON.parse(this.#text.slice(0, end));
			this.#text = this.#text.slice(end + 1);
			const pending = this.#pending.get(message.id);
			if (message.method)
				this.events.push(message);
			else if (pending)
				pending(message);
			else
				this.events.push({ method: 'reply', params: message });
		}
		this.signal.notify();
	}

	#lose() {
		this.closed = true;
		this.signal.notify();
	}

	async call(method, params = {}) {
		const id = this.#next++;
		let reply;
		this.#pending.set(id, message => { reply = message; });
		this.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n');
		await this.signal.until(() => reply || this.closed, `the reply to ${method}`);
		this.#pending.delete(id);
		if (!reply || reply.error)
			throw new ControlError(method, reply?.error ?? { code: 503, message: 'connection closed' });
		return reply.result;
	}

	// Bytes as they are, for bad input.
	write(text) {
		this.#socket.write(text);
	}

	// Stops reading, as a client that hangs does.
	pause() {
		this.#socket.pause();
	}

	resume() {
		this.#socket.resume();
	}

	subscribe(params = {}) {
		return this.call('events.subscribe', params);
	}

	// The first event of this kind, of now or later, for which `fits` holds.
	event(method, fits = () => true, what = '') {
		const look = () => this.events.find(event => event.method === method && fits(event.params));
		return this.signal.until(look, `event ${method} ${what}; there were: ${this.#summary()}`).then(event => event.params);
	}

	#summary() {
		return this.events.map(({ method, params }) => `${method} ${params?.call?.status ?? ''}`.trim()).join(', ');
	}

	// Resolves to a call's snapshot once it has this status.
	callState(id, status) {
		return this.event('call.state', ({ call }) => call.id === id && call.status === status, `${status} of ${id}`)
			.then(({ call }) => call);
	}

	// The first call that fits, of any call.state event.
	someCall(fits, what) {
		return this.event('call.state', ({ call }) => fits(call), what).then(({ call }) => call);
	}

	// The states that a call went through, in order.
	states(id) {
		return this.events.filter(({ method, params }) => method === 'call.state' && params.call.id === id)
			.map(({ params }) => params.call.status);
	}

	close() {
		this.#socket.destroy();
	}
}
