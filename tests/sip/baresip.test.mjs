// baresip, a phone that people use: it registers, is called, calls, and contrib/run --demo works with it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { Process, TOP, scenario } from './support/harness.mjs';
import { level, readWav } from './support/rtp.mjs';

const MODULES = dirname(execFileSync('dpkg', ['-L', 'baresip-core'], { encoding: 'utf8' }).match(/^.*\/g711\.so$/m)[0]);

// A WAV file of noise-free speech-like beeps, ten seconds.
function writeBeeps(file) {
	const samples = Buffer.alloc(8000 * 10 * 2);
	for (let i = 0; i < 80000; i++)
		samples.writeInt16LE(Math.round((i % 4000 < 3000 ? 8000 : 0) * Math.sin(2 * Math.PI * 500 * i / 8000)), i * 2);
	const header = Buffer.from('RIFF....WAVEfmt ' + '.'.repeat(20) + 'data....', 'latin1');
	header.writeUInt32LE(36 + samples.length, 4);
	header.writeUInt32LE(16, 16);
	header.writeUInt16LE(1, 20);
	header.writeUInt16LE(1, 22);
	header.writeUInt32LE(8000, 24);
	header.writeUInt32LE(16000, 28);
	header.writeUInt16LE(2, 32);
	header.writeUInt16LE(16, 34);
	header.writeUInt32LE(samples.length, 40);
	writeFileSync(file, Buffer.concat([header, samples]));
}

// Starts a baresip that registers as `user`, answers by itself and says beeps.
function baresip(world, user, { transport = 'udp', dial } = {}) {
	const dir = join(world.dir, `baresip-${user}`);
	mkdirSync(dir);
	writeBeeps(join(dir, 'beeps.wav'));
	writeFileSync(join(dir, 'config'), ['sip_listen 127.0.0.1:0', 'rtp_ports 34000-35999', `audio_source aufile,${dir}/beeps.wav`,
		`audio_alert aufile,${dir}/none.wav`, `module_path ${MODULES}`, 'module g711.so',
		'module aufile.so', 'module_app account.so', 'module_app menu.so', ''].join('\n'));
	writeFileSync(join(dir, 'accounts'),
		`<sip:${user}@${world.host}:5060;transport=${transport}>;auth_pass=secret-${user[0]};answermode=auto;regint=60\n`);
	writeFileSync(join(dir, 'contacts'), '');
	const process = new Process(`baresip ${user}`, 'baresip', ['-f', dir, ...(dial ? ['-e', `/dial ${dial}`] : [])], join(world.dir, `baresip-${user}.log`));
	world.processes.push(process);
	return process;
}

for (const transport of ['udp', 'tcp']) {
	scenario(`baresip registers over ${transport}, answers a call and is recorded`, {}, async (world, control) => {
		baresip(world, 'bob', { transport });
		const { agent, source } = await control.event('registration.changed', ({ user }) => user === 'bob');
		assert.match(agent, /baresip/);
		assert.match(source, new RegExp(`^${transport}:`));
		const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', record: true });
		await control.callState(id, 'in-progress');
		const carrier = await world.trunk();
		const other = await carrier.call('+15550009004'); // time measured in packets, not in seconds
		await other.response(200);
		other.rtp.sendTone(440);
		await other.rtp.hear(440);
		await other.rtp.further(100);
		await other.bye();
		await control.call('call.hangup', { call: id });
		const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
		const wav = readWav(readFileSync(recording.file));
		assert.ok(wav.seconds > 1.5, `${wav.seconds} s`);
		assert.ok(level(wav.channels[0]) > 1000, `level ${level(wav.channels[0])}`);
	});
}

test('contrib/run --demo --once: the whole way, as a new user goes it', { timeout: 180000 }, async () => {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-run-'));
	const port = 20000 + process.pid % 20000;
	const run = new Process('contrib/run', join(TOP, 'contrib/run'), ['--demo', '--once', '--var', join(dir, 'var'), '--sip-port', String(port),
		'--http-port', String(port + 1)], join(dir, 'run.log'), { env: { ...process.env, OFFHOOK_BUILD: process.env.OFFHOOK_BUILD ?? join(TOP, 'build') } });
	try {
		const { code } = await run.exit('contrib/run --demo --once', 120000);
		assert.equal(code, 0, run.text());
		assert.match(run.text(), /queued[^]*in-progress[^]*completed[^]*recording/);
		assert.ok(level(readWav(readFileSync(join(dir, 'var/demo.wav'))).channels[0]) > 100);
	} finally {
		await run.end();
	}
	rmSync(dir, { recursive: true });
});
