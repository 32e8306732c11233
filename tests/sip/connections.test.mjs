// Connections by TCP and TLS: how many there may be, and how long one may keep the switch waiting.
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { withTls } from './support/certificates.mjs';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';
import { Wire } from './support/wire.mjs';

const nobodyExempt = 'guard { exempt = {"none"} }';
const count = async control => (await control.call('switch.status')).connections;
const status = control => control.call('switch.status');

const options = (world, wire) => `OPTIONS sip:${world.host} SIP/2.0\r\nVia: SIP/2.0/${wire.socket.encrypted ? 'TLS' : 'TCP'} 127.0.0.1:5062;` +
	`branch=z9hG4bK${Math.random()};rport\r\nFrom: <sip:x@example.org>;tag=1\r\nTo: <sip:${world.host}>\r\nCall-ID: ${Math.random()}\r\n` +
	'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';

async function ask(world, wire) {
	wire.text = '';
	wire.socket.write(options(world, wire));
	await wire.until(() => wire.text.startsWith('SIP/2.0 200 '), `the answer to OPTIONS (there was: ${wire.text})`);
}

scenario('too many from one source: the next is closed, others are not touched', {
	sip: 'max-connections-of-source = 5', extra: nobodyExempt,
}, async (world, control) => {
	const wires = [];
	for (let i = 0; i < 5; i++)
		wires.push(await Wire.open(world));
	for (const wire of wires)
		await ask(world, wire);
	const refused = await Wire.open(world);
	await refused.until(() => refused.closed, 'the end of the sixth');
	await ask(world, wires[0]);
	const other = await Wire.open(world, { localAddress: world.spareHosts[0] });
	await ask(world, other);
	const carrier = [];
	for (let i = 0; i < 8; i++) {
		carrier.push(await Wire.open(world, { localAddress: world.trunkHost }));
		await ask(world, carrier.at(-1));
	}
	const seen = await status(control);
	assert.deepEqual([seen.connections, seen.connections_total, seen.connections_refused], [14, 14, 1]);
	wires[0].close();
	await poll(async () => await count(control) === 13, 'the end of the first to be noticed');
	await ask(world, await Wire.open(world));
	for (const wire of [...wires, ...carrier, other])
		wire.close();
});

scenario('too many altogether', { within: ['prlimit', '--nofile=12000:12000'], sip: 'max-connections = 6' }, async (world, control) => {
	assert.doesNotMatch(world.switch.text(), /few_descriptors/, 'there are enough');
	const wires = [];
	for (let i = 0; i < 6; i++)
		wires.push(await Wire.open(world, { localAddress: world.spareHosts[i % 3] }));
	await poll(async () => await count(control) === 6, 'six connections');
	const refused = await Wire.open(world);
	await refused.until(() => refused.closed, 'the end of the seventh');
	wires[3].close();
	await poll(async () => await count(control) === 5, 'five connections');
	await ask(world, await Wire.open(world));
	const alice = await world.registered('alice'); // UDP goes on in any case
	assert.ok(alice);
	for (const wire of wires)
		wire.close();
});

scenario('with few descriptors, connections leave those that calls need', {
	within: ['prlimit', '--nofile=256:256'], sip: 'idle-timeout = 600 message-timeout = 60s max-delay = 10s', extra: nobodyExempt,
}, async (world, control) => {
	assert.match(world.switch.text(), / info sip\.few_descriptors /);
	const wires = await Promise.all(Array.from({ length: 234 }, (_, i) => Wire.open(world, { localAddress: world.spareHosts[i % 4] })));
	await poll(async () => (await status(control)).connections_refused >= 180, 'most of them to be refused');
	const carrier = await world.trunk(), calls = await Promise.all(Array.from({ length: 60 }, () => carrier.call('+15550009004')));
	for (const call of calls)
		assert.equal((await call.final()).status, 200);
	await Promise.all(calls.map(call => call.bye()));
	for (const wire of wires)
		wire.close();
});

scenario('one source does not take all connections that few descriptors leave', {
	within: ['prlimit', '--nofile=256:256'], extra: nobodyExempt,
}, async (world, control) => {
	const wires = await Promise.all(Array.from({ length: 100 }, () => Wire.open(world)));
	await poll(async () => (await status(control)).connections_refused > 0, 'some to be refused');
	const other = await Wire.open(world, { localAddress: world.spareHosts[0] });
	await ask(world, other);
	for (const wire of [...wires, other])
		wire.close();
});

scenario('a reload changes the limit', { sip: 'max-connections = 1' }, async (world, control) => {
	const one = await Wire.open(world);
	await ask(world, one);
	const refused = await Wire.open(world);
	await refused.until(() => refused.closed, 'the end of the second');
	world.options.sip = 'max-connections = 2';
	world.writeConf();
	await control.call('switch.reload');
	await ask(world, await Wire.open(world));
});

// What keeps the switch waiting: what is written at first, and again and again.
const STALLS = [
	['nothing at all', '', ''], ['keep-alives alone', '\r\n\r\n', '\r\n\r\n'], ['half a message', 'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1', ''],
	['a header that never ends', 'OPTIONS sip:x SIP/2.0\r\nSubject: ', 'x'],
	['a body that does not come', 'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: x\r\n' +
		'CSeq: 1 OPTIONS\r\nContent-Length: 5000\r\n\r\nabc', 'x'],
	['garbage', '\x01\x02\x03'.repeat(50), '\xff'],
];

for (const secure of [false, true])
	scenario(`connections that stall, over ${secure ? 'TLS' : 'TCP'}, are closed; a phone is not`, {
		...withTls('message-timeout = 1500ms'), ...(secure ? {} : { listen: undefined, sip: 'message-timeout = 1500ms' }),
	}, async (world, control) => {
		const alice = await world.registered('alice', { transport: secure ? 'tls' : 'tcp' });
		const sockets = () => readdirSync(`/proc/${world.switch.pid}/fd`).filter(fd => {
			try {
				return readlinkSync(`/proc/${world.switch.pid}/fd/${fd}`).startsWith('socket:');
			} catch {
				return false; // a file that was open a moment ago
			}
		}).length;
		const before = sockets();
		const pings = setInterval(() => alice.connection.write('\r\n\r\n'), 2000);
		const wires = [];
		for (const [what, first, more] of STALLS) {
			const wire = await Wire.open(world, { secure, port: secure ? 5061 : 5060 });
			wire.what = what;
			wire.socket.write(first, 'latin1');
			wire.timer = setInterval(() => !wire.closed && wire.socket.write(more, 'latin1'), 100);
			wires.push(wire);
		}
		if (secure) { // those that do not even shake hands
			for (const [what, first] of [['no handshake', ''], ['half a handshake', '\x16\x03\x01\x02\x00\x01'], ['no TLS', 'OPTIONS sip:x SIP/2.0\r\n']]) {
				const wire = await Wire.open(world, { port: 5061 });
				wire.what = what;
				wire.socket.write(first, 'latin1');
				wires.push(wire);
			}
		}
		try {
			for (const wire of wires)
				await wire.until(() => wire.closed, `the end of the connection with ${wire.what}`);
			await poll(async () => await count(control) === 1, 'the phone\'s connection to be the only one');
			assert.ok((await status(control)).connections_given_up >= 4);
			await poll(() => sockets() === before, 'their sockets to be closed');
			assert.equal((await alice.register()).status, 200);
		} finally {
			clearInterval(pings);
			wires.forEach(wire => {
				clearInterval(wire.timer);
				wire.close();
			});
		}
	});

scenario('half a message after a whole one', { sip: 'message-timeout = 1s' }, async world => {
	const wire = await Wire.open(world), patient = await Wire.open(world);
	await ask(world, wire);
	await ask(world, patient);
	wire.socket.write(`MESSAGE sip:${world.host} SIP/2.0\r\nSubject: ${'x'.repeat(300)}`);
	const timer = setInterval(() => wire.socket.write('x'.repeat(10)), 50);
	await wire.until(() => wire.closed, 'the end of the connection').finally(() => clearInterval(timer));
	assert.ok(!patient.closed);
	await ask(world, patient);
	patient.close();
});

scenario('a message that comes in pieces is read', { sip: 'message-timeout = 5s' }, async world => {
	const wire = await Wire.open(world), text = options(world, wire);
	for (let i = 0; i < text.length; i += 40) {
		wire.socket.write(text.slice(i, i + 40));
		await new Promise(resolve => setTimeout(resolve, 20));
	}
	await wire.until(() => wire.text.startsWith('SIP/2.0 200 '), 'the answer');
	wire.close();
});

scenario('a connection that nobody uses any more', { sip: 'idle-timeout = 1 message-timeout = 1s keepalive = 0' }, async (world, control) => {
	const wire = await Wire.open(world);
	await ask(world, wire);
	await wire.until(() => wire.closed, 'the end of the connection');
	assert.equal((await status(control)).connections_given_up, 1);
});

scenario('a source that is banned cannot connect', { extra: 'guard { exempt = {"none"} max-challenges = 5 }' }, async (world, control) => {
	const wire = await Wire.open(world);
	for (let i = 0; i < 8; i++)
		wire.socket.write(options(world, wire).replaceAll('OPTIONS', 'REGISTER').replace('CSeq: 1', `CSeq: ${i + 1}`));
	await control.event('guard.banned', ({ address }) => address === '127.0.0.1');
	const next = await Wire.open(world);
	await next.until(() => next.closed, 'the end of the next connection');
	const other = await Wire.open(world, { localAddress: world.spareHosts[0] });
	await ask(world, other);
	wire.close();
	other.close();
});

scenario('hundreds of connections at once', {}, async (world, control) => {
	const wires = await Promise.all(Array.from({ length: 250 }, () => Wire.open(world)));
	await Promise.all(wires.map(wire => ask(world, wire)));
	assert.equal(await count(control), 250);
	for (const wire of wires)
		wire.close();
	await poll(async () => await count(control) === 0, 'the end of all to be noticed');
	assert.equal((await status(control)).connections_refused, 0);
});

const withLength = (world, wire, length, body = '') =>
	options(world, wire).replace('Content-Length: 0', `Content-Length: ${length}`) + body;

scenario('a Content-Length that no memory holds ends its connection, as first message and as later one, and nothing else', {
	...withTls(), extra: nobodyExempt,
}, async (world, control) => {
	const lengths = ['65537', '2147483647', '2147483648', '4294967290', '4294967295', '4294967296', '9223372036854775807',
		'18446744073709551615', '99999999999999999999999'];
	for (const secure of [false, true]) {
		for (const length of lengths) {
			for (const before of [0, 1, 3]) {
				const wire = await Wire.open(world, { secure, port: secure ? 5061 : 5060 });
				let text = '';
				for (let i = 0; i < before; i++)
					text += withLength(world, wire, 0);
				wire.socket.write(text + withLength(world, wire, length, 'hello'));
				await wire.until(() => wire.closed, `the end of the connection with ${length} after ${before}`);
			}
		}
	}
	assert.equal((await status(control)).calls, 0);
	const wire = await Wire.open(world);
	await ask(world, wire);
	wire.close();
});
