// Errors: a code for programs, the field in the caller's own word, and a sentence that has no word of the operating system's or of the control
// protocol's in it, whatever the switch says.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from './harness.mjs';

let api;
before(async () => { api = await Api.start(); });
after(async () => { await api.stop(); });

const CALLS = '/v1/voice/calls';
const ROOMS = '/v1/voice/conferences';
const good = { to: '+15550001001', from: '+15550009000' };

async function up() {
	const { id } = await api.create();
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	return id;
}

// The switch refuses `method` with this error while `ask` runs.
async function refused(method, error, ask) {
	api.mock.overrides.set(method, () => { throw error; });
	try {
		return await ask();
	} finally {
		api.mock.overrides.delete(method);
	}
}

function is(reply, status, code, field, sentence) {
	assert.equal(reply.status, status, reply.text);
	assert.equal(reply.json.code, code);
	assert.equal(reply.json.field, field);
	assert.match(reply.json.detail, sentence);
}

test('a second recording: what is so, not what the system calls it', async () => {
	const id = await up();
	const busy = { code: 409, message: 'Device or resource busy' };
	is(await refused('call.record', busy, () => api.post(`${CALLS}/${id}/recordings`, {})), 409, 'already-recording', undefined, /^The call is recorded as many times as it can be at once\.$/);
	const { json: room } = await api.post(ROOMS, {});
	is(await refused('conference.record', busy, () => api.post(`${ROOMS}/${room.id}/recordings`, {})), 409, 'already-recording', undefined,
		/^The conference is being recorded already\.$/);
});

test('transfer_to, friendly_name and coach are called so', async () => {
	const id = await up();
	const nobody = { code: 422, message: 'No user, number or route takes "to".', data: { field: 'to' } };
	is(await refused('call.transfer', nobody, () => api.post(`${CALLS}/${id}`, { transfer_to: 'nobody' })), 422, 'number-unroutable', 'transfer_to',
		/^No user, number or route takes transfer_to\.$/);
	is(await refused('call.originate', nobody, () => api.post(CALLS, good)), 422, 'number-unroutable', 'to', /takes to\.$/);
	const taken = { code: 409, message: 'There is a conference of this name or id already.', data: { field: 'name' } };
	is(await refused('conference.create', taken, () => api.post(ROOMS, { friendly_name: 'standup' })), 409, 'name-taken', 'friendly_name', /of this name already/);
	const { json: room } = await api.post(ROOMS, {});
	const { json: one } = await api.post(`${ROOMS}/${room.id}/participants`, good);
	api.mock.answer(one.call_id);
	await api.mock.request('conference.add', p => p.call === one.call_id);
	const none = { code: -32602, message: 'coaches is no participant\'s call', data: { field: 'coaches' } };
	is(await refused('conference.coach', none, () => api.post(`${ROOMS}/${room.id}/participants/${one.call_id}`, { coach: 'x' })), 400, 'coach-invalid', 'coach',
		/^coach must be the call of a participant of the conference\.$/);
});

test('no error of the switch lets a word of the system or of the protocol out', async () => {
	const id = await up();
	const texts = ['Device or resource busy', 'Cannot allocate memory', 'Invalid argument', 'Transport endpoint is not connected', 'coaches is no call', 'files[0] is wrong'];
	const codes = [-32602, -32603, -32601, 404, 409, 429, 501, 503];
	const asks = {
		'call.hangup': () => api.post(`${CALLS}/${id}`, { status: 'completed' }),
		'call.mute': () => api.post(`${CALLS}/${id}`, { muted: true }),
		'call.hold': () => api.post(`${CALLS}/${id}`, { hold: true }),
		'call.send_digits': () => api.post(`${CALLS}/${id}`, { digits: '1' }),
		'call.transfer': () => api.post(`${CALLS}/${id}`, { transfer_to: '+15550001001' }),
		'call.originate': () => api.post(CALLS, good),
		'call.stats': () => api.get(`${CALLS}/${id}/quality`),
		'call.record': () => api.post(`${CALLS}/${id}/recordings`, {}),
		'conference.create': () => api.post(ROOMS, {}),
		'trunk.list': () => api.get('/v1/voice/trunks'),
		'account.list': () => api.get('/v1/voice/account'),
	};
	for (const [method, ask] of Object.entries(asks))
		for (const code of codes.filter(c => ![404, 409, 429].includes(c) || (method.startsWith('call.') && method !== 'call.originate')))
			for (const message of texts) {
				const reply = await refused(method, { code, message, data: { field: 'files' } }, ask);
				assert.ok(reply.status >= 400 && reply.status < 600, `${method} ${code}: ${reply.text}`);
				assert.ok(!texts.some(t => reply.text.includes(t)), `${method} ${code}: ${reply.text}`);
				assert.notEqual(reply.json.field, 'files');
				assert.ok(reply.json.code);
			}
});

test('a dead connection, a wrong key, a path of nobody: each has a code', async () => {
	is(await api.get('/v1/voice/calls/none'), 404, 'call-not-found', 'call_id', /no such call/);
	is(await api.get('/v1/voice/nothing'), 404, 'path-not-found', undefined, /nothing at this path/);
	is(await api.get('/nowhere'), 404, 'path-not-found', undefined, /nothing at this path/);
	is(await api.delete('/v1/voice/users'), 405, 'method-not-allowed', undefined, /takes GET only/);
	is(await api.get(CALLS, { 'x-api-key': 'no' }), 401, 'key-wrong', 'X-API-Key', /missing or wrong/);
	is(await api.post(CALLS, { ...good, timeout: 'x' }), 400, 'parameter-invalid', 'timeout', /timeout/);
	is(await api.post(CALLS, { ...good, to: 'a b' }), 400, 'number-invalid', 'to', /^to must be/);
	is(await api.post(CALLS, { ...good, url: 'ftp://x/' }), 400, 'url-invalid', 'url', /^url must be/);
	is(await api.post(CALLS, { ...good, from: '+15550000000' }), 422, 'from-not-owned', 'from', /^from must be/);
});

test('every code stands in the documents', () => {
	const root = path.resolve(fileURLToPath(import.meta.url), '../../..');
	const source = fs.readFileSync(path.join(root, 'daemon/api/call/fault.c'), 'utf8');
	const codes = [...source.matchAll(/\[FAULT_\w+\] = "([a-z-]+)"/g)].map(m => m[1]).filter(c => c !== 'none');
	const document = JSON.parse(fs.readFileSync(path.join(root, 'daemon/api/dialect/telefonie/openapi.json'), 'utf8'));
	const page = fs.readFileSync(path.join(root, 'doc/api.md'), 'utf8');
	assert.ok(codes.length > 30);
	for (const code of codes)
		assert.ok(document.components.schemas.Problem.properties.code.enum.includes(code), `${code} in openapi.json`);
	for (const code of document.components.schemas.Problem.properties.code.enum)
		assert.ok(page.includes(`\`${code}\``), `${code} in doc/api.md`);
});
