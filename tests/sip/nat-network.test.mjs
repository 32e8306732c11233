// A real NAT, of network namespaces: phones behind it, and the switch itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { baresip } from './support/baresip.mjs';
import { scenario } from './support/harness.mjs';
import { BESIDE, INSIDE, Nat, OUTSIDE, PUBLIC, natIsMissing } from './support/nat.mjs';
import { parseSdp } from './support/phone.mjs';
import { RemotePhone } from './support/remote-phone.mjs';
import { level, readWav } from './support/rtp.mjs';
import { poll } from './support/wait.mjs';

const missing = natIsMissing();

// A scenario in a network of its own; the switch is in `side` of it, at `host`.
function natted(name, { side = 'outside', host = OUTSIDE, nat: natOptions, ...options }, run) {
	if (missing) {
		test(name, { skip: missing }, () => {});
		return;
	}
	scenario(name, { ...options, start: false }, async world => {
		const nat = new Nat(natOptions), phones = [];
		Object.assign(world.options, { host, within: nat.within(side) });
		const phone = async (user, where, at, more = {}) => {
			const one = await RemotePhone.open(nat.within(where), { server: { host, port: 5060 }, host: at, user, password: `secret-${user[0]}`, ...more });
			phones.push(one);
			return one;
		};
		try {
			await run(await world.startSwitch(), { nat, phone, world });
		} finally {
			phones.forEach(one => one.close());
			await world.close().finally(() => nat.remove());
		}
	});
}

// Both hear each other.
async function talk(one, i, other, k) {
	await Promise.all([one.tell('talk', i, 440), other.tell('talk', k, 880)]);
	await Promise.all([other.tell('hear', k, 440), one.tell('hear', i, 880)]);
}

// A call there and back, hung up by either side.
async function callBothWays(one, two, names) {
	for (const [caller, callee, to] of [[one, two, names[1]], [two, one, names[0]]])
		for (const who of ['caller', 'callee']) {
			const [call, far] = await Promise.all([caller.tell('call', to), callee.tell('incoming')]);
			await callee.tell('accept', far.call);
			await caller.tell('answered', call.call);
			await talk(caller, call.call, callee, far.call);
			const [hangs, i, hung, k] = who === 'caller' ? [caller, call.call, callee, far.call] : [callee, far.call, caller, call.call];
			assert.equal(await hangs.tell('bye', i), 200);
			await hung.tell('ended', k);
		}
}

for (const transport of ['udp', 'tcp'])
	natted(`a phone behind the NAT calls and is called over ${transport}, with audio both ways`, {}, async (control, { phone }) => {
		const alice = await phone('alice', 'inside', INSIDE, { transport }), bob = await phone('bob', 'outside', OUTSIDE);
		assert.equal(await alice.tell('register'), 200);
		assert.equal(await bob.tell('register'), 200);
		const { registrations } = await control.call('registration.list');
		const binding = registrations.find(({ user }) => user === 'alice');
		assert.match(binding.contact, new RegExp(`@${INSIDE}:${alice.port}`));
		assert.match(binding.source, new RegExp(`^${transport}:${PUBLIC}:`));
		assert.ok(!binding.source.endsWith(`:${alice.port}`), 'the NAT has changed the port');
		await callBothWays(alice, bob, ['alice', 'bob']);
	});

natted('two phones behind the same NAT call each other', {}, async (control, { phone }) => {
	const alice = await phone('alice', 'inside', INSIDE), bob = await phone('bob', 'inside', BESIDE);
	assert.equal(await alice.tell('register'), 200);
	assert.equal(await bob.tell('register'), 200);
	await callBothWays(alice, bob, ['alice', 'bob']);
});

natted('the way to a phone is kept open by our keep-alives', { sip: 'keepalive = 1' }, async (control, { nat, phone }) => {
	nat.keepWays(3);
	const alice = await phone('alice', 'inside', INSIDE), bob = await phone('bob', 'outside', OUTSIDE);
	assert.equal(await alice.tell('register'), 200);
	await alice.tell('wait', 'OPTIONS', 6); // one a second: longer than a way is kept
	assert.equal((await control.call('registration.list')).registrations[0].state, 'reachable');
	const [call, far] = await Promise.all([bob.tell('call', 'alice'), alice.tell('incoming')]);
	await alice.tell('reply', far.call, 486);
	assert.equal(await bob.tell('final', call.call), 486);
});

natted('without them it closes, and the phone is not reached until it registers again', { sip: 'keepalive = 0 ring-timeout = 1' }, async (control, { nat, phone }) => {
	nat.keepWays(1);
	const alice = await phone('alice', 'inside', INSIDE), bob = await phone('bob', 'outside', OUTSIDE);
	assert.equal(await alice.tell('register'), 200);
	await poll(() => nat.ways(5060) === 0, 'the way to be closed');
	const lost = await bob.tell('call', 'alice');
	assert.ok([408, 480, 503].includes(await bob.tell('final', lost.call)));
	assert.equal(await alice.tell('count', 'INVITE'), 0);
	nat.keepWays(30);
	assert.equal(await alice.tell('register'), 200);
	const [call, far] = await Promise.all([bob.tell('call', 'alice'), alice.tell('incoming')]);
	await alice.tell('reply', far.call, 486);
	assert.equal(await bob.tell('final', call.call), 486);
});

natted('baresip behind the NAT registers, answers and is recorded', {}, async (control, { nat, world }) => {
	baresip(world, 'bob', { within: nat.within('inside'), listen: INSIDE });
	const { source } = await control.event('registration.changed', ({ user }) => user === 'bob');
	assert.match(source, new RegExp(`^udp:${PUBLIC}:`));
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550009000', record: true });
	await control.callState(id, 'in-progress');
	await poll(async () => (await control.call('call.stats', { call: id })).stats.rx_packets > 100, 'two seconds of audio');
	await control.call('call.hangup', { call: id });
	const { recording } = await control.event('call.record_done', ({ call }) => call.id === id);
	const wav = readWav(readFileSync(recording.file));
	assert.ok(wav.seconds > 1.5, `${wav.seconds} s`);
	assert.ok(level(wav.channels[0]) > 1000, `level ${level(wav.channels[0])}`);
});

natted('the switch itself is behind the NAT: advertised addresses outside, its own inside', {
	side: 'inside', host: INSIDE, sip: `advertise = "${PUBLIC}"`, rtp: `advertise = "${PUBLIC}"`,
	nat: { rules: [`add rule ip nat pre iifname "outside" udp dport { 5060, 30000-31999 } dnat to ${INSIDE}`,
		`add rule ip nat pre iifname "outside" tcp dport 5060 dnat to ${INSIDE}`] },
}, async (control, { phone }) => {
	for (const transport of ['udp', 'tcp']) {
		const alice = await phone('alice', 'inside', BESIDE, { transport });
		const bob = await phone('bob', 'outside', OUTSIDE, { transport, server: { host: PUBLIC, port: 5060 }, domain: INSIDE });
		assert.equal(await alice.tell('register'), 200);
		assert.equal(await bob.tell('register'), 200);
		await callBothWays(alice, bob, ['alice', 'bob']);
		const call = await bob.tell('call', '+15550009004'), answer = await bob.tell('answered', call.call);
		assert.equal(parseSdp(answer.sdp).host, PUBLIC);
		assert.ok(answer.contact.includes(`@${PUBLIC}`) || answer.contact.includes(`:${PUBLIC}`), answer.contact);
		await bob.tell('talk', call.call, 440);
		await bob.tell('hear', call.call, 440);
		assert.equal(await bob.tell('bye', call.call), 200);
		assert.equal(await alice.tell('register', { expires: 0 }), 200);
		assert.equal(await bob.tell('register', { expires: 0 }), 200);
	}
});
