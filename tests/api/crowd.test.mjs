// As many connections as may be, most of them one source's: others get in all the same.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { Api, KEY } from './harness.mjs';

const MAX = 60;
let api;
before(async () => { api = await Api.start({ api: `max-connections = ${MAX}` }); });
after(() => api.stop());

function connect(localAddress) {
	const socket = net.connect({ port: api.port, host: '127.0.0.1', localAddress });
	socket.ended = new Promise(resolve => socket.on('error', () => {}).on('close', resolve));
	socket.answered = new Promise(resolve => socket.once('data', data => resolve(String(data))));
	return socket;
}

function ask(localAddress, path) {
	const socket = connect(localAddress);
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
