// Bad input at the paths of Vonage and vcita: whatever comes, the answer is JSON and an error of that vendor's shape, nothing is a fault of the server, and nobody sees or
// touches what is another account's.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, OTHER_KEY, KEY } from './harness.mjs';
import { twilio, vendorAccount, vonage, vonageToken } from './vendors.mjs';

let api, files, own, others, recording;
before(async () => {
	files = vendorAccount();
	api = await Api.start({ account: files.account, logLevel: 'info' });
	own = (await api.create({ to: '+15550001001' })).id;
	api.mock.answer(own);
	await api.record(own, 'in-progress');
	const reply = await api.post('/v1/voice/calls', { to: '+15550001002', from: '+15550001002' }, { 'x-api-key': OTHER_KEY });
	assert.equal(reply.status, 201, reply.text);
	others = reply.json.id;
	recording = '11111111-2222-4333-8444-555555555555';
});
after(async () => {
	await api.stop();
	files.remove();
});

const looks = {
	vonage: body => {
		for (const name of ['type', 'title', 'detail', 'instance'])
			assert.equal(typeof body[name], 'string', name);
	},
	twilio: body => {
		assert.deepEqual(Object.keys(body).sort(), ['code', 'message', 'more_info', 'status']);
		assert.equal(typeof body.code, 'number');
	},
	vcita: body => {
		assert.ok(Array.isArray(body.errors) && body.errors.length > 0);
		for (const error of body.errors) {
			assert.equal(typeof error.code, 'string');
			assert.equal(typeof error.message, 'string');
			assert.ok(error.field === undefined || typeof error.field === 'string');
		}
	},
};

// Resolves to the status. An error has that vendor's shape.
async function ask(vendor, method, path, { body, headers = {}, authorization = vendor === 'vonage' ? vonageToken() : `Bearer ${KEY}` } = {}) {
	const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
	const reply = await fetch(api.base + path, { method, headers: { ...authorization && { authorization }, ...text !== undefined && { 'content-type': 'application/json' }, ...headers }, body: text });
	const got = await reply.text(), what = `${method} ${path} ${String(text).slice(0, 200)}: ${reply.status} ${got.slice(0, 300)}`;
	assert.ok(reply.status < 500, what);
	if (reply.status === 204 || method === 'HEAD')
		return reply.status;
	assert.match(reply.headers.get('content-type') ?? '', /^application\/json/, what);
	const json = JSON.parse(got);
	if (reply.status >= 400)
		try {
			looks[vendor](json);
		} catch (error) {
			assert.fail(`${what}: ${error.message}`);
		}
	return reply.status;
}

const is = async (status, ...all) => assert.equal(await ask(...all), status, JSON.stringify(all).slice(0, 400));
const VC = '/v3/communication/voice_calls';
// What needs an id, of each vendor.
const about = id => [
	['vonage', 'GET', `/v1/calls/${id}`], ['vonage', 'PUT', `/v1/calls/${id}`, { body: { action: 'hangup' } }], ['vonage', 'PUT', `/v1/calls/${id}/stream`, { body: { stream_url: ['http://h.example/a.wav'] } }],
	['vonage', 'DELETE', `/v1/calls/${id}/stream`], ['vonage', 'PUT', `/v1/calls/${id}/talk`, { body: { text: 'Hello' } }], ['vonage', 'DELETE', `/v1/calls/${id}/talk`],
	['vonage', 'PUT', `/v1/calls/${id}/dtmf`, { body: { digits: '1' } }], ['vonage', 'PUT', `/v1/calls/${id}/input/dtmf`, { body: { event_url: ['http://h.example/'] } }], ['vonage', 'DELETE', `/v1/calls/${id}/input/dtmf`],
	['vonage', 'GET', `/v1/files/${id}`], ['vonage', 'GET', `/v3/files/${id}`],
	['vcita', 'GET', `${VC}/${id}`], ['vcita', 'PUT', `${VC}/${id}`, { body: { call_summary: 'x' } }], ['vcita', 'PATCH', `${VC}/${id}`, { body: { call_summary: 'x' } }], ['vcita', 'DELETE', `${VC}/${id}`],
];
const everything = () => [...about(own), ['vonage', 'GET', '/v1/calls'], ['vonage', 'POST', '/v1/calls', { body: {} }], ['vcita', 'GET', VC], ['vcita', 'POST', VC, { body: {} }]];

test('wrong credentials', async () => {
	const basic = `Basic ${Buffer.from(`${KEY}:x`).toString('base64')}`;
	for (const [vendor, method, path, more] of everything())
		for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer wrong', 'Bearer a.b.c', basic, twilio.headers().authorization, 'Digest x', vendor === 'vonage' ? `Bearer ${KEY}` : vonageToken(), vendor === 'vcita' ? `Bearer ${KEY}x` : 'Bearer ...'])
			await is(401, vendor, method, path, { ...more, authorization });
	await is(401, 'vonage', 'GET', '/v1/calls', { authorization: '', headers: { 'x-api-key': KEY } });
	await is(401, 'vonage', 'GET', `/v1/calls?api_key=${KEY}&api_secret=x`, { authorization: '' });
});

test('what is another account\'s is not there', async () => {
	for (const [vendor, method, path, more] of about(others))
		await is(404, vendor, method, path, more);
	assert.deepEqual((await (await fetch(`${api.base}/v1/calls`, { headers: vonage.headers() })).json())._embedded.calls.map(c => c.uuid), [own]);
	for (const filter of [`uuid=${others}`, `conversation_uuid=CON-${others}`])
		assert.equal((await (await fetch(`${api.base}/v1/calls?${filter}`, { headers: vonage.headers() })).json()).count, 0);
	const listed = await (await fetch(api.base + VC, { headers: { authorization: `Bearer ${KEY}` } })).json();
	assert.deepEqual(listed.data.map(c => c.uid), [own]);
	const theirs = await (await fetch(api.base + VC, { headers: { authorization: `Bearer ${OTHER_KEY}` } })).json();
	assert.deepEqual(theirs.data.map(c => c.uid), [others]);
	await is(404, 'vcita', 'GET', `${VC}/${own}`, { authorization: `Bearer ${OTHER_KEY}` });
});

test('ids that are of another kind, or none', async () => {
	for (const id of [recording, `CA${own.replaceAll('-', '')}`, own.replaceAll('-', ''), `CON-${own}`, own.slice(1), `${own}0`, 'x', '%00', '%ff%fe', '..%2f..%2fetc%2fpasswd', `${own}%00`, '🎷', 'a'.repeat(2000), "'--", '%25s%25n'])
		for (const [vendor, method, path, more] of about(id)) {
			const status = await ask(vendor, method, path, more);
			assert.ok([400, 404].includes(status), `${method} ${path}: ${status}`);
		}
	for (const [vendor, method, path, more] of about(own).filter(([, , path]) => path.includes('/files/')))
		await is(404, vendor, method, path, more);
});

test('bodies that are no object', async () => {
	const deep = '['.repeat(5000) + ']'.repeat(5000), bodies = ['', ' ', '[', '{', '[]', '7', '"x"', 'null', 'true', '{"a":1,"a":2}', '{"a":}', "{'a':1}", '{"a":1}x', '\ufeff{}', deep, `{"a":${deep}}`, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), '{"a":"\\ud800"}', 'to=1&from=2', '<a/>'];
	for (const [vendor, method, path] of everything().filter(([, , , more]) => more?.body))
		for (const body of bodies) {
			const status = await ask(vendor, method, path, { body });
			assert.ok(status === 400, `${method} ${path} ${body.slice(0, 40)}: ${status}`);
		}
	for (const [vendor, method, path, { body }] of everything().filter(([, , , more]) => more?.body))
		for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml', 'x'])
			await is(415, vendor, method, path, { body: JSON.stringify(body), headers: { 'content-type': type } });
	await is(413, 'vonage', 'POST', '/v1/calls', { body: JSON.stringify({ ncco: 'x'.repeat(3 << 20) }) });
	await is(413, 'vcita', 'POST', VC, { body: JSON.stringify({ call_summary: 'x'.repeat(3 << 20) }) });
});

const odd = [null, true, 7, -1, 1.5, 1e300, '', 'x', 'x'.repeat(20000), '\u0000', '\n', [], [[]], [7], [null], ['x'], {}, { a: 1 }, [{}], '💣'];

test('fields of every wrong kind', async () => {
	const good = {
		vonage: { to: [{ type: 'phone', number: '15550001001' }], from: { type: 'phone', number: '15550009000' }, ncco: [{ action: 'talk', text: 'Hello' }] },
		vcita: { direction: 'inbound', status: 'missed', duration: 3, from_number: '1', to_number: '2' },
	};
	const fields = {
		vonage: ['to', 'from', 'ncco', 'answer_url', 'answer_method', 'event_url', 'event_method', 'ringing_timer', 'length_timer', 'random_from_number', 'machine_detection', 'advanced_machine_detection'],
		vcita: ['direction', 'status', 'duration', 'from_number', 'to_number', 'staff_uid', 'client_uid', 'recording_url', 'call_summary', 'external_app_url', 'handled_by_staff_uid', 'handled_at'],
	};
	// What each must refuse, besides keeping its shape whatever comes.
	const refused = {
		to: odd, from: odd, ncco: odd.filter(v => !(Array.isArray(v) && (v.length === 0 || v[0]?.constructor === Object))), answer_url: odd.filter(v => v !== null), answer_method: [7, 'x', 'PUT', []], event_url: ['x', 7, {}, ['x'], [7]], event_method: [7, 'x', 'PUT', []],
		ringing_timer: [0, -1, 121, 1.5, 'x', [], true], length_timer: [0, -1, 7201, 1.5, 'x', [], true], random_from_number: ['x', 7, [], {}],
		direction: odd, status: odd.filter(v => v !== null), duration: [-1, 1.5, 1e300, 'x', true, [], {}], from_number: [7, true, [], {}, 'x'.repeat(100)], to_number: [7, true, [], {}, 'x'.repeat(100)],
		staff_uid: [7, true, [], {}], client_uid: [7, true, [], {}], recording_url: [7, 'x', '', 'javascript:1', []], call_summary: [7, [], {}, 'x'.repeat(20000)], external_app_url: [7, 'x', '', []], handled_by_staff_uid: [7, [], {}], handled_at: [7, 'x', '', 'yesterday', []],
	};
	for (const [vendor, path] of [['vonage', '/v1/calls'], ['vcita', VC]])
		for (const field of fields[vendor]) {
			for (const value of odd)
				await ask(vendor, 'POST', path, { body: { ...good[vendor], [field]: value } });
			for (const value of refused[field] ?? [])
				await is(400, vendor, 'POST', path, { body: { ...good[vendor], ...field === 'answer_url' && { ncco: undefined }, [field]: value } });
		}
	for (const endpoint of [{}, { type: 'phone' }, { type: 'phone', number: 7 }, { type: 'phone', number: '' }, { type: 'phone', number: 'x'.repeat(400) }, { type: 'pigeon' }, { type: 'sip' }, { type: 'sip', uri: 'http://h/' }, { type: 'sip', uri: '15550001001' }, { type: 'phone', number: 'alice' }, { type: 'phone', number: 'sip:a@h' }, { type: 'vbc', extension: 'alice' }, { type: 'app', user: '+15550001001' }, { type: 'app', user: 'sip:a@h' }, { type: 'app' }, { type: 'vbc' }, { type: 'vbc', extension: {} }, { type: 7 }])
		await is(400, 'vonage', 'POST', '/v1/calls', { body: { ...good.vonage, to: [endpoint] } });
	for (const [path, field] of [['', 'action'], ['', 'destination'], ['/talk', 'text'], ['/talk', 'loop'], ['/talk', 'language'], ['/talk', 'style'], ['/talk', 'level'], ['/stream', 'stream_url'], ['/stream', 'loop'], ['/stream', 'level'], ['/dtmf', 'digits'], ['/input/dtmf', 'event_url'], ['/input/dtmf', 'event_method']])
		for (const value of odd)
			await ask('vonage', 'PUT', `/v1/calls/${own}${path}`, { body: { ...path === '' && { action: 'transfer' }, ...path === '/talk' && { text: 'x' }, ...path === '/stream' && { stream_url: ['http://h.example/a'] }, ...path === '/input/dtmf' && { event_url: ['http://h.example/'] }, [field]: value } });
	for (const field of ['call_summary', 'recording_url', 'handled_at', 'staff_uid'])
		for (const value of odd)
			await ask('vcita', 'PUT', `${VC}/${own}`, { body: { [field]: value } });
});

test('queries of every wrong kind', async () => {
	const values = ['', 'x', '-1', '0', '1.5', '1e9', '99999999999999999999', '%00', '%ff', '%', '%zz', 'a'.repeat(3000), '2026-13-45T99:99:99Z', "';--", '%F0%9F%92%A3', '+'];
	for (const name of ['status', 'date_start', 'date_end', 'page_size', 'record_index', 'order', 'uuid', 'conversation_uuid', 'unknown'])
		for (const value of values)
			await ask('vonage', 'GET', `/v1/calls?${name}=${value}`);
	for (const name of ['page', 'per_page', 'status', 'direction', 'staff_uid', 'client_uid', 'from_number', 'to_number', 'include_deleted', 'unknown'])
		for (const value of values)
			await ask('vcita', 'GET', `${VC}?${name}=${value}`);
	for (const query of ['page_size=0', 'page_size=101', 'page_size=x', 'record_index=-1', 'order=up', 'status=queued', 'date_start=monday', 'date_end=x', 'order=asc&order=desc'])
		await is(400, 'vonage', 'GET', `/v1/calls?${query}`);
	for (const query of ['page=0', 'page=x', 'per_page=0', 'per_page=101', 'status=asleep', 'direction=up'])
		await is(400, 'vcita', 'GET', `${VC}?${query}`);
});

test('paths and methods that there are not', async () => {
	for (const [vendor, method, path, status] of [
		['vonage', 'PATCH', '/v1/calls', 405], ['vonage', 'DELETE', '/v1/calls', 405], ['vonage', 'POST', `/v1/calls/${own}`, 405], ['vonage', 'GET', `/v1/calls/${own}/talk`, 405], ['vonage', 'POST', `/v1/files/${own}`, 405],
		['vonage', 'GET', `/v1/calls/${own}/nothing`, 404], ['vonage', 'GET', `/v1/calls/${own}/input`, 404], ['vonage', 'GET', `/v1/calls/${own}/input/dtmf/x`, 404], ['vonage', 'GET', '/v1/files', 404],
		['vcita', 'PUT', VC, 405], ['vcita', 'DELETE', VC, 405], ['vcita', 'POST', `${VC}/${own}`, 405], ['vcita', 'GET', `${VC}/${own}/x`, 404], ['vcita', 'GET', '/v3/communication/messages', 404],
	])
		await is(status, vendor, method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
});

test('what cannot even be read is refused in the words of whose path it is', async () => {
	const own = { twilio: twilio.headers(), vonage: {}, vcita: {} }, sid = twilio.list(1).split('/')[3];
	for (const [vendor, root] of [['twilio', `/2010-04-01/Accounts/${sid}/Calls`], ['twilio', `/api/laml/2010-04-01/Accounts/${sid}/Calls`], ['vonage', '/v1/calls'], ['vonage', '/v1/files'], ['vcita', VC]]) {
		const more = vendor === 'twilio' ? { authorization: own.twilio.authorization } : {};
		for (const path of ['/%zz', '/%ff', '/a/b/c/d/e/f/g/h/i/j/k', '?x=%zz', '?x=%ff', `?${'a=1&'.repeat(100)}`])
			await is(400, vendor, 'GET', root + path, more);
		await is(413, vendor, 'POST', root, { ...more, body: 'x'.repeat(3 << 20) });
	}
	// and everywhere else as ever
	const reply = await fetch(`${api.base}/v1/voice/calls/%zz`);
	assert.deepEqual([reply.status, reply.headers.get('content-type')], [400, 'application/problem+json']);
});

test('after all of it the call is as it was, and the server is well', async () => {
	const record = await api.record(own, 'in-progress');
	assert.equal(record.id, own);
	assert.equal((await api.get('/readyz')).status, 200);
});
