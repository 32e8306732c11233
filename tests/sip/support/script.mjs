// Scripts on real calls: a web server with a test's pages, a number whose script they are, callers who press keys, and agents who answer.
import assert from 'node:assert/strict';
import { server } from '../../api/harness.mjs';
import { KEY, scenario } from './harness.mjs';
import { poll } from './wait.mjs';
import { writeWav } from './rtp.mjs';

export const NUMBER = '+15550009000';
export const MARK = 1200; // [Hz] of what is heard when a script has come through
export const doc = inner => `<Response>${inner}</Response>`;
export const mark = '<Play loop="0">/tone/1200</Play>';

const KEYS = '0123456789*#';

// /tone/HZ, or /tone/HZ/SECONDS
export function tone(path) {
	const [, frequency, seconds] = /^\/tone\/(\d+)(?:\/([\d.]+))?$/.exec(path) ?? [];
	return frequency && { headers: { 'content-type': 'audio/wav' }, body: writeWav({ rate: 8000, seconds: Number(seconds ?? 30), frequency: Number(frequency) }) };
}

export class Line {
	pages = {}; // by path: a document, or a function (form, request) that gives one or a whole reply
	asked = []; // {path, form, method, headers, url, body}, in order of arrival, but for sounds

	async #answer(request, response) {
		const path = request.url.split('?')[0], sound = tone(path);
		if (sound)
			return sound;
		const form = Object.fromEntries(request.form);
		this.asked.push({ ...request, path, form });
		const page = this.pages[path];
		const reply = typeof page === 'function' ? await page(form, request, response) : page;
		return reply ?? { status: 404 };
	}

	// Opens the web server; `world.web` is its address from then on.
	static async open(world) {
		const line = Object.assign(new Line(), { world });
		line.web = await server((request, number, response) => line.#answer(request, response));
		world.web = line.web.url;
		return line;
	}

	// Everything that was asked at a path, as forms.
	forms(path) {
		return this.asked.filter(one => one.path === path).map(one => one.form);
	}

	// Resolves to the form of the nth request (from 1) at a path that fits.
	reached(path, fits = () => true, n = 1) {
		return poll(() => this.forms(path).filter(fits)[n - 1], `request ${n} at ${path}`).catch(error => {
			error.message += `; there were ${this.asked.map(one => `${one.path} ${JSON.stringify(one.form.Digits ?? '')}`)}`;
			throw error;
		});
	}

	// A call from the trunk to the number, whose script it hears.
	async call(to = NUMBER, options) {
		this.carrier ??= await this.world.trunk();
		return this.carrier.call(to, options);
	}

	async answered(to, options) {
		const call = await this.call(to, options);
		await call.response(200);
		return call;
	}

	// The id of a call, as the API of ours has it; its script was asked for with `form`.
	async events(id) {
		return (await this.world.http('GET', `/v1/voice/calls/${id}/events?limit=1000`)).body.events;
	}

	// Resolves to the call's record when it is over.
	over(id) {
		return poll(async () => {
			const { body } = await this.world.http('GET', `/v1/voice/calls/${id}`);
			return !['queued', 'ringing', 'in-progress'].includes(body.status) && body;
		}, `the end of ${id}`);
	}

	// Calls a phone with a script of its own.
	async agent(phone, inner) {
		const { status } = await this.world.http('POST', '/v1/voice/calls', { to: phone.user, from: NUMBER, script: doc(inner) });
		assert.equal(status, 201);
		return (await phone.incoming()).accept();
	}

	// Resolves when a script has begun this verb, and that is on disk.
	async begun(verb) {
		await poll(() => this.world.apiProcess.text().includes(`verb=${verb} `), `${verb} to begin`);
		// who makes a conference is answered when that, and what was written before, is on disk
		const { status } = await this.world.http('POST', '/v1/voice/conferences', { friendly_name: `barrier-${Math.random()}` });
		assert.equal(status, 201);
	}

	async restartApi() {
		await this.world.apiProcess.kill();
		await this.world.startApi();
	}

	// The bytes of a recording, by the address that a script was told.
	async sound(url) {
		const reply = await fetch(url, { headers: { 'X-API-Key': KEY } });
		assert.equal(reply.status, 200, url);
		return Buffer.from(await reply.arrayBuffer());
	}
}

export function press(call, keys) {
	for (const key of keys)
		call.rtp.press(KEYS.indexOf(key));
}

// Both say a tone and hear the other's.
export async function talk(a, b) {
	a.rtp.sendTone(440);
	b.rtp.sendTone(1000);
	await Promise.all([a.rtp.hear(1000), b.rtp.hear(440)]);
}

// A scenario with a Line; `pages` of it, `users` whose phones are registered. `options` as scenario() has them, and `number`: more of the number's conf.
export function script(name, { pages = {}, users = [], number = '', ...options }, run) {
	const numbers = world => `number "${NUMBER}" { voice-url = "${world.web}/voice" ${typeof number === 'function' ? number(world) : number} }`;
	scenario(name, { start: false, numbers, ...options }, async world => {
		const line = await Line.open(world);
		try {
			Object.assign(line.pages, pages);
			await world.startSwitch();
			const phones = {};
			for (const user of users)
				phones[user] = await world.registered(user);
			await world.startApi();
			await run(line, phones, world);
		} finally {
			await line.web.stop();
		}
	});
}
