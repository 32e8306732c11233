// Requests that could be read in two ways are refused as a problem document, and their connection ends: nothing behind them is taken for a request.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import net from 'node:net';
import { Api, KEY } from './harness.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

// Sends bytes and resolves to all that comes until the connection ends.
function exchange(text) {
	return new Promise((resolve, reject) => {
		let got = '';
		const socket = net.connect(api.port, '127.0.0.1').setEncoding('utf8');
		socket.on('data', t => { got += t; }).on('error', reject).on('close', () => resolve(got));
		socket.write(text);
	});
}

const key = `X-API-Key: ${KEY}\r\n`;
const behind = `GET /healthz HTTP/1.1\r\nHost: x\r\n${key}Connection: close\r\n\r\n`;
const refused = [
	['two lengths', 400, `POST /v1/voice/calls HTTP/1.1\r\nHost: x\r\n${key}Content-Length: 2\r\nContent-Length: ${2 + behind.length}\r\n\r\n{}`],
	['a length that is no number', 400, `GET /v1/voice/calls HTTP/1.1\r\nHost: x\r\n${key}Content-Length: +0\r\n\r\n`],
	['a length and a coding', 400, `POST /v1/voice/calls HTTP/1.1\r\nHost: x\r\n${key}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
	['a coding that nobody knows', 501, `GET /v1/voice/calls HTTP/1.1\r\nHost: x\r\n${key}Transfer-Encoding: xchunked\r\n\r\n`],
	['a coding, and a space before the colon', 400, `GET /v1/voice/calls HTTP/1.1\r\nHost: x\r\n${key}Transfer-Encoding : chunked\r\n\r\n`],
	['two hosts', 400, `GET /v1/voice/calls HTTP/1.1\r\nHost: x\r\nHost: y\r\n${key}\r\n`],
	['no host', 400, `GET /v1/voice/calls HTTP/1.1\r\n${key}\r\n`],
	['a coding in HTTP/1.0', 400, `POST /v1/voice/calls HTTP/1.0\r\nHost: x\r\n${key}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
];
for (const [what, code, text] of refused) {
	test(`${what}: ${code}, and the end`, async () => {
		const got = await exchange(text + behind);
		assert.match(got, new RegExp(`^HTTP/1\\.[01] ${code} `));
		if (what !== 'a length and a coding') // which libevent answers itself
			assert.match(got, /content-type: application\/problem\+json/i);
		assert.match(got, /connection: close/i);
		assert.equal(got.match(/HTTP\/1\.[01] \d\d\d /g).length, 1, 'one answer');
	});
}

test('requests behind each other on one connection are answered in order', async () => {
	const first = `POST /v1/voice/nothing HTTP/1.1\r\nHost: x\r\n${key}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
	const got = await exchange(first + behind);
	assert.deepEqual(got.match(/HTTP\/1\.1 \d\d\d /g), ['HTTP/1.1 404 ', 'HTTP/1.1 200 ']);
});

test('who is not known is told how to be (RFC 9110, section 15.5.2)', async () => {
	for (const path of ['/v1/voice/calls', '/v1/voice/nothing']) {
		const reply = await fetch(api.base + path);
		assert.equal(reply.status, 401);
		assert.match(reply.headers.get('www-authenticate'), /^ApiKey realm="Offhook", header="X-API-Key"$/);
	}
});
