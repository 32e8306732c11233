// A hostile network: requests and responses in every order that RFC 3261 does not have. The switch goes on, the calls of others go on,
// and nothing is left behind.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { SipMessage } from './support/sip-message.mjs';
import { makeSdp } from './support/phone.mjs';
import { hangUpAll, random, witness } from './support/hostile.mjs';

const TYPE = ['Content-Type', 'application/sdp'];
const METHODS = ['INVITE', 'UPDATE', 'ACK', 'PRACK', 'CANCEL', 'INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'OPTIONS', 'PUBLISH', 'REGISTER', 'BYE', 'FOO'];

// What may stand in a body: descriptions of every kind.
function bodies(host) {
	const good = makeSdp({ host, port: 40000 });
	return ['', good, makeSdp({ host, port: 40000, direction: 'sendonly' }), good.replace('m=audio 40000', 'm=audio 0'), 'v=0\r\n', 'nonsense',
		good + good, good.replace(/c=.*\r\n/, 'c=IN IP4 0.0.0.0\r\n'), makeSdp({ host, port: 40000, payloads: [18] })];
}

const EXTRAS = [
	[], [['RAck', '1 1 INVITE']], [['RAck', '4294967295 4294967295 INVITE']], [['RSeq', '1']], [['Require', '100rel']], [['Supported', '100rel, timer, replaces']],
	[['Session-Expires', '90;refresher=uas'], ['Supported', 'timer']], [['Session-Expires', '1'], ['Min-SE', '1'], ['Supported', 'timer']],
	[['Session-Expires', '0'], ['Require', 'timer']], [['Refer-To', '<sip:bob@example.org>']], [['Refer-To', '<sip:bob@example.org?Replaces=a%3Bto-tag%3Db>']],
	[['Event', 'refer'], ['Subscription-State', 'active']], [['Event', 'refer;id=7'], ['Subscription-State', 'terminated;reason=noresource']],
	[['Event', 'presence'], ['Expires', '0']], [['Replaces', 'x;to-tag=1;from-tag=2']], [['Timestamp', '1.5']], [['Content-Encoding', 'gzip']],
	[['Content-Disposition', 'render']], [['Require', 'precondition']], [['Reason', 'SIP;cause=99999;text="x"']], [['Record-Route', '<sip:127.0.0.1:9;lr>']],
	[['Join', 'x;to-tag=1;from-tag=2']], [['Proxy-Require', 'foo']], [['Accept', 'foo/bar;q=7']], [['Contact', '<sip:x@127.0.0.1:9>'], ['Contact', '<sip:y@127.0.0.1:9>']],
];

// One request within the call's dialog that may be wrong in several ways at once. It is sent and forgotten.
function strike(next, phone, call, all) {
	const pick = list => list[next(list.length)];
	const method = pick(METHODS.slice(0, -2));
	const body = next(2) ? pick(all) : '';
	const cseq = pick([undefined, undefined, undefined, call.invite.cseq.number, 1, 0, 4294967295, call.cseq]);
	const headers = [...pick(EXTRAS), ...(body ? [TYPE] : [])];
	const message = call.inDialog(method, { headers, body, ...(cseq === undefined ? {} : { cseq }) });
	if (method === 'CANCEL' && next(2)) // for the INVITE itself, or the last request
		message.headers[0] = ['Via', pick([call.invite.get('via'), phone.lastVia ?? call.invite.get('via')])];
	if (method === 'INVITE' || method === 'UPDATE')
		phone.lastVia = message.get('via');
	if (next(12) === 0)
		message.headers = message.headers.map(([name, value]) => name === 'To' ? [name, value.replace(/;tag=.*/, '')] : [name, value]);
	phone.transmit(message);
	if (next(4) === 0)
		phone.transmit(message); // once more
	if (method === 'INVITE' && next(3)) // an ACK whether or not there is anything to acknowledge
		phone.transmit(call.inDialog('ACK', { cseq: message.cseq.number, ...(next(2) ? { body: pick(all), headers: [TYPE] } : {}) }));
}

for (const seed of (process.env.OFFHOOK_SEEDS ?? '1 2 3 4 5 6').split(' ').map(Number)) {
	scenario(`an answered call whose caller sends anything in any order (${seed})`, {}, async (world, control) => {
		const next = random(seed), prove = await witness(world);
		const caller = await world.phone('alice');
		const all = bodies(caller.host);
		for (let i = 0; i < 12; i++) {
			const call = await caller.call('+15550009004', seed % 2 ? {} : { headers: [['Supported', '100rel, timer']] });
			await call.response(200);
			for (let k = 0; k < 15; k++) {
				strike(next, caller, call, all);
				if (next(3) === 0) // let it be read before the next comes
					await caller.send(caller.request('OPTIONS', `sip:${world.host}`));
			}
			call.cseq += 100;
			await call.bye(); // which a CSeq of 4294967295 may have made a thing of the past
		}
		await hangUpAll(control);
		await prove();
	});
}

for (const seed of (process.env.OFFHOOK_SEEDS ?? '1 2 3 4').split(' ').map(Number)) {
	scenario(`a call that still rings, and a caller and a callee who send anything (${seed})`, {}, async (world, control) => {
		const next = random(seed + 1000), prove = await witness(world);
		const bob = await world.registered('bob'), caller = await world.phone('alice');
		const all = bodies(caller.host), pick = list => list[next(list.length)];
		for (let i = 0; i < 12; i++) {
			const call = await caller.call('bob', next(2) ? {} : { headers: [['Supported', '100rel, timer']] });
			const leg = await bob.incoming();
			leg.reply(180);
			const ringing = await call.response(180);
			for (let k = 0; k < 10; k++) {
				call.answer = ringing;
				strike(next, caller, call, all);
				if (next(2))
					strike(next, bob, leg, all);
				if (next(2)) {
					const status = pick([100, 180, 183, 183, 199, 200, 200, 202, 302, 401, 407, 422, 491, 500, 699]);
					const body = next(2) ? pick(all) : '';
					const extras = pick([...EXTRAS, [['Require', '100rel'], ['RSeq', String(next(5))]], [['Contact', '<sip:x@127.0.0.1:9>;q=0.1, <sip:y@127.0.0.1:9>']],
						[['WWW-Authenticate', 'Digest realm="x", nonce="y", algorithm=FOO']], [['Proxy-Authenticate', 'Digest']], [['WWW-Authenticate', 'Basic realm=x']]]);
					const toTag = pick([leg.localTag, leg.localTag, 'another', 'third']);
					bob.transmit(leg.invite.response(status, 'Whatever', { toTag, body, headers: [...extras, ...(body ? [TYPE] : [])] }));
				}
				if (next(3) === 0)
					await caller.send(caller.request('OPTIONS', `sip:${world.host}`));
			}
			await hangUpAll(control);
		}
		await prove();
	});
}

scenario('descriptions that are meant to take memory and time, from anybody', {}, async world => {
	const prove = await witness(world);
	const stranger = await world.phone('nobody'), carrier = await world.phone('alice');
	const good = makeSdp({ host: '127.0.0.1', port: 40000 });
	const bad = [good.replace(/m=.*\r\n/, 'm=audio 400nt/8\u00d0\u00cfmtp:101 0-15\r\n'), good + 'a=x:1\r\n'.repeat(5000), good + 'm=audio 1 RTP/AVP 0\r\n'.repeat(2000),
		good.replace('t=0 0', 't=0 0\r\nr=1 2 3\r\nz=1 2 3 4'), good.replace('RTP/AVP', 'RTP/AVP' + ' 0'.repeat(4000)), 'v=0\r\n'.repeat(6000)];
	for (const body of bad) {
		assert.equal((await (await stranger.call('+15550009004', { body, auth: false })).final()).status, 407);
		const reply = await (await carrier.call('+15550009004', { body })).final();
		if (reply.status === 200)
			await carrier.calls.at(-1).bye();
		else
			assert.equal(reply.status, 488);
	}
	await prove();
});
