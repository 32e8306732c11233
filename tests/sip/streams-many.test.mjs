// Two hundred streams at once, with programs that stall, close in the middle, say garbage: the calls go on, so do the others, and nothing is left.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { scenario } from './support/harness.mjs';
import { StreamServer } from './support/stream-server.mjs';
import { poll } from './support/wait.mjs';

const CALLS = 50, EACH = 4, MANNERS = ['good', 'stalls', 'closes', 'garbage'], PATIENCE = 60000;
const garbage = [[0xff, 0xff, 1, 2, 3], [0x83, 0], [0x81, 0xff, 0xff], [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]].map(bytes => Buffer.from(bytes));
const texts = ['no JSON', '{}', '{"event":"media"}', '{"event":"mark","mark":{}}', '[1]', ''];
const descriptors = world => readdirSync(`/proc/${world.switch.pid}/fd`).length;

// What the switch has open when its first call has had its first stream.
async function descriptorsWithOne(world, control, id, server) {
	const { stream } = await control.call('call.stream', { call: id, url: server.url });
	await server.end();
	await control.call('call.stream_stop', { call: id });
	await control.event('call.stream', ({ stream: { id, state } }) => id === stream.id && state === 'stopped');
	return descriptors(world);
}

scenario('200 streams at once, of which three in four misbehave', {}, async (world, control) => {
	const server = await StreamServer.start(), trunk = await world.trunk();
	const callers = [];
	let before;
	for (let i = 0; i < CALLS; i++) {
		const caller = await trunk.call('+15550009000');
		const { call: { id } } = await control.event('call.incoming', ({ call }) => !callers.some(other => other.id === call.id));
		callers.push({ caller, id });
		await control.call('call.claim', { call: id });
		await control.call('call.answer', { call: id });
		await caller.response(200);
		before ??= await descriptorsWithOne(world, control, id, server);
	}
	const streams = [];
	for (const { id } of callers)
		for (let j = 0; j < EACH; j++) {
			const manner = MANNERS[(streams.length + Math.floor(streams.length / EACH)) % EACH]; // who speaks has each manner in turn
			const { stream } = await control.call('call.stream', { call: id, url: `${server.url}?${manner}`, protocol: j % 2 ? 'vonage' : 'twilio', speaks: j === 0 });
			streams.push({ id: stream.id, manner });
		}
	const is = (id, ...states) => control.events.find(({ method, params }) => method === 'call.stream' && params.stream.id === id && states.includes(params.stream.state))?.params.stream;
	await control.signal.until(() => streams.every(({ id }) => is(id, 'started')), 'the beginning of 200 streams', PATIENCE);
	assert.equal((await control.call('switch.status')).calls, CALLS);

	const ends = manner => server.ends.filter(({ request }) => request.url.endsWith(manner));
	MANNERS.forEach(manner => assert.equal(ends(manner).length, CALLS * EACH / 4));
	ends('stalls').forEach(end => {
		end.socket.pause();
		texts.forEach(text => end.send(text));
	});
	ends('closes').forEach((end, i) => i % 2 ? end.close() : end.socket.destroy());
	ends('garbage').forEach((end, i) => {
		texts.forEach(text => end.send(text));
		end.raw(garbage[i % garbage.length]);
		if (i % garbage.length >= 2)
			end.socket.destroy(); // in the middle of a message
	});
	const of = manner => streams.filter(stream => stream.manner === manner);
	await control.signal.until(() => [...of('closes'), ...of('garbage')].every(({ id }) => is(id, 'stopped', 'failed')), 'the end of those that misbehave', PATIENCE);

	const audio = end => end.messages.filter(message => Buffer.isBuffer(message) || message.event === 'media').length;
	const had = new Map(ends('good').map(end => [end, audio(end)]));
	await Promise.all(ends('good').map(end => end.signal.until(() => audio(end) > had.get(end) + 25, 'more audio to a program that does what it should', PATIENCE)));
	assert.ok([...of('good'), ...of('stalls')].every(({ id }) => !is(id, 'stopped', 'failed')), 'those that do no harm have not ended');
	for (const { caller } of callers)
		await caller.rtp.further(5);

	for (const { caller } of callers)
		await caller.bye();
	await control.signal.until(() => streams.every(({ id }) => is(id, 'stopped', 'failed')), 'the end of all streams', PATIENCE);
	ends('stalls').forEach(end => end.socket.destroy());
	await poll(async () => (await control.call('switch.status')).media_sessions === 0 && descriptors(world) <= before, 'that nothing is left', PATIENCE);
	server.close();
});
