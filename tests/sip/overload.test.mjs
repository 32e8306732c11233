// More than the switch can take: what is new is turned away with 503 before anything is made of it, what goes on goes on.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const status = control => control.call('switch.status');

function invite(world, socket, i, to = '+15550009004') {
	const { address, port } = socket.address();
	return `INVITE sip:${to}@${world.host} SIP/2.0\r\nVia: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-flood-${i};rport\r\nMax-Forwards: 70\r\n` +
		`From: <sip:stranger@${world.host}>;tag=f${i}\r\nTo: <sip:${to}@${world.host}>\r\nCall-ID: flood-${i}\r\nCSeq: 1 INVITE\r\n` +
		`Contact: <sip:stranger@${address}:${port}>\r\nContent-Length: 0\r\n\r\n`;
}

// A socket of nobody's that keeps the answers that it gets, each acknowledged.
async function stranger(world, host) {
	const socket = dgram.createSocket('udp4'), answers = new Map();
	await new Promise(resolve => socket.bind(0, host, resolve));
	socket.unref(); // after a failure nobody closes it
	socket.on('message', data => {
		const text = data.toString('latin1'), id = /^Call-ID: (.*?)\r$/mi.exec(text)?.[1], code = Number(text.slice(8, 11));
		if (!text.startsWith('SIP/2.0 ') || code < 200)
			return;
		answers.set(id, text);
		const header = name => new RegExp(`^${name}: .*?\r$`, 'mi').exec(text)[0].trim();
		socket.send(`ACK sip:x@${world.host} SIP/2.0\r\n${header('Via')}\r\n${header('From')}\r\n${header('To')}\r\n${header('Call-ID')}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n`,
			world.server.port, world.server.host);
	});
	return { socket, answers };
}

scenario('with no room for a call, new ones are turned away unread; what has begun and REGISTER are not', { sip: 'max-calls = 1' }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const call = await carrier.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);

	const before = await status(control);
	const refused = await (await alice.call('+15550009004', { auth: false })).final();
	assert.equal(refused.status, 503, 'it is not even challenged');
	assert.match(refused.get('retry-after'), /^([5-9]|10)$/);
	const after = await status(control);
	assert.equal(after.overload_refused - before.overload_refused, 1);
	assert.equal(after.calls_refused - before.calls_refused, 1);
	assert.equal(after.sip_dialogs, before.sip_dialogs);
	assert.equal(after.calls_total, before.calls_total);

	assert.equal((await alice.register()).status, 200);
	assert.equal((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status, 200);
	assert.equal((await carrier.send(call.inDialog('OPTIONS'))).status, 200);
	const help = await alice.call('112'); // whatever comes of it, it is not this that stops it
	assert.notEqual((await help.final()).status, 503);
	assert.equal((await call.bye()).status, 200);
	await poll(async () => (await status(control)).calls === 0, 'the end of the first');
	const next = await alice.call('+15550009004');
	assert.equal((await next.final()).status, 200);
	await next.bye();
	await poll(() => / warn sip\.overload refused=1 calls=1 strangers=0 .*max-calls is reached/.test(world.switch.text()), 'a line in the log');
});

scenario('an INVITE that has been taken may come again while others are turned away', { sip: 'max-calls = 2' }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const [call, far] = await Promise.all([carrier.call('+15550009001'), alice.incoming()]);
	far.reply(180);
	await call.response(180);
	const ringing = () => call.responses.filter(({ status: code }) => code === 180).length, before = ringing();
	const seen = await status(control);
	carrier.transmit(call.invite);
	await carrier.signal.until(() => ringing() > before, 'the answer once more');
	const after = await status(control);
	assert.equal(after.overload_refused, seen.overload_refused);
	assert.equal(after.calls_total, seen.calls_total);
	await far.accept();
	await call.response(200);
	await call.bye();
});

scenario('strangers are turned away before our phones are', { sip: 'max-calls-per-second = 20', extra: 'guard { rate = 0 }' }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	// 19 of 20 are gone now: the last are for those whom we know
	const calls = await Promise.all(Array.from({ length: 30 }, () => carrier.call('+15550009004')));
	const finals = await Promise.all(calls.map(call => call.final()));
	assert.ok(finals.filter(({ status: code }) => code === 503).length > 0);
	assert.ok((await status(control)).overload_refused > 0);
	const call = await poll(async () => {
		const one = await alice.call('+15550009004');
		return (await one.final()).status === 200 && one;
	}, 'a call of a phone');
	await Promise.all([call, ...calls.filter((one, i) => finals[i].status === 200)].map(one => one.bye()));
});

scenario('a flood that does not end in time is turned away in part, calls of phones are not', {
	sip: 'max-delay = 10ms', log: 'warn', extra: 'guard { rate = 0 max-challenges = 0 exempt = {"127.0.0.0/8"} }',
}, async (world, control) => {
	const FLOOD = 3000, carrier = await world.trunk(), { socket, answers } = await stranger(world, world.spareHosts[0]);
	const call = await carrier.call('+15550009004');
	await call.response(200);
	await Promise.all(Array.from({ length: FLOOD }, (_, i) =>
		new Promise(resolve => socket.send(invite(world, socket, i), world.server.port, world.server.host, resolve))));
	assert.equal((await carrier.send(call.inDialog('OPTIONS'))).status, 200);
	await poll(async () => (await status(control)).overload_refused > 0, 'some to be turned away');
	assert.equal((await call.bye()).status, 200);
	const refused = [...answers.values()].filter(text => text.startsWith('SIP/2.0 503 '));
	for (const text of refused)
		assert.match(text, /^Retry-After: ([5-9]|10)\r$/m);
	assert.ok([...answers.values()].every(text => /^SIP\/2.0 (407|503) /.test(text)));
	// and when it is over, all is as it was
	await poll(async () => (await status(control)).delay_ms === 0, 'the end of it');
	const next = await carrier.call('+15550009004');
	assert.equal((await next.final()).status, 200);
	await next.bye();
	socket.close();
});

scenario('what has piled up while the switch stood still is no overload', { sip: 'max-delay = 2s', extra: 'guard { rate = 0 }' }, async (world, control) => {
	const carrier = await world.trunk();
	process.kill(world.switch.pid, 'SIGSTOP');
	const calls = [];
	try {
		for (let i = 0; i < 20; i++)
			calls.push(await carrier.call('+15550009004'));
		await new Promise(resolve => setTimeout(resolve, 2500)); // that long they wait
	} finally {
		process.kill(world.switch.pid, 'SIGCONT');
	}
	for (const call of calls)
		assert.equal((await call.final()).status, 200);
	assert.equal((await status(control)).overload_refused, 0);
	await Promise.all(calls.map(call => call.bye()));
});
