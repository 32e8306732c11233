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
const get = '/v1/voice/calls HTTP/1.1\r\nHost: x\r\n' + key;
const chunked = `POST ${get}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n`;
const refused = [
	['two lengths', 400, `POST ${get}Content-Length: 2\r\nContent-Length: ${2 + behind.length}\r\n\r\n{}`],
	['twice the same length', 400, `POST ${get}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`],
	['a length that is no number', 400, `GET ${get}Content-Length: +0\r\n\r\n`],
	['a length and a coding', 400, `POST ${get}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
	['a coding that nobody knows', 501, `GET ${get}Transfer-Encoding: xchunked\r\n\r\n`],
	['a coding behind a tab', 501, `POST ${get}Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
	['a coding, and a space before the colon', 400, `GET ${get}Transfer-Encoding : chunked\r\n\r\n`],
	['a coding in HTTP/1.0', 400, `POST /v1/voice/calls HTTP/1.0\r\nHost: x\r\n${key}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
	['two hosts', 400, `GET ${get}Host: y\r\n\r\n`],
	['no host', 400, `GET /v1/voice/calls HTTP/1.1\r\n${key}\r\n`],
	['a value over two lines', 400, `GET ${get}X-Folded: a\r\n b\r\n\r\n`],
	['a NUL', 400, `GET ${get}X-Cut: a\0b\r\n\r\n`],
	['a CR alone', 400, `GET ${get}X-Cut: a\rb\r\n\r\n`],
	['a line end without CR', 400, `GET ${get}X-A: b\n\r\n`],
	['a head of lines without CR', 400, `GET ${get}\r\n`.replaceAll('\r', '')],
	['a header without a name', 400, `GET ${get}: b\r\n\r\n`],
	['a method of other characters', 400, `G@T ${get}\r\n`],
	['a method that nobody knows', 501, `BREW ${get}\r\n`],
	['another version', 505, `GET /v1/voice/calls HTTP/2.0\r\nHost: x\r\n\r\n`],
	['no version', 400, `GET /v1/voice/calls\r\nHost: x\r\n\r\n`],
	['a target with a space', 400, `GET /v1/voice/calls ?a=b HTTP/1.1\r\nHost: x\r\n\r\n`],
	['no HTTP at all', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
	['a target that is too long', 414, `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
	['a header that is too long', 431, `GET ${get}X-Long: ${'a'.repeat(9000)}\r\n\r\n`],
	['many headers', 431, `GET ${get}${'X-Many: a\r\n'.repeat(120)}\r\n`],
	['a body that is announced too large', 413, `POST ${get}Content-Length: 99999999\r\n\r\n`],
	['a length beyond all numbers', 413, `POST ${get}Content-Length: 9223372036854775808\r\n\r\n`],
	['chunks that are too large', 413, `${chunked}7fffffff\r\n`],
	['a chunk of no size', 400, `${chunked}2\r\n{}\r\n0x0\r\n\r\n`],
	['a chunk that is longer than it says', 400, `${chunked}1\r\n{}\r\n0\r\n\r\n`],
	['a trailer that is none', 400, `${chunked}2\r\n{}\r\n0\r\nX : y\r\n\r\n`],
	['an expectation that nobody knows', 417, `GET ${get}Expect: wonders\r\n\r\n`],
];

// The answers of a connection: [status, headers, body].
function answers(text) {
	const all = [];
	while (text) {
		const end = text.indexOf('\r\n\r\n');
		const head = text.slice(0, end).toLowerCase();
		const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
		all.push([Number(/^http\/1\.[01] (\d+) /.exec(head)[1]), head, text.slice(end + 4, end + 4 + length)]);
		text = text.slice(end + 4 + length);
	}
	return all;
}

function expectRefusal([status, head, body], code) {
	assert.equal(status, code, body);
	assert.match(head, /\r\ncontent-type: application\/problem\+json/);
	assert.match(head, /\r\nconnection: close/);
	const problem = JSON.parse(body);
	assert.equal(problem.status, code);
	assert.match(problem.detail, /^[A-Z].*\.$/);
	assert.match(problem.code, /^[a-z-]+$/);
}

for (const [what, code, text] of refused) {
	test(`${what}: ${code}, and the end`, async () => {
		const got = answers(await exchange(text + behind));
		assert.equal(got.length, 1, 'one answer');
		expectRefusal(got[0], code);
	});
	test(`${what}, behind another request: in its turn`, async () => {
		const got = answers(await exchange(`GET ${get}\r\n` + text + behind));
		assert.equal(got.length, 2);
		assert.equal(got[0][0], 200);
		expectRefusal(got[1], code);
	});
}

test('byte by byte it is all the same', async () => {
	for (const [what, code, text] of refused.filter(([, , text]) => text.length < 1000)) {
		let got = '';
		const socket = net.connect(api.port, '127.0.0.1').setEncoding('utf8').setNoDelay();
		socket.on('data', data => { got += data; }).on('error', () => {});
		const closed = new Promise(resolve => socket.on('close', resolve));
		for (const byte of Buffer.from(text, 'latin1'))
			await new Promise(resolve => socket.write(Buffer.from([byte]), resolve));
		await closed;
		expectRefusal(answers(got)[0], code, what);
	}
});

test('a refusal arrives although its sender goes on sending', async () => {
	const got = await exchange(`POST ${get}Content-Length: 99999999\r\n\r\n` + 'x'.repeat(4 << 20));
	expectRefusal(answers(got)[0], 413);
});

test('who does not close after a refusal is closed', async () => {
	const socket = net.connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
	socket.on('error', () => {}).resume();
	const closed = new Promise(resolve => socket.on('close', resolve));
	socket.write('BREW / HTTP/1.1\r\n');
	await new Promise(resolve => socket.on('end', resolve));
	const dripping = setInterval(() => socket.write('x'), 100);
	await closed;
	clearInterval(dripping);
});

test('chunks, with extensions and trailers that nobody asked for, are a body', async () => {
	const body = JSON.stringify({ to: '+15550001001', from: '+15550009000' });
	const size = n => n.toString(16).toUpperCase();
	const parts = [body.slice(0, 5), body.slice(5, 30), body.slice(30)].map((t, i) => `${size(t.length)}${['', ';a=b', ' ; c="d"'][i]}\r\n${t}\r\n`);
	const got = answers(await exchange(`${chunked}${parts.join('')}0\r\nContent-Length: 9\r\n\r\n` + behind));
	assert.deepEqual(got.map(([status]) => status), [201, 200]);
});

test('the body of a HEAD is no request', async () => {
	const got = await exchange(`HEAD ${get}Content-Length: ${behind.length}\r\n\r\n${behind}${behind}`);
	assert.equal(got.match(/HTTP\/1\.1 200 /g).length, 2);
	assert.doesNotMatch(got, /HTTP\/1\.1 [345]/);
});

test('the answer to a HEAD has a length and no body', async () => {
	for (const path of ['/healthz', '/v1/voice/calls', '/schema/call', '/v1/voice/nothing']) {
		const asked = `${path} HTTP/1.1\r\nHost: x\r\n${key}`;
		const whole = await exchange(`GET ${asked}Connection: close\r\n\r\n`), got = await exchange(`HEAD ${asked}\r\n${behind}`);
		const [head, next] = got.split('\r\n\r\n', 2);
		assert.equal(/Content-Length: (\d+)/i.exec(head)[1], /Content-Length: (\d+)/i.exec(whole)[1], path);
		assert.match(next, /^HTTP\/1\.1 200 /, path);
	}
});

test('who waits to be told to go on is told', async () => {
	const body = JSON.stringify({ to: '+15550001001', from: '+15550009000' });
	for (const coding of [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']) {
		let got = '';
		const socket = net.connect(api.port, '127.0.0.1').setEncoding('utf8');
		const closed = new Promise(resolve => socket.on('close', resolve));
		const told = new Promise(resolve => socket.on('data', data => {
			got += data;
			if (/^HTTP\/1\.1 100 .*\r\n\r\n/s.test(got))
				resolve();
		}));
		socket.write(`POST ${get}Content-Type: application/json\r\nExpect: 100-continue\r\nConnection: close\r\n${coding}\r\n\r\n`);
		await told;
		socket.write(coding.startsWith('C') ? body : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
		await closed;
		assert.match(got, /\r\n\r\nHTTP\/1\.1 201 /);
	}
});

test('what comes behind an upgrade that is not granted is HTTP', async () => {
	const got = answers(await exchange(`GET ${get}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n` + `BREW ${get}\r\n`));
	assert.equal(got[0][0], 200);
	expectRefusal(got[1], 501);
});

test('who asks on and reads nothing is not read from either', async () => {
	const strict = await Api.start({ api: 'request-timeout = 2' });
	const socket = net.connect(strict.port, '127.0.0.1').pause();
	const closed = new Promise(resolve => socket.on('error', () => {}).on('close', () => resolve(true)));
	const many = `GET /v1/voice/openapi.json HTTP/1.1\r\nHost: x\r\n${key}\r\n`.repeat(4000);
	for (let i = 0, over = false; i < 200 && !over; i++)
		over = !socket.write(many) && await Promise.race([closed, new Promise(resolve => socket.once('drain', () => resolve(false)))]);
	assert.ok(socket.bytesWritten - socket.writableLength < 20 << 20, `${socket.bytesWritten} bytes were taken`);
	socket.destroy();
	await strict.stop();
});

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
