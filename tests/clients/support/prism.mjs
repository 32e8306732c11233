// Prism as a validating proxy: it passes on what the document allows, both ways, and says so when a reply is anything else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { contractDocument } from '../../api/contract.mjs';
import { Voice } from './voice.mjs';

const program = createRequire(import.meta.url).resolve('@stoplight/prism-cli');

export class Prism extends Voice {
	// `file`: where to write the document. OFFHOOK_CONTRACT names another to use instead.
	static async start(direct, key, file) {
		writeFileSync(file, JSON.stringify(contractDocument()));
		const child = spawn(process.execPath, [program, 'proxy', process.env.OFFHOOK_CONTRACT ?? file, `${direct}/v1/voice`, '--errors', '--cors=false', '-p', '0'],
			{ stdio: ['ignore', 'pipe', 'inherit'] });
		const said = [];
		const base = await new Promise((ok, bad) => {
			child.on('exit', code => bad(new Error(`Prism ended with ${code}:\n${said.join('\n')}`)));
			createInterface({ input: child.stdout }).on('line', line => {
				said.push(line);
				const found = /listening on (http:\S+)/.exec(line);
				if (found)
					ok(found[1]);
			});
		});
		return Object.assign(new Prism(), await Voice.open(direct, key, base), { child, said });
	}

	// Prism's own answers fail here: 500 for a broken reply, a header for one that the document does not name.
	look(method, path, it) {
		const violations = it.headers.get('sl-violations');
		assert.equal(violations, null, `${method} ${path}: ${it.status}, Prism says ${violations}`);
		assert.doesNotMatch(it.text, /stoplight\.io\/prism/, `${method} ${path}: ${it.text}`);
		super.look(method, path, it);
	}

	async stop() {
		const gone = once(this.child, 'exit');
		this.child.kill();
		await gone;
	}
}
