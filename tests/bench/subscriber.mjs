// A WebSocket subscriber that does next to nothing: it counts messages and keeps when each came.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { frame } from '../api/ws_client.mjs';

export class Subscriber {
	count = 0;
	times = [];
	#rest = Buffer.alloc(0);
	#waiting = null;

	static async open(port, key) {
		const it = new Subscriber();
		it.socket = net.connect(port, '127.0.0.1').setNoDelay();
		it.socket.write(`GET /v1/voice/socket HTTP/1.1\r\nHost: a\r\nX-API-Key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
			`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`);
		const rest = await new Promise((ok, bad) => {
			let head = Buffer.alloc(0);
			it.socket.on('error', bad).on('data', function take(data) {
				head = Buffer.concat([head, data]);
				const end = head.indexOf('\r\n\r\n');
				if (end < 0)
					return;
				it.socket.off('data', take);
				if (!head.toString('latin1', 0, 12).endsWith('101'))
					return bad(new Error(head.toString()));
				ok(head.subarray(end + 4));
			});
		});
		it.socket.on('data', data => it.#take(data));
		it.#take(rest);
		it.socket.write(frame(1, JSON.stringify({ id: 1, action: 'subscribe' })));
		await it.reach(1);
		return it;
	}

	#take(data) {
		const now = performance.now();
		let at = 0;
		this.#rest = this.#rest.length ? Buffer.concat([this.#rest, data]) : data;
		for (;;) {
			const left = this.#rest.length - at;
			if (left < 2)
				break;
			let size = this.#rest[at + 1] & 127, head = 2;
			if (size === 126) {
				if (left < 4)
					break;
				size = this.#rest.readUInt16BE(at + 2);
				head = 4;
			}
			if (left < head + size)
				break;
			if ((this.#rest[at] & 15) === 1) {
				this.count++;
				this.times.push(now);
			}
			at += head + size;
		}
		this.#rest = this.#rest.subarray(at);
		if (this.#waiting && this.count >= this.#waiting.count)
			this.#waiting.ok();
	}

	// Resolves when so many messages have come.
	reach(count) {
		return this.count >= count ? Promise.resolve() : new Promise(ok => { this.#waiting = { count, ok }; });
	}

	close() {
		this.socket.destroy();
	}
}
