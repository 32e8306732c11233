// Phones that cannot be reached where their Contact points, and phones that are not there any more.
import assert from 'node:assert/strict';
import net from 'node:net';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const contacts = async control => (await control.call('registration.list')).registrations;

scenario('a phone that stops answering is known to be gone, and known to be back', { sip: 'keepalive = 1' }, async (world, control) => {
	const alice = await world.registered('alice');
	const [seen] = await poll(async () => {
		const list = await contacts(control);
		return list[0].rtt_ms && list;
	}, 'the first answer to OPTIONS');
	assert.ok(seen.rtt_ms > 0 && seen.rtt_ms < 10000, `${seen.rtt_ms} ms`);
	alice.automatic = false;
	const gone = await control.event('registration.changed', ({ reason }) => reason === 'unreachable');
	assert.equal(gone.user, 'alice');
	assert.equal(gone.state, 'unreachable');
	const other = await world.registered('alice'), bob = await world.phone('bob');
	const [call, far] = await Promise.all([bob.call('alice'), other.incoming()]);
	far.reply(486);
	assert.equal((await call.final()).status, 486);
	assert.equal(alice.calls.length, 0, 'a phone that is gone was rung');
	alice.automatic = true;
	await control.event('registration.changed', ({ reason }) => reason === 'reachable');
	const [again, first, second] = await Promise.all([bob.call('alice'), alice.incoming(), other.incoming()]);
	first.reply(486);
	second.reply(486);
	assert.equal((await again.final()).status, 486);
});

scenario('a user whose phones are all gone is rung all the same', { sip: 'keepalive = 1' }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.phone('bob');
	alice.automatic = false;
	await control.event('registration.changed', ({ reason }) => reason === 'unreachable');
	const [call, far] = await Promise.all([bob.call('alice'), alice.incoming()]);
	far.reply(486);
	assert.equal((await call.final()).status, 486);
	alice.automatic = true;
});

scenario('no OPTIONS with keepalive = 0', { sip: 'keepalive = 0' }, async (world, control) => {
	const alice = await world.registered('alice');
	assert.equal((await contacts(control))[0].state, 'reachable', 'it has just spoken');
	assert.equal(alice.received.filter(({ method }) => method === 'OPTIONS').length, 0);
});

// A phone behind a NAT: what it writes into Contact and Via is an address that nobody reaches.
function behindNat(phone) {
	const inside = '192.168.77.5:5060';
	phone.contact = () => `<sip:${phone.user}@${inside}${phone.transport === 'udp' ? '' : `;transport=${phone.transport}`}>`;
	const via = phone.via.bind(phone);
	phone.via = branch => via(branch).replace(`${phone.host}:${phone.port}`, inside);
	return phone;
}

for (const transport of ['udp', 'tcp'])
	scenario(`a phone behind a NAT calls and is called over ${transport}`, {}, async (world, control) => {
		const alice = behindNat(await world.phone('alice', { transport })), bob = await world.registered('bob');
		if (transport === 'tcp')
			alice.socket.close();
		assert.equal((await alice.register()).status, 200);
		const binding = (await contacts(control)).find(({ user }) => user === 'alice');
		assert.match(binding.contact, /192\.168\.77\.5/);
		assert.match(binding.source, new RegExp(`^${transport}:127\\.0\\.0\\.1:`));
		// it calls: 200, ACK, re-INVITE of its own, BYE of the other side
		const [out, atBob] = await Promise.all([alice.call('bob'), bob.incoming()]);
		await atBob.accept();
		await out.response(200);
		assert.equal((await alice.send(out.inDialog('UPDATE'))).status, 200);
		await atBob.bye();
		await out.ended();
		// it is called: ACK reaches it, and the BYE of either side
		for (const who of ['caller', 'callee']) {
			const [call, atAlice] = await Promise.all([bob.call('alice'), alice.incoming()]);
			await atAlice.accept();
			await call.response(200);
			assert.equal((await (who === 'caller' ? call : atAlice).bye()).status, 200);
			await (who === 'caller' ? atAlice : call).ended();
		}
	});

scenario('a phone behind a NAT that has never heard of rport', {}, async world => {
	const alice = behindNat(await world.phone('alice')), bob = await world.registered('bob');
	const via = alice.via;
	alice.via = branch => via(branch).replace(';rport', '');
	assert.equal((await alice.register()).status, 200);
	const [out, atBob] = await Promise.all([alice.call('bob'), bob.incoming()]);
	await atBob.accept();
	await out.response(200);
	assert.equal((await out.bye()).status, 200);
	await atBob.ended();
});

scenario('one that is not behind a NAT is answered where it says', {}, async world => {
	const alice = await world.phone('alice');
	const via = alice.via.bind(alice);
	alice.via = branch => via(branch).replace(';rport', '');
	const reply = await alice.register();
	assert.equal(reply.status, 200);
	assert.doesNotMatch(reply.get('via'), /rport/);
});

scenario('a ping of CRLF is answered with a pong', {}, async world => {
	const socket = net.connect(5060, world.host);
	const answer = await new Promise((resolve, reject) => {
		socket.on('data', data => resolve(String(data))).on('error', reject);
		socket.on('connect', () => socket.write('\r\n\r\n'));
	});
	assert.equal(answer, '\r\n');
	socket.destroy();
});
