// A call that rings several phones: who gets it, what the others are told, and answers that cross.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

const ELSEWHERE = /SIP;cause=200;text="Call completed elsewhere"/;

// Alice calls bob, who has `count` phones, all of which have the INVITE.
async function forked(world, count) {
	const alice = await world.registered('alice'), phones = [];
	for (let i = 0; i < count; i++)
		phones.push(await world.registered('bob'));
	const caller = await alice.call('+15550001002');
	return { alice, caller, legs: await Promise.all(phones.map(phone => phone.incoming())) };
}

const sent = (leg, method) => leg.requests.filter(request => request.method === method);

scenario('three phones ring, the second answers: the others are told that it was answered elsewhere', {}, async (world, control) => {
	const { caller, legs: [first, second, third] } = await forked(world, 3);
	for (const leg of [first, second, third])
		await leg.reply(180);
	await caller.response(180);
	assert.equal(caller.responses.filter(({ status }) => status === 180).length, 1, 'the caller hears of ringing once');
	await second.accept();
	await caller.response(200);
	for (const leg of [first, third]) {
		assert.match((await leg.request('CANCEL')).get('reason'), ELSEWHERE);
		await leg.phone.signal.until(() => leg.acked, 'ACK of 487');
	}
	second.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.bye();
	await second.ended();
	for (const leg of [first, third])
		assert.equal(sent(leg, 'BYE').length, 0);
	const calls = control.events.filter(({ method, params }) => method === 'call.state' && params.call.direction === 'outbound');
	assert.equal(new Set(calls.map(({ params }) => params.call.id)).size, 1, 'one call, however many phones');
});

scenario('two phones answer at once: the second is acknowledged and hung up', {}, async world => {
	const { caller, legs: [first, second] } = await forked(world, 2);
	second.phone.automatic = false; // its 200 crosses the CANCEL
	await first.reply(180);
	await second.reply(180);
	await first.accept();
	await second.reply(200, { media: true });
	await caller.response(200);
	await second.phone.signal.until(() => second.acked, 'ACK of the late 200');
	const bye = await second.ended();
	second.phone.respond(bye, bye.response(200, 'OK', { toTag: second.localTag }));
	for (const cancel of sent(second, 'CANCEL'))
		second.phone.respond(cancel, cancel.response(481, 'Gone', { toTag: second.localTag }));
	first.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.bye();
	await first.ended();
});

scenario('a 200 that comes after the caller has given up is acknowledged and hung up', {}, async (world, control) => {
	const { caller, legs: [leg] } = await forked(world, 1);
	leg.phone.automatic = false;
	await leg.reply(180);
	await caller.response(180);
	await caller.cancel();
	assert.equal((await caller.final()).status, 487);
	await leg.request('CANCEL');
	await leg.reply(200, { media: true });
	const cancel = await leg.request('CANCEL');
	leg.phone.respond(cancel, cancel.response(200, 'OK', { toTag: leg.localTag }));
	await leg.phone.signal.until(() => leg.acked, 'ACK');
	const bye = await leg.ended();
	leg.phone.respond(bye, bye.response(200, 'OK', { toTag: leg.localTag }));
	assert.deepEqual(new Set((await control.call('call.list')).calls), new Set());
});

scenario('a proxy behind a contact forks: two early dialogs, and two that answer', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), leg = await bob.incoming();
	const tags = ['tag-one', 'tag-two'];
	for (const tag of tags) { // two phones behind it ring
		leg.localTag = tag;
		await leg.reply(180);
	}
	await caller.response(180);
	leg.localTag = tags[0];
	await leg.accept();
	await caller.response(200);
	leg.acked = false;
	const first = leg.phone.sent.findLast(({ status }) => status === 200);
	leg.localTag = tags[1];
	await leg.reply(200, { media: true });
	await bob.signal.until(() => leg.requests.some(r => r.method === 'BYE' && r.tag('to') === tags[1]), 'BYE of the second');
	assert.ok(bob.received.some(m => m.method === 'ACK' && m.tag('to') === tags[1]), 'which was acknowledged before');
	assert.equal(first.tag('to'), tags[0]);
	leg.localTag = tags[0];
	leg.rtp.sendTone(440);
	await caller.rtp.hear(440, 'the first one has the call');
	await caller.bye();
	await bob.signal.until(() => leg.requests.some(r => r.method === 'BYE' && r.tag('to') === tags[0]), 'BYE of the first');
});

scenario('all decline: the refusal that says most', {}, async (world, control) => {
	const { caller, legs } = await forked(world, 3);
	for (const [i, status] of [480, 486, 404].entries())
		await legs[i].reply(status);
	assert.equal((await caller.final()).status, 486);
	assert.equal((await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'busy')).sip_code, 486);
});

scenario('a 603 of one stops the others from ringing', {}, async world => {
	const { caller, legs: [first, second] } = await forked(world, 2);
	await second.reply(180);
	await first.reply(603);
	assert.equal((await caller.final()).status, 603);
	await second.request('CANCEL');
});

scenario('the caller gives up: all phones are told why', {}, async world => {
	const { caller, legs } = await forked(world, 3);
	for (const leg of legs)
		await leg.reply(180);
	await caller.response(180);
	assert.equal((await caller.cancel()).status, 200);
	assert.equal((await caller.final()).status, 487);
	for (const leg of legs)
		assert.match((await leg.request('CANCEL')).get('reason') ?? '', /Q\.850;cause=\d+/);
});

scenario('phones of two users ring for one number', { numbers: 'number "+15550009001" { dial = {"user:alice", "user:bob"} }' }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carol = await world.registered('carol');
	const caller = await carol.call('+15550009001'), legs = [await alice.incoming(), await bob.incoming()];
	for (const leg of legs)
		await leg.reply(180);
	await legs[0].accept();
	await caller.response(200);
	assert.match((await legs[1].request('CANCEL')).get('reason') ?? '', ELSEWHERE);
	await legs[0].bye();
	await caller.ended();
});
