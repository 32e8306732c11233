// The SIP messages of calls go to a collector, too (HEP version 3): as sngrep and tshark read them, and as the protocol has it.
import assert from 'node:assert/strict';
import { spawn, execFile } from 'node:child_process';
import dgram from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noted } from '../leftovers.mjs';
import { scenario } from './support/harness.mjs';
import { Crypto } from './support/srtp.mjs';
import { poll } from './support/wait.mjs';

const HEP_PORT = 9060;

// A packet as https://github.com/sipcapture/HEP has it: {type: value}.
function chunks(packet) {
	assert.equal(packet.toString('latin1', 0, 4), 'HEP3');
	assert.equal(packet.readUInt16BE(4), packet.length, 'the length of all');
	const out = {};
	for (let at = 6; at < packet.length;) {
		const size = packet.readUInt16BE(at + 4);
		assert.equal(packet.readUInt16BE(at), 0, 'no vendor');
		assert.ok(size >= 6 && at + size <= packet.length, 'within the packet');
		out[packet.readUInt16BE(at + 2)] = packet.subarray(at + 6, at + size);
		at += size;
	}
	return out;
}

const address = (bytes, port) => `${[...bytes].join('.')}:${port.readUInt16BE()}`;

function read(packet) {
	const c = chunks(packet);
	assert.deepEqual([c[1][0], c[11][0]], [2, 1], 'IPv4, SIP');
	return { protocol: c[2][0], from: address(c[3], c[7]), to: address(c[4], c[8]), us: c[9].readUInt32BE() * 1e6 + c[10].readUInt32BE(), node: c[12].readUInt32BE(),
		id: c[17].toString(), text: c[15].toString() };
}

async function collector(host) {
	const socket = dgram.createSocket('udp4'), got = [];
	socket.on('message', packet => got.push(read(packet)));
	await new Promise((resolve, reject) => socket.once('error', reject).bind(HEP_PORT, host, resolve));
	return { got, close: () => socket.close() };
}

const at = world => `udp:${world.host}:${HEP_PORT}`;
const hep = (more = '') => ({ extra: world => `trace { hep = "${at(world)}" hep-id = 77 ${more} }` });

// alice calls bob, who answers; she hangs up. Resolves to the ids of both legs.
async function call(world, control) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('bob');
	const callee = await bob.incoming();
	await callee.reply(180);
	await callee.accept();
	await caller.response(200);
	const inbound = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	const outbound = await control.someCall(({ direction }) => direction === 'outbound');
	await caller.bye();
	await control.callState(outbound.id, 'completed');
	await poll(async () => { // the last answer to BYE may come behind the end of the call
		const { messages } = await control.call('call.trace', { call: inbound.id }).catch(() => ({ messages: [] }));
		return messages.filter(({ method, code }) => method === 'BYE' && code === 200).length === 2;
	}, 'the answers to both BYEs');
	return { inbound: inbound.id, outbound: outbound.id, bob };
}

// Bytes that wait for whoever listens at the collector's port; undefined: nobody does.
function unread(host) {
	const local = `${host.split('.').reverse().map(part => Number(part).toString(16).padStart(2, '0')).join('').toUpperCase()}:${HEP_PORT.toString(16).toUpperCase()}`;
	const line = readFileSync('/proc/net/udp', 'utf8').split('\n').map(one => one.trim().split(/\s+/)).find(fields => fields[1] === local);
	return line && parseInt(line[4].split(':')[1], 16);
}

const texts = list => list.map(({ text }) => text).toSorted();

scenario('a collector gets what is kept, from where to where and when, both legs under one id', { ...hep(), start: false }, async world => {
	await world.prepare();
	const { got, close } = await collector(world.host);
	try {
		const control = await world.startSwitch();
		const { inbound, outbound, bob } = await call(world, control);
		const { messages } = await control.call('call.trace', { call: inbound });
		const legs = () => got.filter(({ id }) => id === inbound);
		await poll(() => legs().length === messages.length, `all ${messages.length} messages of both legs`);
		assert.deepEqual(texts(legs()), texts(messages));
		assert.deepEqual(got.filter(({ id }) => id === outbound), []);
		for (const { text, from, to, us, protocol, node } of legs()) {
			const kept = messages.find(one => one.text === text && one.time_us === us);
			assert.ok(kept, text);
			assert.deepEqual([from, to], kept.sent ? [kept.local, kept.remote] : [kept.remote, kept.local]);
			assert.deepEqual([protocol, node], [17, 77]);
		}
		assert.ok(legs().some(({ to, text }) => to === `127.0.0.1:${bob.port}` && text.startsWith('INVITE')));
		const registrations = got.filter(({ text }) => /^CSeq: *\d+ REGISTER/mi.test(text));
		assert.equal(registrations.length, 8);
		assert.ok(registrations.every(({ id, text }) => text.toLowerCase().includes(`call-id: ${id}`.toLowerCase())));
		assert.doesNotMatch(JSON.stringify(got), /response=\\"[0-9a-f]/, 'no digest response');
		await poll(async () => (await control.call('switch.status')).trace.hep_sent >= got.length, 'the count of what was sent');
	} finally {
		close();
	}
});

scenario('keys are blanked there too, with keep = 0 as well; who is not let in goes with its Call-ID', { ...hep('keep = 0'), start: false, users: `
user "alice" { password = "secret-a" number = "+15550001001" srtp = "accepted" }` }, async world => {
	await world.prepare();
	const { got, close } = await collector(world.host);
	try {
		const control = await world.startSwitch();
		const alice = await world.registered('alice');
		const one = await alice.call('+15550009004', { sdp: { proto: 'RTP/SAVP', srtp: [new Crypto('AES_CM_128_HMAC_SHA1_80', undefined, { tag: 1 })] } });
		await one.response(200);
		const { id } = await control.someCall(({ status }) => status === 'in-progress');
		await one.bye();
		await poll(() => got.some(({ id: whose, text }) => whose === id && /^CSeq: *\d+ BYE/mi.test(text) && text.startsWith('SIP/2.0 200')), 'the end of the call');
		const all = JSON.stringify(got);
		assert.match(all, /inline:\*{40}/);
		assert.doesNotMatch(all, /inline:[^*]/);
		const refused = await (await (await world.phone('alice', { password: 'wrong' })).call('bob')).final();
		await poll(() => got.some(({ id: whose, text }) => whose === refused.get('call-id') && text.startsWith(`SIP/2.0 ${refused.status}`)), 'the refusal');
	} finally {
		close();
	}
});

scenario('a collector that is away, or given up, costs nothing but what it misses', { ...hep(), start: false }, async world => {
	await world.prepare();
	const control = await world.startSwitch();
	await call(world, control);
	const status = async () => (await control.call('switch.status')).trace;
	await poll(async () => (await status()).hep_lost > 0, 'what was lost is counted');
	const { got, close } = await collector(world.host);
	try {
		const caller = await (await world.registered('carol')).call('+15550009004');
		await caller.response(200);
		await caller.bye();
		await poll(() => got.some(({ text }) => text.startsWith('BYE')), 'the collector is told again');
		assert.equal((await status()).lost, 0);
		writeFileSync(world.confFile, readFileSync(world.confFile, 'utf8').replace(/hep = "[^"]*"/, ''));
		await control.call('switch.reload');
		const { hep_sent } = await status();
		const other = await (await world.registered('alice')).call('+15550009004');
		const sip_call_id = (await other.response(200)).get('call-id');
		await other.bye();
		assert.ok((await control.call('call.trace', { sip_call_id })).messages.length >= 5, 'it is kept');
		assert.equal((await status()).hep_sent, hep_sent);
	} finally {
		close();
	}
});

scenario('sngrep collects a call, and tshark reads what it writes', { ...hep(), start: false }, async world => {
	await world.prepare();
	const file = join(world.dir, 'sngrep.pcap');
	const sngrep = noted(spawn('sngrep', ['-f', '/dev/null', '-L', at(world), '-N', '-q', '-O', file], { stdio: 'ignore' }));
	const ended = new Promise(resolve => sngrep.on('exit', resolve));
	try {
		await poll(() => unread(world.host) === 0, 'sngrep to listen');
		const control = await world.startSwitch();
		const { inbound } = await call(world, control);
		const { messages } = await control.call('call.trace', { call: inbound });
		const shape = ({ method, code }) => code ? `${code}` : method;
		const later = await (await world.registered('carol')).call('+15550009004'); // when it reads this, it has written what was before
		await later.response(200);
		await later.bye();
		await poll(async () => (await control.call('switch.status')).trace.hep_sent >= messages.length + 8 + 5 && unread(world.host) === 0, 'sngrep to have it all');
		sngrep.kill('SIGINT');
		await ended;
		const { stdout } = await promisify(execFile)('tshark', ['-r', file, '-Y', [...new Set(messages.map(({ sip_call_id }) => `sip.Call-ID == "${sip_call_id}"`))].join(' || '),
			'-T', 'fields', '-e', 'sip.Method', '-e', 'sip.Status-Code']);
		const dissected = stdout.trimEnd().split('\n').map(line => line.split('\t')).map(([method, code]) => code || method);
		assert.deepEqual(dissected.toSorted(), messages.map(shape).toSorted());
	} finally {
		sngrep.kill('SIGINT');
		await ended;
	}
});
