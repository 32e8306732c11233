// Trunks over TCP and TLS, and by way of an outbound proxy, both ways.
import assert from 'node:assert/strict';
import net from 'node:net';
import tls from 'node:tls';
import { readFileSync } from 'node:fs';
import { Authority, withTls } from './support/certificates.mjs';
import { DnsServer } from './support/dns.mjs';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const up = control => poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the trunk to be up');

async function talk(one, other) {
	one.rtp.sendTone(440);
	other.rtp.sendTone(880);
	await Promise.all([other.rtp.hear(440), one.rtp.hear(880)]);
}

// A carrier that listens at trunkHost:5060 (or `port`) for connections of the switch.
async function listening(world, transport, { host = world.trunkHost, port = 5060 } = {}) {
	const carrier = await world.trunk({ host, port: 0 });
	const take = connection => carrier.take(connection);
	const { certificate, key } = world.options.authority?.issue('carrier.test') ?? {};
	carrier.transport = transport;
	carrier.listener = transport === 'tls' ? tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, take) : net.createServer(take);
	await new Promise((resolve, reject) => carrier.listener.once('error', reject).listen(port, host, resolve));
	carrier.port = port;
	return carrier;
}

for (const transport of ['tcp', 'tls']) {
	const options = transport === 'tls' ? withTls() : {};
	scenario(`a trunk over ${transport}: calls out, hung up by either side`, { ...options, trunk: `transport = "${transport}"` }, async (world, control) => {
		const carrier = await listening(world, transport), alice = await world.registered('alice');
		assert.deepEqual((await control.call('trunk.list')).trunks[0].servers, [`${transport}:${world.trunkHost}:5060`]);
		for (const who of ['caller', 'callee']) {
			const [call, far] = await Promise.all([alice.call('+14445550000'), carrier.incoming()]);
			assert.ok(far.invite.connection);
			assert.match(far.invite.get('via'), new RegExp(`^SIP/2.0/${transport.toUpperCase()} `));
			assert.match(far.invite.get('contact'), new RegExp(`^<sip:${world.host}:506\\d;transport=${transport}>`));
			far.reply(180);
			await call.response(180);
			await far.accept();
			await call.response(200);
			await talk(call, far);
			carrier.connection = far.invite.connection;
			assert.equal((await (who === 'caller' ? call : far).bye()).status, 200);
			await (who === 'caller' ? far : call).ended();
		}
		assert.equal(carrier.connections().length, 1, 'one connection for all of it');
		const canceled = await alice.call('+14445550001'), ringing = await carrier.incoming();
		ringing.reply(180);
		await canceled.response(180);
		await canceled.cancel();
		await ringing.request('CANCEL');
		assert.equal((await canceled.final()).status, 487);
	});

	scenario(`a trunk over ${transport}: calls in, from any port`, { ...options, trunk: `transport = "${transport}"` }, async (world, control) => {
		const carrier = await world.trunk({ transport, port: undefined });
		const bob = await world.registered('bob');
		const call = await carrier.call('+15550001002'), far = await bob.incoming();
		await far.accept();
		await call.response(200);
		await talk(call, far);
		const inbound = (await control.call('call.list')).calls.find(({ direction }) => direction === 'inbound');
		assert.equal(inbound.trunk, 'carrier');
		assert.match(inbound.source, new RegExp(`^${transport}:`));
		assert.equal((await far.bye()).status, 200);
		await call.ended();
		const stranger = await world.phone('stranger', { transport, host: world.spareHosts[0], password: '' });
		assert.equal((await (await stranger.call('+15550009004')).final()).status, 407);
	});

	scenario(`a trunk over ${transport} that closes the connection within a call`, { ...options, trunk: `transport = "${transport}"` }, async world => {
		const carrier = await listening(world, transport), alice = await world.registered('alice');
		const [call, far] = await Promise.all([alice.call('+14445550000'), carrier.incoming()]);
		await far.accept();
		await call.response(200);
		carrier.hangUpConnections();
		assert.equal((await call.bye()).status, 200);
		const bye = await far.ended();
		assert.notEqual(bye.connection, far.invite.connection, 'a new connection is made for the BYE');
	});

	scenario(`a trunk over ${transport} that nobody listens for is passed over at once`, {
		...options, carrier: w => `
trunk "gone" { address = "${w.spareHosts[0]}:5060" transport = "${transport}" try-timeout = 30s }
trunk "carrier" { address = "${w.trunkHost}:5060" }
route "^\\\\+1444" { to = {"trunk:gone", "trunk:carrier"} }`,
	}, async world => {
		const carrier = await world.trunk(), alice = await world.registered('alice');
		const [call, far] = await Promise.all([alice.call('+14445550000'), carrier.incoming()]);
		far.reply(486);
		assert.equal((await call.final()).status, 486);
	});

	scenario(`registering to a trunk over ${transport}`, {
		...options, trunk: `transport = "${transport}" register = true username = "offhook" password = "x"`, start: false,
	}, async world => {
		await world.prepare();
		const carrier = await listening(world, transport);
		carrier.automatic = false;
		const control = await world.startSwitch();
		const request = await carrier.signal.until(() => carrier.received.find(({ method }) => method === 'REGISTER'), 'REGISTER');
		carrier.respond(request, request.response(200, 'OK', { toTag: 'x', headers: [['Contact', `${request.get('contact')};expires=600`]] }));
		assert.match(request.get('contact'), new RegExp(`^<sip:offhook@${world.host}:506\\d;transport=${transport};line=`));
		await up(control);
		// the carrier calls over the connection that we have made
		carrier.automatic = true;
		carrier.connection = request.connection;
		const call = await carrier.call(request.address('contact'), { to: 'sip:+15550009004@carrier.test' });
		assert.equal((await call.final()).status, 200);
		assert.equal((await call.bye()).status, 200);
	});
}

scenario('an outbound proxy: INVITEs, ACKs and BYEs go there, calls from there are the trunk\'s', {
	carrier: w => `trunk "carrier" { address = "carrier.example" proxy = "${w.spareHosts[0]}:5070" }
route "^\\\\+1444" { to = {"trunk:carrier"} }`,
}, async (world, control) => {
	const proxy = await world.trunk({ host: world.spareHosts[0], port: 5070 }), alice = await world.registered('alice');
	assert.deepEqual((await control.call('trunk.list')).trunks[0].servers, [`udp:${world.spareHosts[0]}:5070`]);
	// it writes a Contact that is the carrier's, and stays on the way by Record-Route
	const route = `<sip:${world.spareHosts[0]}:5070;lr>`;
	proxy.contact = () => '<sip:+14445550000@192.0.2.99:5060>';
	const [call, far] = await Promise.all([alice.call('+14445550000'), proxy.incoming()]);
	assert.equal(far.invite.uri, 'sip:+14445550000@carrier.example');
	assert.match(far.invite.get('to'), /@carrier\.example>/);
	await far.accept({ headers: [['Record-Route', route]] });
	await call.response(200);
	await talk(call, far);
	await call.bye();
	const bye = await far.ended();
	assert.equal(bye.uri, 'sip:+14445550000@192.0.2.99:5060');
	assert.equal(bye.get('route'), route);
	const back = await proxy.call('+15550009004', { headers: [['Record-Route', route]] });
	await back.response(200);
	assert.equal((await control.call('call.list')).calls[0].trunk, 'carrier');
	assert.equal((await back.bye()).status, 200);
});

for (const [proto, service, scheme] of [['tcp', 'SIP+D2T', '_sip._tcp'], ['tls', 'SIPS+D2T', '_sips._tcp']])
	scenario(`NAPTR wants ${proto}: a call goes by it`, { ...withTls(), start: false }, async world => {
		await world.prepare();
		const dns = await DnsServer.open('127.0.0.1', {
			'NAPTR carrier.test': [{ order: 20, service: 'SIP+D2U', replacement: '_sip._udp.carrier.test' }, { order: 10, service, replacement: `${scheme}.carrier.test` }],
			[`SRV ${scheme}.carrier.test`]: [{ port: 5066, target: 'one.carrier.test' }],
			'SRV _sip._udp.carrier.test': [{ port: 5067, target: 'one.carrier.test' }],
			'A one.carrier.test': [{ address: world.trunkHost }],
		});
		try {
			world.options.sip += ` resolv-conf = "${dns.writeConf(world.dir)}"`;
			world.options.carrier = `trunk "carrier" { address = "carrier.test" tls-verify = false try-timeout = 500ms }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }`;
			world.writeConf();
			const carrier = await listening(world, proto, { port: 5066 }), udp = await world.trunk({ port: 5067 });
			const control = await world.startSwitch();
			await up(control);
			assert.deepEqual((await control.call('trunk.list')).trunks[0].servers, [`${proto}:${world.trunkHost}:5066`, `udp:${world.trunkHost}:5067`]);
			const alice = await world.registered('alice');
			const [call, far] = await Promise.all([alice.call('+14445550000'), carrier.incoming()]);
			far.reply(486);
			assert.equal((await call.final()).status, 486);
			assert.equal(udp.calls.length, 0);
			// and by the next in order when that server is gone
			await new Promise(resolve => {
				carrier.listener.close(resolve);
				carrier.hangUpConnections();
			});
			const [next, atUdp] = await Promise.all([alice.call('+14445550001'), udp.incoming()]);
			atUdp.reply(486);
			assert.equal((await next.final()).status, 486);
		} finally {
			dns.close();
		}
	});

// ---- who the trunk is ----

{
	const authority = new Authority('Carriers'), stranger = new Authority('Nobody');
	const cases = [['its own certificate', authority, 'carrier.test', true], ["another's name", authority, 'elsewhere.test', false],
		['an authority that nobody knows', stranger, 'carrier.test', false]];
	for (const verify of [true, false, 'the default'])
		for (const [what, signer, name, good] of cases)
			scenario(`a trunk over TLS, tls-verify = ${verify}: ${what}`, {
				...withTls(`tls-ca-file = "${authority.certificate}"`), start: false,
			}, async world => {
				await world.prepare();
				const dns = await DnsServer.open('127.0.0.1', { 'A carrier.test': [{ address: world.trunkHost }] });
				const { certificate, key } = signer.issue(name), asked = [];
				const carrier = await world.trunk({ port: 0 });
				carrier.transport = 'tls';
				carrier.listener = tls.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, connection => {
					asked.push(connection.servername);
					carrier.take(connection);
				});
				carrier.listener.on('tlsClientError', () => {});
				await new Promise(resolve => carrier.listener.listen(5062, world.trunkHost, resolve));
				carrier.port = 5062;
				try {
					world.options.sip += ` resolv-conf = "${dns.writeConf(world.dir)}"`;
					world.options.carrier = `trunk "carrier" { address = "carrier.test:5062" transport = "tls" ${verify === 'the default' ? '' : `tls-verify = ${verify}`} try-timeout = 1s }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }`;
					world.writeConf();
					const control = await world.startSwitch();
					await up(control);
					const alice = await world.registered('alice'), call = await alice.call('+14445550000');
					if (good || !verify) {
						const far = await carrier.incoming();
						far.reply(486);
						assert.equal((await call.final()).status, 486);
						assert.deepEqual(asked, ['carrier.test']);
					} else {
						assert.ok([408, 503].includes((await call.final()).status), 'it is as if nobody were there');
						assert.equal(carrier.received.length, 0);
					}
				} finally {
					dns.close();
				}
			});
}
