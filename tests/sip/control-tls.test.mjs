// The control protocol for other machines: TLS with certificates on both sides, beside the Unix socket.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { Authority } from './support/certificates.mjs';
import { Control } from './support/control.mjs';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const PORT = 5999;

// The switch's own certificate is of its address, and of a name.
function far(text = '') {
	const authority = new Authority(), client = authority.issue('api');
	return {
		authority, client,
		control: world => {
			const own = authority.issue('switch', 'switch', `IP:${world.host},DNS:switch-a.example`);
			return `listen = {"tls:${world.host}:${PORT}"} certificate-file = "${own.certificate}" key-file = "${own.key}" ca-file = "${authority.certificate}" ${text}`;
		},
		extra: world => `switch "a" { control = "tls:${world.host}:${PORT}" certificate-file = "${client.certificate}" key-file = "${client.key}" ca-file = "${authority.certificate}" }
switch "named" { control = "tls:${world.host}:${PORT}" certificate-name = "switch-a.example" certificate-file = "${client.certificate}" key-file = "${client.key}" ca-file = "${authority.certificate}" }
switch "other" { control = "tls:${world.host}:${PORT}" certificate-name = "switch-b.example" certificate-file = "${client.certificate}" key-file = "${client.key}" ca-file = "${authority.certificate}" }`,
	};
}

const options = far();

const place = (world, more = {}) => ({
	host: world.host, port: PORT, ca: readFileSync(options.authority.certificate),
	cert: readFileSync(options.client.certificate), key: readFileSync(options.client.key), ...more,
});

// Everything that somebody is told who says something at once; the connection ends.
function heard(world, more) {
	return new Promise(resolve => {
		let text = '';
		const socket = more.plain ? net.connect(PORT, world.host) : tls.connect({ ...place(world), ...more });
		socket.on('data', data => { text += data; }).on('error', () => {}).on('close', () => resolve(text));
		socket.write('{"jsonrpc":"2.0","id":1,"method":"switch.status"}\n');
	});
}

scenario('a client with a certificate may do all that the Unix socket allows', options, async (world, local) => {
	const control = await Control.connect(place(world));
	await control.subscribe();
	assert.equal((await control.call('switch.status')).switch, (await local.call('switch.status')).switch);
	const alice = await world.registered('alice');
	await control.event('registration.changed');
	const call = alice.call('+15550009004');
	await (await call).response(200);
	assert.equal((await control.call('call.list')).calls.length, 1);
	const [live] = (await control.call('call.list')).calls;
	await control.call('call.hangup', { call: live.id });
	await (await call).ended();
});

scenario('nobody else gets a byte', options, async (world, local) => {
	const stranger = new Authority('Another'), wrong = stranger.issue('api');
	assert.equal(await heard(world, { cert: undefined, key: undefined }), '', 'without a certificate');
	assert.equal(await heard(world, { cert: readFileSync(wrong.certificate), key: readFileSync(wrong.key) }), '', 'of another authority');
	assert.equal(await heard(world, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }), '', 'with TLS 1.1');
	assert.equal(await heard(world, { plain: true }), '', 'without TLS');
	const status = await local.call('switch.status');
	assert.equal(status.clients_distrusted, 4);
	// as many strangers as like to wait take no place of a client's
	const waiting = Array.from({ length: 100 }, () => net.connect(PORT, world.host).on('error', () => {}));
	await poll(async () => (await local.call('switch.status')).clients_distrusted >= 4 + 36, 'the oldest strangers to go');
	const control = await Control.connect(place(world));
	assert.ok(await control.call('switch.status'));
	waiting.forEach(one => one.destroy());
});

scenario('what a client does not read ends its connection, as at the socket', far('max-backlog = 64K'), async (world, local) => {
	const options = world.options;
	const control = await Control.connect({ host: world.host, port: PORT, ca: readFileSync(options.authority.certificate), cert: readFileSync(options.client.certificate), key: readFileSync(options.client.key) });
	control.pause();
	for (let i = 0; i < 30000; i++)
		control.write(`{"jsonrpc":"2.0","id":${i},"method":"switch.status"}\n`);
	await poll(async () => (await local.call('switch.status')).clients_cut_off === 1, 'the cut');
	await poll(async () => (await local.call('switch.status')).clients === 1, 'its end');
});

scenario('a switch that stops tells who reads by TLS, too', options, async world => {
	const control = await Control.connect(place(world));
	await control.call('switch.status');
	await world.switch.end();
	const closed = await control.event('connection.closed');
	assert.equal(closed.ends, true);
});

scenario('certificates are read anew at a reload', options, async (world, local) => {
	const next = new Authority('Next'), client = next.issue('api'), own = next.issue('switch', 'switch', `IP:${world.host}`);
	const before = world.options.control;
	world.options.control = `listen = {"tls:${world.host}:${PORT}"} certificate-file = "${own.certificate}" key-file = "${own.key}" ca-file = "${next.certificate}"`;
	world.writeConf();
	await local.call('switch.reload');
	world.options.control = before;
	assert.equal(await heard(world, {}), '', 'what the old authority has signed');
	const control = await Control.connect(place(world, { ca: readFileSync(next.certificate), cert: readFileSync(client.certificate), key: readFileSync(client.key) }));
	assert.ok(await control.call('switch.status'));
});

scenario('offhookctl -s NAME speaks to a switch of the conf', options, async world => {
	assert.match((await world.ctl('-s', 'a', 'status')).stdout, /^Offhook|version|calls/m);
	assert.match((await world.ctl('-s', 'named', '--json', 'status')).stdout, /"draining": ?false/);
	const other = await world.ctl('-s', 'other', 'status');
	assert.equal(other.code, 3, 'the certificate is of another switch');
	assert.match(other.stderr, /that we trust/);
	const none = await world.ctl('-s', 'nobody', 'status');
	assert.equal(none.code, 2);
	assert.match(none.stderr, /has no switch "nobody"/);
});
