// The switch asks a far end to call somebody else itself: REFER of ours, with NOTIFY of theirs.
import assert from 'node:assert/strict';
import { challenge, isRight } from './support/challenge.mjs';
import { scenario } from './support/harness.mjs';

// A carrier's call to an echo of ours, or ours to the carrier.
async function incoming(world, control) {
	const carrier = await world.trunk(), call = await carrier.call('+15550009004');
	await call.response(200);
	return { id: (await control.someCall(({ status }) => status === 'in-progress')).id, call };
}

async function outgoing(world, control) {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
	const call = await carrier.incoming();
	await call.accept();
	await control.callState(id, 'in-progress');
	return { id, call };
}

const say = (call, request, status, headers = []) =>
	call.phone.respond(request, request.response(status, 'As it is', { toTag: call.localTag, headers: [['Contact', call.phone.contact()], ...headers] }));

// How it goes: a NOTIFY with a status line; resolves to the switch's answer.
function notify(call, refer, fragment, last) {
	return call.phone.send(call.inDialog('NOTIFY', { body: fragment, headers: [['Event', `refer;id=${refer.cseq.number}`],
		['Subscription-State', last ? 'terminated;reason=noresource' : 'active;expires=60'], ['Content-Type', 'message/sipfrag;version=2.0']] }));
}

for (const [what, begin] of [['came in', incoming], ['went out', outgoing]])
	scenario(`the far end of a call that ${what} is told to call somebody else, and does`, {}, async (world, control) => {
		const { id, call } = await begin(world, control);
		await control.call('call.refer', { call: id, to: '+14447778888' });
		const refer = await call.request('REFER');
		assert.equal(refer.get('refer-to'), `<sip:+14447778888@${world.trunkHost}>`);
		assert.match(refer.get('referred-by'), /^<sip:\+1555\d+@/);
		await assert.rejects(control.call('call.refer', { call: id, to: '+14440000000' }), { code: 409 });
		say(call, refer, 202);
		assert.equal((await notify(call, refer, 'SIP/2.0 100 Trying\r\n')).status, 200);
		assert.equal((await notify(call, refer, 'SIP/2.0 180 Ringing\r\n')).status, 200);
		assert.equal((await notify(call, refer, 'SIP/2.0 200 OK\r\n', true)).status, 200);
		await call.ended();
		const { to } = await control.event('call.transferred', ({ call }) => call.id === id);
		assert.equal(to, '+14447778888');
		const end = await control.callState(id, 'completed');
		assert.match(end.reason, /transferred/);
	});

scenario('it does not reach whom it was told to call: the call goes on', {}, async (world, control) => {
	const { id, call } = await incoming(world, control);
	await control.call('call.refer', { call: id, to: 'sip:nobody@example.com' });
	const refer = await call.request('REFER');
	assert.equal(refer.get('refer-to'), '<sip:nobody@example.com>');
	say(call, refer, 202);
	assert.equal((await notify(call, refer, 'SIP/2.0 404 Not Found\r\n', true)).status, 200);
	const { code, to } = await control.event('call.transfer_failed', ({ call }) => call.id === id);
	assert.deepEqual([code, to], [404, 'sip:nobody@example.com']);
	call.rtp.sendTone(440);
	await call.rtp.hear(440, 'the echo');
	await call.bye();
});

for (const status of [403, 404, 405, 420, 480, 481, 501, 503, 603])
	scenario(`it refuses to, with ${status}`, {}, async (world, control) => {
		const { id, call } = await outgoing(world, control);
		await control.call('call.refer', { call: id, to: '+14447778888' });
		say(call, await call.request('REFER'), status);
		await control.event('call.transfer_failed', ({ call }) => call.id === id);
		assert.equal((await call.phone.send(call.inDialog('OPTIONS'))).status, 200, 'the call goes on');
		await control.call('call.hangup', { call: id });
		await call.ended();
	});

scenario('it says nothing but that it has taken it, and hangs up', {}, async (world, control) => {
	const { id, call } = await outgoing(world, control);
	await control.call('call.refer', { call: id, to: '+14447778888' });
	const refer = await call.request('REFER');
	say(call, refer, 202);
	await notify(call, refer, 'SIP/2.0 100 Trying\r\n', true);
	await call.ended();
	await control.event('call.transferred', ({ call }) => call.id === id);
});

scenario('it asks who says so', { trunk: 'username = "offhook" password = "trunk-secret"' }, async (world, control) => {
	const { id, call } = await outgoing(world, control), sent = challenge('SHA-256');
	await control.call('call.refer', { call: id, to: '+14447778888' });
	const first = await call.request('REFER');
	say(call, first, 401, [['WWW-Authenticate', sent]]);
	const again = await call.phone.signal.until(() => call.requests.filter(({ method }) => method === 'REFER')[1], 'the second REFER');
	assert.ok(isRight(again, 'authorization', sent));
	assert.equal(again.get('refer-to'), first.get('refer-to'));
	say(call, again, 202);
	await call.bye();
});

scenario('attended: one far end is told to take our place with the other', {}, async (world, control) => {
	const { id, call } = await outgoing(world, control);
	const alice = await world.registered('alice'), other = await alice.call('+15550009004');
	await other.response(200);
	const { id: with_ } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'in-progress');
	await control.call('call.refer', { call: id, with: with_ });
	const refer = await call.request('REFER');
	const [, uri, replaces] = /^<([^?]+)\?Replaces=([^>]+)>$/i.exec(refer.get('refer-to'));
	assert.equal(uri, `sip:+15550001001@${world.host}`);
	const [dialog, ...tags] = decodeURIComponent(replaces).split(';');
	assert.equal(dialog, other.callId);
	assert.deepEqual(tags.sort(), [`from-tag=${other.remoteTag()}`, `to-tag=${other.localTag}`], 'as the other far end sees them');
	say(call, refer, 202);
	await notify(call, refer, 'SIP/2.0 200 OK', true);
	await call.ended();
	await other.bye(); // as one does that has been replaced
});

scenario('what cannot be asked', {}, async (world, control) => {
	const { id, call } = await incoming(world, control);
	for (const params of [{}, { to: '1', with: id }, { to: 'sip:a>b@c' }, { to: '"x" <sip:a@b>' }, { to: 'x y' }, { to: '' }, { with: id }, { with: 'none' }])
		await assert.rejects(control.call('call.refer', { call: id, ...params }), JSON.stringify(params));
	await control.call('call.refer', { call: id, to: '*9#' });
	assert.equal((await call.request('REFER')).get('refer-to'), `<sip:*9%23@${world.trunkHost}>`);
	await call.bye();
});
