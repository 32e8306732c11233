// Trunks: calls from a carrier's address to our numbers, and from users out through a route.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';
import { level, readWav, toneShares } from './support/rtp.mjs';

const inbound = ({ direction }) => direction === 'inbound';
const outbound = ({ direction }) => direction === 'outbound';

scenario('a carrier calls a number that dials a user, and they talk', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await carrier.call('+15550009001', { headers: [['X-Campaign', 'spring']] }), callee = await alice.incoming();
	await callee.reply(180);
	await caller.response(180);
	await callee.accept();
	await caller.response(200);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	const first = await control.someCall(call => inbound(call) && call.status === 'in-progress');
	assert.equal(first.trunk, 'carrier');
	assert.equal(first.number, '+15550009001');
	assert.equal(first.to, '+15550009001');
	assert.deepEqual(first.headers, { 'X-Campaign': 'spring' });
	const second = await control.someCall(call => outbound(call) && call.status === 'in-progress');
	assert.equal(second.user, 'alice');
	assert.equal(second.parent_call_id, first.id);
	const { trunks } = await control.call('trunk.list');
	assert.deepEqual(trunks.map(({ name, calls }) => [name, calls]), [['carrier', 1]]);
	await caller.bye();
	await callee.ended();
	await control.callState(first.id, 'completed');
	await control.callState(second.id, 'completed');
});

scenario('a number echoes', {}, async (world, control) => {
	const carrier = await world.trunk();
	const caller = await carrier.call('+15550009004');
	await caller.response(200);
	caller.rtp.sendTone(600);
	await caller.rtp.hear(600, 'the echo');
	await caller.bye();
	const call = await control.someCall(({ status }) => status === 'completed');
	assert.deepEqual(control.states(call.id).at(-1), 'completed');
	assert.equal(call.ended_by, 'caller');
});

scenario('a number records what the caller says, at the right length', {}, async (world, control) => {
	const carrier = await world.trunk();
	const caller = await carrier.call('+15550009005');
	await caller.response(200);
	caller.rtp.sendTone(600);
	await caller.rtp.hear(600, 'the echo');
	await caller.rtp.further(75);
	await caller.bye();
	const { call, recording } = await control.event('call.record_done');
	assert.equal(recording.status, 'completed');
	assert.ok(recording.file.startsWith(`${world.dir}/state/`), recording.file);
	const over = await control.callState(call.id, 'completed');
	const wav = readWav(readFileSync(recording.file));
	assert.equal(wav.rate, 8000);
	assert.equal(wav.declared, wav.channels.length * wav.channels[0].length * 2, 'the header is right');
	assert.ok(Math.abs(wav.seconds * 1000 - recording.duration_ms) <= 20, `${wav.seconds} s, ${recording.duration_ms} ms`);
	assert.ok(Math.abs(wav.seconds * 1000 - over.duration_ms) <= 300, `${wav.seconds} s of a call of ${over.duration_ms} ms`);
	const shares = toneShares(wav.channels[0], 600);
	assert.ok(Math.max(...shares) > 0.9, `600 Hz has ${shares}`);
	assert.ok(level(wav.channels[0]) > 3000, `level ${level(wav.channels[0])}`);
});

scenario('a user calls out through the trunk of the route', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	assert.match(callee.invite.uri, /^sip:\+14445556666@/);
	assert.match(callee.invite.get('from'), /sip:\+15550001001@/);
	await callee.accept();
	await caller.response(200);
	caller.rtp.sendTone(440);
	callee.rtp.sendTone(1000);
	await Promise.all([caller.rtp.hear(1000), callee.rtp.hear(440)]);
	assert.equal((await control.someCall(call => outbound(call) && call.status === 'in-progress')).trunk, 'carrier');
	await callee.bye();
	await caller.ended();
});

scenario('a number of ours can lead out through the trunk', {}, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+15550009002'), callee = await carrier.incoming();
	assert.match(callee.invite.uri, /^sip:\+15550009002@/);
	await callee.reply(486);
	assert.equal((await caller.final()).status, 486);
});

scenario('the switch calls a number at the carrier', {}, async (world, control) => {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
	const callee = await carrier.incoming();
	assert.match(callee.invite.get('from'), /sip:\+15550009000@/);
	await callee.accept();
	await control.callState(id, 'in-progress');
	await control.call('call.hangup', { call: id });
	await callee.ended();
	await control.callState(id, 'completed');
});

scenario('a trunk that does not answer at all', { sip: 'ring-timeout = 2' }, async (world, control) => {
	const alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'); // nobody is at the trunk's address
	assert.ok([408, 480, 503].includes((await caller.final()).status));
	const over = await control.someCall(call => outbound(call) && call.ended);
	assert.ok(['no-answer', 'failed'].includes(over.status), over.status);
});

scenario('a carrier that calls an unknown number gets 404, and may not call out', {}, async (world, control) => {
	const carrier = await world.trunk();
	assert.equal((await (await carrier.call('+19995550000')).final()).status, 404);
	const out = await (await carrier.call('+14445556666')).final();
	assert.ok([403, 404].includes(out.status), `a carrier must not reach other carriers through us: ${out.status}`);
	assert.equal((await control.call('switch.status')).calls, 0);
});

scenario('a stranger is asked who he is, and makes no call', {}, async (world, control) => {
	const stranger = await world.phone('mallory', { password: 'x' });
	const refused = await (await stranger.call('+15550009004', { auth: false })).final();
	assert.ok([401, 403, 407].includes(refused.status));
	const again = await (await stranger.call('+15550009004')).final();
	assert.ok([401, 403, 407].includes(again.status));
	assert.equal((await control.call('switch.status')).calls_total, 0);
	assert.ok(!control.events.some(({ method }) => method === 'call.state'));
});

scenario('a flood of calls past the limit a second gets 503 with Retry-After', { sip: 'max-calls-per-second = 5' }, async (world, control) => {
	const carrier = await world.trunk();
	const calls = await Promise.all(Array.from({ length: 40 }, () => carrier.call('+15550009004')));
	const finals = await Promise.all(calls.map(call => call.final()));
	const count = status => finals.filter(final => final.status === status).length;
	assert.equal(count(200) + count(503), 40, finals.map(({ status }) => status).join(' '));
	assert.ok(count(200) >= 5 && count(503) >= 20, `${count(200)} answered, ${count(503)} refused`);
	for (const final of finals.filter(({ status }) => status === 503))
		assert.match(final.get('retry-after'), /^\d+/);
	await Promise.all(calls.filter((call, i) => finals[i].status === 200).map(call => call.bye()));
	await control.someCall(({ status }) => status === 'completed');
});

scenario('calls past the limit at a time get 503, the others go on', { sip: 'max-calls = 3' }, async world => {
	const carrier = await world.trunk();
	const calls = [];
	for (let i = 0; i < 5; i++) {
		calls.push(await carrier.call('+15550009004'));
		await calls[i].final();
	}
	assert.deepEqual(calls.map(call => call.responses.at(-1).status), [200, 200, 200, 503, 503]);
	calls[0].rtp.sendTone(500);
	await calls[0].rtp.hear(500, 'the echo');
	await Promise.all(calls.slice(0, 3).map(call => call.bye()));
	const next = await carrier.call('+15550009004');
	assert.equal((await next.final()).status, 200, 'there is room again');
	await next.bye();
});

scenario('the codecs of a trunk: those of the caller first, then in its order; no other is taken of its offers', { trunk: 'codecs = {"G722", "PCMA"}' }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const call = await alice.call('+14445556666'), far = await carrier.incoming();
	assert.deepEqual(parseSdp(far.invite.body).payloads, [8, 9, 101]); // with what the caller speaks nothing need be translated
	await far.accept({ sdp: { payloads: [8, 101] } });
	await call.response(200);
	far.rtp.payloadType = 8;
	far.rtp.sendTone(440);
	call.rtp.sendTone(880);
	await Promise.all([call.rtp.hear(440), far.rtp.hear(880)]);
	await call.bye();
	await far.ended();
	const own = await alice.call('+14445556667', { sdp: { payloads: [0, 101] } }), fresh = await carrier.incoming();
	assert.deepEqual(parseSdp(fresh.invite.body).payloads, [9, 8, 101]);
	fresh.reply(486);
	assert.equal((await own.final()).status, 486);
	const back = await carrier.call('+15550009004');
	assert.deepEqual(parseSdp((await back.response(200)).body).payloads, [8, 101]);
	await back.bye();
	const none = await carrier.call('+15550009004', { sdp: { payloads: [0, 101] } });
	assert.equal((await none.final()).status, 488);
});

scenario('who calls from the address of a trunk and another port is asked for a password, and the log says why', {}, async world => {
	const near = await world.phone('somebody', { host: world.trunkHost, password: '' });
	for (let i = 0; i < 2; i++)
		assert.equal((await (await near.call('+15550009004')).final()).status, 407);
	const lines = world.switch.text().split('\n').filter(line => line.includes('trunk.nearly'));
	assert.equal(lines.length, 1, 'once, however often it comes');
	assert.match(lines[0], new RegExp(`warn trunk\\.nearly trunk=carrier source=udp:${world.trunkHost}:${near.port} server=udp:${world.trunkHost}:5060 .*leave the port out`));
});

scenario('what a trunk has come to: calls that went out, how many were answered, how long these lasted', {}, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const figures = async () => {
		const { calls_ended, asr_percent, acd_s } = (await control.call('trunk.list')).trunks[0];
		return [calls_ended, asr_percent, acd_s];
	};
	assert.deepEqual(await figures(), [0, undefined, undefined]);
	const refused = await alice.call('+14445550000');
	await (await carrier.incoming()).reply(486);
	await refused.final();
	await control.someCall(call => outbound(call) && call.status === 'busy');
	assert.deepEqual(await figures(), [1, 0, undefined]);
	const call = await alice.call('+14445550001');
	await (await carrier.incoming()).accept();
	await call.response(200);
	await call.bye();
	const { duration_ms } = await control.someCall(one => outbound(one) && one.status === 'completed');
	assert.deepEqual(await figures(), [2, 50, Math.floor(duration_ms / 1000)]);
});
