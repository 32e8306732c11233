// A user of the Voice API that trusts nothing: each reply is held against our document, each call in it against the Telefon schema.
import assert from 'node:assert/strict';
import { callChecker, callsIn, replyFault } from './schemas.mjs';

export class Voice {
	// `direct`: where the API is, without a path. `base`: where requests go, with the path before `/calls`, if that is somebody else.
	static async open(direct, key, base = `${direct}/v1/voice`) {
		const schema = await (await fetch(`${direct}/schema/call`)).json();
		return Object.assign(new Voice(), { direct, key, base, check: callChecker(schema), calls: 0 });
	}

	async ask(method, path, body, headers = {}) {
		const reply = await fetch(this.base + path, {
			method, headers: { 'X-API-Key': this.key, ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await reply.text(), type = reply.headers.get('content-type');
		const it = { status: reply.status, type, text, headers: reply.headers };
		this.look(method, path, it);
		return { ...it, body: /json/.test(type ?? '') && text ? JSON.parse(text) : undefined };
	}

	look(method, path, it) {
		assert.equal(replyFault(method, `/v1/voice${path}`, it), undefined, it.text);
		if (/json/.test(it.type ?? ''))
			this.lookAtCalls(JSON.parse(it.text), `${method} ${path}`);
	}

	lookAtCalls(value, where) {
		for (const call of callsIn(value)) {
			assert.equal(this.check(call), undefined, where);
			this.calls++;
		}
	}

	// The body of a reply that must have this status.
	async expect(status, method, path, body, headers) {
		const reply = await this.ask(method, path, body, headers);
		assert.equal(reply.status, status, `${method} ${path}: ${reply.text}`);
		return reply.body;
	}

	get(path) { return this.expect(200, 'GET', path); }
	dial(body) { return this.expect(201, 'POST', '/calls', { to: '+15550001002', from: '+15550009000', ...body }); }
	change(id, body) { return this.expect(200, 'POST', `/calls/${id}`, body); }
	end(id) { return this.expect(204, 'DELETE', `/calls/${id}`); }
}
