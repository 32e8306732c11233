// call.dial: a program has a caller connected with one of several places, or with what it has talked to first.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { challenge, isRight } from './support/challenge.mjs';
import { poll } from './support/wait.mjs';

// The carrier calls the number with a script, and a program takes the call; answered, or ringing.
async function taken(world, answered = true) {
	const carrier = world.carrier ??= await world.trunk();
	const caller = await carrier.call('+15550009000');
	const { call: { id } } = await world.control.event('call.incoming', ({ call }) => !(world.known ??= new Set()).has(call.id));
	world.known.add(id);
	await world.control.call('call.claim', { call: id });
	await world.control.call(answered ? 'call.answer' : 'call.ring', { call: id });
	await caller.response(answered ? 200 : 180);
	return { caller, id };
}

const status = async (control, id) => (await control.call('call.get', { call: id })).call.status;

async function talk(a, b) {
	a.rtp.sendTone(440);
	b.rtp.sendTone(1000);
	await Promise.all([a.rtp.hear(1000), b.rtp.hear(440)]);
}

scenario('several places ring at once; the first to answer has the call, the others are told where it was answered', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob'), carol = await world.registered('carol'), { carrier } = world;
	const { call, calls } = await control.call('call.dial', { call: id, targets: [
		{ to: 'bob', headers: { 'X-Seat': '1' } }, { to: 'carol' }, { to: '+14445550000' }, { to: 'nobody' }] });
	assert.equal(calls.length, 3, 'who leads to nobody is left out');
	assert.equal(call.id, calls[0].id);
	for (const one of calls)
		assert.equal(one.parent_call_id, id);
	const [atBob, atCarol, atCarrier] = await Promise.all([bob.incoming(), carol.incoming(), carrier.incoming()]);
	assert.equal(atBob.invite.get('x-seat'), '1');
	assert.equal(atCarol.invite.get('x-seat'), undefined);
	await atBob.reply(180);
	await atCarrier.reply(183);
	await atCarol.accept();
	for (const other of [atBob, atCarrier])
		assert.match((await other.request('CANCEL')).get('reason'), /cause=(26|200)/);
	await talk(caller, atCarol);
	await control.callState(calls[0].id, 'canceled');
	await atCarol.bye();
	await control.callState(calls[1].id, 'completed');
	assert.equal(await status(control, id), 'in-progress', 'the caller goes on');
	await caller.bye();
});

scenario('who dials may choose the ids of the new calls; one that is taken is refused', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	const mine = '7b0f3c1e-5a52-4b52-9d4d-0b6f3f0f7a11';
	const { call } = await control.call('call.dial', { call: id, targets: [{ to: 'bob', id: mine }] });
	assert.equal(call.id, mine);
	await (await bob.incoming()).reply(486);
	await control.callState(mine, 'busy');
	await assert.rejects(control.call('call.dial', { call: id, targets: [{ to: 'bob', id }] }), { code: 409 });
	await assert.rejects(control.call('call.dial', { call: id, targets: [{ to: 'bob', id: 'mine' }] }), { code: -32602 });
	assert.equal(await status(control, id), 'in-progress');
	await caller.bye();
});

scenario('nobody takes the call: the caller goes on, answered or not', {}, async (world, control) => {
	const bob = await world.registered('bob'), carol = await world.registered('carol');
	for (const answered of [true, false]) {
		const { caller, id } = await taken(world, answered);
		const { calls } = await control.call('call.dial', { call: id, targets: [{ to: 'bob' }, { to: 'carol' }], ringback: true });
		await (await bob.incoming()).reply(486);
		await (await carol.incoming()).reply(603);
		await control.callState(calls[0].id, 'busy');
		await control.callState(calls[1].id, 'failed');
		assert.equal(await status(control, id), answered ? 'in-progress' : 'ringing');
		await control.call('call.hangup', { call: id });
		await (answered ? caller.ended() : caller.phone.signal.until(() => caller.responses.some(r => r.status >= 400), 'a refusal'));
	}
	const { id, caller } = await taken(world);
	await assert.rejects(control.call('call.dial', { call: id, targets: [{ to: 'nobody' }] }), { code: 422 });
	assert.equal(await status(control, id), 'in-progress');
	await caller.bye();
});

scenario('a caller that was not answered is answered with the callee, and goes on after it', {}, async (world, control) => {
	const { caller, id } = await taken(world, false);
	const bob = await world.registered('bob');
	const { call } = await control.call('call.dial', { call: id, to: 'bob' });
	const callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	await talk(caller, callee);
	await callee.bye();
	await control.callState(call.id, 'completed');
	assert.equal(await status(control, id), 'in-progress');
	await caller.bye();
});

for (const answered of [true, false]) {
	scenario(`who answers a screened call is talked to first, then connected (the caller ${answered ? 'answered' : 'ringing'})`, {}, async (world, control) => {
		const { caller, id } = await taken(world, answered);
		const bob = await world.registered('bob'), carol = await world.registered('carol');
		const { calls: [first, second] } = await control.call('call.dial', { call: id, targets: [{ to: 'bob' }, { to: 'carol' }], screen: true, ringback: true });
		const callee = await bob.incoming();
		await (await carol.incoming()).reply(180);
		await callee.accept();
		await control.callState(first.id, 'in-progress');
		await control.callState(second.id, 'canceled');
		await control.call('call.play', { call: first.id, files: ['tone:dial/de'], loop: 0 });
		await callee.rtp.hear(425);
		await assert.rejects(control.call('call.bridge', { call: second.id, with: first.id }), { code: 409 });
		if (answered)
			await control.call('call.bridge', { call: id, with: first.id });
		else
			await control.call('call.connect', { call: id, with: first.id });
		await caller.response(200);
		await talk(caller, callee);
		await callee.bye();
		await control.callState(first.id, 'completed');
		assert.equal(await status(control, id), 'in-progress');
		await caller.bye();
	});
}

scenario('who is hung up while it is screened is not connected, and the caller goes on', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	const { call } = await control.call('call.dial', { call: id, to: 'bob', screen: true, ringback: true });
	await (await bob.incoming()).accept();
	await control.callState(call.id, 'in-progress');
	await caller.rtp.hearAnything('the ringing');
	await control.call('call.hangup', { call: call.id, by: 'script' });
	await control.callState(call.id, 'completed');
	assert.equal(await status(control, id), 'in-progress');
	await assert.rejects(control.call('call.bridge', { call: id, with: call.id }), { code: 409 });
	await control.call('call.dial', { call: id, to: 'bob' });
	await (await bob.incoming()).reply(486);
	await caller.bye();
});

scenario('who was dialled with a limit is hung up in time, and the caller goes on', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	const { call } = await control.call('call.dial', { call: id, to: 'bob', time_limit: 1 });
	const callee = await (await bob.incoming()).accept();
	await callee.ended();
	assert.equal((await control.callState(call.id, 'completed')).ended_by, 'limit');
	assert.equal(await status(control, id), 'in-progress');
	await caller.bye();
});

scenario('the caller hears the ringing of a country, or files', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const bob = await world.registered('bob');
	for (const [how, frequency] of [[{ tone: 'de' }, 425], [{ files: ['tone:dial/fr'] }, 440]]) {
		await control.call('call.dial', { call: id, to: 'bob', ringback: true, ...how });
		const callee = await bob.incoming();
		await caller.rtp.hear(frequency);
		await callee.reply(486);
		await control.event('call.state', e => e.call.status === 'busy');
	}
	await caller.bye();
});

scenario('a SIP URI of another domain is called as it is, with headers and credentials', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	const other = await world.trunk({ host: world.spareHosts[0] });
	const uri = `sip:desk-7@${other.host}:${other.port};transport=udp`;
	const { call } = await control.call('call.dial', { call: id, targets: [
		{ to: uri, headers: { 'X-Order': '4711' }, username: 'offhook', password: 'trunk-secret' }] });
	assert.equal(call.to, uri);
	const first = await other.incoming(), sent = challenge('MD5');
	assert.equal(first.invite.uri, uri);
	assert.equal(first.invite.get('x-order'), '4711');
	await first.reply(401, { headers: [['WWW-Authenticate', sent]] });
	first.invite = await other.signal.until(() => other.received.find(m => m.method === 'INVITE' && m.branch !== first.invite.branch), 'an INVITE with credentials');
	assert.ok(isRight(first.invite, 'authorization', sent));
	await first.accept();
	await talk(caller, first);
	await first.bye();
	await control.callState(call.id, 'completed');
	await caller.bye();
});

scenario('a call to a SIP URI of another domain, placed through the API, answers its challenge', {}, async world => {
	await world.startApi();
	const other = await world.trunk({ host: world.spareHosts[0] });
	const wish = { from: '+15550009000', to: `sip:desk-7@${other.host}:${other.port};transport=udp`, username: 'offhook', password: 'trunk-secret' };
	for (const [change, field] of [[{ password: undefined }, 'password'], [{ username: undefined }, 'username'], [{ to: 'bob' }, 'username']]) {
		const { status, body } = await world.http('POST', '/v1/voice/calls', { ...wish, ...change });
		assert.deepEqual([status, body.field], [400, field]);
	}
	const { status, body: { id } } = await world.http('POST', '/v1/voice/calls', wish);
	assert.equal(status, 201);
	const first = await other.incoming(), sent = challenge('MD5');
	await first.reply(401, { headers: [['WWW-Authenticate', sent]] });
	first.invite = await other.signal.until(() => other.received.find(m => m.method === 'INVITE' && m.branch !== first.invite.branch), 'an INVITE with credentials');
	assert.ok(isRight(first.invite, 'authorization', sent));
	await first.reply(486);
	const over = await poll(async () => {
		const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
		return body.status === 'busy' && body;
	}, 'the end of the call');
	assert.doesNotMatch(JSON.stringify(over), /trunk-secret/);
});

scenario('other domains can be closed to programs, and always are to phones', { sip: 'dial-uris = false' }, async (world, control) => {
	const { caller, id } = await taken(world);
	await assert.rejects(control.call('call.dial', { call: id, to: 'sip:bob@192.0.2.1' }), { code: 422 });
	await assert.rejects(control.call('call.originate', { from: '+15550009000', to: 'sip:bob@192.0.2.1' }), { code: 422 });
	await world.startApi();
	const ask = to => world.http('POST', '/v1/voice/calls', { from: '+15550009000', to });
	assert.match((await ask('sip:bob@192.0.2.1')).body.detail, /SIP URIs of other domains are not called: .*dial-uris/);
	assert.match((await ask(`sip:nobody@${world.host}`)).body.detail, /^No user, number or route/);
	await caller.bye();
});

scenario('what is no place is refused', {}, async (world, control) => {
	const { caller, id } = await taken(world);
	for (const params of [{}, { to: 'bob', targets: [{ to: 'bob' }] }, { targets: [] }, { targets: ['bob'] }, { targets: [{}] }, { targets: [{ to: 7 }] },
		{ targets: Array(11).fill({ to: 'bob' }) }, { targets: [{ to: 'bob', headers: { From: 'x' } }] }, { to: 'bob', tone: 'x'.repeat(60) }, { to: 'bob', files: ['x'] }])
		await assert.rejects(control.call('call.dial', { call: id, ...params }), { code: -32602 }, JSON.stringify(params));
	for (const to of ['sip:', 'sip:@', 'sip:a b@c', 'sip:bob@192.0.2.1\r\nX: y', 'sips:<x>@y', 'http://a/', `sip:${'a'.repeat(300)}@b`])
		await assert.rejects(control.call('call.dial', { call: id, to }), { code: 422 }, to);
	await caller.bye();
});
