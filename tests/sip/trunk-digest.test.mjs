// Carriers that ask for credentials.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { parseChallenge } from './support/sip-message.mjs';
import { challenge, isRight } from './support/challenge.mjs';

const outbound = ({ direction }) => direction === 'outbound';
const ACCOUNT = 'username = "offhook" password = "trunk-secret"';

// Challenges the call's INVITE; resolves to the INVITE that answers.
async function ask(carrier, call, status, headers) {
	const seen = carrier.received.length;
	await call.reply(status, { headers });
	return carrier.signal.until(() => carrier.received.slice(seen).find(m => m.method === 'INVITE' && m.callId === undefined &&
		m.get('call-id') === call.callId && m.cseq.number > call.invite.cseq.number), 'the second INVITE');
}

for (const [status, algorithm, qop] of [[407, 'MD5', true], [401, 'SHA-256', true], [407, '', false], [407, 'SHA-256', 'auth-int'], [401, '', 'auth-int'],
	[407, 'MD5-sess', true], [401, 'SHA-256-sess', 'auth-int'], [407, 'MD5-sess', false], [401, 'SHA-512-256', true], [407, 'SHA-512-256-sess', true]]) {
	scenario(`a carrier challenges with ${status}, ${algorithm || 'no algorithm'}${qop ? qop === true ? '' : `, ${qop} alone` : ', no qop'}`, { trunk: ACCOUNT }, async (world, control) => {
		const carrier = await world.trunk(), alice = await world.registered('alice');
		const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
		const [name, answer] = status === 407 ? ['Proxy-Authenticate', 'Proxy-Authorization'] : ['WWW-Authenticate', 'Authorization'];
		const sent = challenge(algorithm, { qop });
		const again = await ask(carrier, callee, status, [[name, sent]]);
		assert.equal(again.tag('from'), callee.invite.tag('from'));
		assert.equal(again.cseq.number, callee.invite.cseq.number + 1);
		assert.notEqual(again.branch, callee.invite.branch);
		assert.ok(isRight(again, answer, sent), again.get(answer));
		assert.match(again.body, /m=audio/);
		callee.invite = again;
		await callee.accept();
		await caller.response(200);
		caller.rtp.sendTone(440);
		await callee.rtp.hear(440);
		await control.someCall(call => outbound(call) && call.status === 'in-progress');
		await caller.bye();
		const bye = await callee.ended();
		assert.ok(isRight(bye, answer, sent), 'the BYE has credentials too');
		if (qop)
			assert.equal(parseChallenge(bye.get(answer)).nc, '00000002', 'and counts');
	});
}

scenario('of two challenges the first that we know is answered, and of two realms both', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	const sha = challenge('SHA-256'), md5 = challenge('MD5'), odd = challenge('AKAv1-MD5'), proxy = challenge('MD5', { realm: 'proxy' });
	const again = await ask(carrier, callee, 401, [['WWW-Authenticate', odd], ['WWW-Authenticate', sha], ['WWW-Authenticate', md5],
		['Proxy-Authenticate', proxy]]);
	assert.ok(isRight(again, 'authorization', sha));
	assert.equal(again.all('authorization').length, 1);
	assert.ok(isRight(again, 'proxy-authorization', proxy));
	callee.invite = again;
	await callee.reply(486);
	assert.equal((await caller.final()).status, 486);
});

scenario('a proxy and then a server ask', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	const first = challenge('MD5', { realm: 'proxy' }), second = challenge('SHA-256');
	callee.invite = await ask(carrier, callee, 407, [['Proxy-Authenticate', first]]);
	callee.invite = await ask(carrier, callee, 401, [['WWW-Authenticate', second]]);
	assert.ok(isRight(callee.invite, 'proxy-authorization', first) && isRight(callee.invite, 'authorization', second));
	await callee.accept();
	await caller.response(200);
	await callee.bye();
	await caller.ended();
});

scenario('a nonce that has grown old is not a wrong password', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	callee.invite = await ask(carrier, callee, 407, [['Proxy-Authenticate', challenge('MD5')]]);
	const fresh = challenge('MD5', { stale: true });
	callee.invite = await ask(carrier, callee, 407, [['Proxy-Authenticate', fresh]]);
	assert.ok(isRight(callee.invite, 'proxy-authorization', fresh));
	await callee.reply(480);
	assert.equal((await caller.final()).status, 480);
});

scenario('wrong credentials end the call, and it is said why', { trunk: ACCOUNT }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	callee.invite = await ask(carrier, callee, 407, [['Proxy-Authenticate', challenge('MD5')]]);
	await callee.reply(407, { headers: [['Proxy-Authenticate', challenge('MD5')]] });
	const call = await control.someCall(call => outbound(call) && call.status === 'failed');
	assert.match(call.reason, /trunk carrier.*credentials/i);
	assert.equal(call.sip_code, 407);
	assert.ok(![401, 407].includes((await caller.final()).status), 'the caller is not asked for the trunk\'s password');
	assert.equal(carrier.received.filter(m => m.method === 'INVITE').length, 2);
});

scenario('a challenge that we cannot answer is not told as a wrong password', { trunk: ACCOUNT }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), seen = new Set();
	for (const [how, why] of [['Basic realm="r"', /way that Offhook does not know/], [challenge('AKAv1-MD5'), /way that Offhook does not know/],
		[challenge('MD5', { qop: 'auth-conf' }), /way that Offhook does not know/], [undefined, /without saying how/]]) {
		const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
		await callee.reply(401, { headers: how ? [['WWW-Authenticate', how]] : [] });
		assert.ok((await caller.final()).status >= 400);
		const { reason } = await control.someCall(call => outbound(call) && call.status === 'failed' && !seen.has(call.id) && seen.add(call.id));
		assert.match(reason, why);
		assert.match(reason, /trunk carrier/i);
	}
});

scenario('a carrier that asks a trunk without credentials', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	await callee.reply(401, { headers: [['WWW-Authenticate', challenge('MD5')]] });
	const call = await control.someCall(call => outbound(call) && call.status === 'failed');
	assert.match(call.reason, /trunk carrier.*username/i);
	assert.ok(![401, 407].includes((await caller.final()).status));
});

scenario('challenges without end are left', { trunk: ACCOUNT }, async (world, control) => {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
	const callee = await carrier.incoming();
	let again = 0;
	for (; again < 4; again++)
		callee.invite = await ask(carrier, callee, 407, [['Proxy-Authenticate', challenge('MD5', { stale: true })]]);
	await callee.reply(407, { headers: [['Proxy-Authenticate', challenge('MD5', { stale: true })]] });
	await control.callState(id, 'failed');
	assert.equal(carrier.received.filter(m => m.method === 'INVITE').length, 5);
});
