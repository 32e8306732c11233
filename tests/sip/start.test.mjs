// Starting: a conf that is wrong, a port in use, the sample conf. Nothing starts by half.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Authority } from './support/certificates.mjs';
import { TOP, scenario } from './support/harness.mjs';

const DAEMONS = ['offhookd', 'offhook-api'];

// Starts a daemon that must end by itself. Resolves to its exit code and what it said.
async function fails(world, name, args) {
	const process = world.start(name, args);
	const { code } = await process.exit();
	assert.ok(code > 0, `${name} ${args.join(' ')} ended with ${code}`);
	return process.text();
}

for (const name of DAEMONS) {
	scenario(`${name} names what is wrong in a conf, and does not start`, { start: false }, async world => {
		const file = join(world.dir, 'bad.conf');
		const cases = [
			['sip { listen = {"upd:127.0.0.1:5060"} }', /bad\.conf:1: sip\/listen: .*udp, tcp/],
			['\nrtp { workers = "many" }', /bad\.conf:2: rtp\/workers: /], ['log { level = "loud" }', /bad\.conf:1: log\/level: .*debug, info, warn, error/],
			['colour = "blue"', /bad\.conf:1: .*colour/], ['user "a" { number = "1234567" }', /bad\.conf:1: user\/number: /],
			['number "+15550009000" { dial = {"user:nobody"} }', /bad\.conf:1: number\/dial: .*nobody/], ['sip {', /bad\.conf:1/],
			['state-dir = "relative"', /bad\.conf:1: state-dir: /],
		];
		for (const [text, expected] of cases)
			for (const args of [['-t'], []]) {
				writeFileSync(file, text);
				assert.match(await fails(world, name, ['-c', file, ...args]), expected);
			}
		assert.match(await fails(world, name, ['-c', join(world.dir, 'missing.conf')]), /missing\.conf/);
		await fails(world, name, ['--no-such-option']);
		assert.ok(!existsSync(world.socket));
	});

	scenario(`${name} takes the sample conf, also with every option of it set`, { start: false }, async world => {
		const sample = readFileSync(join(TOP, 'conf/offhook.conf'), 'utf8');
		const file = join(world.dir, 'sample.conf');
		mkdirSync(join(world.dir, 'keys'));
		const authority = new Authority(), { certificate, key } = authority.issue('pbx.example');
		// what is encrypted with the key is another file; the rest of what is named has to be there
		const whole = sample.replace(/^(\s*)#(?=\S)/gm, '$1').replace(/^(.*(vonage-public-key-file|resolv-conf)|\s*key-file = .*recordings).*$/gm, '')
			.replace(/(?<=\s(certificate|key|ca)-file = ").*(?=")/g, (path, option) => ({ certificate, key, ca: authority.certificate })[option])
			.replaceAll('10.0.0.1', '127.0.0.1').replace('/usr/bin/piper', '/bin/cat');
		for (const text of [sample, whole]) {
			writeFileSync(file, text);
			const process = world.start(name, ['-c', file, '-t']);
			assert.equal((await process.exit()).code, 0, process.text());
		}
	});
}

scenario('the sample of rates is one that works', { start: false }, async world => {
	const file = join(world.dir, 'offhook.conf');
	writeFileSync(join(world.dir, 'rates.conf'), readFileSync(join(TOP, 'conf/rates.conf')));
	writeFileSync(file, 'include("rates.conf")\naccount "default" { deck = "standard" max-spend-day = "25.00" }\n');
	const process = world.start('offhookd', ['-c', file, '-t']);
	assert.equal((await process.exit()).code, 0, process.text());
});

test('the sample conf has every option there is', () => {
	const sample = readFileSync(join(TOP, 'conf/offhook.conf'), 'utf8');
	const options = [...readFileSync(join(TOP, 'lib/conf_options.c'), 'utf8').matchAll(/\b(?:TEXT|LIST|SECTIONS?)\("([a-z-]+)"/g)];
	assert.ok(options.length > 50);
	for (const [, name] of options)
		assert.match(sample, new RegExp(`^\\s*#?${name}\\b`, 'm'), name);
});

scenario('a port in use: said with the port, nothing started', { start: false }, async world => {
	await world.startSwitch();
	const { host } = world;
	await world.switch.kill('SIGTERM');
	const socket = dgram.createSocket('udp4');
	await new Promise(resolve => socket.bind(5060, host, resolve));
	try {
		const text = await fails(world, 'offhookd', ['-c', world.confFile]);
		assert.match(text, new RegExp(`${host.replaceAll('.', '\\.')}.*5060`));
		assert.ok(!existsSync(world.socket), 'no control socket is left');
	} finally {
		await new Promise(resolve => socket.close(resolve));
	}
});

scenario('a second switch on the same conf does not disturb the first', {}, async (world, control) => {
	const text = await fails(world, 'offhookd', ['-c', world.confFile]);
	assert.match(text, new RegExp(`another offhookd, process ${world.switch.pid}, works in .*/state .*offhookd\\.lock`));
	assert.ok((await control.call('switch.status')).version);
	const again = await world.connect();
	assert.ok((await again.call('switch.status')).version, 'the socket still leads to the first');
});

scenario('a control socket left by a killed switch is no obstacle', {}, async world => {
	await world.switch.kill('SIGKILL');
	assert.ok(existsSync(world.socket));
	await world.startSwitch();
});

scenario('-t looks at the files that the conf names, and says the line of one that cannot be used', { start: false }, async world => {
	const file = join(world.dir, 'files.conf'), rubbish = join(world.dir, 'rubbish.pem');
	writeFileSync(rubbish, 'nothing');
	const cases = [
		['offhookd', `sip { listen = {"tls:127.0.0.1:5061"}\ntls-certificate-file = "/nowhere.pem" }`, /files\.conf:2: sip\/tls-certificate-file: \/nowhere\.pem: No such file/],
		['offhookd', `sip { listen = {"tls:127.0.0.1:5061"}\ntls-certificate-file = "${rubbish}" }`, /files\.conf:2: sip\/tls-certificate-file: no certificate in .*rubbish/],
		['offhookd', 'sip {\n resolv-conf = "/nowhere" }', /files\.conf:2: sip\/resolv-conf: \/nowhere: No such file/],
		['offhookd', 'state-dir = "/nowhere/state"', /files\.conf:1: state-dir: \/nowhere\/state is not there and cannot be made/],
		['offhookd', `\nrun-dir = "${rubbish}"`, /files\.conf:2: run-dir: .*is no folder/],
		['offhook-api', `api { listen = {"https://127.0.0.1:8443"}\ntls-certificate-file = "/nowhere.pem" }`, /files\.conf:2: api\/tls-certificate-file: \/nowhere\.pem: No such file/],
		['offhook-api', 'api {\nca-file = "/nowhere.pem" }', /files\.conf:2: api\/ca-file: \/nowhere\.pem: No such file/],
		// what only the other needs is looked at as well: a reload reaches both
		['offhookd', 'api {\nca-file = "/nowhere.pem" }', /files\.conf:2: api\/ca-file: /],
	];
	for (const [name, text, expected] of cases)
		for (const args of [['-t'], []]) {
			writeFileSync(file, text);
			assert.match(await fails(world, name, ['-c', file, ...args]), expected);
		}
});

scenario('-t warns of what is hardly meant, and is content', { start: false }, async world => {
	for (const name of DAEMONS) {
		const file = join(world.dir, 'warn.conf');
		writeFileSync(file, `state-dir = "${world.dir}"\nrun-dir = "${world.dir}"\nuser "alice" { password = "1234" }\n`);
		const process = world.start(name, ['-c', file, '-t']);
		assert.equal((await process.exit()).code, 0, process.text());
		assert.match(process.text(), /^warning: .*warn\.conf:3: user\/password: this secret is so short/m);
		assert.match(process.text(), /warn\.conf: good$/m);
	}
});

scenario('a second switch with a state-dir of its own is told who has the control socket', {}, async world => {
	const file = join(world.dir, 'second.conf');
	mkdirSync(join(world.dir, 'second'));
	writeFileSync(file, readFileSync(world.confFile, 'utf8').replace(/^state-dir = .*$/m, `state-dir = "${world.dir}/second"`));
	const text = await fails(world, 'offhookd', ['-c', file]);
	assert.match(text, new RegExp(`control\\.sock: process ${world.switch.pid} does .*run-dir of its own`));
	assert.ok(existsSync(world.socket));
});

const obstacles = [['a plain file', path => writeFileSync(path, 'mine'), /is a plain file: move it away/], ['a folder', path => mkdirSync(path), /is a folder: move it away/]];
for (const [what, make, expected] of obstacles) {
	scenario(`a control socket that is ${what}: which, and what to do`, { start: false }, async world => {
		await world.prepare();
		make(world.socket);
		const text = await fails(world, 'offhookd', ['-c', world.confFile]);
		assert.match(text, expected);
		assert.ok(text.includes(world.socket), text);
		assert.ok(existsSync(world.socket), 'what was there stays');
	});
}
