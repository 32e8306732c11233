// SIP over TLS: certificates, versions, clients, reload, and connections that calls come back by.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { Authority, withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';

// Connects; resolves to the certificate's name and the version, or rejects.
function look(world, options = {}) {
	return new Promise((resolve, reject) => {
		const socket = tls.connect({ host: world.host, port: 5061, rejectUnauthorized: false, ...options });
		socket.on('error', reject);
		socket.on('close', () => reject(new Error('closed')));
		socket.setTimeout(10000, () => socket.destroy());
		socket.on('secureConnect', () => { // with TLS 1.3 a client learns late that it is not wanted
			const seen = { name: socket.getPeerCertificate().subject.CN, version: socket.getProtocol(), authorized: socket.authorized };
			socket.on('data', () => {
				resolve(seen);
				socket.destroy();
			});
			socket.write(`OPTIONS sip:x@${world.host} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bKx${Math.random()};rport\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`);
		});
	});
}

scenario('a phone registers, calls and is called by its connection alone', withTls(), async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tls' }), bob = await world.registered('bob');
	const [binding] = (await control.call('registration.list')).registrations;
	assert.match(binding.source, /^tls:127\.0\.0\.1:/);
	alice.socket.close(); // where its Contact points nobody listens
	const out = await alice.call('bob'), atBob = await bob.incoming();
	await atBob.accept();
	await out.response(200);
	out.rtp.sendTone(440);
	await atBob.rtp.hear(440);
	await out.bye();
	await atBob.ended();
	const [back, atAlice] = await Promise.all([bob.call('alice'), alice.incoming()]);
	await atAlice.accept();
	await back.response(200);
	assert.equal((await atAlice.bye()).status, 200);
	await back.ended();
	assert.equal(statSync(join(world.dir, 'state/tls')).mode & 0o777, 0o700);
	assert.equal(statSync(join(world.dir, 'state/tls/agent.pem')).mode & 0o777, 0o600);
});

scenario('the certificate can be checked, and old versions are refused', withTls(), async world => {
	const ca = readFileSync(world.options.authority.certificate);
	const seen = await look(world, { ca, rejectUnauthorized: true, checkServerIdentity: () => undefined });
	assert.deepEqual(seen, { name: 'pbx.example', version: 'TLSv1.3', authorized: true });
	assert.equal((await look(world, { maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
	for (const version of ['TLSv1', 'TLSv1.1'])
		await assert.rejects(look(world, { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' }));
});

scenario('TLS 1.3 alone', withTls('tls-min-version = "1.3"'), async world => {
	await assert.rejects(look(world, { maxVersion: 'TLSv1.2' }));
	assert.equal((await look(world)).version, 'TLSv1.3');
});

{
	const authority = new Authority();
	scenario('clients prove who they are, if so set', withTls(`tls-verify-clients = true tls-ca-file = "${authority.certificate}"`, authority), async world => {
		const files = (a, name) => {
			const { certificate, key } = a.issue(name);
			return { cert: readFileSync(certificate), key: readFileSync(key) };
		};
		assert.equal((await look(world, files(authority, 'phone'))).name, 'pbx.example');
		await assert.rejects(look(world));
		await assert.rejects(look(world, files(new Authority('Another'), 'phone')));
		const alice = await world.registered('alice', { transport: 'tls', tls: files(authority, 'alice') });
		assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200);
	});
}

scenario('a new certificate needs no restart, and one that is broken changes nothing', withTls(), async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tls' });
	const { certificate } = world.options.authority.issue('new.example', 'pbx.example');
	assert.equal((await look(world)).name, 'pbx.example');
	await control.call('switch.reload');
	assert.equal((await look(world)).name, 'new.example');
	const { key } = world.options.authority.issue('broken.example');
	const { writeFileSync } = await import('node:fs');
	writeFileSync(certificate.replace('.pem', '.key'), readFileSync(key)); // of another certificate
	await assert.rejects(control.call('switch.reload'), error => error.code === -32602 && /no key that fits/.test(error.data.errors.join()));
	assert.equal((await look(world)).name, 'new.example');
	assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200, 'the old connection goes on');
});

{
	const authority = new Authority();
	const [one, two] = ['one.example', 'two.example'].map(name => authority.issue(name));
	const both = (first, second) => `tls-certificate-file = {"${first.certificate}", "${second.certificate}"} tls-key-file = {"${first.key}", "${second.key}"}`;
	scenario('each listener has its own certificate, also after a reload', {
		start: false, sip: both(one, two), listen: 'tls:HOST:5061", "tls:HOST:5071',
	}, async world => {
		const control = await world.startSwitch();
		const names = async () => [(await look(world)).name, (await look(world, { port: 5071 })).name];
		assert.deepEqual(await names(), ['one.example', 'two.example']);
		world.options.sip = both(two, authority.issue('three.example'));
		world.writeConf();
		await control.call('switch.reload');
		assert.deepEqual(await names(), ['two.example', 'three.example']);
		world.options.sip = both(two, { ...two, key: one.key });
		world.writeConf();
		await assert.rejects(control.call('switch.reload'), error => /no key that fits/.test(error.data.errors.join()));
		assert.deepEqual(await names(), ['two.example', 'three.example'], 'neither has changed');
		world.options.sip = `tls-certificate-file = "${one.certificate}" tls-key-file = "${one.key}"`;
		world.writeConf();
		await control.call('switch.reload');
		assert.deepEqual(await names(), ['one.example', 'one.example'], 'one for all');
		const alice = await world.registered('alice', { transport: 'tls' }), bob = await world.registered('bob', { transport: 'tls', server: { ...world.server, tlsPort: 5071 } });
		const [call, far] = await Promise.all([alice.call('bob'), bob.incoming()]);
		far.reply(486);
		assert.equal((await call.final()).status, 486);
	});
}

scenario('what is no certificate is said at the start', { ...withTls(), start: false }, async world => {
	world.options.sip = 'tls-certificate-file = "/etc/hostname"';
	await world.startSwitch().catch(() => {});
	await world.switch.exit();
	assert.equal(world.switch.exited.code, 1);
	assert.match(world.switch.text(), /no certificate in \/etc\/hostname/);
});

scenario('garbage and silence on TLS connections', withTls(), async world => {
	const net = await import('node:net');
	const sockets = [];
	for (const bytes of ['', 'INVITE sip:x SIP/2.0\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', '\0'.repeat(3000)])
		for (let i = 0; i < 10; i++)
			sockets.push(await new Promise(resolve => {
				const socket = net.connect(5061, world.host, () => socket.write(bytes, () => resolve(socket)));
				socket.on('error', () => resolve(socket));
			}));
	assert.equal((await look(world)).name, 'pbx.example');
	const alice = await world.registered('alice', { transport: 'tls' });
	assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200);
	for (const socket of sockets)
		socket.destroy();
});
