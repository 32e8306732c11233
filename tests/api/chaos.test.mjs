// kill -9 of offhook-api at random moments under 50 calls a second: afterwards no event is lost, doubled or out of order, every call has its
// record, every webhook came, and a key never made two calls. OFFHOOK_CHAOS_S makes it longer.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Api, server, until } from './harness.mjs';

const SECONDS = Number(process.env.OFFHOOK_CHAOS_S ?? 6), RATE = 50;
const sleep = ms => new Promise(ok => setTimeout(ok, ms));

test('kill -9 at random moments', async () => {
	const web = await server(() => ({ status: Math.random() < 0.1 ? 500 : 200 }));
	const api = await Api.start({ logLevel: 'info' });
	const { mock } = api;
	const told = new Map(); // call id → statuses that the switch told
	const plain = mock.event.bind(mock);
	mock.event = (method, params) => {
		if (params.call)
			told.set(params.call.id, [...told.get(params.call.id) ?? [], params.call.status]);
		return plain(method, params);
	};
	// Every call that is placed rings, is answered and ends by itself.
	const live = id => {
		setTimeout(() => mock.ring(id), Math.random() * 100);
		setTimeout(() => mock.answer(id), 100 + Math.random() * 100);
		setTimeout(() => mock.end(id), 200 + Math.random() * 300);
	};
	mock.on('call.originate', ({ id }) => live(id));

	let stop = false, n = 0, kills = 0;
	// As long as it was to take, and longer on a busy machine.
	const begun = Date.now();
	const goesOn = () => Date.now() - begun < SECONDS * 1000 || kills < 4;
	const made = new Map(); // key → call id
	const client = (async () => {
		const pending = [];
		while (goesOn()) {
			const key = `key-${n++}`;
			pending.push((async () => {
				// As a good client does: the same key until there is an answer.
				while (!stop) {
					try {
						const reply = await api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', status_callback: `${web.url}/s` },
							{ 'idempotency-key': key });
						if (reply.status === 201) {
							made.set(key, reply.json.id);
							return;
						}
						assert.ok([409, 503].includes(reply.status), reply.text);
					} catch (error) {
						if (error.code === 'ERR_ASSERTION')
							throw error;
					}
					await sleep(50);
				}
			})());
			// And some that come to us.
			if (n % 3 === 0)
				live(mock.create({ from: '+15550007777', to: '+15550009001' }).id);
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
		await api.ready();
		await until(() => mock.acked.get(mock.id) === mock.seq, 'the acknowledgement of everything');

		assert.equal(made.size, n, 'every request was answered in the end');
		assert.equal(new Set(made.values()).size, n, 'no two keys made one call');
		const placed = [...mock.calls.values()].filter(c => c.direction === 'outbound').map(c => c.id);
		assert.deepEqual(placed.sort(), [...made.values()].sort(), 'no key made two calls, no call is without an answer');

		const { json } = await api.get('/v1/voice/calls');
		assert.equal(json.total, mock.calls.size, 'every call has its record');
		for (const [id, statuses] of told) {
			const record = (await api.get(`/v1/voice/calls/${id}`)).json;
			assert.equal(record.status, 'completed', id);
			const { events } = (await api.get(`/v1/voice/calls/${id}/events?limit=1000`)).json;
			const own = events.filter(e => !e.reconciled);
			assert.deepEqual(own.map(e => e.call.status), statuses, `events of ${id}`);
			assert.deepEqual(events.map(e => e.sequence), events.map((_, i) => i + 1));
		}
		// Webhooks: at least once each, the first times in order.
		const first = new Map();
		const complete = () => {
			first.clear();
			for (const r of web.requests) {
				const { call_id, sequence } = JSON.parse(r.body);
				const list = first.get(call_id) ?? [];
				if (!list.includes(sequence))
					first.set(call_id, [...list, sequence]);
			}
			return placed.every(id => first.get(id)?.length >= told.get(id).length);
		};
		await until(complete, 'the last webhook');
		for (const id of placed)
			assert.deepEqual(first.get(id), [...first.get(id)].sort((a, b) => a - b), `webhooks of ${id}`);
	} finally {
		stop = true;
		await api.stop();
		await web.stop();
	}
});
