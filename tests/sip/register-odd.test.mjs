// What registrars and phones write about how long a Contact is kept, and what registrars say instead of 200.
import assert from 'node:assert/strict';
import { challenge, isRight } from './support/challenge.mjs';
import { scenario } from './support/harness.mjs';
import { token } from './support/sip-message.mjs';
import { poll } from './support/wait.mjs';

for (const [written, seconds] of [['"300"', 300], ['abc', 3600], ['"Thu, 01 Dec 2094 16:00:00 GMT"', 3600], ['-5', 3600], ['', 600], [' 120 ', 120]])
	scenario(`a phone’s Contact with ;expires=${written}`, {}, async (world, control) => {
		const alice = await world.phone('alice');
		const reply = await alice.register({ contact: `${alice.contact()};expires=${written}`, expires: 600 });
		assert.equal(reply.status, 200);
		assert.equal(Number(/;expires=(\d+)/.exec(reply.get('contact'))[1]), seconds);
		assert.equal((await control.call('registration.list')).registrations.length, 1);
	});

const CARRIER = 'register = true username = "offhook" password = "trunk-secret" register-expires = 600';

// The switch registers with one that answers each REGISTER so; resolves to the trunk when `is` says so of it.
function registering(name, answer, is, wanted) {
	scenario(name, { start: false, trunk: CARRIER }, async world => {
		await world.prepare();
		const carrier = await world.trunk();
		let n = 0;
		carrier.automatic = false;
		const done = carrier.signal.until(() => {
			for (const message of carrier.received.filter(m => m.method === 'REGISTER' && !m.seen)) {
				message.seen = true;
				const [status, headers = []] = answer(message, ++n, world);
				carrier.respond(message, message.response(status, 'As it is', { toTag: token(), headers }));
			}
			return world.ended;
		}, 'the end', 60000).catch(() => {});
		const control = await world.startSwitch();
		const trunk = await poll(async () => (await control.call('trunk.list')).trunks.find(is), name);
		wanted?.(trunk, n);
		world.ended = true;
		carrier.signal.notify();
		await done;
		carrier.signal.until(() => { // its good-bye
			for (const message of carrier.received.filter(m => m.method === 'REGISTER' && !m.seen)) {
				message.seen = true;
				carrier.respond(message, message.response(200, 'OK', { toTag: token() }));
			}
			return false;
		}, 'the end').catch(() => {});
	});
}

const up = ({ state }) => state === 'up', uri = request => request.address('contact');
const line = request => /line=\w+/.exec(uri(request))[0];
const granted = (contacts, extra = []) => request => [200, [['Contact', contacts(request)], ...extra]];
const near = seconds => ({ registered_until: until }) => {
	const left = (Date.parse(until) || until) - Date.now();
	assert.ok(left > (seconds - 30) * 1000 && left <= seconds * 1000, `${left / 1000} s are left of ${seconds}`);
};

for (const [name, contacts, seconds] of [
	['its host rewritten', () => '<sip:offhook@203.0.113.9:1024>;expires=120', 120],
	['without its line', request => `<${uri(request).replace(/;line=.*/, '')}>;expires=120`, 120],
	['its line in capitals', request => `<${uri(request).replace(/line=\w+/, text => text.toUpperCase())}>;expires=120`, 120],
	['a stale one beside it', () => '<sip:offhook@203.0.113.9>;expires=240, <sip:offhook@203.0.113.8>;expires=0', 240],
	['in quotes', request => `<${uri(request)}>;expires="120"`, 120],
	['without brackets', request => `${uri(request).split(';')[0]};expires=120`, 120],
	['other phones’ beside it', request => `<sip:other@203.0.113.9>;expires=60, <sip:x@203.0.113.7;${line(request)}>;expires=130`, 130],
	['a broken one beside it', request => `???, <${uri(request)}>;expires=120`, 120]])
	registering(`a registrar’s Contact, ${name}: what it grants is believed`, granted(contacts), up, near(seconds));

registering('a registrar that says 200 and keeps nothing is not believed', granted(request => `<${uri(request)}>;expires=0`),
	({ state }) => state === 'rejected', ({ reason }) => assert.match(reason, /does not keep it/));
registering('423 without Min-Expires: asked for the usual hour', (request, n) => n === 1 ? [423] : [200, [['Contact', `<${uri(request)}>;expires=${request.get('expires')}`]]],
	up, near(3600));
registering('Retry-After of a refusal is kept to', (request, n) => n === 1 ? [403, [['Retry-After', '1']]] : [200, [['Contact', `<${uri(request)}>;expires=600`]]], up);
registering('a refusal that may be over soon is asked again soon', (request, n) => n === 1 ? [480] : [200, [['Contact', `<${uri(request)}>;expires=600`]]], up);
for (const algorithm of ['MD5', 'SHA-256']) {
	const sent = challenge(algorithm, { qop: 'auth-int' });
	registering(`a registrar that asks for auth-int alone, ${algorithm}`, (request, n) => n === 1 ? [401, [['WWW-Authenticate', sent]]] :
		isRight(request, 'Authorization', sent) ? [200, [['Contact', `<${uri(request)}>;expires=600`]]] : [403], up);
}
registering('a challenge that cannot be answered is told as that', () => [401, [['WWW-Authenticate', 'Digest realm="r", nonce="n", algorithm=AKAv1-MD5, qop="auth"']]],
	({ state }) => state === 'rejected', ({ reason }) => assert.match(reason, /in a way that Offhook does not know/));

scenario('a registrar that sends us elsewhere is followed once, there and for the good-bye', { start: false, trunk: CARRIER }, async world => {
	await world.prepare();
	const carrier = await world.trunk(), other = await world.trunk({ host: world.spareHosts[0] }), ends = [carrier, other];
	let [first, back] = [`<sip:offhook@${other.host}:5060>`, null];
	const answers = new Map([[carrier, () => [302, [['Contact', first]]]], [other, request => back ? [302, [['Contact', back]]] : [200, [['Contact', `<${uri(request)}>;expires=${request.get('expires')}`]]]]]);
	for (const end of ends) {
		end.automatic = false;
		end.seen = [];
		end.signal.until(() => {
			for (const message of end.received.filter(m => m.method === 'REGISTER' && !end.seen.includes(m))) {
				end.seen.push(message);
				const [status, headers] = answers.get(end)(message);
				end.respond(message, message.response(status, 'As it is', { toTag: token(), headers }));
			}
			return false;
		}, 'the end', 60000).catch(() => {});
	}
	const control = await world.startSwitch();
	await poll(async () => (await control.call('trunk.list')).trunks.find(up), 'up');
	const [asked] = carrier.seen, [kept] = other.seen;
	assert.equal(kept.get('call-id'), asked.get('call-id'));
	assert.equal(kept.cseq.number, asked.cseq.number + 1);
	assert.equal(kept.uri, `sip:${other.host}:5060`);
	assert.equal(kept.address('to'), asked.address('to'));
	await world.switch.end();
	await other.signal.until(() => other.seen.some(message => message.get('expires') === '0'), 'the good-bye, where it was kept');
	assert.ok(!carrier.seen.some(message => message.get('expires') === '0'));
});

scenario('a registrar that sends us in a circle, or nowhere, refuses us', { start: false, trunk: CARRIER }, async world => {
	await world.prepare();
	const carrier = await world.trunk();
	carrier.automatic = false;
	let n = 0;
	carrier.signal.until(() => {
		for (const message of carrier.received.filter(m => m.method === 'REGISTER' && !m.seen)) {
			message.seen = true;
			carrier.respond(message, message.response(++n % 2 ? 302 : 301, 'Moved', { toTag: token(), headers: [['Contact', `<sip:x@${carrier.host}:5060>`]] }));
		}
		return false;
	}, 'the end', 60000).catch(() => {});
	const control = await world.startSwitch();
	const { reason } = await poll(async () => (await control.call('trunk.list')).trunks.find(({ state }) => state === 'rejected'), 'rejected');
	assert.match(reason, /301/);
	assert.equal(n, 2);
});

// Phones that cannot choose among algorithms go by the first challenge that they see, or give up.
const algorithms = reply => reply.all('www-authenticate').map(value => /algorithm=([\w-]+)/.exec(value)[1]);

scenario('who comes again without credentials after a choice of algorithms is shown MD5 alone', {}, async world => {
	const alice = await world.phone('alice');
	const ask = (options = {}) => alice.send(alice.request('REGISTER', `sip:${world.host}`, { to: `sip:alice@${world.host}`, ...options }));
	assert.deepEqual(algorithms(await ask()), ['SHA-256', 'MD5']);
	assert.deepEqual(algorithms(await ask()), ['MD5']);
	assert.equal((await alice.register({ algorithm: 'MD5' })).status, 200);
	const bob = await world.phone('bob'); // another port: another source
	assert.deepEqual(algorithms(await bob.send(bob.request('REGISTER', `sip:${world.host}`, { to: `sip:bob@${world.host}` }))), ['SHA-256', 'MD5']);
	assert.equal((await bob.register({ algorithm: 'MD5' })).status, 200);
	const carol = await world.registered('carol'); // by SHA-256: she is offered it again
	assert.deepEqual(algorithms(await carol.send(carol.request('REGISTER', `sip:${world.host}`, { to: `sip:carol@${world.host}` }))), ['SHA-256', 'MD5']);
});

// ---- phones whose Call-ID, tag and CSeq are made of what they are, not of when they start ----

const registerAs = async (phone, { callId, fromTag = token(4), cseq, next = cseq + 1, ...options }) => {
	const uri = `sip:${phone.domain}`, same = { callId, fromTag, to: `sip:${phone.user}@${phone.domain}`, headers: [['Expires', '600']] };
	const first = await phone.send(phone.request('REGISTER', uri, { ...same, cseq }));
	const header = phone.answerChallenge(first, 'REGISTER', uri, options);
	const request = phone.request('REGISTER', uri, { ...same, cseq: next, headers: [...same.headers, header] });
	return { first, header, request, reply: await phone.send(request) };
};

scenario('a phone that begins anew with its Call-ID is registered; who has only heard it is not', {}, async (world, control) => {
	const alice = await world.phone('alice'), callId = '0004f2aabbcc@192.0.2.1', uri = `sip:${alice.domain}`;
	const before = await registerAs(alice, { callId, cseq: 100 });
	assert.equal(before.reply.status, 200);
	assert.equal((await registerAs(alice, { callId, cseq: 1 })).reply.status, 200);
	assert.equal((await control.call('registration.list')).registrations.length, 1);
	// a copy of what it has sent, and its nonce, with a further count and an older CSeq, from before the last registration
	const again = alice.request('REGISTER', uri, { callId, fromTag: token(4), to: `sip:alice@${alice.domain}`, cseq: 101, headers: [['Expires', '0'], before.header] });
	assert.equal((await alice.send(again)).status, 401);
	const late = alice.answerChallenge(before.first, 'REGISTER', uri, { nc: 2 });
	const older = alice.request('REGISTER', uri, { callId, fromTag: token(4), to: `sip:alice@${alice.domain}`, cseq: 1, headers: [['Expires', '0'], late] });
	assert.equal((await alice.send(older)).status, 500);
	assert.equal((await control.call('registration.list')).registrations.length, 1);
});

scenario('a REGISTER that has the CSeq of the one that was challenged, and two phones with the same of everything', {}, async (world, control) => {
	const alice = await world.phone('alice'), bob = await world.phone('bob'), same = { callId: 'same', fromTag: 'same', cseq: 7 };
	assert.equal((await registerAs(alice, { ...same, next: 7 })).reply.status, 200);
	assert.equal((await registerAs(bob, { ...same, next: 7 })).reply.status, 200);
	assert.equal((await control.call('registration.list')).registrations.length, 2);
});

for (const [name, change] of [['nc=1, hashed in full', header => header.replace('nc=00000001', 'nc=1')],
	['its domain in the username', (header, phone, first) => phone.answerChallenge(first, 'REGISTER', `sip:${phone.domain}`, { user: `alice@${phone.domain}` })[1]]])
	scenario(`credentials of phones: ${name}`, {}, async world => {
		const alice = await world.phone('alice'), uri = `sip:${alice.domain}`, same = { callId: token(), to: `sip:alice@${alice.domain}` };
		const first = await alice.send(alice.request('REGISTER', uri, same));
		const [header, value] = alice.answerChallenge(first, 'REGISTER', uri);
		assert.equal((await alice.send(alice.request('REGISTER', uri, { ...same, headers: [[header, change(value, alice, first)]] }))).status, 200);
		const wrong = alice.answerChallenge(await alice.send(alice.request('REGISTER', uri, { ...same, callId: token() })), 'REGISTER', uri, { password: 'wrong' })[1];
		assert.equal((await alice.send(alice.request('REGISTER', uri, { ...same, headers: [[header, wrong]] }))).status, 401);
	});

scenario('programs that give up at SHA-256 are shown MD5 alone, their successors both', {}, async world => {
	const alice = await world.phone('alice');
	for (const [agent, wanted] of [['Asterisk PBX 1.8.32.3', 'MD5'], ['Asterisk PBX 16.28.0~dfsg-0+deb11u4', 'MD5'], ['Asterisk PBX 18.5.0', 'MD5'], ['Asterisk PBX certified-18.9-cert4', 'MD5'],
		['Asterisk PBX certified/13.21', 'MD5'], ['SIPp', 'MD5'], ['Asterisk PBX 19.8.1', 'SHA-256,MD5'], ['Asterisk PBX 22.1.0', 'SHA-256,MD5'], ['Asterisk PBX 180.1', 'SHA-256,MD5'],
		['Asterisk PBX GIT-master-1234', 'SHA-256,MD5']]) {
		const phone = await world.phone('alice'); // another port: nothing is known of it
		const reply = await phone.send(phone.request('REGISTER', `sip:${world.host}`, { to: `sip:alice@${world.host}`, headers: [['User-Agent', agent]] }));
		assert.equal(String(algorithms(reply)), wanted, agent);
	}
	await alice.register();
});
