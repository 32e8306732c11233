import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Api, binary, conf, KEY, until } from './harness.mjs';
import { Client } from './ws_client.mjs';

function run(text, ...args) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-start-'));
	const file = path.join(dir, 'offhook.conf');
	fs.writeFileSync(file, typeof text === 'function' ? text(dir) : text);
	const result = spawnSync(binary, ['-c', file, ...args], { encoding: 'utf8', timeout: 20000 });
	const left = fs.readdirSync(dir);
	fs.rmSync(dir, { recursive: true });
	return { ...result, left };
}

test('-t checks a good conf', () => {
	const { status, stderr, left } = run(dir => conf({ dir }), '-t');
	assert.equal(status, 0, stderr);
	assert.deepEqual(left, ['offhook.conf']);
});

test('-t and a start refuse a bad conf with file and line', () => {
	for (const args of [['-t'], []]) {
		const { status, stderr, left } = run('state-dir = "x"\nsip { lissten = 3 }\n', ...args);
		assert.equal(status, 1);
		assert.match(stderr, /offhook\.conf:2: /);
		assert.deepEqual(left, ['offhook.conf'], 'nothing started');
	}
});

test('no conf, a missing file, an unknown option', () => {
	assert.equal(spawnSync(binary, []).status, 2);
	assert.equal(spawnSync(binary, ['-c', '/nowhere/offhook.conf']).status, 1);
	assert.equal(spawnSync(binary, ['-x']).status, 2);
});

test('a port in use starts nothing', async () => {
	const other = net.createServer();
	await new Promise(ok => other.listen(0, '127.0.0.1', ok));
	const listen = `http://127.0.0.1:${other.address().port}`;
	const { status, stderr, left } = run(dir => conf({ dir, listen }));
	other.close();
	assert.equal(status, 1);
	assert.match(stderr, new RegExp(`${listen}: Address already in use`));
	assert.deepEqual(left, ['offhook.conf']);
});

test('a database that is no database, and one from the future', async () => {
	const broken = run(dir => {
		fs.mkdirSync(path.join(dir, 'state'));
		fs.writeFileSync(path.join(dir, 'state/offhook.db'), 'not a database at all, but long enough to be looked at '.repeat(40));
		return conf({ dir });
	});
	assert.equal(broken.status, 1);
	assert.match(broken.stderr, /offhook\.db|database/);
	const api = await Api.start();
	await api.kill();
	await api.mock.stop();
	// PRAGMA user_version is the big-endian word at byte 60 of the file.
	const file = path.join(api.dir, 'state/offhook.db');
	const bytes = fs.readFileSync(file);
	bytes.writeUInt32BE(999, 60);
	fs.rmSync(`${file}-wal`, { force: true });
	fs.rmSync(`${file}-shm`, { force: true });
	fs.writeFileSync(file, bytes);
	const newer = spawnSync(binary, ['-c', api.confFile], { encoding: 'utf8', timeout: 20000 });
	fs.rmSync(api.dir, { recursive: true });
	assert.equal(newer.status, 1);
	assert.match(newer.stderr, /schema 999.*newer version/);
});

test('a second one on the same state-dir is told who the first is, and the first goes on', async () => {
	const api = await Api.start();
	const file = path.join(api.dir, 'second.conf');
	fs.writeFileSync(file, fs.readFileSync(api.confFile, 'utf8').replace(/listen = \{[^}]*\}/, 'listen = {"http://127.0.0.1:0"}'));
	const { status, stderr } = spawnSync(binary, ['-c', file], { encoding: 'utf8', timeout: 20000 });
	assert.equal(status, 1);
	assert.match(stderr, new RegExp(`another offhook-api, process ${api.process.pid}, works in .*offhook-api\\.lock`));
	assert.equal((await fetch(`${api.base}/readyz`)).status, 200);
	// Killed: its lock is no obstacle.
	await api.kill();
	await api.launch();
	await api.ready();
	assert.equal((await fetch(`${api.base}/readyz`)).status, 200);
	await api.stop();
});

test('a damaged database: what is wrong, how to go on, and no crash', async () => {
	const api = await Api.start();
	for (let i = 0; i < 20; i++)
		await api.create();
	api.process.kill('SIGTERM');
	await api.exited;
	await api.mock.stop();
	const file = path.join(api.dir, 'state/offhook.db');
	const handle = fs.openSync(file, 'r+');
	for (let page = 1; page < fs.statSync(file).size / 1024; page++)
		fs.writeSync(handle, Buffer.alloc(600, page), 0, 600, page * 1024);
	fs.closeSync(handle);
	fs.rmSync(`${file}-wal`, { force: true });
	fs.rmSync(`${file}-shm`, { force: true });
	const { status, signal, stderr } = spawnSync(binary, ['-c', api.confFile], { encoding: 'utf8', timeout: 20000 });
	fs.rmSync(api.dir, { recursive: true });
	assert.equal(signal, null);
	assert.equal(status, 1);
	assert.match(stderr, /offhook\.db is damaged: .*offhook-api --backup/);
});

test('connections above the limit wait, and get their turn', async () => {
	const api = await Api.start({ api: 'max-connections = 8' });
	const idle = [];
	for (let i = 0; i < 30; i++)
		idle.push(net.connect(api.port, '127.0.0.1').on('error', () => {}));
	await Promise.all(idle.map(s => new Promise(ok => s.once('connect', ok).once('close', ok))));
	const reply = fetch(`${api.base}/v1/voice/calls`, { headers: { 'x-api-key': KEY } });
	for (const socket of idle)
		socket.destroy();
	assert.equal((await reply).status, 200);
	await api.stop();
});

test('a request that drips in is ended with 408; what takes long for other reasons is not', async () => {
	const api = await Api.start({ api: 'request-timeout = 1' });
	const text = 'POST /v1/voice/calls HTTP/1.1\r\nHost: x\r\nX-Filler: ';
	const drip = async first => {
		const socket = net.connect(api.port, '127.0.0.1').on('error', () => {});
		let got = '';
		socket.setEncoding('utf8').on('data', t => { got += t; });
		const end = new Promise(ok => socket.once('close', ok));
		if (first) {
			socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
			await until(() => got.includes('"ok"'));
			got = '';
		}
		socket.write(text);
		const timer = setInterval(() => socket.write('x'), 50);
		await end;
		clearInterval(timer);
		return got;
	};
	// Meanwhile a socket is open, an idle connection waits, and an answer takes its time.
	const idle = net.connect(api.port, '127.0.0.1').on('error', () => {});
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	api.mock.overrides.set('user.list', () => undefined);
	let answered = false;
	const slow = api.get('/v1/voice/users').then(() => { answered = true; }, () => {});
	await api.mock.request('user.list');
	assert.match(await drip(false), /^HTTP\/1\.1 408 /);
	assert.match(await drip(true), /^HTTP\/1\.1 408 /, 'the second request of a connection, too');
	assert.equal((await ws.ask('listCalls')).status, 200);
	assert.equal(idle.destroyed, false);
	assert.equal(answered, false);
	ws.destroy();
	idle.destroy();
	for (const socket of api.mock.sockets)
		socket.destroy();
	await slow;
	await api.stop();
});

test('without descriptors connections wait, and get their turn', async () => {
	const api = await Api.start({ api: 'max-connections = 1000', shell: 'ulimit -n 64' });
	const idle = [];
	for (let i = 0; i < 100; i++)
		idle.push(net.connect(api.port, '127.0.0.1').on('error', () => {}));
	await until(() => api.log.some(l => l.includes('http.accept_failed')));
	const reply = fetch(`${api.base}/healthz`);
	for (const socket of idle)
		socket.destroy();
	assert.equal((await reply).status, 200);
	await api.stop();
});

test('garbage on the port', async () => {
	const api = await Api.start();
	for (const text of ['\0\0\0\0', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\nA: ${'x'.repeat(100000)}\r\n\r\n`,
		'POST /v1/voice/calls HTTP/1.1\r\nContent-Length: -5\r\n\r\n', 'POST /v1/voice/calls HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n',
		'POST /v1/voice/calls HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n']) {
		const socket = net.connect(api.port, '127.0.0.1').on('error', () => {});
		socket.end(text);
		socket.resume();
		await new Promise(ok => socket.once('close', ok));
	}
	assert.equal((await api.get('/healthz')).status, 200);
	await api.stop();
});

test('SIGHUP: a good conf is taken up in place, a bad one changes nothing', async () => {
	const api = await Api.start();
	const { id } = await api.create();
	const text = fs.readFileSync(api.confFile, 'utf8');
	const status = async key => (await fetch(`${api.base}/v1/voice/calls/${id}`, { headers: { 'x-api-key': key } })).status;
	fs.writeFileSync(api.confFile, 'nonsense = 1\n');
	api.process.kill('SIGHUP');
	await until(() => api.log.some(l => l.includes('api.reload_refused')));
	assert.equal(await status(KEY), 200);
	fs.writeFileSync(api.confFile, text.replace(KEY, 'another-key-of-default'));
	api.process.kill('SIGHUP');
	const line = await until(() => api.log.filter(l => l.includes('api.listening'))[1]);
	api.base = `http://127.0.0.1:${/port=(\d+)/.exec(line)[1]}`;
	await api.ready();
	assert.equal(await status(KEY), 401);
	assert.equal(await status('another-key-of-default'), 200);
	api.mock.answer(id);
	await until(async () => (await (await fetch(`${api.base}/v1/voice/calls/${id}`, { headers: { 'x-api-key': 'another-key-of-default' } })).json()).status === 'in-progress');
	await api.stop();
});
