// What certbot calls when it has renewed a certificate: both files, whole, for the group alone; another name's is left.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { TOP } from './support/harness.mjs';

const hook = join(TOP, 'contrib/certbot-deploy-hook');

test('a renewed certificate is where the daemons may read it', () => {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-certbot-')), lineage = join(dir, 'live/pbx.example.com'), to = join(dir, 'tls');
	const renew = text => {
		for (const name of ['fullchain.pem', 'privkey.pem'])
			writeFileSync(join(lineage, name), `${name} ${text}`, { mode: 0o600 });
	};
	// nothing here is to reach a service of this machine
	const env = { RENEWED_LINEAGE: lineage, OFFHOOK_TLS: to, PATH: join(dir, 'bin') };
	try {
		mkdirSync(lineage, { recursive: true });
		mkdirSync(env.PATH);
		for (const program of ['basename', 'cat', 'chgrp', 'chmod', 'getent', 'id', 'mkdir', 'mv'])
			execFileSync('ln', ['-s', execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(), join(env.PATH, program)]);
		for (const text of ['one', 'two']) {
			renew(text);
			execFileSync('/bin/sh', [hook], { env });
			assert.deepEqual(readdirSync(to).sort(), ['fullchain.pem', 'privkey.pem']);
			for (const name of readdirSync(to)) {
				assert.equal(readFileSync(join(to, name), 'utf8'), `${name} ${text}`);
				assert.equal(statSync(join(to, name)).mode & 0o777, 0o640);
			}
			assert.equal(statSync(to).mode & 0o777, 0o750);
		}
		renew('three');
		execFileSync('/bin/sh', [hook], { env: { ...env, OFFHOOK_NAME: 'other.example.com' } });
		assert.equal(readFileSync(join(to, 'privkey.pem'), 'utf8'), 'privkey.pem two');
		rmSync(join(lineage, 'privkey.pem'));
		assert.notEqual(spawnSync('/bin/sh', [hook], { env }).status, 0);
		assert.equal(readFileSync(join(to, 'fullchain.pem'), 'utf8'), 'fullchain.pem two', 'no half of a pair');
		assert.notEqual(spawnSync('/bin/sh', [hook], { env: { PATH: env.PATH } }).status, 0);
		assert.ok(existsSync(join(to, 'privkey.pem')));
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
});
