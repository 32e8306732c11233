// IPv6: phones and trunks on ::1, and calls between the two families.
import assert from 'node:assert/strict';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';

async function talk(one, other) {
	one.rtp.sendTone(440);
	other.rtp.sendTone(880);
	await Promise.all([other.rtp.hear(440), one.rtp.hear(880)]);
}

// What an SDP says of its writer's address.
const connection = text => /^c=(.*)\r$/m.exec(text)[1];

for (const transport of ['udp', 'tcp', 'tls']) {
	const options = transport === 'tls' ? withTls() : {};
	scenario(`phones register and call over ${transport}, by IPv6 alone`, { ...options, ipv6: true }, async (world, control) => {
		const alice = await world.phone6('alice', { transport }), bob = await world.phone6('bob', { transport });
		assert.equal((await alice.register()).status, 200);
		assert.equal((await bob.register()).status, 200);
		const { registrations } = await control.call('registration.list');
		for (const { source } of registrations)
			assert.match(source, new RegExp(`^${transport}:\\[::1\\]:\\d+$`));
		const call = await alice.call('bob'), far = await bob.incoming();
		assert.equal(connection(far.invite.body), 'IN IP6 ::1');
		assert.match(far.invite.get('via'), /SIP\/2.0\/\w+ \[::1\]:\d+/);
		assert.match(far.invite.get('contact'), /<sip:\[::1\]:\d+/);
		await far.accept();
		assert.equal(connection((await call.response(200)).body), 'IN IP6 ::1');
		await talk(call, far);
		const { calls } = await control.call('call.list');
		assert.match(calls.find(({ direction }) => direction === 'inbound').source, /^\w+:\[::1\]:/);
		const ended = call.ended();
		assert.equal((await far.bye()).status, 200);
		await ended;
		assert.equal((await alice.register({ expires: 0 })).status, 200);
	});
}

for (const caller of [4, 6])
	scenario(`an IPv${caller} phone calls an IPv${10 - caller} phone`, { ipv6: true }, async world => {
		const phones = { 4: await world.phone('alice'), 6: await world.phone6('bob') };
		const one = phones[caller], other = phones[10 - caller];
		assert.equal((await other.register()).status, 200);
		const [call, far] = await Promise.all([one.call(other.user), other.incoming()]);
		assert.equal(parseSdp(far.invite.body).host, other === phones[6] ? '::1' : world.host);
		await far.accept();
		assert.equal(parseSdp((await call.response(200)).body).host, one === phones[6] ? '::1' : world.host);
		await talk(call, far);
		await call.bye();
		await far.ended();
	});

scenario('a user has a phone in each family: both ring on one port, and whichever answers is heard', { ipv6: true }, async world => {
	const four = await world.registered('bob'), six = await world.phone6('bob'), alice = await world.phone('alice');
	assert.equal((await six.register()).status, 200);
	for (const phone of [four, six]) {
		const [call, atFour, atSix] = await Promise.all([alice.call('bob'), four.incoming(), six.incoming()]);
		const descriptions = [atFour, atSix].map(far => parseSdp(far.invite.body));
		assert.deepEqual(descriptions.map(({ host }) => host), [world.host, '::1']);
		atFour.reply(180);
		atSix.reply(180);
		const far = phone === four ? atFour : atSix;
		await far.accept();
		await call.response(200);
		await talk(call, far);
		await (phone === four ? atSix : atFour).request('CANCEL');
		await call.bye();
		await far.ended();
	}
});

scenario('a recording and a conference hear both families', { ipv6: true, numbers: 'number "+15550009003" { conference = "standup" }' }, async world => {
	const alice = await world.phone('alice'), bob = await world.phone6('bob');
	const [one, two] = [await alice.call('+15550009003'), await bob.call('+15550009003')];
	await Promise.all([one.response(200), two.response(200)]);
	await talk(one, two);
	await one.bye();
	await two.bye();
});

scenario('a trunk by an IPv6 network, and one by an IPv6 address', {
	ipv6: true, numbers: 'number "+15550009004" { echo = true }',
	carrier: `
trunk "inside" { address = "192.0.2.1" from = {"::1/128"} }
trunk "outside" { address = "[::1]:45123" }
route "^\\\\+1444" { to = {"trunk:outside"} }`,
}, async (world, control) => {
	const carrier = await world.phone6('carrier', { password: '' });
	const call = await carrier.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	assert.equal((await control.call('call.list')).calls[0].trunk, 'inside');
	await call.bye();
	const far = await world.phone6('outside', { password: '', port: 45123 }), alice = await world.phone('alice');
	const [out, atCarrier] = await Promise.all([alice.call('+14445550000'), far.incoming()]);
	assert.equal(atCarrier.invite.uri, 'sip:+14445550000@[::1]:45123');
	await atCarrier.accept();
	await out.response(200);
	await talk(out, atCarrier);
	await out.bye();
	await atCarrier.ended();
});

scenario('a domain that is an IPv6 address', { start: false, ipv6: true }, async world => {
	world.options.sip = 'ring-timeout = 5';
	await world.prepare();
	const text = world.conf().replace(`domain = "${world.host}"`, 'domain = "::1"');
	world.conf = () => text;
	world.writeConf();
	await world.startSwitch();
	const alice = await world.phone6('alice', { domain: '[::1]' }), bob = await world.phone6('bob', { domain: '[::1]' });
	assert.equal((await bob.register()).status, 200);
	const [call, far] = await Promise.all([alice.call('bob'), bob.incoming()]);
	assert.match(far.invite.get('from'), /<sip:[^@]+@\[::1\]>/);
	far.reply(486);
	assert.equal((await call.final()).status, 486);
});
