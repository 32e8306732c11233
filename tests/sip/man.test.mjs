// offhook.conf(5), made of the sample conf, has every option that the daemons take.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { BUILD } from './support/harness.mjs';

test('offhook.conf(5) has every option', () => {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-man-')), file = join(dir, 'offhook.conf');
	const page = readFileSync(join(BUILD, 'doc/offhook.conf.5'), 'utf8');
	// what a daemon says is allowed where a name is unknown: sections are those that it says at the top
	const allowed = text => {
		writeFileSync(file, text);
		const { stderr } = spawnSync(join(BUILD, 'bin/offhookd'), ['-c', file, '-t'], { encoding: 'utf8' });
		return stderr.match(/unknown name zzz; allowed: (.*)/)[1].split(', ');
	};
	try {
		for (const name of allowed('zzz = 1\n')) {
			if (name === 'include')
				continue;
			const options = [name, `${name} "x"`].map(section => {
				try {
					return allowed(`${section} {\n zzz = 1\n}\n`);
				} catch {
					return null; // no section, or one with another form
				}
			}).find(Boolean);
			const start = options && page.search(new RegExp(`^\\.Ss ${name}( .*)? \\{ \\}$`, 'm'));
			assert.ok(!options || start > 0, `section ${name}`);
			for (const option of options ?? [name]) {
				const item = new RegExp(`^\\.(It Li "${option} = |Ss .*\\b${option} \\{ \\})`, 'm');
				assert.match(page, item, `${name}/${option}`);
				// in its own section, of which there may be several as examples
				assert.ok(!options || page.split(/^\.Ss /m).some(part => part.startsWith(name) && (item.test(part) || part.includes(`${option} { }`))), `${name}/${option}`);
			}
		}
		assert.doesNotMatch(page, /@OPTIONS@/);
	} finally {
		rmSync(dir, { recursive: true, force: true });
	}
});
