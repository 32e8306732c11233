// Scanners are banned, and phones are not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BUILD, scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';
import { chooseChallenge, credentials } from './support/sip-message.mjs';

// Loopback counts as any other address here.
const guard = text => ({ extra: `guard { exempt = {"none"} ${text} }` });
const HOST = '127.0.0.77'; // a stranger's

const options = (phone, headers = []) => phone.request('OPTIONS', `sip:${phone.domain}`, { headers });

// Proves that `phone` gets no answer: that of somebody else, who asks afterwards, comes, and none for it.
async function expectSilence(world, phone, request) {
	const before = phone.received.length;
	phone.transmit(request);
	const other = await world.phone('bob');
	assert.equal((await other.send(options(other))).status, 200);
	assert.equal(phone.received.length, before, 'a banned source was answered');
}

scenario('a scanner is banned by its name, and offhookctl lifts that', guard('exempt-trunks = false'), async (world, control) => {
	const scanner = await world.phone('mallory', { host: HOST }), cut = await world.phone('mallory', { host: HOST, transport: 'tcp' });
	assert.equal((await scanner.send(options(scanner))).status, 200);
	cut.transmit(options(cut, [['User-Agent', 'friendly-scanner']]));
	const event = await control.event('guard.banned');
	assert.equal(event.address, HOST);
	assert.equal(event.reason, 'user-agent');
	await expectSilence(world, scanner, options(scanner));
	await expectSilence(world, scanner, scanner.request('REGISTER', `sip:${scanner.domain}`));
	await expectSilence(world, scanner, 'OPTIONS broken\r\n\r\n');
	const { bans } = await control.call('bans.list');
	assert.equal(bans.length, 1);
	assert.equal(bans[0].dropped, 3);
	const run = (...args) => spawnSync(join(BUILD, 'bin/offhookctl'), ['-s', world.socket, ...args], { encoding: 'utf8' });
	assert.match(run('bans').stdout, /127\.0\.0\.77 +user-agent/);
	for (const name of [HOST, `${HOST}:5060`])
		assert.match(run('why', name).stdout, /^127\.0\.0\.77(:5060)? is banned since \S+.*, until \S+.*: it named itself as a scanner does .* 3 messages or connections were not read\. .*bans lift 127\.0\.0\.77 /);
	assert.match(run('why', '127.0.0.7').stdout, /^127\.0\.0\.7 is not banned/);
	assert.match(run('why', 'nothing-of-it@127.0.0.77').stderr, /banned now.*why ADDRESS/s);
	assert.equal(JSON.parse(run('--json', 'why', HOST).stdout).reason, 'user-agent');
	assert.equal(run('bans', 'lift', '127.0.0.78').status, 1);
	assert.equal(run('bans', 'lift').status, 2);
	assert.equal(run('bans', 'lift', HOST).status, 0);
	assert.equal((await control.event('guard.lifted')).end, 'lifted');
	assert.equal((await scanner.send(options(scanner))).status, 200);
	assert.match(run('bans').stdout, /Nobody is banned/);
});

scenario('a scanner over TCP is cut off', guard(''), async world => {
	const scanner = await world.phone('mallory', { host: HOST, transport: 'tcp' });
	assert.equal((await scanner.send(options(scanner))).status, 200);
	await expectSilence(world, scanner, options(scanner, [['User-Agent', 'sipvicious']]));
	await expectSilence(world, scanner, options(scanner));
});

scenario('a datagram may be anybody\'s: it is not read, and bans nobody', guard('max-failures = 3 max-challenges = 3'), async (world, control) => {
	const phone = await world.phone('alice', { host: HOST });
	await expectSilence(world, phone, options(phone, [['User-Agent', 'friendly-scanner']]));
	for (let i = 0; i < 20; i++) {
		const nonce = ['00', 'f'.repeat(64)][i % 2];
		const reply = await phone.send(phone.request('REGISTER', `sip:${phone.domain}`, { headers: [['Authorization', `Digest username="alice", ` +
			`realm="${phone.domain}", nonce="${nonce}", uri="sip:${phone.domain}", response="${String(i).padStart(32, '0')}", algorithm=MD5`]] }));
		assert.equal(reply.status, 401);
		assert.match(reply.get('www-authenticate'), /stale=true/);
		assert.equal((await (await phone.call('+15550009004', { auth: false })).final()).status, 407);
	}
	assert.equal((await phone.register()).status, 200);
	assert.deepEqual((await control.call('bans.list')).bans, []);
});

scenario('what was sent to one address is no credentials from another', guard('max-failures = 1'), async (world, control) => {
	const phone = await world.phone('alice', { host: HOST }), other = await world.phone('alice', { host: '127.0.0.78', password: 'wrong' });
	const asked = await phone.send(phone.request('REGISTER', `sip:${phone.domain}`));
	for (const password of ['secret-a', 'wrong']) {
		const value = credentials(chooseChallenge(asked), { user: 'alice', password, method: 'REGISTER', uri: `sip:${phone.domain}` });
		const reply = await other.send(other.request('REGISTER', `sip:${phone.domain}`, { headers: [['Authorization', value]] }));
		assert.equal(reply.status, 401);
		assert.match(reply.get('www-authenticate'), /stale=true/);
	}
	assert.deepEqual((await control.call('bans.list')).bans, []);
});

scenario('a flood in the name of a phone does not silence it', guard('rate = 5 burst = 20'), async (world, control) => {
	const alice = await world.registered('alice', { host: HOST }), forger = await world.phone('mallory', { host: HOST });
	const call = await alice.call('+15550009004');
	await call.response(200);
	for (let i = 0; i < 300; i++)
		forger.transmit(options(forger));
	await poll(async () => (await control.call('switch.status')).limited_messages > 100, 'the flood to be more than its share');
	assert.equal((await alice.register()).status, 200, 'it has a nonce of ours');
	assert.equal((await call.bye()).status, 200, 'it has a call');
});

scenario('a phone with a wrong password that tries it again and again', guard('max-failures = 5'), async (world, control) => {
	const phone = await world.phone('alice', { host: HOST, password: 'wrong' });
	for (let i = 0; i < 30; i++)
		assert.equal((await phone.register()).status, 401);
	assert.deepEqual((await control.call('bans.list')).bans, []);
	const failed = await control.event('registration.failed');
	assert.deepEqual([failed.user, failed.reason], ['alice', 'wrong-password']);
	assert.match(failed.source, /^udp:127\.0\.0\.77:/);
	assert.equal((await control.call('switch.status')).registrations_failed, 30);
	phone.password = 'secret-a';
	assert.equal((await phone.register()).status, 200);
});

for (const [what, user] of [['existing', 'alice'], ['unknown', 'nobody']])
	scenario(`guessing the password of an ${what} user is banned after the same number of tries`, guard('max-failures = 6 ban-time = 2'), async (world, control) => {
		const guesser = await world.phone(user, { host: HOST, password: 'wrong' });
		for (let i = 0; i < 5; i++) {
			guesser.password = `guess ${i}`;
			assert.equal((await guesser.register()).status, 401);
		}
		guesser.password = 'the last guess';
		assert.equal(control.events.filter(({ method }) => method === 'guard.banned').length, 0);
		assert.equal((await guesser.register()).status, 401); // the last word
		assert.equal((await control.event('guard.banned')).reason, 'wrong-credentials');
		await expectSilence(world, guesser, options(guesser));
		assert.equal((await control.event('guard.lifted')).end, 'expired');
		assert.equal((await guesser.send(options(guesser))).status, 200);
	});

scenario('many names are many tries', guard('max-names = 4 max-failures = 100'), async (world, control) => {
	for (const user of ['100', 'alice', '101', 'bob']) {
		const guesser = await world.phone(user, { host: HOST, password: 'wrong' });
		assert.equal((await guesser.register()).status, 401);
	}
	assert.equal((await control.event('guard.banned')).reason, 'many-names');
});

scenario('INVITEs that never prove who they are from', guard('max-challenges = 10'), async (world, control) => {
	const caller = await world.phone('alice', { host: HOST, transport: 'tcp' });
	for (let i = 0; i < 10; i++)
		assert.equal((await (await caller.call('+15550009004', { auth: false })).final()).status, 407);
	assert.equal((await control.event('guard.banned')).reason, 'unanswered-challenges');
});

scenario('phones are not banned for what phones do', guard('max-failures = 3 max-challenges = 5 max-names = 2'), async (world, control) => {
	const alice = await world.phone('alice', { host: HOST });
	for (let i = 0; i < 10; i++)
		assert.equal((await alice.register()).status, 200);
	for (let i = 0; i < 6; i++) {
		const call = await alice.call('+15550009004');
		await call.response(200);
		await call.bye();
	}
	assert.deepEqual((await control.call('bans.list')).bans, []);
});

scenario('a flood from one source does not reach the others', guard('rate = 20 burst = 50'), async (world, control) => {
	const flood = await world.phone('mallory', { host: HOST });
	for (let i = 0; i < 500; i++)
		flood.transmit(options(flood));
	const alice = await world.registered('alice');
	assert.equal((await alice.send(options(alice))).status, 200);
	await flood.signal.until(() => flood.received.length >= 50, 'the first fifty answers');
	assert.ok(flood.received.length < 200, `${flood.received.length} answers`);
	const status = await control.call('switch.status');
	assert.ok(status.limited_messages > 200, JSON.stringify(status));
	assert.equal(status.bans, 0);
});

scenario('trunks and loopback are exempt', {}, async (world, control) => {
	const scanner = await world.phone('mallory', { host: HOST });
	assert.equal((await scanner.send(options(scanner, [['User-Agent', 'friendly-scanner']]))).status, 200);
	assert.deepEqual((await control.call('bans.list')).bans, []);
});

scenario('a trunk is exempt where loopback is not', guard(''), async (world, control) => {
	const carrier = await world.trunk();
	assert.equal((await carrier.send(options(carrier, [['User-Agent', 'friendly-scanner']]))).status, 200);
	assert.deepEqual((await control.call('bans.list')).bans, []);
});

// What a reply looks like, without what differs from request to request.
function shape(reply, user) {
	return [reply.startLine, ...reply.headers.map(([name, value]) => `${name}: ${value}`
		.replace(/(nonce|opaque)="[^"]*"/g, '$1=""').replace(/;(tag|branch|received|rport)=[^;]*/g, ';$1=').replaceAll(user, 'USER'))
		.filter(line => !/^(Via|Call-ID|CSeq|Date|Content-Length|Contact)/i.test(line)).sort()];
}

scenario('no reply tells whether a user exists', {}, async world => {
	const shapes = {};
	for (const user of ['alice', 'nobody']) {
		const phone = await world.phone(user, { host: HOST, password: 'wrong' });
		const stranger = await world.phone('mallory', { host: HOST, password: 'wrong' });
		const to = `sip:${user}@${phone.domain}`;
		shapes[user] = [];
		for (const method of ['OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH', 'NOTIFY', 'INFO', 'UPDATE', 'FOO']) {
			const headers = [...(/SUBSCRIBE|NOTIFY|PUBLISH/.test(method) ? [['Event', 'presence'], ['Expires', '0'], ['Subscription-State', 'active']] : [])];
			shapes[user].push(shape(await stranger.send(stranger.request(method, to, { headers })), user));
		}
		shapes[user].push(shape(await phone.register(), user));
		for (const caller of [stranger, phone]) { // to it, and as it
			const call = await caller.call(caller === stranger ? user : '+15550009004');
			shapes[user].push(shape(await call.final(), user));
		}
	}
	assert.deepEqual(shapes.alice, shapes.nobody);
	for (const [line] of shapes.alice)
		assert.doesNotMatch(line, /^SIP\/2\.0 500/, 'nothing of this is a fault of ours');
});

scenario('bans over HTTP are for the first account, which lifts them', {
	extra: 'guard { exempt = {"none"} }\naccount "tenant" { api-keys = {"key-of-the-tenant"} }',
}, async (world, control) => {
	await world.startApi();
	const scanner = await world.phone('mallory', { host: HOST, transport: 'tcp' });
	scanner.transmit(options(scanner, [['User-Agent', 'friendly-scanner']]));
	await control.event('guard.banned');
	const { status, body: { bans: [ban, ...more] } } = await world.http('GET', '/v1/voice/bans');
	assert.equal(status, 200);
	assert.deepEqual([ban.address, ban.reason, more.length], [HOST, 'user-agent', 0]);
	assert.ok(Date.parse(ban.since) < Date.parse(ban.until), JSON.stringify(ban));
	const tenant = (method, path) => fetch(`${world.api}/v1/voice/${path}`, { method, headers: { 'X-API-Key': 'key-of-the-tenant' } });
	for (const reply of [await tenant('GET', 'bans'), await tenant('DELETE', `bans/${HOST}`)])
		assert.deepEqual([reply.status, (await reply.json()).code], [403, 'operator-only']);
	assert.equal((await world.http('DELETE', '/v1/voice/bans/127.0.0.78')).status, 404);
	const wrong = await world.http('DELETE', '/v1/voice/bans/nonsense');
	assert.deepEqual([wrong.status, wrong.body.field], [400, 'address']);
	assert.equal((await world.http('DELETE', `/v1/voice/bans/${HOST}`)).status, 204);
	assert.equal((await control.event('guard.lifted')).end, 'lifted');
	assert.deepEqual((await world.http('GET', '/v1/voice/bans')).body, { bans: [] });
});
