// What the tests with the vendors' packages share: a scenario with the vendor's client, and what it hears.
import assert from 'node:assert/strict';
import { server } from '../../api/harness.mjs';
import { scenario } from '../../sip/support/harness.mjs';
import { poll } from '../../sip/support/wait.mjs';
import { lookAtReplies, vendors } from './vendors.mjs';

export const doc = inner => `<Response>${inner}</Response>`;
export const WAIT = doc('<Pause length="60"/>');
export const FROM = '+15550009000';

// A scenario with phones of these users, a web server of the program, and the vendor's client.
export function story(name, users, run, { only = vendors, more = '', ...options } = {}) {
	for (const vendor of only) {
		scenario(`${vendor.name}: ${name}`, { start: false, ...options, numbers: ({ web }) => `number "${FROM}" { voice-url = "${web}/voice?a=b" status-callback = "${web}/ended" dialect = "${vendor.dialect}" }\n${more}` }, async world => {
			const desk = { answer: () => ({ status: 200 }) };
			const web = await server(request => desk.answer(request));
			world.web = web.url;
			try {
				await world.startSwitch();
				const phones = {};
				for (const user of users)
					phones[user] = await world.registered(user);
				await world.startApi();
				await run({ client: lookAtReplies(vendor.open(world.api)), vendor, web, desk, world }, phones);
			} finally {
				await web.stop();
			}
		});
	}
}

export const becomes = (client, sid, status) => poll(async () => {
	const call = await client.calls(sid).fetch();
	return call.status === status && call;
}, `${sid} to be ${status}`);

// The callbacks that came to a path, in order, each checked by the vendor's own validator.
export function callbacks({ web, vendor }, path) {
	return web.requests.filter(r => r.url.split('?')[0] === path).map(r => {
		const form = Object.fromEntries(r.form);
		assert.ok(vendor.validate(r.headers, web.url + r.url, r.method === 'GET' ? {} : form), `the signature of ${r.method} ${r.url}`);
		return { method: r.method, ...form };
	});
}
