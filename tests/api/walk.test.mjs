// Lists are walked page by page to their end while calls come in, in every dialect: none that was there is left out; where a page begins behind a call, none comes twice.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY } from './harness.mjs';
import { signalwire, twilio, vendorAccount, vonage } from './vendors.mjs';

let api, files;
before(async () => {
	files = vendorAccount();
	api = await Api.start({ account: files.account, logLevel: 'info' });
});
after(async () => {
	await api.stop();
	files.remove();
});

const plain = id => id.replace(/^CA(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const numbered = (path, ids) => ({ first: path(1), ids, next: (_, page) => path(page) });

// `stays`: pages stay what they are while calls come in.
const lists = [
	...[twilio, signalwire].flatMap(vendor => [{ name: vendor.name, stays: true, first: vendor.list(7), headers: vendor.headers, ids: body => vendor.page(body).ids, next: body => vendor.page(body).next },
		{ name: `${vendor.name} with a filter`, stays: true, first: `${vendor.list(7)}&Status=queued&From=%2B15550009000`, headers: vendor.headers, ids: body => vendor.page(body).ids, next: body => vendor.page(body).next }]),
	{ name: 'vonage, oldest first', stays: true, first: vonage.list(7).replace('desc', 'asc'), headers: vonage.headers, ids: body => vonage.page(body).ids, next: body => vonage.page(body).next },
	{ name: 'vonage, newest first', first: vonage.list(7), headers: vonage.headers, ids: body => vonage.page(body).ids, next: body => vonage.page(body).next },
	{ name: 'telefonie', headers: () => ({ 'x-api-key': KEY }), ...numbered(page => `/v1/voice/calls?page_size=7&page=${page}`, body => body.calls.map(c => c.id)) },
	{ name: 'vcita', headers: () => ({ authorization: `Bearer ${KEY}` }), ...numbered(page => `/v3/communication/voice_calls?per_page=7&page=${page}`, body => body.data.map(c => c.uid)) },
	{ name: 'vcita with a filter', headers: () => ({ authorization: `Bearer ${KEY}` }), ...numbered(page => `/v3/communication/voice_calls?per_page=7&direction=outbound&page=${page}`, body => body.data.map(c => c.uid)) },
];

for (const { name, stays, first, headers, ids, next } of lists)
	test(name, async () => {
		const there = [];
		for (let i = 0; i < 30; i++)
			there.push((await api.create({ to: '+15550001001' })).id);
		const seen = [];
		let path = first, page = 1;
		while (path) {
			const reply = await fetch(api.base + path, { headers: headers() }), body = await reply.json();
			assert.equal(reply.status, 200, JSON.stringify(body));
			const some = ids(body).map(plain);
			if (page < 40) // then it is left alone, so that a list with the newest at its end has one
				await api.create({ to: '+15550001001' });
			seen.push(...some);
			path = some.length ? next(body, ++page) : undefined;
		}
		assert.deepEqual(there.filter(id => !seen.includes(id)), [], 'none that was there is left out');
		if (stays)
			assert.equal(new Set(seen).size, seen.length, 'none comes twice');
	});
