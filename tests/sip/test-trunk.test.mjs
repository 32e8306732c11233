// trunk { built-in = true }: every number of doc/testing.md, as a carrier's calls are seen: states, codes, sound, quality, price.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KEY, TOP, scenario } from './support/harness.mjs';
import { level, readWav } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

const CARRIER = 'trunk "test" { built-in = true }\nroute "^\\\\+1555019" { to = {"trunk:test"} }';
const number = last => `+1555019${last}`;
const NUMBERS = 'number "+15550009000" { echo = true }\nnumber "+15550009004" { echo = true }';
const testTrunk = (name, options, run) => scenario(name, { carrier: CARRIER, numbers: NUMBERS, ...options }, run);
const originate = async (control, last, more = {}) =>
	(await control.call('call.originate', { to: number(last), from: '+15550009000', ...more })).call;

// The final quality of a call.
const quality = async (control, id) => (await control.event('call.quality', ({ call, final }) => final && call.id === id)).stats;

// A phone that has called a number which answers.
async function connected(world, last) {
	const alice = await world.registered('alice'), call = await alice.call(number(last));
	await call.response(180);
	await call.response(200);
	return call;
}

const declines = { '0001': [486, 'busy'], '0400': [400, 'failed'], '0404': [404, 'failed'], '0480': [480, 'no-answer'], '0486': [486, 'busy'],
	'0500': [500, 'failed'], '0503': [503, 'failed'], '0600': [600, 'busy'], '0603': [603, 'failed'], '0607': [607, 'failed'], '0699': [699, 'failed'],
	'0399': [404, 'failed'], '0700': [404, 'failed'], '9999': [404, 'failed'], '0100': [404, 'failed'] };
testTrunk('numbers that are busy, decline with a code, or are none', {}, async (world, control) => {
	for (const [last, [code, status]] of Object.entries(declines)) {
		const { id } = await originate(control, last), call = await control.callState(id, status);
		assert.deepEqual([call.sip_code, call.trunk, call.ended_by], [code, 'test', 'callee'], `${last}: ${JSON.stringify(call)}`);
	}
});

testTrunk('…0002 rings out: the ring time ends it, and a caller who gives up', {}, async (world, control) => {
	const { id } = await originate(control, '0002', { timeout: 1 });
	await control.callState(id, 'no-answer');
	assert.deepEqual(control.states(id), ['queued', 'ringing', 'no-answer']);
	const alice = await world.registered('alice'), call = await alice.call(number('0002'));
	await call.response(180);
	await call.cancel();
	assert.equal((await call.final()).status, 487);
});

testTrunk('…0000 answers and speaks; the recording has it', {}, async (world, control) => {
	const { id } = await originate(control, '0000', { record: true });
	await control.callState(id, 'in-progress');
	assert.deepEqual(control.states(id), ['queued', 'ringing', 'in-progress']);
	const alice = await connected(world, '0000');
	await alice.rtp.hearAnything('the speech');
	await alice.rtp.hearSilence('its end');
	await alice.bye();
	await control.call('call.hangup', { call: id });
	const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
	const wav = readWav(readFileSync(recording.file));
	assert.ok(wav.channels.some(samples => level(samples) > 300), 'the recording is silent');
});

testTrunk('…0003 sends back what it hears, keys too', {}, async world => {
	const alice = await connected(world, '0003');
	alice.rtp.sendTone(700);
	await alice.rtp.hear(700);
	alice.rtp.stop();
	alice.rtp.press(7);
	await alice.rtp.signal.until(() => alice.rtp.packets.some(({ pt, payload }) => pt === 101 && payload[0] === 7), 'the key');
	await alice.bye();
});

testTrunk('…0004 is a voicemail: words, then a beep, then it listens', {}, async world => {
	const alice = await connected(world, '0004');
	await alice.rtp.hearAnything('the greeting');
	await alice.rtp.hear(1000, 'the beep');
	await alice.rtp.hearSilence();
	await alice.bye();
});

testTrunk('…0005 presses keys', {}, async (world, control) => {
	const { id } = await originate(control, '0005');
	const pressed = () => control.events.filter(e => e.method === 'call.digit' && e.params.call.id === id).map(e => e.params.digit).join('');
	await control.signal.until(() => pressed() === '1234#', `1234# (there was ${pressed()})`);
	await control.call('call.hangup', { call: id });
});

testTrunk('…0006 loses 5 % of its packets', {}, async (world, control) => {
	const { id } = await originate(control, '0006'), caller = await connected(world, '0006');
	await caller.rtp.further(300);
	const seqs = caller.rtp.packets.map(({ seq }) => seq), span = (seqs.at(-1) - seqs[0] & 0xffff) + 1;
	assert.ok(span - seqs.length >= span * 0.03 && span - seqs.length <= span * 0.08, `${span - seqs.length} of ${span} are missing`);
	await caller.bye();
	await control.call('call.hangup', { call: id });
	const stats = await quality(control, id);
	assert.ok(stats.rx_lost >= stats.rx_packets * 0.03, JSON.stringify(stats));
});

testTrunk('…0007 delays its packets by up to 80 ms, and loses none', {}, async (world, control) => {
	const { id } = await originate(control, '0007'), caller = await connected(world, '0007');
	await caller.rtp.further(200);
	const seqs = caller.rtp.packets.map(({ seq }) => seq);
	assert.ok(seqs.every((seq, i) => i === 0 || seq === (seqs[i - 1] + 1 & 0xffff)), 'one overtakes another, or is missing');
	await caller.bye();
	await control.call('call.hangup', { call: id });
	const stats = await quality(control, id);
	assert.ok(stats.jitter_ms.max >= 10 && stats.rx_lost === 0, JSON.stringify(stats));
});

testTrunk('…0008 answers and says nothing; …0009 answers after a long ring', {}, async (world, control) => {
	const late = await originate(control, '0009'), alice = await connected(world, '0008');
	await alice.rtp.further(60);
	assert.ok(level(alice.rtp.samples) < 20);
	await alice.bye();
	const { ringing, answered } = await control.callState(late.id, 'in-progress');
	assert.ok(answered - ringing >= 4900, `${answered - ringing} ms`);
	await control.call('call.hangup', { call: late.id });
});

testTrunk('…01NN hangs up after NN seconds', {}, async (world, control) => {
	const alice = await connected(world, '0101'), { id } = await originate(control, '0102');
	await alice.request('BYE');
	const call = await control.callState(id, 'completed');
	assert.equal(call.ended_by, 'callee');
	assert.ok(call.ended - call.answered >= 1900, `${call.ended - call.answered} ms`);
});

testTrunk('it can be held and taken back', {}, async (world, control) => {
	const { id } = await originate(control, '0007');
	await control.callState(id, 'in-progress');
	await control.call('call.hold', { call: id, hold: true });
	assert.equal((await control.call('call.get', { call: id })).call.on_hold, true);
	await control.call('call.hold', { call: id, hold: false });
	await control.call('call.hangup', { call: id });
	await control.callState(id, 'completed');
});

testTrunk('A-law, if that is what the trunk has; without G.711 it declines', {
	carrier: `trunk "a" { built-in = true codecs = {"PCMA"} }\ntrunk "o" { built-in = true codecs = {"opus"} }
route "0003$" { to = {"trunk:a"} }\nroute "0000$" { to = {"trunk:o"} }`,
}, async (world, control) => {
	const alice = await connected(world, '0003');
	alice.rtp.sendTone(700);
	await alice.rtp.hear(700);
	await alice.bye();
	const { id } = await originate(control, '0000');
	assert.equal((await control.callState(id, 'failed')).sip_code, 488);
});

testTrunk('two of them: one is out of service, and the route goes on to the next', {
	carrier: `trunk "second" { built-in = true strip-out = 11 prepend-out = "000" }\n${CARRIER.replace('trunk:test"', 'trunk:test", "trunk:second"')}`,
}, async (world, control) => {
	const { id } = await originate(control, '0503');
	assert.equal((await control.callState(id, 'in-progress')).trunk, 'second');
	await control.call('call.hangup', { call: id });
});

testTrunk('…0004 is known as a machine, and its beep heard', {}, async (world, control) => {
	const { id } = await originate(control, '0004');
	await control.callState(id, 'in-progress');
	await control.call('call.detect_machine', { call: id, message_end: true });
	const { machine } = await control.event('call.machine', ({ call, machine: { end } }) => call.id === id && end, 'with an end');
	assert.deepEqual([machine.is, machine.end, Math.round(machine.beep.hz / 50)], ['machine', 'beep', 20]);
	await control.call('call.hangup', { call: id });
});

testTrunk('its calls have a price', { account: 'deck = "d"', extra: 'deck "d" { currency = "EUR" rates = { "+1 0.60 60/60" } }' }, async (world, control) => {
	const { id } = await originate(control, '0101');
	const { price, price_unit } = await control.callState(id, 'completed');
	assert.deepEqual([price, price_unit], ['0.60', 'EUR']);
});

testTrunk('the API sees it as any carrier', {}, async world => {
	await world.startApi();
	const { status, body } = await world.http('POST', '/v1/voice/calls', { to: number('0000'), from: '+15550009000', record: true,
		script: '<Response><Say>Hello.</Say><Pause length="1"/></Response>' });
	assert.equal(status, 201, JSON.stringify(body));
	const call = await poll(async () => {
		const { body: now } = await world.http('GET', `/v1/voice/calls/${body.id}`);
		return now.recording_url && now;
	}, 'the recording');
	assert.equal(call.status, 'completed');
});

scenario('a reload brings it, and takes it away', { carrier: '', numbers: NUMBERS }, async (world, control) => {
	const before = readFileSync(world.confFile, 'utf8');
	writeFileSync(world.confFile, `${before}\n${CARRIER}\n`);
	await control.call('switch.reload');
	const { trunks: [trunk] } = await control.call('trunk.list');
	assert.deepEqual([trunk.name, trunk.state, trunk.reason], ['test', 'up', undefined]);
	const { id } = await originate(control, '0001');
	await control.callState(id, 'busy');
	writeFileSync(world.confFile, before);
	await control.call('switch.reload');
	assert.deepEqual((await control.call('trunk.list')).trunks, []);
});

testTrunk('it answers OPTIONS', { carrier: CARRIER.replace('true', 'true health-interval = 1') }, async (world, control) => {
	await poll(async () => {
		const { trunks: [{ state, asked }] } = await control.call('trunk.list');
		return asked && state === 'up';
	}, 'an answer');
});

testTrunk('who shares its address is not it: a stranger is asked for a password', {}, async world => {
	for (const transport of ['udp', 'tcp']) {
		const phone = await world.phone('nobody', { host: world.host, transport, password: '' });
		assert.ok([401, 403, 407].includes((await (await phone.call('+15550009004')).final()).status), transport);
	}
});

testTrunk('what is no SIP does it no harm', {}, async (world, control) => {
	const { trunks: [{ servers: [server] }] } = await control.call('trunk.list');
	const port = Number(server.split(':').at(-1)), socket = dgram.createSocket('udp4');
	const head = 'INVITE sip:0000@x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCSeq: 1 INVITE\r\n';
	for (const text of ['', '\r\n\r\n', 'x'.repeat(9000), 'INVITE', 'SIP/2.0 200 OK\r\n\r\n', `${head}\r\n`, `${head}Call-ID: ${'y'.repeat(300)}\r\n\r\n`,
		`${head}Call-ID: z\r\nContent-Length: 3\r\n\r\nv=0`, head.replaceAll('INVITE', 'BYE') + 'Call-ID: q\r\n\r\n', 'ACK'.padEnd(40, ':') + '\r\n\r\n'])
		await new Promise(resolve => socket.send(text, port, world.host, resolve));
	socket.close();
	const { id } = await originate(control, '0001');
	await control.callState(id, 'busy');
});

testTrunk('the test that doc/testing.md shows passes', {}, async world => {
	await world.startApi();
	const file = join(world.dir, 'call.test.mjs');
	writeFileSync(file, /```js\n([^]*?)```/.exec(readFileSync(join(TOP, 'doc/testing.md'), 'utf8'))[1]);
	const { NODE_TEST_CONTEXT, ...environment } = process.env; // it is a run of its own
	const { stdout } = await promisify(execFile)(process.execPath, ['--test', file], { env: { ...environment, OFFHOOK_URL: world.api, OFFHOOK_KEY: KEY } });
	assert.match(stdout, /pass [1-9]/);
});

scenario('a trunk that leads back: a number of ours is called as somebody outside would', {
	carrier: world => `trunk "loop" { address = "${world.host}:5060" strip-out = 4 }\nroute "^\\\\+999" { to = {"trunk:loop"} }`,
	numbers: 'number "+15550009004" { echo = true }\nnumber "+15550009000" { voice-url = "http://127.0.0.1:9/" }',
}, async (world, control) => {
	const refused = await control.call('call.originate', { to: '+15550009004', from: '+15550009000' }).catch(error => error);
	assert.match(refused.message, /answered by the switch itself.*doc\/testing\.md/);
	const { call: out } = await control.call('call.originate', { to: '+99915550009004', from: '+15550009000' });
	const { call } = await control.event('call.state', params => params.call.direction === 'inbound' && params.call.status === 'in-progress');
	assert.deepEqual([call.from, call.to, call.trunk, call.number], ['+15550009000', '+15550009004', 'loop', '+15550009004']);
	await control.callState(out.id, 'in-progress');
	await control.call('call.hangup', { call: out.id });
	await control.callState(call.id, 'completed');
	await control.call('call.originate', { to: '+99915550009000', from: '+15550009000' });
	await control.event('call.incoming', params => params.call.to === '+15550009000');
});
