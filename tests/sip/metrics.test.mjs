// What switch.metrics says of calls: by account, trunk and direction, how they ended, how long they took, how good they were.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const row = (rows, wanted) => rows.find(one => Object.entries(wanted).every(([name, value]) => one[name] === value));
const total = histogram => histogram.counts.reduce((sum, n) => sum + n, 0);
const metrics = control => control.call('switch.metrics');

async function through(world, alice, carrier, reply) {
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	await far.reply(180);
	await near.response(180);
	if (reply) {
		far.reply(reply);
		await near.final();
		return {};
	}
	await far.accept();
	await near.response(200);
	return { near, far };
}

scenario('calls are counted by account, trunk, direction and how they end', {}, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const before = await metrics(control);
	assert.deepEqual([before.live, before.ended, before.causes], [[], [], []]);
	const { near } = await through(world, alice, carrier);
	const live = (await metrics(control)).live;
	assert.equal(row(live, { account: 'default', trunk: 'carrier', direction: 'outbound', status: 'in-progress' })?.calls, 1);
	assert.equal(row(live, { account: 'default', trunk: '', direction: 'inbound', status: 'in-progress' })?.calls, 1);
	await near.bye();
	await through(world, alice, carrier, 486);
	await through(world, alice, carrier, 503);
	const now = await poll(async () => {
		const all = await metrics(control);
		return all.live.length === 0 && all;
	}, 'the end of all calls');
	const out = row(now.ended, { account: 'default', trunk: 'carrier', direction: 'outbound' });
	assert.equal(out.answered, 1);
	assert.deepEqual(out.ended, { completed: 1, failed: 1, busy: 1, 'no-answer': 0, canceled: 0 });
	assert.ok(out.talk_ms > 0);
	assert.equal(row(now.causes, { trunk: 'carrier', cause: 17 })?.calls, 1, 'user busy');
	assert.equal(row(now.causes, { trunk: 'carrier', cause: 16, ended_by: 'caller' })?.calls, 1);
	const trunk = row(now.trunks, { trunk: 'carrier', direction: 'outbound' });
	assert.equal(total(trunk.setup_s), 1, 'answered ones');
	assert.equal(total(trunk.post_dial_delay_s), 3, 'those that rang');
	assert.ok(trunk.setup_s.sum > 0);
	assert.equal(total(row(now.trunks, { trunk: '', direction: 'inbound' }).post_dial_delay_s), 0, 'of calls out alone');
	assert.deepEqual(now.trunk_states.map(one => one.name), ['carrier']);
});

scenario('packets and opinions are counted, also those of calls that are over', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(500);
	await call.rtp.further(120);
	const during = await poll(async () => {
		const all = await metrics(control);
		return all.packets.received > 50 && all;
	}, 'packets while it lasts');
	assert.ok(during.packets.sent > 0);
	assert.equal(during.tick_late_s.counts.length, during.tick_late_s.bounds.length + 1);
	assert.equal(total(during.tick_late_s) > 0, true);
	await call.bye();
	const { params } = await poll(
		() => control.events.find(event => event.method === 'call.quality' && event.params.final), 'the last word of media');
	const after = await metrics(control);
	assert.equal(after.packets.received, params.stats.rx_packets - params.stats.rx_duplicate, 'all of them, to the last');
	assert.equal(after.packets.sent, params.stats.tx_packets);
	const heard = row(after.trunks, { trunk: '', direction: 'inbound' });
	assert.equal(total(heard.mos_in), 1);
	assert.ok(heard.mos_in.sum > 3);
});

scenario('the process and its memory are told', {}, async (world, control) => {
	const { process, status, control_requests } = await metrics(control);
	assert.ok(process.resident_bytes > 1e6 && process.open_fds > 5 && process.max_fds >= process.open_fds && process.threads >= 2);
	assert.ok(Math.abs(process.started * 1000 - status.started) < 60000, `${process.started} ${status.started}`);
	assert.ok(control_requests >= 2);
});
