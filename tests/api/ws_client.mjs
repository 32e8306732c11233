// A WebSocket client for tests that shows and sends single frames (RFC 6455).
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { DEADLINE_MS } from './harness.mjs';

export function frame(opcode, payload = '', { fin = true, mask = true, rsv = 0 } = {}) {
	const data = Buffer.from(payload);
	const head = [(fin ? 0x80 : 0) | rsv << 4 | opcode];
	if (data.length < 126)
		head.push((mask ? 0x80 : 0) | data.length);
	else if (data.length < 65536)
		head.push((mask ? 0x80 : 0) | 126, data.length >> 8, data.length & 255);
	else
		head.push((mask ? 0x80 : 0) | 127, 0, 0, 0, 0, data.length >>> 24, data.length >> 16 & 255, data.length >> 8 & 255, data.length & 255);
	if (!mask)
		return Buffer.concat([Buffer.from(head), data]);
	const key = randomBytes(4);
	return Buffer.concat([Buffer.from(head), key, data.map((b, i) => b ^ key[i & 3])]);
}

export class Client {
	// Resolves to a client, or to {status, json} when the server does not upgrade.
	static open(base, headers = {}, path = '/v1/voice/socket', options = {}) {
		const url = new URL(path, base);
		return new Promise((ok, bad) => {
			const request = (url.protocol === 'https:' ? https : http).request(url, { ...options, headers: { connection: 'keep-alive, Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
				'sec-websocket-key': randomBytes(16).toString('base64'), ...headers } });
			request.on('upgrade', (response, socket, head) => ok(new Client(response, socket, head)));
			request.on('response', response => {
				let text = '';
				response.on('data', t => { text += t; }).on('end', () => ok({ status: response.statusCode, headers: response.headers, json: JSON.parse(text) }));
			});
			request.on('error', bad);
			request.end();
		});
	}

	constructor(response, socket, head) {
		Object.assign(this, { response, socket, frames: [], messages: [], waiters: [], nextId: 1, rest: Buffer.alloc(0), ended: false });
		socket.on('data', data => this.#data(data)).on('close', () => { this.ended = true; this.#wake(); }).on('error', () => {});
		if (head.length)
			this.#data(head);
	}

	#data(data) {
		this.rest = this.rest.length ? Buffer.concat([this.rest, data]) : data;
		for (;;) {
			if (this.rest.length < 2)
				break;
			let size = this.rest[1] & 127, at = 2;
			if (size === 126) {
				if (this.rest.length < 4)
					break;
				size = this.rest.readUInt16BE(2);
				at = 4;
			} else if (size === 127) {
				if (this.rest.length < 10)
					break;
				size = Number(this.rest.readBigUInt64BE(2));
				at = 10;
			}
			if (this.rest.length < at + size)
				break;
			const it = { opcode: this.rest[0] & 15, fin: !!(this.rest[0] & 128), masked: !!(this.rest[1] & 128), payload: this.rest.subarray(at, at + size) };
			this.rest = this.rest.subarray(at + size);
			if (it.opcode === 1)
				this.messages.push(JSON.parse(it.payload));
			else
				this.frames.push(it);
			if (it.opcode === 8) {
				this.closeCode = it.payload.length ? it.payload.readUInt16BE(0) : 1005;
				this.closeReason = it.payload.subarray(2).toString();
			}
		}
		this.#wake();
	}

	#wake() {
		for (const wake of this.waiters.splice(0))
			wake();
	}

	// Resolves with what `find` returns once that is something.
	async until(find, what = 'what was waited for') {
		let late = false;
		const timer = setTimeout(() => { late = true; this.#wake(); }, DEADLINE_MS);
		try {
			for (;;) {
				const found = find();
				if (found)
					return found;
				if (late)
					throw new Error(`${what} did not come; closed with ${this.closeCode} ${this.closeReason ?? ''}`);
				await new Promise(ok => this.waiters.push(ok));
			}
		} finally {
			clearTimeout(timer);
		}
	}

	raw(...frames) { this.socket.write(Buffer.concat(frames)); }
	send(json) { this.raw(frame(1, typeof json === 'string' ? json : JSON.stringify(json))); }

	// Sends a command and resolves with its reply.
	ask(action, params, more = {}) {
		const id = this.nextId++;
		this.send({ id, action, params, ...more });
		return this.until(() => this.messages.find(m => m.id === id && m.status), `a reply to ${action}`);
	}

	get events() { return this.messages.filter(m => m.type === 'event'); }
	closed() { return this.until(() => this.closeCode, 'a close frame'); }
	gone() { return this.until(() => this.ended, 'the end of the connection'); }
	destroy() { this.socket.destroy(); }
}
