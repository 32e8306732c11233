// The lines of code in doc/dialects.md, as they stand there: each block is run by itself against real daemons, with what the reader has to put in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY, TOP, scenario } from '../sip/support/harness.mjs';
import { poll } from '../sip/support/wait.mjs';
import { APPLICATION, SECRET, keys } from './support/vonage.mjs';

const document = readFileSync(join(TOP, 'doc/dialects.md'), 'utf8');
const blocks = [...document.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
const of = what => blocks.filter(code => code.includes(what));

// Runs a block as a program of these packages; resolves to what it printed.
function run(code, values) {
	const program = `${Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`).join('\n')}\n(async () => {\n${code}\n})().catch(error => { console.error(error); process.exit(1); });`;
	const child = spawn(process.execPath, ['-e', program], { cwd: new URL('.', import.meta.url), env: { ...process.env, HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' } });
	let out = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', text => { out += text; });
	return new Promise((ok, bad) => child.on('close', status => status ? bad(new Error(`${code}\n${out}`)) : ok(out)));
}

scenario('each block of code in doc/dialects.md', { start: false, account: world => {
	writeFileSync(join(world.dir, 'vonage.pem'), keys.publicKey);
	writeFileSync(join(world.dir, 'app.key'), keys.privateKey);
	return `vonage-application = "${APPLICATION}" vonage-public-key-file = "${world.dir}/vonage.pem" vonage-signature-secret = "${SECRET}"`;
} }, async world => {
	await world.startSwitch();
	const bob = await world.registered('bob');
	await world.startApi();
	const values = { sid: 'b3877c40-da60-4998-90ad-b792e98472af', token: 'token', applicationId: APPLICATION, key: KEY };
	const here = code => code.replaceAll('http://127.0.0.1:8080', world.api).replaceAll('/path/app.key', join(world.dir, 'app.key'));
	const calls = [];
	for (const [what, dialect] of [["require('twilio')", 'twilio'], ['@signalwire/compatibility-api', 'signalwire'], ['@vonage/server-sdk', 'vonage']]) {
		const [code, ...more] = of(what);
		assert.ok(code && !more.length, `one block with ${what}`);
		assert.equal(code.trim().split('\n').length, 3, 'three lines');
		await run(here(code), values);
		const callee = await bob.incoming();
		assert.match(callee.invite.get('from'), /\+15550009000/, dialect);
		await callee.reply(486);
		calls.push(dialect);
	}
	await poll(async () => (await world.http('GET', '/v1/voice/calls?status=busy')).body.total === calls.length, 'all of them in one list');
	const [code] = of('voice_calls'), out = await run(here(code), values);
	assert.equal(out.trim().split('\n').length, calls.length, out);
	assert.match(out, /15550009000 null/);
	assert.equal(blocks.length, calls.length + 1, 'there is no block that nobody runs');
});
