// What no well-behaved program sends: the switch goes on, and so do the calls of others.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { scenario } from './support/harness.mjs';
import { Control } from './support/control.mjs';

// A call that must not notice anything. Resolves to a function that proves it.
async function witness(world) {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	return async () => {
		call.rtp.samples = [];
		await call.rtp.hear(440, 'the echo afterwards');
		assert.equal((await call.bye()).status, 200);
		const alice = await world.registered('alice');
		assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200);
	};
}

// Every message that breaks SIP in one way.
function brokenMessages(world) {
	const good = (change = x => x) => change([
		`INVITE sip:+15550009004@${world.host} SIP/2.0`, 'Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKbroken', 'Max-Forwards: 70',
		`From: <sip:alice@${world.host}>;tag=1`, `To: <sip:+15550009004@${world.host}>`, 'Call-ID: broken@test', 'CSeq: 1 INVITE',
		'Contact: <sip:alice@127.0.0.1:5999>', 'Content-Length: 0', '', ''].join('\r\n'));
	const whole = good();
	return [
		...Array.from({ length: 40 }, (_, i) => whole.slice(0, Math.floor(whole.length * i / 40))), // truncated
		good(text => text.replace('SIP/2.0\r\n', 'SIP/9.9\r\n')), good(text => text.replace('INVITE sip', 'INVITE  \t sip')),
		good(text => text.replace(/Via:.*\r\n/, '')), good(text => text.replace(/CSeq:.*\r\n/, 'CSeq: 99999999999999999999 INVITE\r\n')),
		good(text => text.replace(/CSeq:.*\r\n/, 'CSeq: 1 BYE\r\n')), good(text => text.replace(/From:.*\r\n/, 'From: <<<>>>;;;tag\r\n')),
		good(text => text.replace(/Content-Length: 0/, 'Content-Length: 99999999')), good(text => text.replace(/Content-Length: 0/, 'Content-Length: -1')),
		good(text => text.replace(/Contact:.*\r\n/, 'Contact: sip:%%%@@@\r\n')), good(text => text.replace('Max-Forwards: 70', 'Max-Forwards: x')),
		good(text => text.replace(/sip:\+15550009004@[^ ]*/, 'sip:' + 'a'.repeat(5000))), good(text => text.replace(/\r\n/g, '\n')),
		good(text => text.replace('Call-ID', `X-Long: ${'x'.repeat(20000)}\r\nCall-ID`)), '\r\n\r\n', '\0'.repeat(500), 'SIP/2.0 200 OK\r\n\r\n',
		'SIP/2.0 99999 Nothing\r\nVia: x\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
	];
}

// Bytes that look random and are the same in every run.
function noise(length, seed) {
	let state = seed >>> 0 || 1;
	return Buffer.from(Array.from({ length }, () => (state = Math.imul(state, 1664525) + 1013904223 >>> 0) >>> 24));
}

scenario('garbage and truncated datagrams', {}, async world => {
	const prove = await witness(world);
	const socket = dgram.createSocket('udp4');
	for (const text of brokenMessages(world))
		await new Promise(resolve => socket.send(text, 5060, world.host, resolve));
	for (let i = 0; i < 200; i++)
		await new Promise(resolve => socket.send(noise(i * 7 % 1400, i + 1), 5060, world.host, resolve));
	await prove();
	socket.close();
});

scenario('garbage over TCP, and connections that say nothing', {}, async world => {
	const prove = await witness(world);
	const connections = [];
	for (const bytes of [...brokenMessages(world), ...Array.from({ length: 20 }, (_, i) => noise(500, i + 1)), ''])
		await new Promise(resolve => {
			const connection = net.connect(5060, world.host, () => {
				connection.write(bytes, resolve);
			});
			connection.on('error', resolve);
			connections.push(connection);
		});
	await prove();
	for (const connection of connections)
		connection.destroy();
});

scenario('valid requests with bytes turned over', {}, async world => {
	const prove = await witness(world);
	const alice = await world.phone('alice');
	const text = alice.request('REGISTER', `sip:${world.host}`, { headers: [['Authorization', `Digest username="alice", realm="${world.host}", nonce="x", uri="sip:x", response="y"`]] }).toString();
	const order = noise(900, 7);
	for (let i = 0; i < 300; i++) {
		const bytes = Buffer.from(text);
		for (let k = 0; k < 3; k++)
			bytes[(order[3 * i + k] * 256 + order[(i + k) % 900]) % bytes.length] ^= 1 << i % 8;
		alice.transmitRaw(bytes);
	}
	await prove();
});

scenario('bad requests on the control socket get the errors of JSON-RPC', {}, async (world, control) => {
	const client = await world.connect();
	const errors = count => client.signal.until(() => client.events.length >= count && client.events, `${count} replies`);
	client.write('this is no JSON\n');
	assert.equal((await errors(1))[0].params.error.code, -32700);
	client.write('{"jsonrpc":"2.0","id":null,"method":7}\n');
	assert.equal((await errors(2))[1].params.error.code, -32600);
	client.write('[1,2,3]\n');
	assert.equal((await errors(3))[2].params.error.code, -32600);
	const rejects = (method, params, code, field) => assert.rejects(client.call(method, params),
		error => error.code === code && (!field || error.data?.field === field) || assert.fail(`${method}: ${error.message}`));
	const unknown = '00000000-0000-4000-8000-000000000000';
	await rejects('no.such.method', {}, -32601);
	await rejects('call.get', { call: unknown }, 404);
	await rejects('call.hangup', {}, -32602, 'call');
	await rejects('call.get', { call: 7 }, -32602, 'call');
	await rejects('call.get', { call: 'x'.repeat(5000) }, 404);
	await rejects('events.subscribe', { since: 'yesterday' }, -32602, 'since');
	for (const method of ['answer', 'play', 'stop', 'record', 'record_stop', 'mute', 'echo', 'bridge', 'unbridge', 'dial', 'stats', 'claim', 'ring', 'reject'])
		await rejects(`call.${method}`, { call: unknown, files: ['tone:ringback'], muted: true, on: true, with: unknown, to: 'bob' }, 404);
	assert.ok((await client.call('switch.status')).version, 'the connection still works');
	assert.ok((await control.call('switch.status')).version);
});

scenario('a line that is too long ends the connection, and only that', {}, async (world, control) => {
	const client = await world.connect();
	for (let i = 0; i < 20; i++)
		client.write('x'.repeat(100000));
	await client.signal.until(() => client.closed, 'the end of the connection');
	assert.ok((await control.call('switch.status')).version);
});

scenario('a client that stops reading is cut off, and the others are not held up', { control: 'max-backlog = 64K' }, async (world, control) => {
	const sleeper = await world.connect();
	await sleeper.subscribe();
	sleeper.pause();
	const carrier = await world.trunk();
	// each call makes events of some kilobytes; once it is cut off it has a few seconds to read why
	for (let i = 0; i < 1000 && !(await control.call('switch.status')).clients_cut_off; i++) {
		const refused = await (await carrier.call('+19995550000', { headers: [['X-Padding', 'x'.repeat(800)]] })).final();
		assert.equal(refused.status, 404);
		carrier.calls.pop().rtp.close();
	}
	sleeper.resume();
	await sleeper.signal.until(() => sleeper.closed, 'the end of the connection');
	const last = sleeper.events.at(-1);
	assert.equal((await control.call('switch.status')).clients_cut_off, 1);
	assert.equal(last.method, 'connection.closed');
	assert.match(last.params.reason, /max-backlog/);
	assert.ok((await control.call('switch.status')).version);
});

scenario('connections past the limit are turned away', { control: 'max-clients = 4' }, async (world, control) => {
	const all = [];
	for (let i = 0; i < 6; i++)
		all.push(await Control.connect(world.socket));
	world.controls.push(...all);
	const answers = await Promise.all(all.map(client => client.call('switch.status').then(() => true, () => false)));
	assert.deepEqual(answers, [true, true, true, false, false, false]);
	assert.ok((await control.call('switch.status')).version);
});
