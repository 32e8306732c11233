// offhookctl doctor: what it finds of conf, certificates, listeners, trunks and machine, and what it ends with.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Store } from '../api/s3.mjs';
import { Authority, withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const doctor = (world, ...args) => world.ctl('doctor', ...args);

async function findings(world) {
	const { code, stdout, stderr } = await doctor(world, '--json');
	assert.equal(stderr, '');
	const report = JSON.parse(stdout);
	assert.equal(code, report.ok ? 0 : 1);
	assert.equal(report.faults, report.findings.filter(({ level }) => level === 'fault').length);
	assert.equal(report.warnings, report.findings.filter(({ level }) => level === 'warning').length);
	// the one about `subject` that says `text`
	report.find = (subject, text) => {
		const found = report.findings.find(finding => finding.subject.startsWith(subject) && text.test(finding.text));
		assert.ok(found, `nothing like ${text} about ${subject} in ${JSON.stringify(report.findings, null, 1)}`);
		return found;
	};
	return report;
}

scenario('all that runs is well', withTls(), async world => {
	await world.startApi();
	const report = await findings(world);
	assert.equal(report.ok, true, JSON.stringify(report.findings));
	for (const listener of [`udp:${world.host}:5060`, `tcp:${world.host}:5060`, `tls:${world.host}:5061`, `http:${world.host}:8080`])
		assert.equal(report.find(listener, /^answers$/).level, 'ok');
	assert.equal(report.find('offhookd', /^runs, version /).level, 'ok');
	assert.equal(report.find('offhook-api', /^is ready/).level, 'ok');
	assert.equal(report.find('trunk carrier', /nobody has asked it/).level, 'ok');
	// what works, and will not for long, or not for all
	assert.match(report.find('certificate', /^is valid for (1 day|2 days)$/).advice, /^Renew it/);
	assert.equal(report.find('certificate', new RegExp(`^is not for ${world.host}$`)).level, 'warning');
	assert.equal(report.find('rtp { ports }', /enough for 1000 calls; sip \{ max-calls \} allows 8000/).level, 'warning');
	report.find('open files', /^offhookd may have \d+/);
	report.find('disk', / free/);
	const { code, stdout } = await doctor(world);
	assert.equal(code, 0);
	assert.match(stdout, /^ok {7}offhookd: runs, version .*\n/m);
	assert.match(stdout, /^warning {2}certificate .*: is valid for (1 day|2 days)\n {9}Renew it/m);
	assert.match(stdout, /^0 faults, \d+ warnings?\.$/m);
	assert.ok(!stdout.includes('\x1b'), 'colours without a terminal');
});

scenario('trunks that are not there', {
	carrier: world => `trunk "gone" { address = "${world.trunkHost}:5060" health-interval = 5 }
trunk "nowhere" { address = "carrier.invalid" }`,
	numbers: 'number "+15550009004" { echo = true }',
}, async world => {
	await poll(async () => (await world.control.call('trunk.list')).trunks.every(({ state }) => state === 'down' || state === 'unresolved'), 'both to be tried');
	const report = await findings(world);
	assert.equal(report.ok, false);
	assert.match(report.find('trunk gone', /^is down: /).advice, /be reached/);
	assert.match(report.find('trunk nowhere', /^is unresolved: .*carrier\.invalid/).advice, /name servers/);
	// nothing else is wrong
	assert.equal(report.faults, 2, JSON.stringify(report.findings));
	assert.equal(report.find('offhook-api', /^does not run/).level, 'warning');
});

scenario('no switch, and a port that another program has', { start: false }, async world => {
	await world.prepare();
	const free = await findings(world);
	assert.equal(free.find('offhookd', /^does not run: nobody listens at /).level, 'fault');
	assert.equal(free.find(`udp:${world.host}:5060`, /^is free$/).level, 'ok');
	assert.equal(free.find('trunk carrier', /is known$/).level, 'ok');
	const other = dgram.createSocket('udp4');
	await new Promise((resolve, reject) => other.once('error', reject).bind(5060, world.host, resolve));
	try {
		assert.equal((await findings(world)).find(`udp:${world.host}:5060`, /^another program has this port$/).level, 'fault');
	} finally {
		other.close();
	}
});

scenario('an address that is not here, a port that is not for users, and no conf at all', { start: false, listen: 'udp:203.0.113.9:5060", "tcp:HOST:1023' }, async world => {
	await world.prepare();
	const report = await findings(world);
	assert.equal(report.find('udp:203.0.113.9:5060', /^this machine has no such address$/).level, 'fault');
	assert.match(report.find(`tcp:${world.host}:1023`, /ports below 1024$/).advice, /CAP_NET_BIND_SERVICE/);
	assert.match(report.find('conf', /cannot send audio/).text, /203\.0\.113\.9/);
	world.confFile = join(world.dir, 'nothing.conf');
	assert.match((await findings(world)).find('conf', /No such file/).advice, /^Name another/);
});

scenario('certificates that nobody would take, and a conf with errors', { start: false }, async world => {
	const authority = new Authority();
	const { key, certificate } = authority.issue('pbx.example');
	const other = authority.issue('other.example');
	const old = join(world.dir, 'old.pem');
	const request = join(world.dir, 'old.csr');
	execFileSync('openssl', ['req', '-new', '-key', key, '-subj', '/CN=pbx.example', '-out', request], { stdio: 'ignore' });
	execFileSync('openssl', ['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', old], { stdio: 'ignore' });
	const check = async text => {
		Object.assign(world.options, { listen: 'tls:HOST:5061', sip: text });
		await world.prepare();
		return findings(world);
	};
	const expired = await check(`tls-certificate-file = "${old}" tls-key-file = "${key}"`);
	assert.equal(expired.find('certificate', /^is no longer valid: it ended 1 day ago$/).level, 'fault');
	const swapped = await check(`tls-certificate-file = "${certificate}" tls-key-file = "${other.key}"`);
	assert.equal(swapped.find('certificate', /other\.example\.key is another's$/).level, 'fault');
	const none = await check(`tls-certificate-file = "${join(world.dir, 'nothing.pem')}" tls-key-file = "${key}"`);
	assert.equal(none.find('certificate', /^cannot be read: No such file/).level, 'fault');
	const garbage = await check(`tls-certificate-file = "${key}" tls-key-file = "${key}"`);
	assert.equal(garbage.find('certificate', /^holds no certificate/).level, 'fault');
	appendFileSync(world.confFile, 'colour = "blue"\n');
	const wrong = await findings(world);
	assert.match(wrong.find('conf', /^\S+:\d+: .*colour/).advice, /No daemon starts with it/);
});

scenario('what recordings are encrypted with, and where they go', {}, async world => {
	const store = await Store.start(), file = join(world.dir, 'recordings.key');
	writeFileSync(file, `${'0f'.repeat(32)}\n`, { mode: 0o640 });
	appendFileSync(world.confFile, `recordings { key-file = "${file}" ${store.conf()} }\n`);
	let report = await findings(world);
	assert.equal(report.find('recordings { key-file }', / can be used$/).level, 'ok');
	assert.equal(report.find('recordings { s3 }', / answers$/).level, 'ok');
	chmodSync(file, 0o644);
	await store.stop();
	report = await findings(world);
	assert.match(report.find('recordings { key-file }', /by others than offhook-api/).advice, /chmod 0640/);
	assert.equal(report.find('recordings { s3 }', /127\.0\.0\.1/).level, 'fault');
	writeFileSync(file, 'no key\n');
	assert.equal((await findings(world)).find('recordings { key-file }', /line 1 is no key/).level, 'fault');
});
