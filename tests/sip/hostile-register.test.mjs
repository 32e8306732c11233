// What a phone says of itself when it registers: it chooses neither where we send to, nor whose phone it is.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const invites = carrier => carrier.received.filter(({ method }) => method === 'INVITE');

// A trunk knows us by our address: an INVITE to it would be a call that its owner pays for, past all limits.
for (const transport of ['udp', 'tcp'])
	for (const [what, contact, path] of [
		['Path', at => `<sip:+19005550100@${at}:5060>`, at => `<sip:${at}:5060;lr>`],
		['Path with a user and another behind it', at => `<sip:+19005550100@${at}:5060>`, at => `<sip:+19005550100@${at};lr>, <sip:x@${at}:5060;lr>`],
		['Contact', at => `<sip:+19005550100@${at}:5060>`],
		['maddr', (at, phone) => `<sip:+19005550100@${phone.host}:${phone.port};maddr=${at}>`],
	])
		scenario(`a phone on ${transport.toUpperCase()} whose ${what} leads to a trunk is called where it is, and nowhere else`, { sip: 'keepalive = 60' }, async (world, control) => {
			const carrier = await world.trunk(), alice = await world.phone('alice', { transport }), bob = await world.registered('bob');
			const where = contact(world.trunkHost, alice);
			alice.contact = () => where;
			assert.equal((await alice.register({ headers: path ? [['Path', path(world.trunkHost)], ['Supported', 'path']] : [] })).status, 200);
			const [call, far] = await Promise.all([bob.call('alice'), alice.incoming()]);
			assert.match(far.invite.uri, /19005550100/);
			await far.reply(486);
			await call.response(486);
			if (transport === 'tcp' && what !== 'maddr') { // when its connection has ended: at its host, where that may listen, if at all
				alice.hangUpConnections();
				await poll(() => /user\.unreachable user="alice"/.test(world.switch.text()), 'the end of its connection');
				const second = await bob.call('alice');
				assert.ok((await second.final()).status >= 400);
			}
			assert.deepEqual(invites(carrier), []);
		});

scenario('who registers at a name that we are not called is told so, and at an address is not', { sip: 'aliases = {"pbx.example.com"}' }, async (world, control) => {
	const alice = await world.phone('alice'), us = world.host;
	const at = (host, to) => alice.sendWithAuth('REGISTER', `sip:${host}`, { to: `sip:alice@${to}`, headers: [['Expires', '300']] });
	for (const [host, to] of [['elsewhere.example', 'elsewhere.example'], [us, 'elsewhere.example'], ['elsewhere.example', us]]) {
		assert.equal((await at(host, to)).status, 404, `${host} ${to}`);
		const { registrations, refused } = await control.call('registration.list');
		assert.deepEqual(registrations, []);
		assert.match(refused[0].why, /elsewhere\.example, which is not what we are called/);
	}
	for (const host of [us, 'pbx.example.com', 'PBX.Example.Com', '203.0.113.9', '[2001:db8::9]', 'localhost'])
		assert.equal((await at(host, host)).status, 200, host);
});

scenario('a contact that comes twice in a REGISTER, or two of one phone, are one', {}, async (world, control) => {
	const alice = await world.phone('alice'), instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-aabbccddeeff>"';
	const contacts = async () => (await control.call('registration.list')).registrations.map(({ contact }) => contact);
	const other = `<sip:alice@127.0.0.1:7777>`;
	const reply = await alice.register({ headers: [['Contact', other], ['Contact', other.replace('sip:', 'SIP:')]] });
	assert.equal(reply.status, 200);
	assert.equal((await contacts()).length, 2);
	assert.equal((await alice.sendWithAuth('REGISTER', `sip:${world.host}`, { to: `sip:alice@${world.host}`, contact: '*', headers: [['Expires', '0']] })).status, 200);
	const plain = alice.contact();
	alice.contact = () => `${plain};${instance}`;
	assert.equal((await alice.register({ headers: [['Contact', `${other};${instance}`]] })).status, 200);
	assert.deepEqual(await contacts(), [plain.slice(1, -1)]);
});

scenario('a long Contact, as phones have that are woken by push, is called; one without end is refused', {}, async world => {
	const alice = await world.phone('alice'), bob = await world.phone('bob'), plain = alice.contact();
	const long = n => () => plain.replace('>', `;pn-prid=${'x'.repeat(n)}>`);
	alice.contact = long(1500);
	assert.match((await alice.register()).get('contact'), /pn-prid=x{1500}/);
	const [call, far] = await Promise.all([bob.call('alice'), alice.incoming()]);
	assert.match(far.invite.uri, /pn-prid=x{1500}/);
	await far.accept();
	await call.response(200);
	await call.bye();
	alice.contact = long(3000);
	assert.equal((await alice.register()).status, 513);
});
