// baresip, a phone that people use.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Process } from './harness.mjs';
import { writeWav } from './rtp.mjs';

const MODULES = dirname(execFileSync('dpkg', ['-L', 'baresip-core'], { encoding: 'utf8' }).match(/^.*\/g711\.so$/m)[0]);

// Starts one that registers as `user`, answers by itself and beeps; `within`: the command to run it with.
export function startBaresip(world, user, { transport = 'udp', dial, within = [], listen = '127.0.0.1' } = {}) {
	const dir = join(world.dir, `baresip-${user}`);
	mkdirSync(dir);
	writeFileSync(join(dir, 'beep.wav'), writeWav({ rate: 8000, seconds: 10, frequency: 500 }));
	writeFileSync(join(dir, 'config'), [`sip_listen ${listen}:0`, 'rtp_ports 34000-35999', `audio_source aufile,${dir}/beep.wav`,
		`audio_alert aufile,${dir}/none.wav`, `module_path ${MODULES}`, 'module g711.so',
		'module aufile.so', 'module_app account.so', 'module_app menu.so', ''].join('\n'));
	writeFileSync(join(dir, 'accounts'),
		`<sip:${user}@${world.host}:${transport === 'tls' ? 5061 : 5060};transport=${transport}>;auth_pass=secret-${user[0]};answermode=auto;regint=60\n`);
	writeFileSync(join(dir, 'contacts'), '');
	const [command, ...before] = [...within, 'baresip'];
	const process = new Process(`baresip ${user}`, command, [...before, '-f', dir, ...(dial ? ['-e', `/dial ${dial}`] : [])], join(world.dir, `baresip-${user}.log`));
	world.processes.push(process);
	return process;
}
