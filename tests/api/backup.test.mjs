import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Api, binary } from './harness.mjs';

let api;
before(async () => { api = await Api.start(); });
after(() => api.stop());

const run = (...args) => spawnSync(binary, ['-c', api.confFile, ...args], { encoding: 'utf8', timeout: 60000 });

async function ended(members = {}) {
	const { id } = await api.create();
	const call = api.mock.answer(id);
	api.mock.end(id, { ended: call.answered + 2000, ...members });
	await api.record(id, 'completed');
	return id;
}

test('a backup while calls come in holds what was there, and works', async () => {
	const id = await ended();
	const to = path.join(api.dir, 'copy/state/offhook.db');
	fs.mkdirSync(path.dirname(to), { recursive: true });
	const backup = spawn(binary, ['-c', api.confFile, '--backup', to], { stdio: 'inherit' });
	const done = once(backup, 'exit');
	for (let i = 0; i < 20; i++)
		await ended();
	assert.deepEqual(await done, [0, null]);
	const again = run('--backup', to);
	assert.equal(again.status, 1, 'never overwritten');
	assert.match(again.stderr, /File exists/);
	const copy = await Api.start({ dir: path.join(api.dir, 'copy') });
	assert.equal((await copy.get(`/v1/voice/calls/${id}`)).json.duration, 2);
	await copy.stop();
});

test('export as JSON lines and as CSV', async () => {
	const id = await ended({ reason: 'She said "bye", and\nhung up.', sip_code: 200, price: '0.0125', price_unit: 'EUR', rate: '0.375', network: '262-01' });
	const json = run('--export', 'json').stdout.trim().split('\n').map(line => JSON.parse(line));
	const one = json.find(c => c.id === id);
	assert.equal(one.duration, 2);
	assert.equal(one.sip_code, 200);
	assert.deepEqual([one.price, one.price_unit, one.rate, one.network], ['0.0125', 'EUR', '0.375', '262-01']);
	assert.equal(one.reason, 'She said "bye", and\nhung up.');
	assert.equal(Date.parse(one.ended) - Date.parse(one.answered), 2000);
	const csv = run('--export', 'csv').stdout;
	assert.match(csv, /^id,account,parent_call_id,direction,status,from,to,created,answered,ended,duration,ended_by,sip_code,q850,reason,recording_id,price,price_unit,rate,network\r\n/);
	assert.ok(csv.includes(`${id},default,,outbound,completed,+15550009000,+15550001001,`));
	assert.ok(csv.includes(',0.0125,EUR,0.375,262-01\r\n'));
	assert.ok(csv.includes('"She said ""bye"", and\nhung up."'));
	assert.equal(csv.trim().split('\r\n').length, json.length + 1);
	assert.equal(run('--export', 'xml').status, 2);
});

test('no database, no backup', () => {
	const text = fs.readFileSync(api.confFile, 'utf8').replace(/state-dir = .*/, 'state-dir = "/nowhere"');
	const file = path.join(api.dir, 'other.conf');
	fs.writeFileSync(file, text);
	const { status, stderr } = spawnSync(binary, ['-c', file, '--export', 'csv'], { encoding: 'utf8' });
	assert.equal(status, 1);
	assert.match(stderr, /nowhere/);
});
