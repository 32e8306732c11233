// Kamailio in front of two switches, with the conf that contrib/kamailio gives to users.
import assert from 'node:assert/strict';
import { frontScenario } from './support/front.mjs';
import { parseSdp } from './support/phone.mjs';
import { answerOffer, hearEachOther, keptCalls } from './support/resume.mjs';
import { poll } from './support/wait.mjs';

async function connect(phone, to, callee) {
	const caller = await phone.call(to), called = await callee.incoming();
	await called.accept();
	await caller.response(200);
	await hearEachOther(caller, called);
	return { caller, callee: called };
}

for (const transport of ['udp', 'tcp'])
	frontScenario(`phones (${transport}) register through it and call each other, and a carrier calls in and is called at one address`, {}, async front => {
		const alice = await front.registered('alice', { transport }), bob = await front.registered('bob', { transport });
		const { caller, callee } = await connect(alice, '+15550001002', bob);
		const { world } = await front.where(call => call.user === 'alice');
		assert.equal(parseSdp(callee.invite.body).host, world.host, 'audio goes straight to the switch');
		assert.ok(callee.invite.all('record-route').length > 0);
		assert.equal((await caller.bye()).status, 200);
		await callee.ended();
		const carrier = await front.carrier();
		const back = await carrier.call('+15550001001'), rung = await alice.incoming();
		await rung.accept();
		await back.response(200);
		const { call } = await front.where(({ trunk }) => trunk === 'carrier');
		assert.equal(call.direction, 'inbound');
		await hearEachOther(back, rung);
		assert.equal((await rung.bye()).status, 200);
		await back.ended();
		const { caller: out, callee: far } = await connect(alice, '+14445556666', carrier);
		assert.match(far.invite.all('via')[0], new RegExp(`UDP ${front.host}(:5060)?;`), 'the carrier sees the one address');
		assert.equal((await far.bye()).status, 200);
		await out.ended();
		for (const { switch: process } of front.switches) // phones by the address of the trunk are nothing to wonder at
			assert.ok(!process.text().includes('trunk.nearly'));
	});

frontScenario('a switch that drains or dies gets no new calls, and nobody is rung twice', {}, async front => {
	const alice = await front.registered('alice'), bob = await front.registered('bob');
	const first = await connect(alice, '+15550001002', bob);
	const { world } = await front.where(call => call.user === 'alice'), other = front.other(world);
	await world.switch.kill('SIGKILL');
	// the very next call, whoever is known to be away by then: silence leads to the other
	const second = await connect(alice, '+15550001002', bob);
	assert.equal((await other.control.call('call.list')).calls.length, 2);
	assert.equal(bob.calls.filter(call => !call.outgoing).length, 2, 'one INVITE for each call');
	assert.equal((await second.caller.bye()).status, 200);
	await second.callee.ended();
	const echo = await front.carrier().then(carrier => carrier.call('+15550009004'));
	await echo.response(200);
	await echo.bye();
	// what it had goes on when it is back
	const fresh = await world.startSwitch();
	await Promise.all([answerOffer(first.caller), answerOffer(first.callee)]);
	await hearEachOther(first.caller, first.callee);
	await world.control.call('switch.shutdown', { drain: true });
	const third = await connect(alice, '+15550001002', bob);
	assert.equal((await other.control.call('call.list')).calls.length, 2);
	await third.caller.bye();
	await third.callee.ended();
	await first.callee.bye();
	await first.caller.ended();
	assert.equal((await world.switch.exit()).code, 0);
	assert.ok(fresh);
});

for (const [name, transport] of [['phones by TCP', 'tcp'], ['phones by UDP', 'udp']])
	frontScenario(`${name} talk on through the proxy after kill -9, with hold, and hang up from either side`, {}, async front => {
		const alice = await front.registered('alice', { transport }), bob = await front.registered('bob', { transport });
		for (const who of ['caller', 'callee']) {
			const up = await connect(alice, '+15550001002', bob), { caller, callee } = up;
			const { world, calls } = await front.where(call => call.user === 'alice');
			const ids = calls.map(({ id }) => id), bobs = calls.find(({ user }) => user === 'bob').id;
			await world.control.call('call.hold', { call: bobs, hold: true });
			assert.equal(parseSdp((await answerOffer(callee, { sdp: { direction: 'recvonly' } })).body).direction, 'sendonly');
			await poll(() => keptCalls(world).get(bobs)?.on_hold, 'the hold in state/calls');
			const fresh = await front.restart(world, calls);
			const [offer] = await Promise.all([answerOffer(callee, { sdp: { direction: 'recvonly' } }), answerOffer(caller)]);
			assert.equal(parseSdp(offer.body).direction, 'sendonly', 'it is still on hold');
			assert.equal(offer.all('via').length, 2, 'by the proxy');
			await poll(async () => (await fresh.call('call.get', { call: bobs })).call.status === 'in-progress', 'the call');
			await fresh.call('call.hold', { call: bobs, hold: false });
			await answerOffer(callee);
			await hearEachOther(caller, callee);
			const [first, other] = who === 'caller' ? [caller, callee] : [callee, caller];
			first.cseq += 5;
			assert.equal((await first.bye()).status, 200);
			await other.ended();
			for (const id of ids)
				assert.equal((await fresh.callState(id, 'completed')).ended_by, who);
		}
	});

frontScenario('calls of a carrier, that asks for a password within them too, go on through the proxy', { trunk: 'username = "offhook" password = "trunk-secret"' }, async front => {
	const alice = await front.registered('alice'), carrier = await front.carrier();
	const out = await connect(alice, '+14445556666', carrier);
	const { world, calls } = await front.where(call => call.user === 'alice');
	const fresh = await front.restart(world, calls);
	const asked = await out.callee.request('INVITE');
	carrier.respond(asked, asked.response(407, 'Proxy Authentication Required', { toTag: out.callee.localTag,
		headers: [['Proxy-Authenticate', 'Digest realm="carrier", nonce="abc", algorithm=MD5, qop="auth"']] }));
	out.callee.requests.length = 0;
	const offer = await answerOffer(out.callee);
	assert.match(offer.get('proxy-authorization') ?? '', /username="offhook".*nonce="abc"/);
	await answerOffer(out.caller);
	await hearEachOther(out.caller, out.callee);
	await out.caller.bye();
	await out.callee.ended();
	await Promise.all(calls.map(({ id }) => fresh.callState(id, 'completed')));
	// and one that it has brought
	const back = await carrier.call('+15550001001'), rung = await alice.incoming();
	await rung.accept();
	await back.response(200);
	await hearEachOther(back, rung);
	const at = await front.where(call => call.trunk === 'carrier');
	const next = await front.restart(at.world, at.calls);
	await Promise.all([answerOffer(back), answerOffer(rung)]);
	await hearEachOther(back, rung);
	back.cseq += 5;
	assert.equal((await back.bye()).status, 200);
	await rung.ended();
	await Promise.all(at.calls.map(({ id }) => next.callState(id, 'completed')));
});

frontScenario('one offhook-api for both: calls that it places ring by way of the proxy, and go on when their switch is killed', {}, async front => {
	const sections = front.switches.map((world, i) => `switch "${'ab'[i]}" { control = "unix:${world.dir}/run/control.sock" wait = 60s }`);
	front.own.options.extra = sections.join('\n');
	front.own.writeConf();
	const bob = await front.registered('bob');
	await front.own.startApi();
	const place = async () => {
		const { status, body } = await front.own.http('POST', '/v1/voice/calls', { to: 'bob', from: '+15550009000' });
		assert.equal(status, 201, JSON.stringify(body));
		return body.id;
	};
	const id = await place(), called = await bob.incoming();
	assert.ok(called.invite.all('via').length > 1, 'by the proxy');
	await called.accept();
	const is = (call, wanted) => poll(async () => {
		const { body } = await front.own.http('GET', `/v1/voice/calls/${call}`);
		return body.status === wanted && body;
	}, `${wanted} of ${call}`);
	await is(id, 'in-progress');
	const { world, calls } = await front.where(call => call.id === id);
	await front.restart(world, calls);
	await answerOffer(called);
	const again = await place(), second = await bob.incoming();
	await second.reply(486);
	await is(again, 'busy');
	// the link to the switch that has begun anew may take a moment longer
	const { status } = await poll(() => front.own.http('DELETE', `/v1/voice/calls/${id}`).then(reply => reply.status !== 503 && reply), 'the link to its switch');
	assert.equal(status, 204);
	await called.ended();
	assert.equal((await is(id, 'completed')).ended_by, 'api');
});
