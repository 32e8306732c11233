// A program that calls stream their audio to: a WebSocket server (RFC 6455) that shows every message, and whose answers may be wrong on
// purpose.
import http from 'node:http';
import https from 'node:https';
import { createHash } from 'node:crypto';
import { Signal } from './wait.mjs';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

// What a server sends is not masked.
function frame(opcode, payload) {
	const data = Buffer.from(payload), head = [0x80 | opcode];
	if (data.length < 126)
		head.push(data.length);
	else if (data.length < 65536)
		head.push(126, data.length >> 8, data.length & 255);
	else
		head.push(127, 0, 0, 0, 0, data.length >>> 24, data.length >> 16 & 255, data.length >> 8 & 255, data.length & 255);
	return Buffer.concat([Buffer.from(head), data]);
}

export class StreamEnd {
	signal = new Signal();
	messages = []; // texts as objects where they are JSON, binaries as Buffers
	closed = null; // the code of the far end's close frame; 0: the connection is gone without one
	#rest = Buffer.alloc(0);

	constructor(request, socket, head) {
		this.request = request;
		this.socket = socket;
		socket.on('data', data => this.#take(data)).on('error', () => {}).on('close', () => {
			this.closed ??= 0;
			this.signal.notify();
		});
		if (head.length)
			this.#take(head);
	}

	#take(data) {
		this.#rest = Buffer.concat([this.#rest, data]);
		for (;;) {
			const rest = this.#rest;
			if (rest.length < 2)
				break;
			let size = rest[1] & 127, at = 2;
			if (size === 126 && rest.length >= 4)
				[size, at] = [rest.readUInt16BE(2), 4];
			else if (size === 127 && rest.length >= 10)
				[size, at] = [rest.readUInt32BE(6), 10];
			else if (size > 125)
				break;
			if (rest.length < at + 4 + size)
				break;
			const key = rest.subarray(at, at + 4);
			const payload = Buffer.from(rest.subarray(at + 4, at + 4 + size).map((byte, i) => byte ^ key[i & 3]));
			this.#rest = rest.subarray(at + 4 + size);
			this.#frame(rest[0] & 15, payload);
		}
		this.signal.notify();
	}

	#frame(opcode, payload) {
		if (opcode === 8) {
			this.closed ??= payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
			this.socket.end(frame(8, payload));
		} else if (opcode === 9) {
			this.socket.write(frame(10, payload));
		} else if (opcode === 2) {
			this.messages.push(payload);
		} else if (opcode === 1) {
			const text = payload.toString();
			try {
				this.messages.push(JSON.parse(text));
			} catch {
				this.messages.push(text);
			}
		}
	}

	send(message) {
		const binary = Buffer.isBuffer(message);
		this.socket.write(frame(binary ? 2 : 1, binary || typeof message === 'string' ? message : JSON.stringify(message)));
	}

	raw(bytes) {
		this.socket.write(bytes);
	}

	close(code = 1000) {
		this.socket.end(frame(8, Buffer.from([code >> 8, code & 255])));
	}

	until(look, what) {
		return this.signal.until(() => look(this.messages), what);
	}

	// The first message that fits.
	message(fits, what) {
		return this.until(messages => messages.find(message => !Buffer.isBuffer(message) && fits(message)), what);
	}

	event(name) {
		return this.message(message => message.event === name, `the message ${name}`);
	}
}

export class StreamServer {
	signal = new Signal();
	ends = [];
	requests = []; // of the upgrades

	// `answer(request, socket)`, when there is one, answers an upgrade in place of us; `tls`: {key, cert}.
	static async start({ host = '127.0.0.1', answer, tls, headers = [] } = {}) {
		const server = new StreamServer();
		server.http = tls ? https.createServer(tls) : http.createServer();
		server.http.on('upgrade', (request, socket, head) => {
			server.requests.push(request);
			socket.on('error', () => {});
			if (answer)
				answer(request, socket);
			else
				server.#accept(request, socket, head, headers);
			server.signal.notify();
		});
		await new Promise(resolve => server.http.listen(0, host, resolve));
		server.port = server.http.address().port;
		server.url = `${tls ? 'wss' : 'ws'}://${host}:${server.port}/audio`;
		return server;
	}

	#accept(request, socket, head, headers) {
		const key = createHash('sha1').update(request.headers['sec-websocket-key'] + MAGIC).digest('base64');
		socket.setNoDelay(true);
		socket.write(['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${key}`, ...headers, '', ''].join('\r\n'));
		this.ends.push(new StreamEnd(request, socket, head));
	}

	// The nth connection.
	end(n = 1) {
		return this.signal.until(() => this.ends[n - 1], `connection ${n} to the program`);
	}

	close() {
		for (const end of this.ends)
			end.socket.destroy();
		this.http.closeAllConnections?.();
		this.http.close();
	}
}
