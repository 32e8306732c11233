// What the Vonage API refuses: tokens and requests that are wrong, always in JSON, with that vendor's problem.
import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { APPLICATION, SECRET, keys, story, token } from './support/vonage.mjs';

const part = value => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);
const claims = (more = {}) => ({ application_id: APPLICATION, jti: randomUUID(), iat: now(), exp: now() + 900, ...more });
function sign(payload, { header = { alg: 'RS256', typ: 'JWT' }, key = keys.privateKey } = {}) {
	const text = `${part(header)}.${part(payload)}`;
	return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}
const other = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });

story('tokens that are no good', [], async caller => {
	const list = authorization => caller.ask('GET', '/v1/calls', undefined, authorization === undefined ? {} : { authorization });
	const good = sign(claims());
	assert.equal((await list(`Bearer ${good}`)).status, 200);
	const [head, body, signature] = good.split('.');
	const hmac = text => createHmac('sha256', keys.publicKey).update(text).digest('base64url');
	const confused = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims())}`;
	const bad = {
		'used before': good, 'no token': undefined, 'key and secret': `${APPLICATION}:${SECRET}`, 'not signed': `${head}.${body}.`, 'two parts': `${head}.${body}`, 'alg none': `${part({ alg: 'none' })}.${part(claims())}.`,
		'signed with the public key': `${confused}.${hmac(confused)}`, 'another key': sign(claims(), { key: other.privateKey }), 'another payload': `${head}.${part(claims())}.${signature}`,
		'another application': sign(claims({ application_id: randomUUID() })), 'no application': sign(claims({ application_id: undefined })), 'application of a wrong type': sign(claims({ application_id: 7 })),
		expired: sign(claims({ exp: now() - 1 })), 'no exp': sign(claims({ exp: undefined })), 'exp of a wrong type': sign(claims({ exp: 'tomorrow' })), 'exp too far': sign(claims({ exp: now() + 10 * 86400 })),
		'not yet': sign(claims({ nbf: now() + 600 })), 'made in the future': sign(claims({ iat: now() + 600 })), 'no jti': sign(claims({ jti: undefined })), 'an empty jti': sign(claims({ jti: '' })),
		'a critical header': sign(claims(), { header: { alg: 'RS256', crit: ['x'], x: 1 } }), 'a list': sign([]), padding: `${good}=`, spaces: `${head} .${body}.${signature}`, 'four parts': `${good}.x`,
		'too long': `${head}.${part({ ...claims(), x: 'y'.repeat(5620) })}.${signature}`, 'no base64': 'ä.ö.ü', dots: '..', 'twice the claim': `${head}.${part('{"jti":"a","jti":"b"}')}.${signature}`,
	};
	for (const [what, one] of Object.entries(bad)) {
		const reply = await list(one === undefined ? undefined : `Bearer ${Buffer.from(one).toString('latin1')}`);
		assert.equal(reply.status, 401, what);
		assert.equal(reply.type, 'application/json');
		assert.deepEqual(Object.keys(reply.body).sort(), ['detail', 'instance', 'title', 'type']);
	}
	assert.equal((await list(`Basic ${Buffer.from('key:secret').toString('base64')}`)).status, 401);
	assert.equal((await list(`Bearer ${sign(claims({ nbf: now() }))}`)).status, 200, 'nbf that has come');
	assert.equal((await caller.ask('GET', '/v1/nothing-of-calls', undefined, {})).status, 401);
});

story('requests that are wrong', ['bob'], async (caller, { bob }) => {
	const to = [{ type: 'phone', number: '15550001002' }], from = { type: 'phone', number: '15550009000' }, ncco = [{ action: 'talk', text: 'Hello' }];
	const id = randomUUID();
	const rows = [
		['POST', '/v1/calls', {}, 400], ['POST', '/v1/calls', '[', 400], ['POST', '/v1/calls', '[]', 400], ['POST', '/v1/calls', { to, from }, 400], ['POST', '/v1/calls', { to: [], from, ncco }, 400],
		['POST', '/v1/calls', { to: [...to, ...to], from, ncco }, 400], ['POST', '/v1/calls', { to: 'x', from, ncco }, 400], ['POST', '/v1/calls', { to: [{ type: 'pigeon' }], from, ncco }, 400],
		...[{ uri: 'http://h' }, { uri: 'wss://' }, {}, { uri: 'ws://h x' }, { uri: `ws://h/${'x'.repeat(2050)}` }, { uri: 'ws://h', 'content-type': 'audio/l16;rate=44100' }, { uri: 'ws://h', contentType: 'audio/opus' },
			{ uri: 'ws://h', headers: 'x' }, { uri: 'ws://h', headers: { a: 'x'.repeat(9000) } }, { uri: 'ws://h', authorization: { type: 'basic' } }, { uri: 'ws://h', authorization: { type: 'custom', value: 'a\r\nb: c' } }]
			.map(endpoint => ['POST', '/v1/calls', { to: [{ type: 'websocket', ...endpoint }], from, ncco }, 400]),
		['POST', '/v1/calls', { to, from: { type: 'phone', number: '15559999999' }, ncco }, 400],
		['POST', '/v1/calls', { to, ncco }, 400], ['POST', '/v1/calls', { to, from, random_from_number: true, ncco }, 400], ['POST', '/v1/calls', { to, from, ncco: {} }, 400], ['POST', '/v1/calls', { to, from, ncco: [7] }, 400],
		['POST', '/v1/calls', { to, from, ncco, answer_url: ['http://h/x'] }, 400], ['POST', '/v1/calls', { to, from, answer_url: ['ftp://h'] }, 400], ['POST', '/v1/calls', { to, from, ncco, event_url: 'nowhere' }, 400],
		['POST', '/v1/calls', { to, from, ncco, ringing_timer: 0 }, 400], ['POST', '/v1/calls', { to, from, ncco, ringing_timer: 121 }, 400], ['POST', '/v1/calls', { to, from, ncco, length_timer: 7201 }, 400],
		['POST', '/v1/calls', { to, from, ncco, event_method: 'PUT' }, 400], ['POST', '/v1/calls', { to: [{ type: 'sip', uri: 'sip:x@h', headers: { a: 'b\r\nc' } }], from, ncco }, 400],
		['GET', `/v1/calls/${id}`, undefined, 404], ['GET', '/v1/calls/not-an-id', undefined, 404], ['PUT', `/v1/calls/${id}`, { action: 'hangup' }, 404], ['PUT', `/v1/calls/${id}/talk`, { text: 'x' }, 404],
		['DELETE', `/v1/calls/${id}/stream`, undefined, 404], ['PUT', `/v1/calls/${id}/input/dtmf`, { event_url: ['http://h/'] }, 404], ['GET', `/v1/files/${id}`, undefined, 404], ['GET', `/v3/files/${id}`, undefined, 404],
		['GET', '/v1/calls?status=queued', undefined, 400], ['GET', '/v1/calls?page_size=101', undefined, 400], ['GET', '/v1/calls?page_size=0', undefined, 400], ['GET', '/v1/calls?page_size=x', undefined, 400],
		['GET', '/v1/calls?record_index=-1', undefined, 400], ['GET', '/v1/calls?order=up', undefined, 400], ['GET', '/v1/calls?date_start=monday', undefined, 400], ['GET', '/v1/calls?order=asc&order=desc', undefined, 400],
		['PATCH', '/v1/calls', {}, 405], ['DELETE', `/v1/calls/${id}`, undefined, 405], ['GET', `/v1/calls/${id}/nothing`, undefined, 404],
	];
	for (const [method, path, body, status] of rows) {
		const reply = await caller.ask(method, path, body);
		assert.equal(reply.status, status, `${method} ${path} ${JSON.stringify(body)}: ${reply.text}`);
		assert.equal(reply.type, 'application/json');
		for (const name of ['type', 'title', 'detail', 'instance'])
			assert.equal(typeof reply.body[name], 'string', name);
	}
	const text = await fetch(`${caller.world.api}/v1/calls`, { method: 'POST', headers: { authorization: `Bearer ${token()}`, 'content-type': 'text/plain' }, body: 'x' });
	assert.equal(text.status, 415);

	const { uuid } = await caller.dial({ ncco });
	const callee = await bob.incoming();
	for (const [path, body] of [['', { action: 'mute' }], ['/talk', { text: 'x' }], ['/dtmf', { digits: '1' }]])
		assert.equal((await caller.ask('PUT', `/v1/calls/${uuid}${path}`, body)).status, 400, 'not answered yet');
	for (const body of [{}, { action: 'sing' }, { action: 'transfer' }, { action: 'transfer', destination: { type: 'ncco' } }, { action: 'transfer', destination: { type: 'ncco', url: ['x'] } }, { action: 'transfer', destination: { type: 'pstn', url: ['http://h/'] } }])
		assert.equal((await caller.ask('PUT', `/v1/calls/${uuid}`, body)).status, 400, JSON.stringify(body));
	for (const [path, body] of [['/talk', {}], ['/talk', { text: 'x'.repeat(5000) }], ['/talk', { text: 'x', loop: -1 }], ['/stream', {}], ['/stream', { stream_url: ['file:///etc/passwd'] }], ['/dtmf', { digits: 'xyz' }], ['/dtmf', { digits: '1'.repeat(100) }], ['/input/dtmf', { event_url: ['x'] }]])
		assert.equal((await caller.ask('PUT', `/v1/calls/${uuid}${path}`, body)).status, 400, `${path} ${JSON.stringify(body)}`);
	await callee.reply(486);
	await caller.event(uuid, 'busy');
	assert.equal((await caller.ask('PUT', `/v1/calls/${uuid}`, { action: 'mute' })).status, 400, 'it is over');
});
