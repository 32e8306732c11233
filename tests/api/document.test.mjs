// Our document against the Telefonie Voice API: every operation and member of it is there, unchanged.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY } from './harness.mjs';
import { operations, schemas, security, securitySchemes } from './contract.mjs';
import { document, operation, violations } from './schema.mjs';
import { Client } from './ws_client.mjs';

function holds(part, whole, name) {
	for (const [key, value] of Object.entries(part))
		assert.deepEqual(whole?.[key], value, `${name}.${key}`);
}

// `wanted` is an object of the contract or the name of one; the members of ours that it names are the same.
function fits(schema, wanted) {
	if (!wanted)
		return assert.equal(schema, undefined);
	if (typeof wanted === 'string')
		return assert.deepEqual(schema, { $ref: `#/components/schemas/${wanted}` });
	assert.equal(schema.type, 'object');
	for (const [name, member] of Object.entries(wanted))
		holds(member, schema.properties[name], name);
}

for (const [id, wanted] of Object.entries(operations)) {
	test(`the contract's ${id} is in the document`, () => {
		const [method, path] = wanted.at.split(' ');
		const it = document.paths[path][method.toLowerCase()];
		assert.equal(it.operationId, id);
		for (const [name, schema] of Object.entries(wanted.query ?? {}))
			holds(schema, it.parameters.find(p => p.name === name && p.in === 'query' && !p.required)?.schema, name);
		for (const [, name] of path.matchAll(/\{(\w+)\}/g))
			holds({ type: 'string' }, it.parameters.find(p => p.name === name && p.in === 'path' && p.required)?.schema, name);
		const body = it.requestBody?.content['application/json'].schema;
		assert.deepEqual(body?.required, wanted.required);
		assert.equal(Boolean(it.requestBody?.required), Boolean(wanted.bodyRequired));
		for (const [name, schema] of Object.entries(wanted.body ?? {}))
			holds(schema, body.properties[name], name);
		for (const [status, what] of Object.entries(wanted.responses))
			if (status < 300) // how we say that something is wrong is ours
				fits(it.responses[status].content?.['application/json']?.schema, what);
			else
				assert.ok(it.responses[status]);
	});
}

for (const [name, wanted] of Object.entries(schemas)) {
	test(`the contract's ${name} is in the document`, () => {
		assert.deepEqual(document.components.schemas[name].required, wanted.required);
		fits(document.components.schemas[name], wanted.properties);
	});
}

test('the key is what the contract says', () => {
	assert.deepEqual(document.components.securitySchemes, securitySchemes);
	assert.deepEqual(document.security, security);
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
	const raw = ['checkScript', 'simulateScript', 'getRecordingMedia', 'listenToCall', 'openSocket', 'getDocument', 'getHealth', 'getReadiness', 'getCallSchema'];
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

test('every operation says what it does, with an example of what it takes and gives that its schema allows', () => {
	for (const [path, item] of Object.entries(document.paths))
		for (const method of ['get', 'post', 'delete'].filter(name => item[name])) {
			const it = item[method], where = `${method} ${path}`;
			assert.match(it.summary ?? '', /^[A-Z].*[^.]$/, where);
			assert.match(it.description ?? '', /^[A-Z].*\.( .*\.\)?)?$/s, where);
			const contents = [it.requestBody, ...Object.entries(it.responses).filter(([status]) => status[0] === '2').map(([, reply]) => reply)];
			for (const content of contents.filter(Boolean).map(c => c.content?.['application/json']).filter(Boolean)) {
				const examples = content.examples ? Object.values(content.examples).map(e => e.value) : [content.example];
				for (const example of examples) {
					assert.ok(example !== undefined, `${where}: no example`);
					if (!content.schema.oneOf)
						assert.deepEqual(violations(content.schema, example), [], where);
				}
			}
		}
});

test('it is OpenAPI 3.1, with webhooks whose examples are what their schemas allow', () => {
	assert.equal(document.openapi, '3.1.0');
	assert.deepEqual(Object.keys(document.webhooks), ['callEvent', 'conferenceEvent', 'script']);
	for (const [name, { post }] of Object.entries(document.webhooks)) {
		const [{ schema, example }] = Object.values(post.requestBody.content);
		if (name !== 'script') // what a step adds to it has no end
			assert.deepEqual(violations(schema, example), [], name);
		assert.match(post.description, /^[A-Z].*\.$/, name);
		assert.ok(post.responses[200] && post.responses['4XX'] && post.responses['5XX'], name);
	}
});

test('what goes well has one shape in each operation', () => {
	for (const [path, item] of Object.entries(document.paths))
		for (const method of ['get', 'post', 'delete'].filter(name => item[name])) {
			const shapes = Object.entries(item[method].responses).filter(([status]) => status[0] === '2').map(([, reply]) => JSON.stringify(reply.content ?? {}));
			assert.ok(new Set(shapes).size === 1 || (path === '/socket' && !shapes.length), `${method} ${path}: ${shapes}`);
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
