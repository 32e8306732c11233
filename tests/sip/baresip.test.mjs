// baresip, a phone that people use: it registers, is called and recorded.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Process, scenario } from './support/harness.mjs';
import { withTls } from './support/certificates.mjs';
import { level, readWav, writeWav } from './support/rtp.mjs';

const MODULES = dirname(execFileSync('dpkg', ['-L', 'baresip-core'], { encoding: 'utf8' }).match(/^.*\/g711\.so$/m)[0]);

// Starts a baresip that registers as `user`, answers by itself and beeps.
function baresip(world, user, { transport = 'udp', dial } = {}) {
	const dir = join(world.dir, `baresip-${user}`);
	mkdirSync(dir);
	writeFileSync(join(dir, 'beep.wav'), writeWav({ rate: 8000, seconds: 10, frequency: 500 }));
	writeFileSync(join(dir, 'config'), ['sip_listen 127.0.0.1:0', 'rtp_ports 34000-35999', `audio_source aufile,${dir}/beep.wav`,
		`audio_alert aufile,${dir}/none.wav`, `module_path ${MODULES}`, 'module g711.so',
		'module aufile.so', 'module_app account.so', 'module_app menu.so', ''].join('\n'));
	writeFileSync(join(dir, 'accounts'),
		`<sip:${user}@${world.host}:${transport === 'tls' ? 5061 : 5060};transport=${transport}>;auth_pass=secret-${user[0]};answermode=auto;regint=60\n`);
	writeFileSync(join(dir, 'contacts'), '');
	const process = new Process(`baresip ${user}`, 'baresip', ['-f', dir, ...(dial ? ['-e', `/dial ${dial}`] : [])], join(world.dir, `baresip-${user}.log`));
	world.processes.push(process);
	return process;
}

for (const transport of ['udp', 'tcp', 'tls']) {
	scenario(`baresip registers over ${transport}, answers a call and is recorded`, transport === 'tls' ? withTls() : {}, async (world, control) => {
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
