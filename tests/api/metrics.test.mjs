// GET /metrics: what is counted, in Prometheus' text format; who may read it, and where.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api, KEY, OTHER_KEY, server, until } from './harness.mjs';
import { parse, promtool, skipWithoutPromtool } from './prometheus.mjs';

const SAID = {
	status: { calls_total: 7, registrations: 2, media: { workers: 1, rooms: 0, ticks_skipped: 3, events_lost: 0 }, delay_ms: 20, draining: false, bans: 1 },
	live: [{ account: 'default', trunk: '', direction: 'inbound', status: 'in-progress', calls: 3 },
		{ account: 'odd "\\\nname', trunk: 'other', direction: 'outbound', status: 'ringing', calls: 1 }],
	ended: [{ account: 'default', trunk: 'carrier', direction: 'outbound', answered: 4, talk_ms: 61500, ended: { completed: 3, failed: 1, busy: 0 } }],
	trunks: [{ trunk: 'carrier', direction: 'outbound', setup_s: { bounds: [0.5, 1], counts: [1, 2, 3], sum: 12.5 } }],
	causes: [{ trunk: 'carrier', ended_by: 'callee', cause: 17, calls: 5 }],
	trunk_states: [{ name: 'carrier', state: 'up' }, { name: 'spare', state: 'down' }],
	tick_late_s: { bounds: [0.000256, 0.131072], counts: [10, 2, 0], sum: 0.004 },
	packets: { received: 100, lost: 2, late: 1, sent: 99, concealed_ms: 40 },
	streams: { active: 1, begun: 4, failed: 1, dropped_ms: 500 },
	control_requests: 9, control_errors: 1,
	process: { cpu_s: 1.5, resident_bytes: 5e6, open_fds: 20, max_fds: 1024, threads: 4, started: 1.7e9 },
};

let api, metricsBase, web, answer;
before(async () => {
	answer = () => ({ status: 200 });
	web = await server((request, n) => answer(request, n));
	api = await Api.start({ api: 'metrics-listen = {"http://127.0.0.1:0"}', logLevel: 'info' });
	api.mock.overrides.set('switch.metrics', () => SAID);
	const port = await until(() => api.log.map(line => /api\.metrics .*port=(\d+)/.exec(line)?.[1]).find(Boolean), 'the listener for metrics');
	metricsBase = `http://127.0.0.1:${port}`;
});
after(async () => { await api?.stop(); await web?.stop(); });

async function read(base = metricsBase, headers = {}) {
	const reply = await fetch(`${base}/metrics`, { headers });
	const text = await reply.text();
	assert.equal(reply.status, 200, text);
	assert.equal(reply.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
	return { text, ...parse(text) };
}

test('it has what the switch says, in seconds and bytes', async () => {
	const { value } = await read();
	assert.equal(value('offhook_switch_up'), 1);
	assert.equal(value('offhook_calls_started_total'), 7);
	assert.equal(value('offhook_calls', { account: 'default', status: 'in-progress', direction: 'inbound', trunk: '' }), 3);
	assert.equal(value('offhook_calls', { account: 'odd "\\\nname' }), 1, 'a label is escaped');
	assert.equal(value('offhook_calls_ended_total', { trunk: 'carrier', status: 'completed' }), 3);
	assert.equal(value('offhook_calls_answered_total', { trunk: 'carrier' }), 4);
	assert.equal(value('offhook_call_talk_seconds_total'), 61.5);
	assert.equal(value('offhook_call_setup_seconds_bucket', { le: '1' }), 3);
	assert.equal(value('offhook_call_setup_seconds_count'), 6);
	assert.equal(value('offhook_call_setup_seconds_sum'), 12.5);
	assert.equal(value('offhook_call_end_causes_total', { cause: '17', ended_by: 'callee' }), 5);
	assert.equal(value('offhook_trunk_up', { trunk: 'carrier' }), 1);
	assert.equal(value('offhook_trunk_up', { trunk: 'spare' }), 0);
	assert.equal(value('offhook_sip_delay_seconds'), 0.02);
	assert.equal(value('offhook_rtp_packets_lost_total'), 2);
	assert.equal(value('offhook_rtp_concealed_seconds_total'), 0.04);
	assert.equal(value('offhook_streams_dropped_seconds_total'), 0.5);
	assert.equal(value('offhook_media_tick_late_seconds_bucket', { le: '0.000256' }), 10);
	assert.equal(value('offhook_process_resident_memory_bytes', { daemon: 'offhookd' }), 5e6);
	assert.ok(value('offhook_process_resident_memory_bytes', { daemon: 'offhook-api' }) > 1e6);
	assert.ok(value('offhook_process_open_fds', { daemon: 'offhook-api' }) > 5);
});

test('promtool finds nothing wrong with it', { skip: skipWithoutPromtool }, async () => {
	assert.equal(promtool(['check', 'metrics'], (await read()).text), '');
});

test('who may read it: a key of the first account, or anybody who reaches metrics-listen', async () => {
	const status = async (base, headers) => {
		const reply = await fetch(`${base}/metrics`, { headers });
		await reply.text();
		return reply.status;
	};
	assert.equal(await status(api.base), 401);
	assert.equal(await status(api.base, { 'X-API-Key': 'wrong' }), 401);
	assert.equal(await status(api.base, { 'X-API-Key': OTHER_KEY }), 403, 'they are not for every account');
	await read(api.base, { 'X-API-Key': KEY });
	await read(api.base, { Authorization: `Bearer ${KEY}` });
	assert.equal(await status(api.base, { Authorization: `Basic ${KEY}` }), 401);
	await read(metricsBase);
	const head = await fetch(`${metricsBase}/metrics`, { method: 'HEAD' });
	assert.equal(head.status, 200);
	const post = await fetch(`${metricsBase}/metrics`, { method: 'POST' });
	assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET']);
});

test('metrics-listen has nothing else, but for whether we are alive', async () => {
	for (const path of ['/v1/voice/calls', '/schema/call', '/', '/2010-04-01/Accounts/x/Calls.json', '/v1/voice/openapi.json']) {
		const reply = await fetch(metricsBase + path, { headers: { 'X-API-Key': KEY } });
		await reply.text();
		assert.equal(reply.status, 404, path);
	}
	for (const path of ['/healthz', '/readyz'])
		assert.equal((await fetch(metricsBase + path)).status, 200, path);
});

test('webhooks, their retries and what is left of them are counted, and so are requests', async () => {
	const before = await read();
	let fails = 1;
	answer = () => ({ status: fails-- > 0 ? 503 : 200 });
	const { id } = await api.create({ status_callback: `${web.url}/status`, status_callback_events: ['queued', 'completed'] });
	api.mock.answer(id);
	api.mock.end(id);
	await web.nth(3);
	const now = await until(async () => {
		const all = await read();
		return all.value('offhook_webhook_backlog') === 0 && all;
	}, 'the backlog to be empty');
	const more = (name, labels) => now.value(name, labels) - before.value(name, labels);
	assert.equal(more('offhook_webhook_attempts_total', { code: '2xx' }), 2);
	assert.equal(more('offhook_webhook_attempts_total', { code: '5xx' }), 1);
	assert.equal(more('offhook_webhook_retries_total'), 1);
	assert.equal(more('offhook_webhooks_delivered_total'), 2);
	assert.equal(more('offhook_webhook_attempt_seconds_count'), 3);
	assert.equal(more('offhook_fetches_total', { code: '2xx' }), 2);
	assert.ok(more('offhook_http_requests_total', { code: '2xx' }) >= 2);
	assert.ok(more('offhook_store_commit_seconds_count') > 0 && more('offhook_store_safe_seconds_count') > 0);
	assert.ok(now.value('offhook_store_bytes') > 0);
	await (await fetch(`${api.base}/nothing`)).text();
	assert.ok((await read()).value('offhook_http_requests_total', { code: '4xx' }) > now.value('offhook_http_requests_total', { code: '4xx' }));
});

test('a webhook that nobody takes is in the backlog', async () => {
	answer = () => ({ status: 500 });
	const n = web.requests.length;
	const { id } = await api.create({ status_callback: `${web.url}/never`, status_callback_events: ['queued', 'completed'] });
	api.mock.end(id);
	await web.nth(n + 1);
	await until(async () => (await read()).value('offhook_webhook_backlog') === 2, 'two that wait');
});

test('a switch that does not answer, or is not there, costs its part alone', async () => {
	let asked = 0;
	api.mock.overrides.set('switch.metrics', () => { asked++; });
	const silent = await read();
	assert.equal(asked, 1);
	assert.equal(silent.value('offhook_switch_up'), 0);
	assert.equal(silent.value('offhook_calls_started_total'), undefined);
	assert.ok(silent.value('offhook_process_threads', { daemon: 'offhook-api' }) >= 1);
	await api.mock.stop();
	await until(async () => (await fetch(`${api.base}/readyz`)).status === 503, 'the loss');
	const alone = await read();
	assert.equal(alone.value('offhook_switch_up'), 0);
	await api.mock.start();
	await api.ready();
	for (const strange of [{}, { live: 5, ended: [1, null], trunks: [{ setup_s: { bounds: [1], counts: [] } }], status: [], packets: null }]) {
		api.mock.overrides.set('switch.metrics', () => strange);
		await read();
	}
	api.mock.overrides.set('switch.metrics', () => SAID);
});

test('an end in the middle of a request is an end', async () => {
	const other = await Api.start({ api: 'metrics-listen = {"http://127.0.0.1:0"}' });
	let asked;
	const wait = new Promise(resolve => { asked = resolve; });
	other.mock.overrides.set('switch.metrics', () => { asked(); });
	const lost = fetch(`${other.base}/metrics`, { headers: { 'X-API-Key': KEY } }).then(() => 'an answer', () => 'none');
	await wait;
	await other.stop();
	assert.equal(await lost, 'none');
});

test('what is wrong in the conf is refused', async () => {
	const bad = (api, listen) => Api.start({ api, mock: false, ...(listen && { listen }) });
	await assert.rejects(bad('metrics-listen = {"https://127.0.0.1:9464"}'), /metrics-listen.*allowed: http/);
	await assert.rejects(bad('metrics-listen = {"127.0.0.1:9464"}'), /metrics-listen/);
	await assert.rejects(bad('metrics-listen = {"http://example.com:9464"}'), /metrics-listen/);
	await assert.rejects(bad('metrics-listen = {"http://127.0.0.1:29464"}', 'http://127.0.0.1:29464'), /is in listen, too/);
});
