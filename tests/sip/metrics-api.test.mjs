// GET /metrics of offhook-api beside a real switch with real calls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, promtool, skipWithoutPromtool } from '../api/prometheus.mjs';
import { KEY, scenario, TOP } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

async function scrape(world) {
	const reply = await fetch(`${world.api}/metrics`, { headers: { Authorization: `Bearer ${KEY}` } });
	const text = await reply.text();
	assert.equal(reply.status, 200, text);
	if (!skipWithoutPromtool)
		promtool(['check', 'metrics'], text);
	return { text, ...parse(text) };
}

scenario('a scrape has the calls, while they last and when they are over, and no number of any', {}, async world => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	await world.startApi();
	const quiet = await scrape(world);
	assert.equal(quiet.value('offhook_switch_up'), 1);
	assert.equal(quiet.value('offhook_registrations'), 1);
	assert.equal(quiet.value('offhook_calls'), undefined);
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	await far.reply(180);
	await far.accept();
	await near.response(200);
	const during = await scrape(world);
	assert.equal(during.value('offhook_calls', { trunk: 'carrier', direction: 'outbound', status: 'in-progress' }), 1);
	assert.equal(during.value('offhook_calls_answered_total', { trunk: 'carrier', account: 'default' }), 1);
	assert.equal(during.value('offhook_call_post_dial_delay_seconds_count', { trunk: 'carrier' }), 1);
	assert.equal(during.value('offhook_media_sessions'), 2);
	await near.bye();
	const after = await poll(async () => {
		const all = await scrape(world);
		return all.value('offhook_calls_ended_total', { trunk: 'carrier', status: 'completed' }) === 1 && all;
	}, 'the end of the call');
	assert.equal(after.value('offhook_calls'), undefined);
	assert.ok(after.value('offhook_call_talk_seconds_total', { trunk: 'carrier' }) > 0);
	assert.equal(after.value('offhook_call_end_causes_total', { trunk: 'carrier', cause: '16' }), 1);
	for (const text of [during.text, after.text]) {
		assert.doesNotMatch(text, /1234567|555000|[0-9a-f]{8}-[0-9a-f]{4}/, 'neither numbers nor ids');
		assert.ok(!text.includes('alice'), 'nor names of users');
	}
});

scenario('a trunk that a reload has taken away is "other"', {}, async world => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	await world.startApi();
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	await far.accept();
	await near.response(200);
	world.options.carrier = '\ntrunk "another" { address = "127.0.0.1:5999" }\n';
	world.options.numbers = '\n';
	world.writeConf();
	await world.control.call('switch.reload');
	const during = await poll(() => scrape(world).then(all => all.value('offhook_calls', { trunk: 'other' }) === 1 && all, () => false), 'the call, folded');
	assert.equal(during.all('offhook_calls', { trunk: 'carrier' }).length, 0);
	assert.deepEqual(during.all('offhook_trunk_up').map(s => s.labels.trunk), ['another']);
	await near.bye();
	await poll(() => scrape(world).then(all => all.value('offhook_calls_ended_total', { trunk: 'other' }) === 1, () => false), 'its end');
});

scenario('doc/metrics.md has each of them, with its type and its labels, and none that is not there', { extra: 'bus { nats = "nats://127.0.0.1:1" }' }, async world => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	await world.startApi();
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	far.reply(486);
	await near.final();
	const living = await alice.call('+15550009004');
	await living.response(200);
	const { families } = await scrape(world);
	const rows = [...readFileSync(join(TOP, 'doc/metrics.md'), 'utf8').matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*)\| (.*) \|$/gm)];
	const said = rows.map(([, name, type, labels, help]) => ({ name, type, help, labels: [...labels.matchAll(/`(\w+)`/g)].map(m => m[1]).sort() }));
	const exposed = [...families.values()].map(({ name, type, help, samples }) => ({ name, type, help,
		labels: [...new Set(samples.flatMap(s => Object.keys(s.labels)))].filter(label => label !== 'le').sort() }));
	const byName = (a, b) => a.name < b.name ? -1 : 1;
	assert.deepEqual(exposed.sort(byName), said.sort(byName));
	await living.bye();
});
