// A user of the Vonage API with that vendor's own package, and a web server for its scripts and webhooks, whose tokens are checked.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { server } from '../../api/harness.mjs';
import { holder } from './document.mjs';
import { scenario } from '../../sip/support/harness.mjs';
import { Signal } from '../../sip/support/wait.mjs';

const require = createRequire(import.meta.url);
const { Vonage } = require('@vonage/server-sdk');
const { verifySignature, tokenGenerate } = require('@vonage/jwt');

export const APPLICATION = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab';
export const SECRET = 'signature-secret-0123456789';
export const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });

// A fresh token, as the package makes them. `options` are claims besides.
export const token = (options = {}, key = keys.privateKey, application = APPLICATION) => tokenGenerate(application, key, options);

export class Caller {
	hooks = []; // {method, url, query, body, claims} of the web server, in order of arrival
	signal = new Signal();
	answer = () => ({ status: 200 });

	constructor(world, web) {
		Object.assign(this, { world, web });
		this.client = new Vonage({ applicationId: APPLICATION, privateKey: keys.privateKey }, { apiHost: world.api });
		this.voice = this.client.voice;
		this.events = `${web.url}/event`;
	}

	// Of the web server: keeps the request, and holds its token against it.
	take({ method, url, headers, body }) {
		const jwt = headers.authorization?.replace('Bearer ', '');
		assert.ok(jwt && verifySignature(jwt, SECRET), `${method} ${url} is signed`);
		const claims = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));
		assert.equal(claims.payload_hash, createHash('sha256').update(body ?? '').digest('hex'));
		assert.equal(claims.application_id, APPLICATION);
		assert.equal(claims.iss, 'Vonage');
		assert.ok(claims.jti && Math.abs(claims.iat - Date.now() / 1000) < 120);
		const at = new URL(url, 'http://x');
		const hook = { method, path: at.pathname, query: Object.fromEntries(at.searchParams), body: body ? JSON.parse(body) : undefined, claims };
		this.hooks.push(hook);
		this.signal.notify();
		return this.answer(hook) ?? { status: 200 };
	}

	told(uuid) {
		return this.hooks.filter(h => (h.body ?? h.query).uuid === uuid && (h.body ?? h.query).status).map(h => h.body ?? h.query);
	}

	// The event of this status, of now or later.
	event(uuid, status) {
		return this.signal.until(() => this.told(uuid).find(e => e.status === status), `${status} of ${uuid}; there were ${this.told(uuid).map(e => e.status)}`);
	}

	hook(fits, what) {
		return this.signal.until(() => this.hooks.find(fits), `${what}; there were ${this.hooks.map(h => `${h.method} ${h.path} ${JSON.stringify(h.body ?? h.query)}`)}`);
	}

	dial(more = {}) {
		return this.voice.createOutboundCall({ to: [{ type: 'phone', number: '15550001002' }], from: { type: 'phone', number: '15550009000' }, eventUrl: [this.events], ...more });
	}

	// A request without the package; resolves to {status, type, body}.
	async ask(method, path, body, headers = { authorization: `Bearer ${token()}` }) {
		const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
		const reply = await fetch(this.world.api + path, { method, headers: { ...headers, ...(text !== undefined && { 'content-type': 'application/json' }) }, body: text });
		const answer = await reply.text();
		this.hold ??= await holder(`${this.world.api}/v1/calls/openapi.json`);
		assert.equal(this.hold(method, path, reply.status, answer, reply.headers.get('content-type')), undefined);
		return { status: reply.status, type: reply.headers.get('content-type'), text: answer, body: answer ? JSON.parse(answer) : undefined };
	}
}

// A scenario with phones of these users, the vendor's package and a web server.
export function story(name, users, run, options = {}) {
	const account = world => {
		writeFileSync(join(world.dir, 'vonage.pem'), keys.publicKey);
		return `vonage-application = "${APPLICATION}" vonage-public-key-file = "${world.dir}/vonage.pem" vonage-signature-secret = "${SECRET}" ${options.more ?? ''}`;
	};
	const numbers = world => `number "+15550009000" { dialect = "vonage" voice-url = "${world.web}/answer" status-callback = "${world.web}/event" }
number "+15550009001" { dialect = "vonage" voice-url = "${world.web}/answer-post" voice-method = "POST" status-callback = "${world.web}/event" }`;
	scenario(name, { start: false, account, numbers, ...options.world }, async world => {
		let caller;
		const web = await server(request => caller?.take(request) ?? { status: 404 });
		world.web = web.url;
		try {
			await world.startSwitch();
			const phones = {};
			for (const user of users)
				phones[user] = await world.registered(user);
			await world.startApi();
			caller = new Caller(world, web);
			await run(caller, phones, world);
		} finally {
			await web.stop();
		}
	});
}
