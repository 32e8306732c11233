// Receivers of webhooks as one meets them: each answers in its own bad way, and keeps what it has accepted.
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';

const after = ms => new Promise(ok => setTimeout(ok, ms));

// What a receiver does with its nth request of a delivery: a status, or null when it has taken care of the answer itself.
const manners = {
	good: () => 200,
	slow: () => after(500).then(() => 204),
	'answers 500': n => n === 1 ? 500 : 200,
	resets: (n, response) => {
		if (n > 1)
			return 200;
		response.socket.destroy();
		return null;
	},
	redirects: (n, response) => {
		if (n > 1)
			return 200;
		response.writeHead(307, { location: '/elsewhere' }).end();
		return null;
	},
	'closes in the middle': (n, response) => {
		if (n > 1)
			return 200;
		response.writeHead(200, { 'content-length': 100 }).write('half');
		response.socket.end();
		return null;
	},
	'answers nothing': (n, response, { sequence }) => n === 1 && sequence === 2 ? new Promise(() => {}) : 200, // until the time is up, once a call
};

export class Receiver {
	accepted = []; // bodies, in the order of arrival, that were answered with 2xx
	attempts = new Map(); // delivery id → how often
	strays = 0; // requests elsewhere: a redirect was followed
	#sockets = new Set();

	// `tls`: {certificate, key}
	static async start(name, tls) {
		const it = Object.assign(new Receiver(), { name, tls, manner: manners[name] ?? manners.good });
		await it.listen(0);
		it.url = `http${tls ? 's' : ''}://127.0.0.1:${it.port}/hook`;
		return it;
	}

	async listen(port) {
		const handle = (request, response) => this.#take(request, response);
		this.server = this.tls ? https.createServer({ cert: readFileSync(this.tls.certificate), key: readFileSync(this.tls.key) }, handle) : http.createServer(handle);
		this.server.on('connection', socket => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
		});
		await new Promise((ok, bad) => this.server.once('error', bad).listen(port, '127.0.0.1', ok));
		this.port = this.server.address().port;
	}

	#take(request, response) {
		let body = '';
		request.setEncoding('utf8').on('data', text => { body += text; }).on('error', () => {}).on('end', async () => {
			if (request.url !== '/hook')
				this.strays++;
			const id = request.headers['offhook-delivery'], n = (this.attempts.get(id) ?? 0) + 1;
			this.attempts.set(id, n);
			const status = await this.manner(n, response, JSON.parse(body));
			if (status === null || response.destroyed)
				return;
			if (status < 300)
				this.accepted.push(JSON.parse(body));
			response.writeHead(status).end();
		});
	}

	// Gone, as when its machine is restarted; back on the same port.
	async leave() {
		const closed = new Promise(ok => this.server.close(ok));
		for (const socket of this.#sockets)
			socket.destroy();
		await closed;
	}

	comeBack() {
		return this.listen(this.port);
	}

	// Each call's sequence numbers in the order in which they were first accepted.
	firsts() {
		const all = new Map();
		for (const { call_id, sequence } of this.accepted) {
			const list = all.get(call_id) ?? [];
			if (!list.includes(sequence))
				list.push(sequence);
			all.set(call_id, list);
		}
		return all;
	}
}

export const NAMES = Object.keys(manners);
