// Carriers that ask for credentials within a call too: for every request, and with nonces that grow old.
import assert from 'node:assert/strict';
import { challenge, isRight } from './support/challenge.mjs';
import { scenario } from './support/harness.mjs';
import { makeSdp } from './support/phone.mjs';

const ACCOUNT = 'username = "offhook" password = "trunk-secret"';
const TIMERS = 'session-timer = 4 session-timer-min = 2';

// Asks once for what `method` needs, in the call; resolves to the request that has it. `skip`: requests of that method before.
async function askWithin(call, method, { status = 407, sent = challenge('MD5'), skip = 0 } = {}) {
	const { phone } = call;
	const nth = n => phone.signal.until(() => call.requests.filter(r => r.method === method)[n], `${method} number ${n + 1}`);
	const first = await nth(skip);
	const [name, answer] = status === 407 ? ['Proxy-Authenticate', 'proxy-authorization'] : ['WWW-Authenticate', 'authorization'];
	phone.respond(first, first.response(status, 'Who', { toTag: call.localTag, headers: [[name, sent]] }));
	const again = await nth(skip + 1);
	assert.ok(isRight(again, answer, sent), `${method}: ${again.get(answer)}`);
	assert.equal(again.all(answer).length, 1, 'one answer, not an old one too');
	assert.ok(again.cseq.number > first.cseq.number);
	assert.equal(again.tag('to'), first.tag('to'));
	return again;
}

const good = (call, request, options = {}) => call.phone.respond(request, request.response(200, 'OK', { toTag: call.localTag, ...options }));

async function answered(world, carrier) {
	const alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	await callee.accept();
	await caller.response(200);
	carrier.automatic = false;
	return { caller, callee };
}

for (const [status, algorithm] of [[407, 'MD5'], [401, 'SHA-256']])
	scenario(`BYE is asked for credentials, ${status} and ${algorithm}, though the INVITE was not`, { trunk: ACCOUNT }, async world => {
		const { caller, callee } = await answered(world, await world.trunk());
		await caller.bye();
		good(callee, await askWithin(callee, 'BYE', { status, sent: challenge(algorithm) }));
	});

scenario('a re-INVITE is asked for credentials with auth-int: its description counts', { trunk: ACCOUNT }, async (world, control) => {
	const { caller, callee } = await answered(world, await world.trunk());
	const { id } = await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'in-progress');
	await control.call('call.hold', { call: id, hold: true });
	const again = await askWithin(callee, 'INVITE', { sent: challenge('SHA-256', { qop: 'auth-int' }) });
	assert.match(again.body, /a=(sendonly|inactive)/);
	good(callee, again, { body: makeSdp({ host: callee.phone.host, port: callee.rtp.port, direction: 'recvonly' }), headers: [['Contact', callee.phone.contact()], ['Content-Type', 'application/sdp']] });
	await callee.phone.signal.until(() => callee.acked, 'ACK');
	callee.phone.automatic = true;
	await caller.bye();
});

scenario('the nonce of the INVITE has grown old when the BYE comes', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	await callee.reply(407, { headers: [['Proxy-Authenticate', challenge('SHA-256')]] });
	callee.invite = await carrier.signal.until(() => carrier.received.findLast(m => m.method === 'INVITE' && m.get('proxy-authorization')), 'again');
	await callee.accept();
	await caller.response(200);
	carrier.automatic = false;
	await caller.bye();
	good(callee, await askWithin(callee, 'BYE', { sent: challenge('SHA-256', { stale: true }) }));
});

scenario('BYE of a call that came in', { trunk: ACCOUNT }, async (world, control) => {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009004');
	await call.response(200);
	carrier.automatic = false;
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	await control.call('call.hangup', { call: id });
	good(call, await askWithin(call, 'BYE'));
});

scenario('a BYE whose credentials are refused again and again, and one that we have none for', { carrier: w => `
trunk "carrier" { address = "${w.trunkHost}:5060" ${ACCOUNT} }
trunk "open" { address = "${w.spareHosts[0]}:5060" }
route "^\\\\+1444" { to = {"trunk:carrier"} }
route "^\\\\+1555999" { to = {"trunk:open"} }` }, async world => {
	const carrier = await world.trunk(), open = await world.trunk({ host: world.spareHosts[0] }), alice = await world.registered('alice');
	for (const [phone, to, tries] of [[carrier, '+14445556666', 4], [open, '+15559990000', 1]]) {
		const caller = await alice.call(to), callee = await phone.incoming();
		await callee.accept();
		await caller.response(200);
		phone.automatic = false;
		await caller.bye();
		for (let i = 0; i < tries; i++) {
			const bye = await phone.signal.until(() => callee.requests.filter(r => r.method === 'BYE')[i], `BYE number ${i + 1}`);
			phone.respond(bye, bye.response(407, 'Who', { toTag: callee.localTag, headers: [['Proxy-Authenticate', challenge('MD5', { stale: true })]] }));
		}
	}
	// no call is left, as the end of every scenario asks
});

scenario('PRACK is asked for credentials', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	carrier.automatic = false;
	await callee.reply(183, { media: true, headers: [['Require', '100rel'], ['RSeq', '7']] });
	const prack = await askWithin(callee, 'PRACK');
	assert.match(prack.get('rack'), new RegExp(`^7 ${callee.invite.cseq.number} INVITE`));
	good(callee, prack);
	await caller.response(183);
	await callee.accept();
	await caller.response(200);
	carrier.automatic = true;
	await caller.bye();
	await callee.ended();
});

scenario('refreshing the session is asked for credentials, also when they grow old', { trunk: ACCOUNT, sip: TIMERS }, async (world, control) => {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
	const callee = await carrier.incoming();
	const timer = [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']];
	await callee.accept({ headers: timer });
	carrier.automatic = false;
	const sdp = callee.phone.sent.findLast(m => m.status === 200 && m.body).body;
	for (const skip of [0, 2]) {
		const refresh = await askWithin(callee, 'INVITE', { skip, sent: challenge('SHA-256', { stale: skip > 0 }) });
		assert.match(refresh.get('session-expires'), /^4;refresher=uac/);
		good(callee, refresh, { body: sdp, headers: [...timer, ['Contact', carrier.contact()], ['Content-Type', 'application/sdp']] });
	}
	carrier.automatic = true;
	await control.call('call.hangup', { call: id });
	await callee.ended();
});

scenario('refreshing by UPDATE is asked for credentials', { trunk: ACCOUNT, sip: TIMERS }, async (world, control) => {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009004', { headers: [['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE'], ['Supported', 'timer'],
		['Session-Expires', '4;refresher=uas']] });
	const answer = await call.response(200);
	assert.match(answer.get('session-expires'), /^4;refresher=uas/);
	carrier.automatic = false;
	const update = await askWithin(call, 'UPDATE', { status: 401 });
	good(call, update, { headers: [['Require', 'timer'], ['Session-Expires', '4;refresher=uac'], ['Contact', carrier.contact()]] });
	carrier.automatic = true;
	await call.bye();
});

scenario('the NOTIFYs of a transfer are asked for credentials', { trunk: ACCOUNT }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), bob = await world.registered('bob');
	const call = await carrier.call('+15550009001'), callee = await alice.incoming();
	await callee.accept();
	await call.response(200);
	carrier.automatic = false;
	const reply = await carrier.send(call.inDialog('REFER', { headers: [['Refer-To', `<sip:bob@${world.host}>`]] }));
	assert.equal(reply.status, 202);
	const trying = await askWithin(call, 'NOTIFY');
	assert.match(trying.body, /^SIP\/2.0 100/);
	carrier.automatic = true;
	good(call, trying);
	const target = await bob.incoming();
	await target.accept();
	await carrier.signal.until(() => call.requests.some(r => r.method === 'NOTIFY' && /^SIP\/2.0 200/.test(r.body)), 'the last NOTIFY');
	await call.ended();
	await callee.bye();
	await target.ended();
});
