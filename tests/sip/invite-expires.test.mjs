// A caller that says for how long its INVITE is good (Expires, RFC 3261 section 13.3.1): then it is over, wherever it rings.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

const expires = [['Expires', '1']];
const nobody = /within the time that the caller’s INVITE allowed|within the time that the caller's INVITE allowed/;

async function lapses(control, call) {
	const final = await call.final();
	assert.equal(final.status, 487);
	const { reason, sip_code: code } = await control.someCall(({ direction, sip_call_id: id, status }) => direction === 'inbound' && id === call.callId && status === 'canceled');
	assert.equal(code, 487);
	assert.match(reason, nobody);
}

scenario('an INVITE with Expires, to a phone, a trunk, and from a trunk: 487, and what rang is canceled', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
	const toBob = await alice.call('bob', { headers: expires });
	const rung = await bob.incoming();
	await rung.reply(180);
	await lapses(control, toBob);
	await rung.request('CANCEL');
	const toTrunk = await alice.call('+14445556666', { headers: expires });
	const out = await carrier.incoming();
	await out.reply(183, { media: true });
	await lapses(control, toTrunk);
	await out.request('CANCEL');
	const fromTrunk = await carrier.call('+15550009001', { headers: expires, auth: false });
	await (await alice.incoming()).reply(180);
	await lapses(control, fromTrunk);
});

scenario('an INVITE with Expires, to a program that takes its time: 487', {}, async (world, control) => {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009000', { headers: expires, auth: false });
	await control.event('call.incoming');
	await lapses(control, call);
});

scenario('an INVITE with Expires that is answered, or whose Expires is no limit, goes on', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const first = await alice.call('bob', { headers: expires });
	await (await bob.incoming()).accept();
	await first.response(200);
	const others = [];
	for (const value of ['0', '4000000000', 'Thu, 01 Dec 1994 16:00:00 GMT']) {
		others.push(await alice.call('bob', { headers: [['Expires', value]] }));
		await (await bob.incoming()).reply(180);
		await others.at(-1).response(180);
	}
	// one that lapses meanwhile says that their time would have come
	const last = await alice.call('bob', { headers: expires });
	await bob.incoming();
	assert.equal((await last.final()).status, 487);
	assert.equal((await control.call('call.list')).calls.filter(({ direction, status }) => direction === 'inbound' && status === 'in-progress').length, 1);
	for (const other of others) {
		assert.ok(!other.responses.some(({ status }) => status >= 200));
		await other.cancel();
	}
	await first.bye();
});
