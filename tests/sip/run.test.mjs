// contrib/run: what a new user does first.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { BUILD, Process, TOP } from './support/harness.mjs';
import { level, readWav } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

let nextPort = 20000 + process.pid % 10000 * 2;

// Runs a scenario with a folder and ports of its own; start(...options) starts contrib/run there.
function running(name, scenario) {
	test(name, { timeout: 180000 }, async () => {
		const dir = mkdtempSync(join(tmpdir(), 'offhook-run-')), port = nextPort += 2;
		const all = [];
		const start = (...options) => {
			const run = new Process('contrib/run', join(TOP, 'contrib/run'), ['--var', join(dir, 'var'), '--sip-port', String(port),
				'--http-port', String(port + 1), ...options], join(dir, `run-${all.length}.log`), { env: { ...process.env, OFFHOOK_BUILD: BUILD } });
			all.push(run);
			return run;
		};
		try {
			await scenario({ start, dir: join(dir, 'var'), port });
		} catch (error) {
			error.message += all.map(run => `\n---- ${run.log}\n${run.text().slice(-4000)}`).join('');
			throw error;
		} finally {
			for (const run of all)
				await run.end();
		}
		rmSync(dir, { recursive: true });
	});
}

// Resolves to the pids that it names once everything runs.
async function ready(run) {
	const found = await poll(() => {
		assert.equal(run.exited, null, 'it has ended');
		return /Running: offhookd \(pid (\d+)\), offhook-api \(pid (\d+)\)/.exec(run.text());
	}, 'contrib/run to be ready');
	return [Number(found[1]), Number(found[2])];
}

function lives(pid) {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

running('--demo --once: the whole way, with a phone of its own', async ({ start, dir }) => {
	const run = start('--demo', '--once');
	const { code } = await run.exit('contrib/run --demo --once', 120000);
	assert.equal(code, 0);
	assert.match(run.text(), /queued\n[^]*ringing\n[^]*in-progress\n[^]*completed\n[^]*recording/);
	const wav = readWav(readFileSync(join(dir, 'demo.wav')));
	assert.ok(wav.seconds > 5 && level(wav.channels[0]) > 100);
});

// Resolves to the record of a call once it is over.
const over = (api, key, id) => poll(async () => {
	const reply = await fetch(`${api}/v1/voice/calls/${id}`, { headers: { 'X-API-Key': key } }), call = await reply.json();
	return !['queued', 'ringing', 'in-progress'].includes(call.status) && call;
}, 'the end of the call', 60000);

running('--phone: it answers and speaks; the lines that are printed work as they stand', async ({ start, dir, port }) => {
	const run = start('--phone', 'alice', '--address', '127.0.0.1');
	await ready(run);
	const [, key] = /API key +(\w{40})\n/.exec(run.text());
	const lines = run.text().match(/^ {2}curl .*\\\n.*record.*$/gm);
	assert.deepEqual(lines.map(line => /"to":"([^"]*)"/.exec(line)[1]), ['+15550190000', '+15550001001']);
	for (const line of lines) {
		const { id } = JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
		assert.equal((await over(`http://127.0.0.1:${port + 1}`, key, id)).status, 'completed');
	}
	assert.ok(existsSync(join(dir, 'alice-phone/speech.wav')));
});

running('what cannot be is refused before anything starts', async ({ start, dir, port }) => {
	const refused = async (options, said) => {
		const run = start(...options);
		assert.equal((await run.exit()).code, 1);
		assert.match(run.text(), said);
		assert.doesNotMatch(run.text(), /Offhook runs/);
	};
	await refused(['--address', '203.0.113.77'], /203\.0\.113\.77 is no IPv4 address of this machine; allowed: .*127\.0\.0\.1/);
	await refused(['--address', '0.0.0.0'], /is no IPv4 address/);
	await refused(['--phone', 'zoe'], /has no user "zoe"[^]*allowed: alice bob demo/);
	const conf = readFileSync(join(dir, 'offhook.conf'), 'utf8');
	await refused(['--sip-port', String(port + 1000)], /is there already and has SIP port \d+ where \d+ is asked for/);
	await refused(['--address', '127.0.0.2'], /is there already and has 127\.0\.0\.1 where 127\.0\.0\.2 is asked for/);
	await refused(['--demo', '--phone', 'demo'], /--demo brings the phone of user demo/);
	assert.equal(readFileSync(join(dir, 'offhook.conf'), 'utf8'), conf);
});

running('it starts both daemons, says how to use them, and ends both on TERM; a second run keeps the conf', async ({ start, dir, port }) => {
	const first = start();
	const pids = await ready(first);
	const conf = readFileSync(join(dir, 'offhook.conf'), 'utf8');
	assert.equal(statSync(join(dir, 'offhook.conf')).mode & 0o077, 0, 'nobody else may read the keys');
	const key = /api-keys\s*=\s*\{"(\w{40})"\}/.exec(conf)[1];
	assert.ok(first.text().includes(`X-API-Key: ${key}`));
	for (const user of ['alice', 'bob'])
		assert.ok(first.text().includes(new RegExp(`user "${user}"\\s*\\{ password = "(\\w+)"`).exec(conf)[1]));
	const reply = await fetch(`http://127.0.0.1:${port + 1}/v1/voice/calls`, { headers: { 'X-API-Key': key } });
	assert.equal(reply.status, 200);
	await reply.text();

	const second = start();
	assert.equal((await second.exit()).code, 1);
	assert.match(second.text(), new RegExp(`Port ${port} \\(udp\\) is in use by offhookd \\(pid ${pids[0]}\\)[^]*Nothing was started`));
	assert.ok(pids.every(lives), 'the first run is not disturbed');

	assert.equal((await first.end()).code, 0);
	assert.ok(!pids.some(lives));
	assert.ok(!existsSync(join(dir, 'run/control.sock')));
	const third = start();
	await ready(third);
	assert.equal(readFileSync(join(dir, 'offhook.conf'), 'utf8'), conf);
});

running('when one daemon dies, it says so and ends the other, with its exit code', async ({ start }) => {
	const run = start();
	const [switchPid, apiPid] = await ready(run);
	process.kill(apiPid, 'SIGKILL');
	assert.equal((await run.exit()).code, 128 + 9);
	assert.match(run.text(), /offhook-api has ended with exit code 137/);
	assert.ok(!lives(switchPid));
});

running('a port that somebody else has is named before anything starts', async ({ start, port }) => {
	const server = net.createServer();
	await new Promise(resolve => server.listen(port + 1, '127.0.0.1', resolve));
	try {
		const run = start();
		assert.equal((await run.exit()).code, 1);
		assert.match(run.text(), new RegExp(`Port ${port + 1} \\(tcp\\) is in use by node \\(pid ${process.pid}\\)`));
		assert.doesNotMatch(run.text(), /Offhook runs/);
	} finally {
		server.close();
	}
});
