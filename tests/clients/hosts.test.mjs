// The vendors' packages with no option of ours at all: their real host names lead to our TLS listener, by a hosts file in a mount namespace of its own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { Authority } from '../sip/support/certificates.mjs';
import { scenario } from '../sip/support/harness.mjs';
import { poll } from '../sip/support/wait.mjs';
import { APPLICATION, SECRET, keys } from './support/vonage.mjs';

const TOKEN = 'token', UUID = 'b3877c40-da60-4998-90ad-b792e98472af', FROM = '+15550009000';
const HOSTS = ['api.twilio.com', 'example.signalwire.com', 'api.nexmo.com', 'rest.nexmo.com', 'api-us.vonage.com'];

const laml = `
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

const nexmo = inner => `
const { Vonage } = require('@vonage/server-sdk');
(async () => {
	const vonage = new Vonage({ applicationId: '${APPLICATION}', privateKey: process.env.PRIVATE_KEY });
	${inner}
})().catch(error => { console.error(error); process.exit(1); });
`;
const dial = nexmo(`
	const to = [{ type: 'phone', number: '15550001002' }], from = { type: 'phone', number: '${FROM.slice(1)}' };
	const made = await vonage.voice.createOutboundCall({ to, from, ncco: [{ action: 'talk', text: 'Please wait.', loop: 0 }] });
	const pages = [];
	for await (const call of vonage.voice.getAllCalls({ pageSize: 1 }))
		pages.push(call.uuid);
	console.log(JSON.stringify({ uuid: made.uuid, pages }));`);
// By the URL of the record, and by the id alone.
const download = nexmo(`
	const call = await vonage.voice.getCall(process.env.CALL), id = call.recording_url.split('/').pop();
	await vonage.voice.downloadRecording(call.recording_url, process.env.DIR + '/by-url.wav');
	await vonage.voice.downloadRecording(id, process.env.DIR + '/by-id.wav');
	const refused = await vonage.voice.getCall('11111111-2222-4333-8444-555555555555').catch(error => error.response.status);
	console.log(JSON.stringify({ url: call.recording_url, refused }));`);

// Whether this machine lets us have a mount namespace, and port 443 of a loopback address.
const possible = process.getuid() === 0 && spawnSync('unshare', ['-m', 'true']).status === 0;

function story(name, run) {
	if (!possible) {
		test(name, { skip: 'only root may have a hosts file of its own' }, () => {});
		return;
	}
	const authority = new Authority();
	after(() => rmSync(authority.dir, { recursive: true }));
	const { certificate, key } = authority.issue('vendors', HOSTS[0], HOSTS.map(host => `DNS:${host}`).join(','));
	const account = world => {
		writeFileSync(join(world.dir, 'vonage.pem'), keys.publicKey);
		return `vonage-application = "${APPLICATION}" vonage-public-key-file = "${world.dir}/vonage.pem" vonage-signature-secret = "${SECRET}"`;
	};
	scenario(name, { numbers: `number "${FROM}" { echo = true }`, account, api: `tls-certificate-file = "${certificate}" tls-key-file = "${key}"`, start: false }, async world => {
		await world.prepare();
		writeFileSync(world.confFile, world.conf().replace(/(api \{ listen = \{"[^"]*")\} public-url = "[^"]*"/, `$1, "https://${world.host}:443"} public-url = "https://api.nexmo.com"`));
		await world.startSwitch();
		await world.startApi();
		const hosts = join(world.dir, 'hosts');
		writeFileSync(hosts, `127.0.0.1 localhost\n${world.host} ${HOSTS.join(' ')}\n`);
		// Runs a program of the packages; resolves to what it says.
		await run(world, async (program, env) => {
			const child = spawn('unshare', ['-m', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec ${process.execPath} -e "$PROGRAM"`], {
				cwd: new URL('.', import.meta.url),
				env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.certificate, PROGRAM: program, HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', PRIVATE_KEY: keys.privateKey, ...env },
			});
			let out = '', errors = '';
			child.stdout.on('data', text => { out += text; });
			child.stderr.on('data', text => { errors += text; });
			const code = await new Promise(ok => child.on('close', ok));
			assert.equal(code, 0, errors);
			return JSON.parse(out);
		});
	});
}

story('the packages of Twilio and SignalWire by their real host names', async (world, run) => {
	const { sid, uuid, listed, account } = await run(laml);
	assert.equal(sid, `CA${uuid.replaceAll('-', '')}`);
	assert.equal(listed, uuid);
	assert.equal(account, UUID);
});

story('the package of Vonage by its real host names, and a recording that it downloads', async (world, run) => {
	const bob = await world.registered('bob');
	const { uuid, pages } = await run(dial);
	assert.deepEqual(pages, [uuid]);
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.hearAnything('the talk');
	assert.equal((await world.http('POST', `/v1/voice/calls/${uuid}/recordings`, {})).status, 201);
	await callee.rtp.further(50);
	await callee.bye();
	await poll(async () => (await world.http('GET', `/v1/voice/calls/${uuid}`)).body.recording_url, 'the recording');
	const { url, refused } = await run(download, { CALL: uuid, DIR: world.dir });
	assert.match(url, /^https:\/\/api\.nexmo\.com\/v1\/files\//);
	assert.equal(refused, 404);
	const files = ['by-url', 'by-id'].map(name => readFileSync(join(world.dir, `${name}.wav`)));
	assert.equal(files[0].toString('latin1', 0, 4), 'RIFF');
	assert.ok(files[0].length > 44);
	assert.ok(files[0].equals(files[1]));
});
