// A switch behind a NAT: who is outside hears of the advertised address, who is of the local network of the real one.
import assert from 'node:assert/strict';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';

const ADVERTISED = '203.0.113.5', MEDIA = '203.0.113.6';
// The phones at 127.0.0.1 are local, those at world.spareHosts and the trunk's address are outside.
const behindNat = (sip = '') => ({ sip: `advertise = "${ADVERTISED}" local-networks = {"127.0.0.1/32"} ${sip}`, rtp: `advertise = {"${MEDIA}"}` });

// What a message tells of us.
const told = message => ({
	contact: /<sips?:(?:[^@>]*@)?([^:;>]+)/.exec(message.get('contact'))?.[1], media: message.body ? parseSdp(message.body).host : undefined,
});

for (const transport of ['udp', 'tcp', 'tls']) {
	const tls = transport === 'tls' ? withTls() : {};
	scenario(`phones inside and outside, over ${transport}`, { ...tls, ...behindNat(tls.sip) }, async world => {
		const real = { contact: world.host, media: world.host }, advertised = { contact: ADVERTISED, media: MEDIA };
		const inside = await world.registered('alice', { transport });
		const outside = await world.registered('bob', { transport, host: world.spareHosts[0] });
		for (const [caller, callee] of [[inside, outside], [outside, inside]]) {
			const call = await caller.call(callee.user), far = await callee.incoming();
			assert.deepEqual(told(far.invite), callee === inside ? real : advertised);
			far.reply(180);
			assert.equal(told(await call.response(180)).contact, caller === inside ? real.contact : advertised.contact);
			await far.accept();
			assert.deepEqual(told(await call.response(200)), caller === inside ? real : advertised);
			// a session that is changed is told the same, by either side
			const sdp = call.invite.body.replace(/^o=(\S+ \S+) 1/m, 'o=$1 2');
			const again = await caller.send(call.inDialog('INVITE', { body: sdp, headers: [['Content-Type', 'application/sdp']] }));
			assert.deepEqual(told(again), caller === inside ? real : advertised);
			caller.transmit(call.inDialog('ACK', { cseq: call.cseq }));
			await far.bye();
			await call.ended();
		}
	});
}

scenario('a trunk outside: calls both ways, registration', {
	...behindNat(), trunk: 'register = true username = "offhook" password = "x"',
}, async world => {
	const advertised = { contact: ADVERTISED, media: MEDIA };
	const carrier = await world.trunk();
	carrier.automatic = false;
	const register = await carrier.signal.until(() => carrier.received.find(({ method }) => method === 'REGISTER'), 'REGISTER');
	carrier.respond(register, register.response(200, 'OK', { toTag: 'x', headers: [['Contact', `${register.get('contact')};expires=600`]] }));
	carrier.automatic = true;
	assert.equal(told(register).contact, ADVERTISED);
	assert.match(register.get('via'), new RegExp(`UDP ${ADVERTISED}\\b`));
	const alice = await world.phone('alice');
	const [call, far] = await Promise.all([alice.call('+14445550000'), carrier.incoming()]);
	assert.deepEqual(told(far.invite), advertised);
	await far.accept();
	await call.response(200);
	await call.bye();
	await far.ended();
	const back = await carrier.call('+15550009004');
	assert.deepEqual(told(await back.response(200)), advertised);
	await back.bye();
});

scenario('listening to every address, the local ones are told that by which they came', {
	start: false, ...behindNat(),
}, async world => {
	await world.prepare();
	// port 5060 of all addresses is not ours to take: another one is
	const port = 20000 + world.host.split('.').reduce((sum, n) => (sum * 7 + Number(n)) % 9000, 0);
	const text = world.conf().replace(/listen = \{"udp[^}]*\}/, `listen = {"udp:0.0.0.0:${port}"}`);
	world.conf = () => text;
	world.writeConf();
	await world.startSwitch();
	const server = { host: '127.0.0.1', port };
	const inside = await world.phone('alice', { server, domain: world.host }), outside = await world.phone('bob', { server, domain: world.host, host: world.spareHosts[0] });
	const numbers = [[inside, '127.0.0.1', world.host], [outside, ADVERTISED, MEDIA]];
	for (const [phone, contact, media] of numbers) {
		const call = await phone.call('+15550009004');
		assert.deepEqual(told(await call.response(200)), { contact, media });
		assert.match(call.answer.get('contact'), new RegExp(`:${port}>`));
		await call.bye();
	}
});

scenario('an address of each family to advertise', {
	ipv6: true, sip: 'advertise = {"203.0.113.5", "2001:db8::5"} local-networks = {"none"}', rtp: 'advertise = {"203.0.113.6", "2001:db8::6"}',
}, async world => {
	for (const [phone, contact, media] of [[await world.phone('alice'), '203.0.113.5', '203.0.113.6'],
		[await world.phone6('bob'), '[2001:db8::5]', '2001:db8::6']]) {
		const call = await phone.call('+15550009004');
		const answer = await call.response(200);
		assert.ok(answer.get('contact').includes(contact), answer.get('contact'));
		assert.equal(parseSdp(answer.body).host, media);
		// the phone cannot reach us there: its ACK goes by the way it knows
		await call.bye();
	}
});
