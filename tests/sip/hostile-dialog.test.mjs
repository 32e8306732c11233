// Requests within a call from where its far end is not, and digests for something else.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { makeSdp } from './support/phone.mjs';
import { SipMessage, chooseChallenge, credentials } from './support/sip-message.mjs';

const HOST = '127.0.0.88';
const TYPE = ['Content-Type', 'application/sdp'];

// The same request as the call's far end would send, from somebody else.
function copied(call, thief, method, options) {
	const message = call.inDialog(method, options);
	message.headers = message.headers.map(([name, value]) => name === 'Via' ? [name, value.replace(/ [^;]*/, ` ${thief.host}:${thief.port}`)] : [name, value]);
	return message;
}

const STRANGE = [['INFO', { headers: [['Content-Type', 'application/dtmf-relay']], body: 'Signal=5\r\nDuration=160\r\n' }],
	['INVITE', { headers: [TYPE], body: makeSdp({ host: HOST, port: 40000 }) }], ['UPDATE', { headers: [TYPE], body: makeSdp({ host: HOST, port: 40000 }) }],
	['REFER', { headers: [['Refer-To', '<sip:+14445550000@x>']] }], ['NOTIFY', { headers: [['Event', 'refer'], ['Subscription-State', 'active']] }],
	['PRACK', { headers: [['RAck', '1 1 INVITE']] }], ['MESSAGE', {}], ['BYE', {}]];

scenario('a user\'s call: who knows its tags and is elsewhere is asked who he is', {}, async (world, control) => {
	const alice = await world.phone('alice'), thief = await world.phone('mallory', { host: HOST });
	const call = await alice.call('+15550009004');
	await call.response(200);
	for (const [method, options] of STRANGE) {
		const reply = await thief.send(copied(call, thief, method, options));
		assert.equal(reply.status, 407, method);
		// somebody else's password is none
		const value = credentials(chooseChallenge(reply), { user: 'bob', password: 'secret-b', method, uri: reply.uri ?? `sip:${world.host}` });
		const again = await thief.send(copied(call, thief, method, { ...options, headers: [...(options.headers ?? []), ['Proxy-Authorization', value]] }));
		assert.ok([400, 403].includes(again.status), `${method}: ${again.status}`);
	}
	thief.transmit(copied(call, thief, 'ACK', { cseq: call.invite.cseq.number }));
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	assert.equal((await control.call('call.list')).calls.length, 1);
	assert.equal((await call.bye()).status, 200);
});

scenario('a trunk\'s call: elsewhere is 403, its networks are not', { trunk: 'from = {"127.0.0.89/32"}' }, async (world, control) => {
	const carrier = await world.trunk(), thief = await world.phone('mallory', { host: HOST }), other = await world.phone('other', { host: '127.0.0.89' });
	const call = await carrier.call('+15550009004');
	await call.response(200);
	for (const [method, options] of STRANGE)
		assert.equal((await thief.send(copied(call, thief, method, options))).status, 403, method);
	assert.equal((await control.call('call.list')).calls.length, 1);
	assert.equal((await other.send(copied(call, other, 'BYE', {}))).status, 200);
});

scenario('a phone that has moved and registered again goes on', {}, async world => {
	const alice = await world.registered('alice'), moved = await world.phone('alice', { host: HOST });
	const call = await alice.call('+15550009004');
	await call.response(200);
	assert.equal((await moved.register()).status, 200);
	assert.equal((await moved.send(copied(call, moved, 'BYE', {}))).status, 200);
});

scenario('a request of a call without To tag is of no call', {}, async (world, control) => {
	const alice = await world.phone('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	for (const method of ['BYE', 'INFO', 'UPDATE', 'PRACK']) {
		const message = call.inDialog(method);
		message.headers = message.headers.map(([name, value]) => name === 'To' ? [name, value.replace(/;tag=.*/, '')] : [name, value]);
		assert.equal((await alice.send(message)).status, 481, method);
	}
	assert.equal((await control.call('call.list')).calls.length, 1);
	assert.equal((await call.bye()).status, 200);
});

scenario('a CANCEL from elsewhere ends nothing', {}, async (world, control) => {
	const bob = await world.registered('bob'), alice = await world.phone('alice'), thief = await world.phone('mallory', { host: HOST });
	const call = await alice.call('bob');
	const leg = await bob.incoming();
	leg.reply(180);
	await call.response(180);
	const kept = call.invite.headers.filter(([name]) => ['via', 'from', 'to', 'call-id', 'max-forwards'].includes(name.toLowerCase()));
	const cancel = new SipMessage(`CANCEL ${call.invite.uri} SIP/2.0`, [...kept, ['CSeq', `${call.invite.cseq.number} CANCEL`]]);
	thief.transmit(cancel);
	await thief.signal.until(() => thief.received.some(m => m.status === 481), 'its refusal');
	await leg.accept();
	await call.response(200);
	assert.equal((await call.bye()).status, 200);
});

scenario('a digest for one number places no call to another', {}, async world => {
	const alice = await world.phone('alice');
	const asked = await (await alice.call('+15550009004', { auth: false })).final();
	assert.equal(asked.status, 407);
	const value = credentials(chooseChallenge(asked), { user: 'alice', password: 'secret-a', method: 'INVITE', uri: `sip:+15550009004@${world.host}` });
	const reply = await (await alice.call('+15550009005', { auth: false, headers: [['Proxy-Authorization', value]] })).final();
	assert.equal(reply.status, 400);
});

scenario('two Replaces, one that is none, and two Refer-To are 400', {}, async (world, control) => {
	const alice = await world.phone('alice'), bob = await world.registered('bob');
	for (const headers of [[['Replaces', 'x;to-tag=1;from-tag=2'], ['Replaces', 'y;to-tag=1;from-tag=2']], [['Replaces', ';;;']]])
		assert.equal((await (await alice.call('+15550009004', { headers })).final()).status, 400);
	const call = await alice.call('bob'), leg = await bob.incoming();
	await leg.accept();
	await call.response(200);
	const headers = [['Refer-To', `<sip:carol@${world.host}>`], ['r', `<sip:+15550009004@${world.host}>`]];
	assert.equal((await alice.send(call.inDialog('REFER', { headers }))).status, 400);
	assert.equal((await control.call('call.list')).calls.length, 2);
	assert.equal((await call.bye()).status, 200);
});
