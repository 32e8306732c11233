// kill -9 of offhook-api at random moments, amid callbacks of calls that were made in the words of Twilio, SignalWire and Vonage, to a web
// server that is slow and fails at times: each callback comes, signed, and none before the one before it. OFFHOOK_CHAOS_S makes it longer.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Api, server, until } from './harness.mjs';
import { place, vendorAccount, vendors } from './vendors.mjs';

const SECONDS = Number(process.env.OFFHOOK_CHAOS_S ?? 6), RATE = 45;
const sleep = ms => new Promise(ok => setTimeout(ok, ms));
const plain = id => id.replace(/^CA(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

test('kill -9 amid callbacks of every dialect', async () => {
	const accepted = new Map(vendors.map(v => [v.name, []]));
	const failed = new Set(); // each once: who fails again and again waits longer than a test
	let under = 0, most = 0;
	const web = await server(async request => {
		most = Math.max(most, ++under);
		await sleep(Math.random() * 250);
		under--;
		const key = request.url + request.body;
		if (Math.random() < 0.1 && !failed.has(key)) {
			failed.add(key);
			return { status: 503 };
		}
		accepted.get(request.url.slice(1)).push(request);
		return { status: 200 };
	});
	const files = vendorAccount();
	const api = await Api.start({ logLevel: 'info', account: files.account });
	const { mock } = api;
	mock.on('call.originate', ({ id }) => {
		const at = 50 + Math.random() * 100;
		setTimeout(() => mock.ring(id), at);
		setTimeout(() => mock.answer(id), 2 * at);
		setTimeout(() => mock.end(id), 3 * at);
	});
	let n = 0, kills = 0;
	const begun = Date.now(), of = i => [...mock.calls.values()].filter(c => c.to.startsWith(`+1555${i}`)).map(c => c.id);
	// on a slow machine it takes longer until enough calls have come through
	const goesOn = () => Date.now() - begun < SECONDS * 1000 || kills < 4 || Date.now() - begun < 60_000 && vendors.some((_, i) => of(i).length <= 10);
	const answered = new Map(vendors.map(v => [v.name, []]));
	const client = (async () => {
		const pending = [];
		for (; goesOn(); n++) {
			const vendor = vendors[n % vendors.length], to = `+1555${n % vendors.length}${String(n).padStart(6, '0')}`;
			// These APIs have no key to try again with: who hears nothing does not know whether there is a call.
			pending.push(place(api.base, vendor, { to, from: '+15550009000', callback: `${web.url}/${vendor.name}` }).then(({ status, body }) => {
				assert.ok([201, 503].includes(status), JSON.stringify(body));
				if (status === 201)
					answered.get(vendor.name).push(plain(vendor.idOf(body)));
			}, error => assert.ok(!(error instanceof assert.AssertionError), error)));
			await sleep(1000 / RATE);
		}
		await Promise.all(pending);
	})();
	const killer = (async () => {
		while (goesOn()) {
			await sleep(200 + Math.random() * 700);
			await api.kill();
			kills++;
			await sleep(Math.random() * 200);
			await api.launch();
		}
	})();
	try {
		await Promise.all([client, killer]);
		await until(() => [...mock.calls.values()].every(c => c.ended), 'the end of all calls');
		for (const [i, vendor] of vendors.entries()) {
			const mine = of(i);
			assert.ok(mine.length > 10, `${vendor.name}: ${mine.length} of ${n} calls came through`);
			assert.deepEqual(answered.get(vendor.name).filter(id => !mine.includes(id)), [], 'a call that was answered for is placed');
			// As they were accepted; what is delivered again says the same.
			const read = () => {
				const all = new Map(mine.map(id => [id, []]));
				for (const request of accepted.get(vendor.name)) {
					const { id, status, n: place } = vendor.read(request, web.url + request.url), list = all.get(plain(id));
					assert.ok(list, `${id} was placed by nobody`);
					const before = list.find(one => one.n === place);
					if (before)
						assert.equal(before.status, status);
					else
						list.push({ n: place, status });
				}
				return all;
			};
			await until(() => [...read().values()].every(list => list.length >= vendor.statuses.length), `the last callback of ${vendor.name}`);
			for (const [id, list] of read())
				assert.deepEqual(list, vendor.statuses.map((status, at) => ({ n: at, status })), `${vendor.name}: ${id}`);
		}
		assert.ok(most > 1, 'the web server was slow enough for several to be under way');
	} finally {
		await api.stop();
		await web.stop();
		files.remove();
	}
});
