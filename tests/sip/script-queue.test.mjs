// Queues and screening with real calls.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

async function answered(world, phone, to, script) {
	const { status } = await world.http('POST', '/v1/voice/calls', { to, from: '+15550009000', script: `<Response>${script}</Response>` });
	assert.equal(status, 201);
	const call = await phone.incoming();
	await call.accept();
	return call;
}

async function talk(a, b) {
	a.rtp.sendTone(440);
	b.rtp.sendTone(1000);
	await Promise.all([a.rtp.hear(1000), b.rtp.hear(440)]);
}

scenario('a caller waits in a queue, talks to the agent who takes it, and goes on when that hangs up', {}, async world => {
	const bob = await world.registered('bob'), carol = await world.registered('carol');
	await world.startApi();
	const caller = await answered(world, bob, 'bob', '<Enqueue>help</Enqueue><Play loop="0">tone:dial/de</Play>');
	await caller.rtp.hearAnything('the tone of those who wait');
	const agent = await answered(world, carol, 'carol', '<Dial><Queue>help</Queue></Dial>');
	await talk(caller, agent);
	await agent.bye();
	await caller.rtp.hear(425);
	await caller.bye();
});

scenario('who is dialled is asked first, and then talks to the caller, whose script goes on after it', {}, async world => {
	const bob = await world.registered('bob'), carol = await world.registered('carol');
	await world.startApi();
	const caller = await answered(world, bob, 'bob', '<Dial><Number sendDigits="5">carol</Number></Dial><Play loop="0">tone:dial/de</Play>');
	const callee = await (await carol.incoming()).accept();
	await talk(caller, callee);
	await callee.bye();
	await caller.rtp.hear(425);
	await caller.bye();
});

scenario('nobody answers: the next element runs', {}, async world => {
	const bob = await world.registered('bob'), carol = await world.registered('carol');
	await world.startApi();
	const caller = await answered(world, bob, 'bob', '<Dial>carol</Dial><Play loop="0">tone:dial/de</Play>');
	await (await carol.incoming()).reply(486);
	await caller.rtp.hear(425);
	await caller.bye();
});
