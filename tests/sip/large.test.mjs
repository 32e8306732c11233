// Requests of more than 1300 bytes (RFC 3261 section 18.1.1): by TCP where the far end takes that, by UDP where it does not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { scenario } from './support/harness.mjs';

const long = Array.from({ length: 10 }, (_, i) => [`X-Long-${i}`, 'x'.repeat(120)]);

// Calls `to`, and sees how the INVITE reached `phone`.
async function reach(caller, to, phone, how, headers = long) {
	const [call, far] = await Promise.all([caller.call(to, { headers }), phone.incoming()]);
	assert.equal(Boolean(far.invite.connection), how === 'TCP', far.invite.get('via'));
	assert.match(far.invite.get('via'), new RegExp(`^SIP/2.0/${how} `));
	for (const [name, value] of headers)
		assert.equal(far.invite.get(name), value);
	await far.accept();
	await call.response(200);
	far.rtp.sendTone(440);
	await call.rtp.hear(440);
	const [hangUp, hungUp] = headers.length ? [far, call] : [call, far];
	assert.equal((await hangUp.bye()).status, 200);
	await hungUp.ended();
}

scenario('a phone that takes both', {}, async world => {
	const bob = await world.phone('bob', { tcpToo: true }), alice = await world.phone('alice');
	assert.equal((await bob.register()).status, 200);
	await reach(alice, 'bob', bob, 'UDP', []);
	await reach(alice, 'bob', bob, 'TCP');
});

scenario('a phone that refuses TCP', {}, async world => {
	const bob = await world.registered('bob'), alice = await world.phone('alice');
	await reach(alice, 'bob', bob, 'UDP');
});

scenario('a phone behind a NAT is not tried by TCP', {}, async world => {
	const bob = await world.phone('bob', { tcpToo: true }), alice = await world.phone('alice');
	bob.contact = () => '<sip:bob@192.168.77.5:5060>';
	assert.equal((await bob.register()).status, 200);
	await reach(alice, 'bob', bob, 'UDP');
});

scenario('a trunk that takes both, then UDP alone', {}, async world => {
	const alice = await world.phone('alice');
	const carrier = await world.trunk({ tcpToo: true });
	await reach(alice, '+14445550000', carrier, 'TCP');
	await new Promise(resolve => {
		carrier.listener.close(resolve);
		carrier.hangUpConnections();
	});
	await reach(alice, '+14445550000', carrier, 'UDP');
});

scenario('a trunk of transport = "udp" is not tried by TCP', { trunk: 'transport = "udp"' }, async world => {
	await reach(await world.phone('alice'), '+14445550000', await world.trunk({ tcpToo: true }), 'UDP');
});

scenario('a trunk whose TCP port says nothing gets it by UDP before it is given up', {}, async world => {
	const alice = await world.phone('alice');
	const carrier = await world.trunk();
	// A listener that accepts nobody: once its queue is full, connections are neither made nor refused.
	const listener = spawn('perl', ['-MSocket', '-e', 'socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);' +
		'bind(S, sockaddr_in(5060, inet_aton($ARGV[0]))) or die; listen(S, 0); $| = 1; print "listening"; sleep 60', world.trunkHost]);
	const waiting = [];
	try {
		await new Promise((resolve, reject) => listener.stdout.once('data', resolve) && listener.once('exit', reject));
		for (let full = false; !full;) {
			const socket = net.connect(5060, world.trunkHost).on('error', () => {});
			waiting.push(socket);
			full = await Promise.race([new Promise(resolve => socket.once('connect', () => resolve(false))),
				new Promise(resolve => setTimeout(resolve, 500, true))]);
		}
		await reach(alice, '+14445550000', carrier, 'UDP');
	} finally {
		waiting.forEach(socket => socket.destroy());
		listener.kill();
	}
});
