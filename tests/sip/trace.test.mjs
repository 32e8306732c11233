// The SIP messages of calls are kept: all legs, refused ones, registrations; without secrets; within bounds; over a restart.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { withTls } from './support/certificates.mjs';
import { BUILD, KEY, scenario } from './support/harness.mjs';
import { Crypto } from './support/srtp.mjs';
import { poll } from './support/wait.mjs';

const shape = ({ messages }) => messages.map(({ sent, method, code }) => `${sent ? '>' : '<'}${code ? `${code} ` : ''}${method}`);
const all = (shapes, wanted) => wanted.forEach(one => assert.ok(shapes.includes(one), `${one} in ${shapes}`));
const folder = world => join(world.dir, 'state/trace');

// All bytes that are kept on disk.
function kept(at) {
	return readdirSync(at, { withFileTypes: true }).map(entry => entry.isDirectory() ? kept(join(at, entry.name)) : readFileSync(join(at, entry.name), 'latin1')).join('');
}

scenario('both legs of a call are found by either, in order, with who they are of and the callee’s registration', {}, async (world, control) => {
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
	for (const { id } of [inbound, outbound]) {
		const trace = await control.call('call.trace', { call: id });
		const shapes = shape(trace);
		all(shapes, ['<INVITE', '>407 INVITE', '>INVITE', '<180 INVITE', '>180 INVITE', '<200 INVITE', '>ACK', '>200 INVITE', '<ACK', '<BYE', '>200 BYE', '>BYE']);
		assert.equal(trace.truncated, false);
		const times = trace.messages.map(({ time_us }) => time_us);
		assert.deepEqual(times, times.toSorted((a, b) => a - b));
		assert.deepEqual(new Set(trace.messages.map(({ call }) => call)), new Set([inbound.id, outbound.id]));
		assert.equal(trace.calls.find(({ call }) => call === outbound.id).parent_call_id, inbound.id);
		const invite = trace.messages.find(({ sent, method, code }) => sent && method === 'INVITE' && !code);
		assert.equal(invite.remote, `127.0.0.1:${bob.port}`);
		assert.equal(invite.transport, 'udp');
		assert.match(invite.local, /^127\.[\d.]+:5060$/);
		assert.match(invite.text, /^INVITE sip:bob@.*\r\n[^]*\r\n\r\nv=0\r\n/);
		assert.deepEqual(new Set(trace.registrations.map(({ to_user }) => to_user)), new Set(['alice', 'bob']));
		assert.deepEqual(trace.registrations.filter(({ to_user }) => to_user === 'bob').map(({ code }) => code ?? 'REGISTER'), ['REGISTER', 401, 'REGISTER', 200]);
	}
});

for (const transport of ['tcp', 'udp']) {
	scenario(`a call that is refused is there too, over ${transport}`, {}, async (world, control) => {
		const alice = await world.registered('alice', { transport });
		const refused = await alice.call('+4412345');
		const reply = await refused.final();
		assert.ok(reply.status >= 400);
		const trace = await control.call('call.trace', { sip_call_id: reply.get('call-id') });
		all(shape(trace), ['<INVITE', '>407 INVITE', '<ACK', `>${reply.status} INVITE`]);
		assert.ok(trace.messages.every(message => message.transport === transport));
	});
}

scenario('who is not let in at all leaves its messages', {}, async (world, control) => {
	const stranger = await world.phone('alice', { password: 'wrong' });
	const call = await stranger.call('bob');
	const reply = await call.final();
	const { messages, calls } = await control.call('call.trace', { sip_call_id: reply.get('call-id') });
	assert.deepEqual(calls, []);
	all(shape({ messages }), ['<INVITE', `>${reply.status} INVITE`]);
	await assert.rejects(control.call('call.trace', { call: '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11' }), { code: 404 });
	await assert.rejects(control.call('call.trace', {}), { code: -32602 });
	await assert.rejects(control.call('call.trace', { call: 'x' }), { code: -32602 });
});

scenario('no secret is kept: neither responses nor keys nor digits', { users: `
user "alice" { password = "secret-a" number = "+15550001001" srtp = "accepted" }` }, async (world, control) => {
	const alice = await world.registered('alice');
	const key = new Crypto('AES_CM_128_HMAC_SHA1_80', undefined, { tag: 1 });
	const call = await alice.call('+15550009004', { sdp: { proto: 'RTP/SAVP', srtp: [key] } });
	const answer = await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	await call.bye();
	await control.callState(id, 'completed');
	const trace = await control.call('call.trace', { call: id });
	const text = JSON.stringify(trace), disk = kept(folder(world));
	const ours = /inline:([^|\s]+)/.exec(answer.body)[1];
	assert.match(trace.messages.find(({ method, code, sent, text }) => method === 'INVITE' && !code && !sent && text.includes('Authorization')).text, /response="\*{32,}"/);
	assert.match(text, /inline:\*{40}/);
	for (const where of [text, disk]) {
		assert.ok(!where.includes(ours), 'our key');
		assert.doesNotMatch(where, /response="?[0-9a-f]/);
		assert.doesNotMatch(where, /inline:[^*]/);
	}
	for (const { text: one } of trace.messages) {
		const [head, body] = one.split('\r\n\r\n');
		assert.equal(body.length, Number(/^Content-Length: *(\d+)/mi.exec(head)[1]), 'lengths are as they were');
	}
});

scenario('what is kept is there after a restart, and what comes then is found beside it', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	await call.bye();
	await control.callState(id, 'completed');
	const before = await control.call('call.trace', { call: id });
	await world.switch.kill('SIGKILL');
	const fresh = await world.startSwitch();
	assert.deepEqual(await fresh.call('call.trace', { call: id }), before);
});

scenario('the ring keeps to its size, and the newest is what it keeps', { extra: 'trace { size = 1M }' }, async (world, control) => {
	const alice = await world.registered('alice');
	let first, last;
	const size = at => readdirSync(at, { withFileTypes: true }).reduce((sum, entry) => sum + (entry.isDirectory() ? size(join(at, entry.name)) : statSync(join(at, entry.name)).size), 0);
	for (let i = 0; i < 60; i++) {
		const call = await alice.call('+15550009004', { headers: [['X-Fill', 'f'.repeat(8000)], ['X-Number', `${i}`]] });
		const ok = await call.response(200);
		first ??= ok.get('call-id');
		last = ok.get('call-id');
		await call.bye();
	}
	const trace = await control.call('call.trace', { sip_call_id: last });
	all(shape(trace), ['<INVITE', '>200 INVITE', '<ACK', '<BYE', '>200 BYE']);
	assert.ok(size(folder(world)) <= 1 << 20, `${size(folder(world))} bytes`);
	await assert.rejects(control.call('call.trace', { sip_call_id: first }), { code: 404 });
	const { trace: stats } = await control.call('switch.status');
	assert.equal(stats.lost, 0);
});

scenario('with keep = 0 nothing is kept, after a reload too', { extra: 'trace { keep = 0 }' }, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	const ok = await call.response(200);
	await call.bye();
	await assert.rejects(control.call('call.trace', { sip_call_id: ok.get('call-id') }), { code: 404 });
	assert.equal(kept(folder(world)), '');
	writeFileSync(world.confFile, readFileSync(world.confFile, 'utf8').replace('keep = 0', 'keep = 1d'));
	await control.call('switch.reload');
	const other = await alice.call('+15550009004');
	const sip_call_id = (await other.response(200)).get('call-id');
	await other.bye();
	assert.ok((await control.call('call.trace', { sip_call_id })).messages.length >= 5);
	writeFileSync(world.confFile, readFileSync(world.confFile, 'utf8').replace('keep = 1d', 'keep = 0'));
	await control.call('switch.reload');
	await assert.rejects(control.call('call.trace', { sip_call_id }), { code: 404 });
	assert.equal(kept(folder(world)), '');
});

scenario('trace.read goes on from where it was', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const { after, messages } = await control.call('trace.read', {});
	assert.deepEqual(messages, []);
	const call = await alice.call('+15550009004');
	await call.response(200);
	const next = await control.call('trace.read', { after });
	all(shape(next), ['<INVITE', '>200 INVITE']);
	assert.equal(next.calls.length, 1);
	assert.deepEqual((await control.call('trace.read', { after: next.after })).messages.filter(({ method }) => method === 'INVITE'), []);
	await call.bye();
});

// What tshark makes of a capture: the method or code of each packet; it complains of no checksum and no length.
async function dissect(file) {
	const args = ['-r', file, '-Y', 'sip', '-o', 'udp.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE',
		'-T', 'fields', '-e', 'sip.Method', '-e', 'sip.Status-Code', '-e', '_ws.malformed', '-e', 'udp.checksum.status', '-e', 'tcp.checksum.status', '-e', 'ip.checksum.status'];
	const { stdout } = await promisify(execFile)('tshark', args);
	return stdout.trimEnd().split('\n').map(line => {
		const [method, code, malformed, ...sums] = line.split('\t');
		assert.equal(malformed, '');
		assert.ok(sums.filter(Boolean).every(sum => /^(1|Good)$/.test(sum)), line);
		return code || method;
	});
}

for (const transport of ['udp', 'tcp', 'tls']) {
	scenario(`tshark reads a call over ${transport}`, transport === 'tls' ? withTls() : {}, async (world, control) => {
		const alice = await world.registered('alice', { transport });
		const call = await alice.call('+15550009004');
		await call.response(200);
		const { id } = await control.someCall(({ status }) => status === 'in-progress');
		await call.bye();
		await control.callState(id, 'completed');
		const trace = await control.call('call.trace', { call: id });
		assert.ok(trace.messages.every(message => message.transport === transport));
		all(shape(trace), ['<INVITE', '>407 INVITE', '>200 INVITE', '<ACK', '<BYE', '>200 BYE']);
		const file = join(world.dir, 'call.pcapng');
		writeFileSync(file, (await promisify(execFile)(CTL, ['-s', world.socket, 'pcap', id], { encoding: 'buffer' })).stdout);
		assert.deepEqual(await dissect(file), [...trace.registrations, ...trace.messages].map(({ method, code }) => code ? `${code}` : method));
	});
}

const CTL = join(BUILD, 'bin/offhookctl');

// What tshark takes for RTP by what the messages' SDP says, a row for each stream: "127.0.0.1:4000>…", its SSRC, and its packets.
async function streams(file) {
	const fields = ['ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport', 'rtp.ssrc', 'rtp.seq', 'rtp.timestamp', 'rtp.p_type', 'frame.time_epoch', 'udp.length'];
	const { stdout } = await promisify(execFile)('tshark', ['-r', file, '-Y', 'rtp', '-T', 'fields', ...fields.flatMap(field => ['-e', field])]);
	const found = new Map();
	for (const line of stdout.split('\n').filter(Boolean)) {
		const [source, sourcePort, target, targetPort, ssrc, ...numbers] = line.split('\t');
		const [seq, timestamp, pt, time, length] = numbers.map(Number), name = `${source}:${sourcePort}>${target}:${targetPort}`;
		found.set(name, [...found.get(name) ?? [], { ssrc: Number(ssrc), seq, timestamp, pt, time, size: length - 8 }]);
	}
	return found;
}

scenario('a capture has the RTP headers of the first and last packets, both ways of both legs', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('bob');
	const callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	const { id } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(660);
	await poll(() => caller.rtp.packets.length > 150 && callee.rtp.packets.length > 150, 'three seconds of audio');
	await caller.bye();
	await control.callState(id, 'completed');
	await poll(async () => (await control.call('call.trace', { call: id })).rtp.length >= 4, 'headers of both');
	const file = join(world.dir, 'call.pcapng');
	writeFileSync(file, (await promisify(execFile)(CTL, ['-s', world.socket, 'pcap', id], { encoding: 'buffer' })).stdout);
	const found = await streams(file);
	for (const call of [caller, callee]) {
		const ours = `${call.rtp.remote.host}:${call.rtp.remote.port}`, its = `127.0.0.1:${call.rtp.port}`;
		const sent = found.get(`${ours}>${its}`), received = found.get(`${its}>${ours}`);
		assert.equal(sent?.length, 84, [...found.keys()].join());
		assert.equal(received?.length, 84);
		for (const packet of sent) { // the last ones may still be on their way
			const arrived = await poll(() => call.rtp.packets.find(({ seq, ssrc }) => seq === packet.seq && ssrc === packet.ssrc), `${packet.seq} of ${packet.ssrc}`);
			assert.deepEqual([packet.timestamp, packet.pt, packet.size], [arrived.timestamp, arrived.pt, arrived.payload.length + 12]);
		}
		assert.equal(new Set(received.map(({ ssrc }) => ssrc)).size, 1);
		assert.ok(received.at(-1).time - received[0].time > 2 && received[41].time - received[0].time < received.at(-1).time - received[0].time);
		const times = received.map(({ time }) => time);
		assert.deepEqual(times, times.toSorted((a, b) => a - b));
	}
	const before = await control.call('call.trace', { call: id });
	await world.switch.kill('SIGKILL');
	const fresh = await world.startSwitch();
	assert.deepEqual(await fresh.call('call.trace', { call: id }), before, 'they outlive the switch');
});

scenario('with rtp = false there are none', { extra: 'trace { rtp = false }' }, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	call.rtp.sendTone(440);
	await poll(() => call.rtp.packets.length > 10, 'an echo');
	await call.bye();
	await control.event('call.quality', ({ call_id, call: it, final }) => final && (call_id ?? it?.id ?? it) === id);
	assert.deepEqual((await control.call('call.trace', { call: id })).rtp, []);
});

scenario('the API and offhookctl show it: JSON, a ladder as text and as a picture', {}, async (world, control) => {
	await world.startApi();
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('bob');
	const callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	const { id } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	await caller.bye();
	await control.callState(id, 'completed');
	const url = `${world.api}/v1/voice/calls/${id}/trace`;
	const get = accept => fetch(url, { headers: { 'X-API-Key': KEY, ...accept && { Accept: accept } } });
	await poll(async () => (await get()).status === 200, 'the API knows the call');
	const json = await (await get()).json();
	assert.equal(json.call_id, id);
	assert.equal(json.dialogs.length, 2);
	assert.match(json.messages[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
	assert.deepEqual(json.messages.slice(0, 2).map(({ direction, method, code }) => [direction, method, code]), [['received', 'INVITE', undefined], ['sent', 'INVITE', 100]]);
	assert.equal(json.registrations.length, 8);
	const text = await get('text/plain');
	assert.match(text.headers.get('content-type'), /^text\/plain/);
	const ladder = await text.text();
	assert.match(ladder, new RegExp(`127\\.0\\.0\\.1:${alice.port}.*127\\.0\\.0\\.1:${bob.port}`));
	assert.match(ladder, /│ +INVITE \(SDP\) +│/);
	assert.match(ladder, /│ ─+> │/);
	assert.match(ladder, /│ <─+ │/);
	assert.match(ladder, /│ +200 OK \(SDP\) +│/);
	const svg = await (await get('image/svg+xml')).text();
	assert.match(svg, /^<svg [^]*407 Proxy Authentication Required[^]*<\/svg>\n$/);
	const pcap = await get('application/vnd.tcpdump.pcap');
	assert.equal(pcap.headers.get('content-type'), 'application/vnd.tcpdump.pcap');
	const bytes = Buffer.from(await pcap.arrayBuffer());
	const file = join(world.dir, 'call.pcapng');
	writeFileSync(file, bytes);
	assert.deepEqual((await promisify(execFile)(CTL, ['-s', world.socket, 'pcap', id], { encoding: 'buffer' })).stdout, bytes);
	assert.deepEqual(await dissect(file), [...json.registrations, ...json.messages].map(({ method, code }) => code ? `${code}` : method));
	const { stdout } = await promisify(execFile)(CTL, ['-s', world.socket, 'trace', id]);
	assert.equal(stdout, ladder);
	assert.equal((await fetch(url.replace(id, '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11'), { headers: { 'X-API-Key': KEY } })).status, 404);
});

scenario('offhookctl trace -f shows who is asked for, as it comes', {}, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const watch = (...args) => {
		const child = spawn(CTL, ['-s', world.socket, 'trace', '-f', ...args]);
		child.output = '';
		child.stdout.on('data', data => { child.output += data; });
		return child;
	};
	const watchers = [watch('--user', 'alice'), watch('--trunk', 'carrier'), watch('--number', '+15550009005')];
	try {
		// Each is there when it shows the calls that are made until then.
		await poll(async () => {
			const call = await alice.call('+15550009005');
			await call.response(200);
			await call.bye();
			const other = await carrier.call('+15550009004');
			await other.response(200);
			await other.bye();
			return watchers.every(({ output }) => /200 OK/.test(output));
		}, 'all three show something');
		const [user, trunk, number] = watchers.map(({ output }) => output);
		assert.match(user, /<- 127\.0\.0\.1:\d+ {2}INVITE \(SDP\) {2}alice -> \+15550009005 {2}[0-9a-f]{8}$/m);
		assert.doesNotMatch(user, /15550009004/);
		assert.match(trunk, /15550009004/);
		assert.doesNotMatch(trunk, /alice/);
		assert.match(number, /15550009005/);
		assert.doesNotMatch(number, /15550009004/);
	} finally {
		await Promise.all(watchers.map(child => new Promise(resolve => { child.on('close', resolve); child.kill('SIGINT'); })));
	}
	const usage = await promisify(execFile)(CTL, ['-s', world.socket, 'trace']).catch(error => error);
	assert.equal(usage.code, 2);
});
