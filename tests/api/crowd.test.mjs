// As many connections as may be, most of them one source's: others get in all the same.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { Api, KEY, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

const MAX = 60;
let api;
before(async () => { api = await Api.start({ api: `max-connections = ${MAX}` }); });
after(() => api.stop());

function connect(localAddress, port = api.port) {
	const socket = net.connect({ port, host: '127.0.0.1', localAddress });
	socket.ended = new Promise(resolve => socket.on('error', () => {}).on('close', resolve));
	socket.answered = new Promise(resolve => socket.once('data', data => resolve(String(data))));
	return socket;
}

function ask(localAddress, path, port) {
	const socket = connect(localAddress, port);
	socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\nConnection: close\r\n\r\n`);
	return socket.answered;
}

test('idle connections of one source shut nobody else out', async () => {
	const idle = [];
	for (let i = 0; i < 4 * MAX; i++)
		idle.push(connect('127.0.0.2'));
	assert.match(await ask('127.0.0.3', '/v1/voice/calls'), /^HTTP\/1\.1 200 /);
	assert.match(await ask('127.0.0.2', '/v1/voice/calls'), /^HTTP\/1\.1 200 /, 'nor itself');
	for (const socket of idle)
		socket.destroy();
	await Promise.all(idle.map(socket => socket.ended));
	assert.match(await ask('127.0.0.2', '/healthz'), /^HTTP\/1\.1 200 /);
});

test('sources within their share keep their connections', async () => {
	const idle = ['127.0.0.4', '127.0.0.5'].flatMap(source => Array.from({ length: MAX / 3 }, () => connect(source)));
	for (const source of ['127.0.0.4', '127.0.0.5', '127.0.0.6'])
		assert.match(await ask(source, '/v1/voice/calls'), /^HTTP\/1\.1 200 /);
	let gone = 0;
	for (const socket of idle)
		socket.ended.then(() => { gone++; });
	assert.match(await ask('127.0.0.6', '/healthz'), /^HTTP\/1\.1 200 /);
	assert.equal(gone, 0);
	idle.forEach(socket => socket.destroy());
});

test('many sources, each within its share, shut nobody out, whether they say nothing, begin a request, or are done with one', async () => {
	const patient = await Api.start({ api: `max-connections = ${MAX}  idle-timeout = 86400  request-timeout = 3600` });
	const begun = ['', 'GET /v1/voi', `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`];
	const crowd = Array.from({ length: 2 * MAX }, (_, i) => {
		const socket = connect(`127.0.1.${i + 1}`, patient.port);
		socket.write(begun[i % 3]);
		return socket;
	});
	for (let i = 1; i <= 10; i++)
		assert.match(await ask(`127.0.2.${i}`, '/v1/voice/calls', patient.port), /^HTTP\/1\.1 200 /);
	crowd.forEach(socket => socket.destroy());
	await patient.stop();
});

test('a WebSocket and an answer under way are not idle', async () => {
	const crowded = await Api.start({ api: `max-connections = ${MAX}` });
	const ws = await Client.open(`http://127.0.0.1:${crowded.port}`, { 'x-api-key': KEY });
	const slow = connect('127.0.3.1', crowded.port).pause();
	slow.write(`GET /v1/voice/openapi.json HTTP/1.1\r\nHost: x\r\nX-API-Key: ${KEY}\r\n\r\n`.repeat(100));
	const crowd = Array.from({ length: 2 * MAX }, (_, i) => connect(`127.0.1.${i + 1}`, crowded.port));
	assert.match(await ask('127.0.2.1', '/v1/voice/calls', crowded.port), /^HTTP\/1\.1 200 /);
	assert.equal((await ws.ask('listCalls')).status, 200);
	let got = 0, rest = '';
	slow.on('data', data => {
		const parts = (rest + data.toString('latin1')).split('HTTP/1.1 200');
		got += parts.length - 1;
		rest = parts.at(-1).slice(-11);
	}).resume();
	await until(() => got >= 100, 'all answers');
	ws.destroy();
	slow.destroy();
	crowd.forEach(socket => socket.destroy());
	await crowded.stop();
});
