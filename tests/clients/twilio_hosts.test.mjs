// The vendors' packages with no option of ours at all: their real host names lead to our TLS listener, by a hosts file in a mount namespace of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { Authority } from '../sip/support/certificates.mjs';
import { scenario } from '../sip/support/harness.mjs';

const TOKEN = 'token', UUID = 'b3877c40-da60-4998-90ad-b792e98472af', FROM = '+15550009000';
const program = `
const twilio = require('twilio'), { RestClient } = require('@signalwire/compatibility-api');
(async () => {
	const a = twilio('AC${UUID.replaceAll('-', '')}', '${TOKEN}');
	const b = new RestClient('${UUID}', '${TOKEN}', { signalwireSpaceUrl: 'example.signalwire.com' });
	const made = await a.calls.create({ to: '+15550001003', from: '${FROM}', twiml: '<Response><Pause length="9"/></Response>' });
	const seen = await b.calls(made.sid).fetch();
	const [listed] = await b.calls.list({ limit: 1 });
	console.log(JSON.stringify({ sid: made.sid, uuid: seen.sid, listed: listed.sid, account: seen.accountSid }));
})().catch(error => { console.error(error); process.exit(1); });
`;

// Whether this machine lets us have a mount namespace, and port 443 of a loopback address.
const possible = process.getuid() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

if (!possible) {
	test('the packages by their real host names', { skip: 'only root may have a hosts file of its own' }, () => {});
} else {
	const authority = new Authority();
	after(() => rmSync(authority.dir, { recursive: true }));
	const { certificate, key } = authority.issue('vendors', 'api.twilio.com', 'DNS:api.twilio.com,DNS:example.signalwire.com');
	scenario('the packages by their real host names', { numbers: `number "${FROM}" { echo = true }`,
		api: `tls-certificate-file = "${certificate}" tls-key-file = "${key}"`, start: false }, async world => {
		await world.prepare();
		writeFileSync(world.confFile, world.conf().replace(/(api \{ listen = \{"[^"]*")/, `$1, "https://${world.host}:443"`));
		await world.startSwitch();
		await world.startApi();
		const hosts = join(world.dir, 'hosts');
		writeFileSync(hosts, `127.0.0.1 localhost\n${world.host} api.twilio.com example.signalwire.com\n`);
		const child = spawn('unshare', ['-m', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec ${process.execPath} -e "$PROGRAM"`],
			{ cwd: new URL('.', import.meta.url), env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.certificate, PROGRAM: program, HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '' } });
		let out = '', errors = '';
		child.stdout.on('data', text => { out += text; });
		child.stderr.on('data', text => { errors += text; });
		const code = await new Promise(ok => child.on('close', ok));
		assert.equal(code, 0, errors);
		const { sid, uuid, listed, account } = JSON.parse(out);
		assert.equal(sid, `CA${uuid.replaceAll('-', '')}`);
		assert.equal(listed, uuid);
		assert.equal(account, UUID);
	});
}
