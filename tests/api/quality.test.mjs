// How a call sounded: totals, seconds and alerts as JSON, and the chart.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Api, KEY, OTHER_KEY, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

const CALLS = '/v1/voice/calls';
const svg = { accept: 'image/svg+xml' };
const quality = async (id, headers) => (await api.get(`${CALLS}/${id}/quality`, headers));
// packets_in lost_in late_in concealed_ms jitter_in jitter_out rtt_ms buffer_ms loss_out mos_in mos_out
const GOOD = [50, 0, 0, 0, 3, 0, 0, 40, 0, 220, 0];
const REPORTED = [50, 0, 0, 0, 3, 12, 18, 40, 2, 220, 215];
const BAD = [30, 20, 1, 400, 455, 12, 18, 120, 2, 90, 215];

async function over(seconds, { length = 1, alerts = [], stats = { rx_packets: 130, mos_in: 4.41 } } = {}) {
	const { id } = await api.create();
	api.mock.answer(id);
	for (const alert of alerts)
		api.mock.event('call.quality', { call: api.mock.calls.get(id), final: false, ...alert });
	api.mock.end(id);
	api.mock.event('call.quality', { call: api.mock.calls.get(id), stats, final: true, second_length_s: length, seconds });
	await until(async () => (await quality(id)).json?.final, 'the final quality');
	return id;
}

test('every second with what is known of it, and the alerts', async () => {
	const id = await over([GOOD, REPORTED, BAD], { alerts: [{ what: 'loss-in', mos: 1.8, loss_percent: 40, jitter_ms: 45 }] });
	const { json, text } = await quality(id);
	assert.deepEqual(json.seconds[0], { second: 0, packets_in: 50, lost_in: 0, late_in: 0, concealed_ms: 0, jitter_in_ms: 0.3, buffer_ms: 40,
		loss_in_percent: 0, mos_in: 4.4 });
	assert.deepEqual(json.seconds[1], { second: 1, packets_in: 50, lost_in: 0, late_in: 0, concealed_ms: 0, jitter_in_ms: 0.3, buffer_ms: 40,
		loss_in_percent: 0, mos_in: 4.4, mos_out: 4.3, loss_out_percent: 2, jitter_out_ms: 1.2, rtt_ms: 18 });
	assert.equal(json.seconds[2].loss_in_percent, 40);
	assert.equal(json.seconds[2].jitter_in_ms, 45.5);
	assert.equal(json.second_length, 1);
	assert.ok(Math.abs(Date.parse(json.start_time) + 3000 - Date.now()) < 60000);
	assert.deepEqual(json.alerts.map(({ time, ...rest }) => rest), [{ what: 'loss-in', mos: 1.8, loss_percent: 40, jitter_ms: 45 }]);
	assert.doesNotMatch(text, /\d\.\d{6}/, 'numbers are as short as they were meant');
	assert.equal((await quality(id, { 'x-api-key': OTHER_KEY })).status, 404);
});

test('events do not carry the seconds; a command has them', async () => {
	const id = await over(Array.from({ length: 1000 }, () => GOOD));
	const { events } = (await api.get(`${CALLS}/${id}/events`)).json;
	const told = events.find(e => e.type === 'call.quality');
	assert.equal(told.seconds, undefined);
	assert.equal(told.stats.rx_packets, 130);
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	assert.equal((await ws.ask('getCallQuality', { call_id: id })).body.seconds.length, 1000);
	ws.destroy();
});

test('numbers out of range, or none, do not break it', async () => {
	const id = await over([[1e9, -5, 'x', null, 70000, 0, 0, 0, 999, 999, 0]]);
	const [second] = (await quality(id)).json.seconds;
	assert.equal(second.packets_in, 65535);
	assert.equal(second.lost_in, 0);
	const none = await over([[1, 2]]);
	assert.equal((await quality(none)).json.seconds, undefined);
	assert.equal((await quality(none)).json.stats.rx_packets, 130);
});

test('a chart when Accept asks for one', async () => {
	const id = await over([...Array(30).fill(GOOD), BAD, ...Array(30).fill(REPORTED)], { alerts: [{ what: 'loss-in', mos: 1.8, loss_percent: 40, jitter_ms: 45 }] });
	const reply = await quality(id, svg);
	assert.equal(reply.status, 200);
	assert.equal(reply.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
	assert.equal(reply.headers.get('vary'), 'Accept');
	const file = path.join(api.dir, 'chart.svg');
	fs.writeFileSync(file, reply.text);
	const lint = spawnSync('xmllint', ['--noout', file], { encoding: 'utf8' });
	if (!lint.error)
		assert.equal(lint.status, 0, lint.stderr);
	for (const part of [id, 'Estimated MOS', 'Packet loss (%)', 'Jitter (ms)', 'Round trip (ms)', 'loss-in', 'prefers-color-scheme:dark', 'received mean', 'sent mean'])
		assert.ok(reply.text.includes(part), part);
	assert.doesNotMatch(reply.text, /href|<script|url\(|NaN|inf/, 'it needs nothing else');
	// Two directions of three panels, one of the last.
	assert.equal(reply.text.match(/<path class="(in|out|both)" d="M[\d.]+ [\d.]+h\.1/g).length, 7);
	assert.match((await quality(id, { accept: 'text/html,application/json;q=0.9,image/svg+xml;q=0.1' })).headers.get('content-type'), /json/);
	assert.match((await quality(id, { accept: 'image/svg+xml, */*;q=0.5' })).headers.get('content-type'), /svg/);
});

test('a chart of hours stays small', async () => {
	const id = await over(Array.from({ length: 4096 }, (_, i) => (i === 2000 ? BAD : REPORTED)), { length: 4 });
	const reply = await quality(id, svg);
	assert.ok(reply.text.length < 80000, `${reply.text.length}`);
	assert.match(reply.text, /4:33:04 long/);
	assert.match(reply.text, /received mean 4\.4, worst 1\.8/, 'what was bad for a moment is still seen');
	assert.equal((await quality(id)).json.seconds.at(-1).second, 4095 * 4);
});

test('what is told is escaped', async () => {
	const { id } = await api.create();
	api.mock.answer(id);
	api.mock.event('call.quality', { call: api.mock.calls.get(id), final: false, what: '<script>"&' });
	api.mock.end(id);
	api.mock.event('call.quality', { call: api.mock.calls.get(id), stats: {}, final: true, second_length_s: 1, seconds: [GOOD] });
	await api.record(id, 'completed');
	const text = await until(async () => {
		const reply = await quality(id, svg);
		return reply.status === 200 && reply.text;
	});
	assert.match(text, /&#60;script&#62;&#34;&#38;/);
	assert.doesNotMatch(text, /<script/);
});

test('while the call is up: totals, and no chart yet', async () => {
	api.mock.overrides.set('call.stats', () => ({ stats: { rx_packets: 50, mos_in: 4.4 } }));
	const { id } = await api.create();
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	assert.deepEqual((await quality(id)).json, { call_id: id, final: false, stats: { rx_packets: 50, mos_in: 4.4 }, alerts: [] });
	assert.equal((await quality(id, svg)).status, 409);
	const never = await api.create();
	assert.equal((await quality(never.id)).status, 404);
});
