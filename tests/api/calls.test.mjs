import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY, OTHER_KEY } from './harness.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

const CALLS = '/v1/voice/calls';

test('a call goes through its states and has the whole record at the end', async () => {
	const created = await api.create();
	assert.equal(created.status, 'queued');
	assert.equal(created.direction, 'outbound');
	assert.deepEqual(Object.keys(created).filter(k => created[k] === null), []);
	const originate = await api.mock.request('call.originate', p => p.id === created.id);
	assert.equal(originate.to, '+15550001001');
	assert.equal(originate.timeout, 30);
	assert.equal(originate.account, 'default');
	api.mock.ring(created.id);
	await api.record(created.id, 'ringing');
	const answered = api.mock.answer(created.id);
	const talking = await api.record(created.id, 'in-progress');
	assert.equal(talking.duration, undefined);
	assert.equal(Date.parse(talking.start_time), answered.answered);
	api.mock.end(created.id, { ended: answered.answered + 7400, sip_code: 200, reason: 'The callee hung up.' });
	const done = await api.record(created.id, 'completed');
	assert.equal(done.duration, 7);
	assert.equal(Date.parse(done.end_time), answered.answered + 7400);
	assert.equal(done.ended_by, 'callee');
	assert.equal(done.recording_url, undefined);
});

for (const [end, expected] of [
	[{ status: 'busy', sip_code: 486 }, 'busy'], [{ status: 'no-answer', sip_code: 480 }, 'no-answer'],
	[{ status: 'failed', sip_code: 404, reason: 'Nobody has this number.' }, 'failed'], [{ status: 'canceled' }, 'canceled'],
]) {
	test(`an unanswered call ends as ${expected}`, async () => {
		const { id } = await api.create();
		api.mock.ring(id);
		api.mock.end(id, end);
		const record = await api.record(id, expected);
		assert.equal(record.duration, 0);
		assert.ok(record.end_time && record.start_time);
	});
}

test('a status that the states do not allow is never shown', async () => {
	const { id } = await api.create();
	api.mock.end(id, { status: 'busy' });
	await api.record(id, 'busy');
	api.mock.ring(id);
	const last = await api.create();
	await api.record(last.id, 'queued');
	assert.equal((await api.get(`${CALLS}/${id}`)).json.status, 'busy');
});

test('Location, GET and the list agree', async () => {
	const reply = await api.post(CALLS, { to: '+15550001001', from: '+15550009000' });
	assert.equal(reply.headers.get('location'), `${CALLS}/${reply.json.id}`);
	const got = await api.get(reply.headers.get('location'));
	const { json } = await api.get(`${CALLS}?page_size=1`);
	assert.deepEqual(json.calls[0], got.json);
	assert.equal(json.page, 1);
	assert.equal(json.page_size, 1);
});

test('DELETE hangs up, also twice', async () => {
	const { id } = await api.create();
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	const reply = await api.delete(`${CALLS}/${id}`);
	assert.equal(reply.status, 204);
	assert.equal(reply.text, '');
	assert.equal((await api.record(id, 'completed')).ended_by, 'api');
	assert.equal((await api.delete(`${CALLS}/${id}`)).status, 204);
});

test('POST status completed and canceled', async () => {
	const a = await api.create();
	api.mock.answer(a.id);
	await api.record(a.id, 'in-progress');
	const refused = await api.post(`${CALLS}/${a.id}`, { status: 'canceled' });
	assert.equal(refused.status, 409);
	assert.equal(refused.json.field, 'status');
	const done = await api.post(`${CALLS}/${a.id}`, { status: 'completed' });
	assert.equal(done.status, 200);
	assert.equal(done.json.status, 'completed');
	assert.equal((await api.post(`${CALLS}/${a.id}`, { status: 'completed' })).status, 409);
	const b = await api.create();
	api.mock.ring(b.id);
	const canceled = await api.post(`${CALLS}/${b.id}`, { status: 'canceled' });
	assert.equal(canceled.json.status, 'canceled');
});

test('filters and pages', async () => {
	const own = [];
	for (let i = 0; i < 5; i++)
		own.push(await api.create({ to: '+15550001099' }));
	api.mock.end(own[2].id, { status: 'busy' });
	await api.record(own[2].id, 'busy');
	const list = async query => (await api.get(`${CALLS}?${query}`)).json;
	const all = await list('to=%2B15550001099');
	assert.equal(all.total, 5);
	assert.deepEqual(all.calls.map(c => c.id), own.map(c => c.id).reverse());
	const page = await list('to=%2B15550001099&page=2&page_size=2');
	assert.equal(page.total, 5);
	assert.deepEqual(page.calls.map(c => c.id), [own[2].id, own[1].id]);
	assert.deepEqual((await list('to=%2B15550001099&status=busy')).calls.map(c => c.id), [own[2].id]);
	assert.equal((await list('to=%2B15550001099&direction=inbound')).total, 0);
	assert.equal((await list('to=%2B15550001099&direction=outbound&from=%2B15550009000')).total, 5);
	assert.equal((await list('to=%2B15550001099&page=9')).calls.length, 0);
	const from = encodeURIComponent(new Date(Date.now() + 60000).toISOString());
	assert.equal((await list(`start_time_from=${from}`)).total, 0);
	assert.equal((await list(`to=%2B15550001099&start_time_to=${from}`)).total, 5);
});

for (const [query, field] of [['status=done', 'status'], ['direction=up', 'direction'], ['page=0', 'page'], ['page=x', 'page'],
	['page_size=101', 'page_size'], ['page_size=0', 'page_size'], ['page_size=-1', 'page_size'], ['page=1.5', 'page'], ['color=red', 'color'],
	['status=busy&status=failed', 'status'], ['start_time_from=yesterday', 'start_time_from']]) {
	test(`list refuses ${query}`, async () => {
		const reply = await api.get(`${CALLS}?${query}`);
		assert.equal(reply.status, 400);
		assert.equal(reply.headers.get('content-type'), 'application/problem+json');
		assert.equal(reply.json.field, field);
		assert.equal(reply.json.status, 400);
		assert.ok(reply.json.detail.length > 10);
	});
}

const good = { to: '+15550001001', from: '+15550009000' };
for (const [name, body, status, field] of [
	['no to', { from: good.from }, 400, 'to'], ['no from', { to: good.to }, 400, 'from'],
	['a number for to', { ...good, to: 15550001001 }, 400, 'to'], ['an empty to', { ...good, to: '' }, 400, 'to'],
	['a line break in to', { ...good, to: '+1555\r\n' }, 400, 'to'], ['a long to', { ...good, to: 'a'.repeat(300) }, 400, 'to'],
	['timeout text', { ...good, timeout: '30' }, 400, 'timeout'], ['timeout 0', { ...good, timeout: 0 }, 400, 'timeout'],
	['timeout 1e9', { ...good, timeout: 1e9 }, 400, 'timeout'], ['record text', { ...good, record: 'yes' }, 400, 'record'],
	['method PUT', { ...good, method: 'PUT' }, 400, 'method'], ['url ftp', { ...good, url: 'ftp://127.0.0.1/' }, 400, 'url'],
	['url relative', { ...good, url: '/voice' }, 400, 'url'], ['status_callback no url', { ...good, status_callback: 'x' }, 400, 'status_callback'],
	['an unknown member', { ...good, tomeout: 3 }, 400, 'tomeout'], ['machine_detection', { ...good, machine_detection: { timeout: 1 } }, 400, 'machine_detection'],
	['headers without X-', { ...good, headers: { From: 'a' } }, 400, 'headers'],
	['headers with line breaks', { ...good, headers: { 'X-A': 'a\r\nb' } }, 400, 'headers'],
	['both url and script', { ...good, url: 'http://127.0.0.1/', script: '<Response/>' }, 400, 'script'],
	['a broken script', { ...good, script: '<Response>\n<Frobnicate></Response>' }, 400, 'script'],
	['a from that is not ours', { ...good, from: '+15551234567' }, 422, 'from'],
	['a from of another account', { ...good, from: '+15550001002' }, 422, 'from'],
	['a to that no route takes', { ...good, to: '+15559999999' }, 422, 'to'],
]) {
	test(`POST refuses ${name}`, async () => {
		const before = (await api.get(CALLS)).json.total;
		const reply = await api.post(CALLS, body);
		assert.equal(reply.status, status, reply.text);
		assert.equal(reply.headers.get('content-type'), 'application/problem+json');
		assert.equal(reply.json.field, field);
		assert.equal((await api.get(CALLS)).json.total, before);
	});
}

test('an error in a script names its place', async () => {
	const reply = await api.post(CALLS, { ...good, script: '<Response>\n<Say>Hi</Say>\n<Dial></Say></Response>' });
	assert.match(reply.json.detail, /Line 3, column \d+: The XML is broken: .*Dial/);
});

for (const [name, body] of [['no JSON', '{'], ['an array', '[]'], ['a string', '"x"'], ['twice the same member', '{"to":"a","to":"b"}'],
	['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])]]) {
	test(`POST refuses ${name}`, async () => {
		const response = await fetch(api.base + CALLS, { method: 'POST', body, headers: { 'x-api-key': KEY, 'content-type': 'application/json' } });
		assert.equal(response.status, 400);
		assert.equal(response.headers.get('content-type'), 'application/problem+json');
	});
}

test('POST refuses other media types, and a body of 10 MB', async () => {
	assert.equal((await api.post(CALLS, 'to=1', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415);
	const big = await api.post(CALLS, JSON.stringify({ ...good, script: 'x'.repeat(10 << 20) }));
	assert.equal(big.status, 413);
	assert.equal(big.headers.get('content-type'), 'application/problem+json');
	assert.equal((await api.get('/healthz')).status, 200);
});

test('keys', async () => {
	for (const key of ['wrong', '', KEY + 'x', KEY.slice(1)]) {
		const reply = await api.get(CALLS, { 'x-api-key': key });
		assert.equal(reply.status, 401);
		assert.equal(reply.json.field, 'X-API-Key');
	}
	assert.equal((await fetch(api.base + CALLS)).status, 401);
	assert.equal((await api.get(CALLS, { 'x-api-key': 'second-key' })).status, 200);
});

test('another account sees nothing of our calls', async () => {
	const { id } = await api.create();
	const other = { 'x-api-key': OTHER_KEY };
	assert.equal((await api.get(`${CALLS}/${id}`, other)).status, 404);
	assert.equal((await api.delete(`${CALLS}/${id}`, other)).status, 404);
	assert.equal((await api.post(`${CALLS}/${id}`, { status: 'completed' }, other)).status, 404);
	assert.equal((await api.get(CALLS, other)).json.total, 0);
	assert.equal((await api.get(`${CALLS}/nothing`)).status, 404);
});

test('paths, methods and what needs no key', async () => {
	assert.equal((await api.get('/v1/voice/nothing')).status, 404);
	const wrong = await api.call('PUT', CALLS, {});
	assert.equal(wrong.status, 405);
	assert.equal(wrong.headers.get('allow'), 'GET, POST');
	assert.equal((await api.get('/v1/voice/calls/%zz')).status, 400);
	assert.equal((await api.get('/v1/voice/calls?a=%ff')).status, 400);
	for (const path of ['/healthz', '/readyz'])
		assert.equal((await fetch(api.base + path)).status, 200);
	const schema = await (await fetch(`${api.base}/schema/call`)).json();
	assert.equal(schema.$id, 'https://developers.telefon.com/schema/call');
	assert.deepEqual(schema.required, ['id', 'status', 'direction', 'from', 'to']);
});

test('a far end without a number keeps the schema', async () => {
	const call = api.mock.create({ from: 'anonymous', direction: 'inbound' });
	const record = await api.record(call.id, 'queued').catch(() => null);
	assert.match(record.from, /^\+[1-9]\d{1,14}$/);
	assert.equal(record.from_address, 'anonymous');
	api.mock.end(call.id);
});

test('update refuses nonsense', async () => {
	const { id } = await api.create();
	for (const [body, field] of [[{}, 'status'], [{ status: 'paused' }, 'status'], [{ url: 'nope' }, 'url'], [{ url: 'http://a/', status: 'completed' }, 'status'],
		[{ volume: 3 }, 'volume']]) {
		const reply = await api.post(`${CALLS}/${id}`, body);
		assert.equal(reply.status, 400);
		assert.equal(reply.json.field, field);
	}
});

test('totals and pages agree with the calls, whatever the filter', async () => {
	const all = [];
	for (let i = 0; i < 12; i++) {
		const call = i % 3 ? await api.create({ to: `+1555000200${i % 4}` }) : api.mock.create({ from: `+1555000200${i % 4}`, to: '+15550009000' });
		if (i % 2)
			api.mock.answer(call.id);
		if (i % 5 === 0)
			api.mock.end(call.id, i % 2 ? {} : { status: 'busy' });
		await api.record(call.id, api.mock.calls.get(call.id).status);
	}
	for (let page = 1; ; page++) {
		const { json } = await api.get(`${CALLS}?page_size=100&page=${page}`);
		all.push(...json.calls);
		if (all.length >= json.total)
			break;
	}
	assert.equal(new Set(all.map(c => c.id)).size, all.length);
	const tests = { status: ['queued', 'in-progress', 'completed', 'busy', 'failed'], direction: ['inbound', 'outbound'], from: ['+15550009000', '+15550002000', '+15550002003'],
		to: ['+15550009000', '+15550002001', '+15550001001'] };
	const times = all.map(c => c.start_time).filter(Boolean).sort();
	const ranges = [[], [times[0], times.at(-1)], [times[3], times[times.length >> 1]], [undefined, times[4]], [times[4], undefined], ['2020-01-01', '2020-01-03'], ['2020-01-01', '2099-01-01']];
	const pick = list => [undefined, ...list];
	for (const status of pick(tests.status))
		for (const direction of pick(tests.direction))
			for (const from of pick(tests.from))
				for (const to of pick(tests.to)) {
					const [after, before] = ranges[(status?.length ?? 0) % ranges.length];
					const wanted = all.filter(c => (!status || c.status === status) && (!direction || c.direction === direction) && (!from || c.from === from) &&
						(!to || c.to === to) && (!after || (c.start_time ?? c.date_created) >= after) && (!before || (c.start_time ?? c.date_created) < before));
					const query = new URLSearchParams(Object.entries({ status, direction, from, to, start_time_from: after, start_time_to: before }).filter(e => e[1]));
					const { json } = await api.get(`${CALLS}?page_size=100&${query}`);
					assert.equal(json.total, wanted.length, `${query}`);
					assert.deepEqual(json.calls.map(c => c.id), wanted.slice(0, 100).map(c => c.id), `${query}`);
					if (wanted.length > 4) {
						const pages = [];
						for (let page = 1; pages.length < wanted.length; page++)
							pages.push(...(await api.get(`${CALLS}?page_size=3&page=${page}&${query}`)).json.calls.map(c => c.id));
						assert.deepEqual(pages, wanted.map(c => c.id), `pages of ${query}`);
					}
				}
});
