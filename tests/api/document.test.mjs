// Our document against the Telefonie Voice API: every operation and member of it is there, unchanged.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY } from './harness.mjs';
import { document, operation, violations } from './schema.mjs';
import { Client } from './ws_client.mjs';

const STATUS = ['queued', 'ringing', 'in-progress', 'completed', 'failed', 'busy', 'no-answer', 'canceled'];
const contract = {
	listCalls: { at: 'GET /calls', query: { status: { type: 'string', enum: STATUS }, direction: { type: 'string', enum: ['inbound', 'outbound'] },
		from: { type: 'string' }, to: { type: 'string' }, page: { type: 'integer' }, page_size: { type: 'integer', maximum: 100 } },
	responses: { 200: { calls: [], total: 'integer', page: 'integer', page_size: 'integer' } } },
	initiateCall: { at: 'POST /calls', required: ['to', 'from'], body: { to: { type: 'string' }, from: { type: 'string' }, url: { type: 'string' },
		method: { type: 'string', enum: ['GET', 'POST'] }, status_callback: { type: 'string' }, timeout: { type: 'integer', default: 30 }, record: { type: 'boolean' } },
	responses: { 201: 'Call' } },
	getCall: { at: 'GET /calls/{call_id}', responses: { 200: 'Call', 404: null } },
	updateCall: { at: 'POST /calls/{call_id}', body: { status: { type: 'string', enum: ['completed', 'canceled'] }, url: { type: 'string' }, method: { type: 'string' } },
		responses: { 200: 'Call' } },
	endCall: { at: 'DELETE /calls/{call_id}', responses: { 204: null } },
	listConferences: { at: 'GET /conferences', query: { status: { type: 'string', enum: ['init', 'in-progress', 'completed'] } }, responses: { 200: { conferences: [] } } },
	createConference: { at: 'POST /conferences', body: { friendly_name: { type: 'string' }, max_participants: { type: 'integer', default: 250 },
		record: { type: 'boolean' }, status_callback: { type: 'string' } }, responses: { 201: 'Conference' } },
	listConferenceParticipants: { at: 'GET /conferences/{conference_id}/participants', responses: { 200: { participants: [] } } },
	addConferenceParticipant: { at: 'POST /conferences/{conference_id}/participants', required: ['to', 'from'], body: { to: { type: 'string' },
		from: { type: 'string' }, muted: { type: 'boolean' } }, responses: { 201: 'Participant' } },
};
const schemas = {
	Call: { required: ['id', 'status', 'direction', 'from', 'to'], properties: { id: { type: 'string' }, status: { type: 'string', enum: STATUS },
		direction: { type: 'string', enum: ['inbound', 'outbound'] }, from: { type: 'string' }, to: { type: 'string' }, duration: { type: 'integer' },
		start_time: { type: 'string', format: 'date-time' }, end_time: { type: 'string', format: 'date-time' }, price: { type: 'string' },
		price_unit: { type: 'string' }, recording_url: { type: 'string' } } },
	Conference: { required: ['id', 'status'], properties: { id: { type: 'string' }, friendly_name: { type: 'string' },
		status: { type: 'string', enum: ['init', 'in-progress', 'completed'] }, participant_count: { type: 'integer' }, max_participants: { type: 'integer' },
		date_created: { type: 'string', format: 'date-time' } } },
	Participant: { required: ['call_id', 'conference_id'], properties: { call_id: { type: 'string' }, conference_id: { type: 'string' }, muted: { type: 'boolean' },
		hold: { type: 'boolean' }, status: { type: 'string' } } },
};

function holds(part, whole, name) {
	for (const [key, value] of Object.entries(part))
		assert.deepEqual(whole?.[key], value, `${name}.${key}`);
}

for (const [id, wanted] of Object.entries(contract)) {
	test(`the contract's ${id} is in the document`, () => {
		const [method, path] = wanted.at.split(' ');
		const it = document.paths[path][method.toLowerCase()];
		assert.equal(it.operationId, id);
		for (const [name, schema] of Object.entries(wanted.query ?? {}))
			holds(schema, it.parameters.find(p => p.name === name && p.in === 'query')?.schema, name);
		const body = it.requestBody?.content['application/json'].schema;
		assert.deepEqual(body?.required, wanted.required);
		for (const [name, schema] of Object.entries(wanted.body ?? {}))
			holds(schema, body.properties[name], name);
		for (const [status, what] of Object.entries(wanted.responses)) {
			const schema = it.responses[status].content?.['application/json']?.schema;
			if (typeof what === 'string')
				assert.equal(schema.$ref, `#/components/schemas/${what}`);
			else if (what)
				for (const [name, type] of Object.entries(what))
					assert.equal(schema.properties[name].type, Array.isArray(type) ? 'array' : type);
		}
	});
}

for (const [name, wanted] of Object.entries(schemas)) {
	test(`the contract's ${name} is in the document`, () => {
		assert.deepEqual(document.components.schemas[name].required, wanted.required);
		for (const [member, schema] of Object.entries(wanted.properties))
			holds(schema, document.components.schemas[name].properties[member], member);
	});
}

test('the key is what the contract says', () => {
	assert.deepEqual(document.components.securitySchemes.ApiKeyAuth, { type: 'apiKey', in: 'header', name: 'X-API-Key' });
	assert.deepEqual(document.security, [{ ApiKeyAuth: [] }]);
});

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

test('the document is served with the address of this server', async () => {
	const reply = await fetch(`${api.base}/v1/voice/openapi.json`);
	const served = await reply.json();
	assert.deepEqual(served.servers, [{ url: 'http://127.0.0.1:8080/v1/voice' }]);
	assert.deepEqual({ ...served, servers: 0 }, { ...document, servers: 0 });
});

test('every documented path is there, and every operation has its own name', async () => {
	const names = [];
	for (const [path, item] of Object.entries(document.paths)) {
		for (const method of ['get', 'post', 'delete', 'put', 'patch']) {
			if (!item[method])
				continue;
			names.push(item[method].operationId);
			const url = (item.servers ? '' : '/v1/voice') + path.replace(/\{[^}]+\}/g, 'x');
			const { status, json } = await api.call(method.toUpperCase(), url);
			assert.ok(status !== 405 && !(status === 404 && /nothing at this path/.test(json?.detail)), `${method} ${path}: ${status}`);
		}
	}
	assert.equal(new Set(names).size, names.length);
});

test('every action of the socket is an operation of the document', async () => {
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	const raw = ['getRecordingMedia', 'openSocket', 'getDocument', 'getHealth', 'getReadiness', 'getCallSchema'];
	for (const item of Object.values(document.paths))
		for (const it of [item.get, item.post, item.delete].filter(Boolean)) {
			const { body } = await ws.ask(it.operationId, {});
			assert.equal(/no such action/.test(body?.detail), raw.includes(it.operationId), it.operationId);
		}
	ws.destroy();
});

test('the schema of a call that is served and that of the document agree', async () => {
	const schema = await (await fetch(`${api.base}/schema/call`)).json();
	for (const [name, part] of Object.entries(schema.properties)) {
		const ours = document.components.schemas.Call.properties[name];
		for (const key of ['type', 'enum', 'pattern', 'format', 'minimum'])
			assert.deepEqual(ours[key], part[key], `${name}.${key}`);
	}
});

test('the checker itself finds faults', () => {
	const { Call } = document.components.schemas;
	const good = { id: 'a', status: 'queued', direction: 'inbound', from: '+15550001001', to: '+15550001002' };
	assert.deepEqual(violations(Call, good), []);
	for (const fault of [{ status: 'done' }, { from: '12' }, { duration: -1 }, { duration: 1.5 }, { duration: null }, { start_time: 'today' }, { colour: 'red' },
		{ recording_url: 'no' }, { id: undefined, to: 5 }])
		assert.notEqual(violations(Call, { ...good, ...fault }).length, 0, JSON.stringify(fault));
	assert.ok(operation('GET', '/v1/voice/calls/1/why?x=1'));
	assert.equal(operation('PUT', '/v1/voice/calls'), undefined);
});
