// The lines of README that install Offhook end in running services: make install, daemon-reload, enable --now, in a container that is this
// machine's own system with whatever is written thrown away. Needs root and systemd-nspawn; where they are not it is left out, and says why.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { BUILD, TOP } from './support/harness.mjs';

const obstacle = () => {
	if (process.getuid() !== 0)
		return 'not root';
	for (const program of ['systemd-nspawn', 'unshare', 'setpriv', 'make'])
		if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
			return `no ${program}`;
	if (!existsSync('/lib/systemd/systemd'))
		return 'no systemd';
	if (/S\["SANITIZER_FLAGS"\]="[^"]/.test(readFileSync(join(BUILD, 'config.status'), 'utf8')))
		return 'a sanitizer needs more memory mappings than the units allow';
	return false;
};

// Boots, runs tests/sip/support/install-inside, powers off. Resolves to {booted, text}.
async function boot(dir) {
	writeFileSync(join(dir, 'check.service'), `[Unit]
Description=Installs Offhook
After=sysinit.target dbus.socket basic.target
Requires=basic.target
[Service]
Type=oneshot
TimeoutStartSec=240
ExecStart=/bin/sh -c 'echo booted >${dir}/result/booted; ${TOP}/tests/sip/support/install-inside ${BUILD} >${dir}/result/output 2>&1'
ExecStopPost=/bin/systemctl poweroff --force
`);
	mkdirSync(join(dir, 'result'));
	chmodSync(dir, 0o755);
	// what is written over / goes to memory, seen by nobody else, and is gone with the container
	const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', `mkdir ${dir}/over
		mount -t tmpfs none ${dir}/over
		mkdir ${dir}/over/upper ${dir}/over/work ${dir}/over/root
		mount -t overlay none -o lowerdir=/,upperdir=${dir}/over/upper,workdir=${dir}/over/work ${dir}/over/root
		cp ${dir}/check.service ${dir}/over/root/etc/systemd/system/offhook-check.service
		rm -rf ${dir}/over/root/etc/offhook ${dir}/over/root/usr/local/etc/offhook
		exec systemd-nspawn --quiet -D ${dir}/over/root --boot --register=no --keep-unit --private-network --link-journal=no \
			--bind=${TOP} --bind=${BUILD} --bind=${dir}/result systemd.unit=offhook-check.service systemd.mask=systemd-networkd-wait-online.service`],
	{ stdio: ['ignore', 'pipe', 'pipe'] });
	let console_ = '';
	child.stdout.on('data', data => { console_ += data; });
	child.stderr.on('data', data => { console_ += data; });
	const timer = setTimeout(() => child.kill('SIGKILL'), 300000);
	await new Promise(resolve => child.once('close', resolve));
	clearTimeout(timer);
	const output = join(dir, 'result/output');
	return { booted: existsSync(join(dir, 'result/booted')), text: (existsSync(output) ? readFileSync(output, 'utf8') : '') || console_ };
}

test('what README says to type ends in running services', { skip: obstacle() }, async t => {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-install-'));
	try {
		const { booted, text } = await boot(dir);
		if (!booted)
			return t.skip(`no container can be booted here: ${text.trim().split('\n').at(-1)}`);
		assert.match(text, /^ALL GOOD$/m, text);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
});
