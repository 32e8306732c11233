// HTTPS: requests, files and the WebSocket over it; versions, certificates and their renewal.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { Authority } from '../sip/support/certificates.mjs';
import { Api, binary, conf, KEY, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

let authority, files, ca, api, port, agent;
const issue = () => authority.issue('api', 'api', 'IP:127.0.0.1');
before(async () => {
	authority = new Authority();
	ca = fs.readFileSync(authority.certificate);
	files = issue();
	api = await Api.start({ listen: 'http://127.0.0.1:0", "https://127.0.0.1:0',
		api: `tls-certificate-file = "${files.certificate}" tls-key-file = "${files.key}" request-timeout = 2` });
	port = Number(/port=(\d+)/.exec(await until(() => api.log.find(l => l.includes('transport=https'))))[1]);
	agent = new https.Agent({ ca, keepAlive: true, maxSockets: 1 });
});
after(async () => {
	agent.destroy();
	await api.stop();
	fs.rmSync(authority.dir, { recursive: true });
});

function request(method, url, { body, headers, via = agent } = {}) {
	return new Promise((ok, bad) => {
		const it = https.request({ host: '127.0.0.1', port, path: url, method, agent: via, headers: { 'x-api-key': KEY, ...(body && { 'content-type': 'application/json' }), ...headers } }, response => {
			const parts = [], serial = response.socket.getPeerCertificate().serialNumber;
			response.on('data', part => parts.push(part)).on('end', () => ok({ status: response.statusCode, headers: response.headers,
				body: Buffer.concat(parts), serial, reused: it.reusedSocket })).on('error', bad);
		});
		it.on('error', bad).end(body && JSON.stringify(body));
	});
}

const connect = options => new Promise((ok, bad) => {
	const socket = tls.connect({ host: '127.0.0.1', port, ca, ...options }, () => ok(socket));
	socket.on('error', bad);
});

test('requests over one connection', async () => {
	const made = await request('POST', '/v1/voice/calls', { body: { to: '+15550001001', from: '+15550009000', script: `<Response><Say>${'x'.repeat(3000)}</Say></Response>` } });
	assert.equal(made.status, 201);
	const { id } = JSON.parse(made.body);
	const got = await request('GET', `/v1/voice/calls/${id}`);
	assert.equal(got.status, 200);
	assert.equal(got.reused, true);
	assert.equal(JSON.parse(got.body).id, id);
	assert.equal((await request('GET', '/v1/voice/calls', { headers: { 'x-api-key': 'wrong' } })).status, 401);
	assert.equal((await request('GET', `/v1/voice/calls/${id}`, { headers: { connection: 'close' }, via: new https.Agent({ ca }) })).status, 200);
});

test('files, whole and in part', async () => {
	const { id } = await api.create();
	api.mock.answer(id);
	const bytes = Buffer.from(Array.from({ length: 700000 }, (_, i) => i * 7 & 255)), file = path.join(api.dir, 'state/tls.wav');
	fs.writeFileSync(file, bytes);
	api.mock.recorded(id, { id: 'tls-1', file, bytes: bytes.length });
	await api.record(id, c => c.recording_url);
	const whole = await request('GET', '/v1/voice/recordings/tls-1/media');
	assert.ok(whole.body.equals(bytes));
	const part = await request('GET', '/v1/voice/recordings/tls-1/media', { headers: { range: 'bytes=1000-400999' } });
	assert.equal(part.status, 206);
	assert.ok(part.body.equals(bytes.subarray(1000, 401000)));
});

test('TLS 1.2 and 1.3, nothing older; HTTP/1.1 by ALPN', async () => {
	for (const version of ['TLSv1.2', 'TLSv1.3']) {
		const socket = await connect({ minVersion: version, maxVersion: version, ALPNProtocols: ['h2', 'http/1.1'] });
		assert.equal(socket.getProtocol(), version);
		assert.equal(socket.alpnProtocol, 'http/1.1');
		socket.destroy();
	}
	await assert.rejects(connect({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }), /version|protocol/i);
	await assert.rejects(connect({ ALPNProtocols: ['h2'] }), /application protocol/i);
});

test('plain HTTP on the port for TLS, and the other way round', async () => {
	const socket = net.connect(port, '127.0.0.1').on('error', () => {});
	let got = '';
	socket.on('data', data => { got += data.toString('latin1'); });
	socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
	await new Promise(ok => socket.once('close', ok));
	assert.doesNotMatch(got, /200/);
	await assert.rejects(connect({ port: api.port }));
	assert.equal((await request('GET', '/healthz')).status, 200);
});

test('the WebSocket over TLS', async () => {
	const ws = await Client.open(`https://127.0.0.1:${port}`, { 'x-api-key': KEY }, undefined, { ca });
	await ws.ask('subscribe');
	const { id } = await api.create();
	api.mock.ring(id);
	await ws.until(() => ws.events.filter(e => e.event.call_id === id).length >= 2);
	const calls = await ws.ask('listCalls', { page_size: 100 });
	assert.equal(calls.status, 200);
	assert.ok(calls.body.calls.length > 1);
	assert.deepEqual((await ws.ask('getCall', { call_id: id })).body.status, 'ringing');
	ws.destroy();
});

test('large messages over TLS, one behind the other', async () => {
	const ws = await Client.open(`https://127.0.0.1:${port}`, { 'x-api-key': KEY }, undefined, { ca });
	const filler = 'x'.repeat(200000);
	const replies = await Promise.all(Array.from({ length: 12 }, () => ws.ask('nothing', { filler })));
	assert.deepEqual(replies.map(r => r.status), Array(12).fill(400));
	assert.equal((await ws.ask('listCalls')).status, 200);
	ws.destroy();
});

test('a request that drips in over TLS is ended', async () => {
	const socket = await connect({});
	let got = '';
	socket.on('data', data => { got += data; }).on('error', () => {});
	const end = new Promise(ok => socket.once('close', ok));
	socket.write('GET /healthz HTTP/1.1\r\nX: ');
	const timer = setInterval(() => socket.write('x'), 50);
	await end;
	clearInterval(timer);
	assert.equal(got, '');
});

test('a handshake that does not come to an end is cut, one that did stays', async () => {
	const silent = net.connect(port, '127.0.0.1').on('error', () => {});
	const dripping = net.connect(port, '127.0.0.1').on('error', () => {});
	const open = await connect({});
	const hello = Buffer.from('1603010200010001fc0303', 'hex');
	let at = 0;
	const drip = setInterval(() => dripping.write(hello.subarray(at % hello.length, at++ % hello.length + 1)), 100);
	await Promise.all([silent, dripping].map(s => new Promise(ok => { s.resume(); s.once('close', ok); })));
	clearInterval(drip);
	assert.equal(open.destroyed, false);
	const answer = new Promise(ok => open.once('data', ok));
	open.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
	assert.match(String(await answer), /^HTTP\/1\.1 200/);
	open.destroy();
});

test('SIGHUP after a renewal: new connections get the new certificate, old ones stay', async () => {
	const ws = await Client.open(`https://127.0.0.1:${port}`, { 'x-api-key': KEY }, undefined, { ca });
	await ws.ask('subscribe');
	const old = await request('GET', '/healthz');
	const before = old.serial;
	issue();
	api.process.kill('SIGHUP');
	await until(() => api.log.some(l => l.includes('api.certificates_renewed')));
	const again = await request('GET', '/healthz');
	assert.equal(again.reused, true);
	assert.equal(again.serial, before);
	const fresh = await connect({});
	assert.notEqual(fresh.getPeerCertificate().serialNumber, before);
	fresh.destroy();
	const { id } = await api.create();
	await ws.until(() => ws.events.some(e => e.event.call_id === id));
	ws.destroy();
	// One that cannot be used changes nothing.
	const good = fs.readFileSync(files.key);
	fs.writeFileSync(files.key, 'no key\n');
	api.process.kill('SIGHUP');
	const refusal = await until(() => api.log.find(l => l.includes('api.reload_refused')));
	assert.match(refusal, /tls-key-file/);
	(await connect({})).destroy();
	fs.writeFileSync(files.key, good);
});

test('a certificate that cannot be read is an error at the start and for -t', () => {
	const dir = fs.mkdtempSync(path.join(authority.dir, 'start-'));
	const file = path.join(dir, 'offhook.conf');
	for (const [certificate, key, wanted] of [['/nowhere.pem', '/nowhere.key', /tls-certificate-file: \/nowhere\.pem: No such file/],
		[files.certificate, authority.key, /tls-key-file: .*ca\.key: key values mismatch/], [files.key, files.key, /tls-certificate-file: .*api\.key: /]]) {
		fs.writeFileSync(file, conf({ dir, listen: 'https://127.0.0.1:0', api: `tls-certificate-file = "${certificate}" tls-key-file = "${key}"` }));
		for (const args of [['-t'], []]) {
			const { status, stderr } = spawnSync(binary, ['-c', file, ...args], { encoding: 'utf8', timeout: 20000 });
			assert.equal(status, 1);
			assert.match(stderr, wanted);
		}
	}
});

test('at the end sockets over TLS are closed with 1001', async () => {
	const ws = await Client.open(`https://127.0.0.1:${port}`, { 'x-api-key': KEY }, undefined, { ca });
	await ws.ask('subscribe');
	api.process.kill('SIGTERM');
	assert.equal(await ws.closed(), 1001);
	await api.exited;
	assert.equal(api.process.exitCode, 0);
});
