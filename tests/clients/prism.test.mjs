// The nine operations that every client of the Telefonie Voice API knows, through Prism, on calls that really ring: SIPp and phones.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { KEY, scenario } from '../sip/support/harness.mjs';
import { listening, sipp } from '../sip/support/sipp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { operations } from '../api/contract.mjs';
import { operation } from '../api/schema.mjs';
import { Prism } from './support/prism.mjs';
import { callChecker, callsIn, replyFault } from './support/schemas.mjs';

// Runs `use` with Prism in front of the API of this world. Resolves to the operations that were used.
async function throughPrism(world, use) {
	await world.startApi();
	const voice = await Prism.start(world.api, KEY, join(world.dir, 'contract.json'));
	const used = new Set(), { look } = voice;
	voice.look = (method, path, it) => {
		used.add(operation(method, `/v1/voice${path}`).operationId);
		look.call(voice, method, path, it);
	};
	try {
		await use(voice);
	} finally {
		await voice.stop();
	}
	return used;
}

const becomes = (voice, id, status) => poll(async () => {
	const call = await voice.get(`/calls/${id}`);
	return call.status === status && call;
}, `${id} to be ${status}`);

const priced = { account: 'deck = "d"', extra: 'deck "d" { currency = "EUR" rates = { "+1444 0.60" } }' };

scenario('Prism finds nothing in calls to SIPp', priced, async world => {
	const carrier = sipp(world, 'answer', { host: world.trunkHost, port: 5060, calls: 4 });
	await listening(world.trunkHost, 5060);
	const used = await throughPrism(world, async voice => {
		const first = await voice.dial({ to: '+14445556666', url: 'http://127.0.0.1:1/none', method: 'POST', status_callback: 'http://127.0.0.1:1/s', timeout: 20, record: true });
		assert.equal(first.status, 'queued');
		await becomes(voice, first.id, 'completed'); // no script can be had: it is hung up
		const second = await voice.dial({ to: '+14445556666' });
		await becomes(voice, second.id, 'in-progress');
		assert.equal((await voice.change(second.id, { status: 'completed' })).id, second.id);
		const third = await voice.dial({ to: '+14445556667' });
		await becomes(voice, third.id, 'in-progress');
		await voice.end(third.id);
		for (const { id } of [second, third]) {
			const { duration, price, price_unit } = await becomes(voice, id, 'completed');
			assert.equal(typeof duration, 'number');
			assert.deepEqual([price, price_unit], ['0.60', 'EUR']);
		}

		const room = await voice.expect(201, 'POST', '/conferences', { friendly_name: 'morning', record: true });
		assert.equal(room.max_participants, 250);
		assert.equal((await voice.expect(201, 'POST', '/conferences', { max_participants: 3 })).max_participants, 3);
		const added = await voice.expect(201, 'POST', `/conferences/${room.id}/participants`, { to: '+14445556668', from: '+15550009000', muted: true });
		assert.equal(added.muted, true);
		await poll(async () => (await voice.get(`/conferences/${room.id}/participants`)).participants.some(p => p.status === 'in-progress'), 'the participant');
		for (const status of ['', '?status=in-progress', '?status=init', '?status=completed'])
			assert.ok(Array.isArray((await voice.get(`/conferences${status}`)).conferences));
		assert.equal((await voice.get('/conferences?status=in-progress')).conferences.length, 1);
		await voice.end(added.call_id);

		for (const [query, total] of [['', 4], ['?status=completed', 4], ['?status=busy', 0], ['?direction=outbound&from=%2B15550009000', 4], ['?direction=inbound', 0],
			['?to=%2B14445556666', 2], ['?page=2&page_size=3', 4]]) {
			const list = await poll(async () => {
				const { status, body } = await voice.ask('GET', `/calls${query}`);
				assert.equal(status, 200);
				return body.total === total && body;
			}, `${total} calls of ${query}`);
			assert.equal(list.calls.length, query.includes('page=2') ? 1 : total);
		}
	});
	assert.equal(await carrier, 0, 'SIPp saw four calls as they should be');
	for (const id of Object.keys(operations))
		assert.ok(used.has(id), `${id} was not used`);
});

scenario('Prism finds nothing in calls that come to nothing', {}, async world => {
	const bob = await world.registered('bob');
	const used = await throughPrism(world, async voice => {
		for (const [code, status] of [[486, 'busy'], [480, 'no-answer'], [603, 'failed']]) {
			const { id } = await voice.dial();
			await (await bob.incoming()).reply(code);
			const call = await becomes(voice, id, status);
			assert.ok(Date.parse(call.end_time) >= Date.parse(call.start_time));
		}
		const { id } = await voice.dial();
		const callee = await bob.incoming();
		await callee.reply(180);
		await becomes(voice, id, 'ringing');
		await voice.change(id, { status: 'canceled' });
		await callee.request('CANCEL');
		await becomes(voice, id, 'canceled');
		// 404 is documented for GET alone
		assert.equal((await voice.ask('GET', '/calls/none')).status, 404);
	});
	assert.ok(used.has('updateCall'));
});

scenario('Prism finds nothing in calls that come in', {}, async world => {
	await throughPrism(world, async voice => {
		assert.equal(await sipp(world, 'echo', { host: world.trunkHost, port: 5060, service: '+15550009004', calls: 5, rate: 20 }), 0);
		const list = await poll(async () => {
			const body = await voice.get('/calls?direction=inbound&status=completed&page_size=100');
			return body.total === 5 && body;
		}, 'five records');
		assert.ok(list.calls.every(call => call.to === '+15550009004' && call.from === '+14440000000'));
		assert.ok(voice.calls >= 5);
	});
});

scenario('Prism and the checks find what is wrong', {}, async world => {
	await throughPrism(world, async voice => {
		await assert.rejects(voice.ask('DELETE', '/calls/none'), /Prism says/, 'a status that the document does not name');
		await assert.rejects(voice.ask('GET', '/calls?page_size=500'), /stoplight/, 'a request outside the document');
	});
	const good = { id: 'a', status: 'queued', direction: 'inbound', from: '+15550001001', to: '+15550001002' };
	const reply = body => ({ status: 200, type: 'application/json', text: JSON.stringify(body) });
	const check = callChecker(await (await fetch(`${world.api}/schema/call`)).json());
	assert.equal(check(good), undefined);
	assert.equal(replyFault('GET', '/v1/voice/calls/a', reply(good)), undefined);
	for (const fault of [{ status: 'done' }, { from: '12' }, { duration: -1 }, { duration: 1.5 }, { duration: null }, { start_time: 'today' }, { recording_url: 'no' },
		{ id: undefined }, { to: 5 }]) {
		assert.ok(check({ ...good, ...fault }), JSON.stringify(fault));
		assert.match(replyFault('GET', '/v1/voice/calls/a', reply({ ...good, ...fault })), /getCall 200/);
	}
	assert.match(replyFault('GET', '/v1/voice/calls/a', reply({ ...good, colour: 'red' })), /additional/);
	assert.match(replyFault('GET', '/v1/voice/calls/a', { ...reply(good), status: 418 }), /not in the document/);
	assert.match(replyFault('GET', '/v1/voice/calls/a', { ...reply(good), type: 'text/html' }), /text\/html/);
	assert.equal(callsIn({ calls: [good, good], more: { call: good } }).length, 3);
});
