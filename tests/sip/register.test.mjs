// Registrar: digest with MD5 and SHA-256, nonces, contacts, expiry.
import assert from 'node:assert/strict';
import { chooseChallenge } from './support/sip-message.mjs';
import { scenario } from './support/harness.mjs';

const AOR = phone => `sip:${phone.domain}`;
const target = phone => ({ to: `sip:${phone.user}@${phone.domain}`, callId: phone.registerCallId, fromTag: phone.registerTag });

// A REGISTER without credentials, to see the challenge.
async function challenge(phone) {
	const reply = await phone.send(phone.request('REGISTER', AOR(phone), target(phone)));
	assert.equal(reply.status, 401);
	return reply;
}

// A REGISTER that answers a challenge seen before.
function answer(phone, reply, changes = {}, headers = []) {
	const header = phone.answerChallenge(reply, 'REGISTER', AOR(phone), changes);
	return phone.send(phone.request('REGISTER', AOR(phone), { ...target(phone), headers: [header, ['Expires', '600'], ...headers] }));
}

const list = async control => (await control.call('registration.list')).registrations;

for (const algorithm of ['MD5', 'SHA-256']) {
	scenario(`a phone registers with ${algorithm}`, {}, async (world, control) => {
		const alice = await world.phone('alice');
		const reply = await alice.register({ algorithm, headers: [['User-Agent', 'Test Phone 1.0']] });
		assert.equal(reply.status, 200);
		assert.match(reply.get('contact'), new RegExp(`^<sip:alice@127\\.0\\.0\\.1:${alice.port}>.*;expires=600`));
		const event = await control.event('registration.changed', ({ user }) => user === 'alice');
		assert.equal(event.reason, 'registered');
		assert.equal(event.expires, 600);
		const [binding, ...more] = await list(control);
		assert.deepEqual(more, []);
		assert.equal(binding.user, 'alice');
		assert.equal(binding.agent, 'Test Phone 1.0');
		assert.equal(binding.source, `udp:127.0.0.1:${alice.port}`);
		assert.equal((await alice.register({ algorithm })).status, 200);
		await control.event('registration.changed', ({ reason }) => reason === 'refreshed');
		assert.equal((await list(control)).length, 1);
	});
}

scenario('both algorithms are offered, SHA-256 first', {}, async world => {
	const alice = await world.phone('alice');
	const reply = await challenge(alice);
	const algorithms = reply.all('www-authenticate').map(value => /algorithm=("?)([\w-]+)\1/.exec(value)[2]);
	assert.deepEqual(algorithms, ['SHA-256', 'MD5']);
	for (const value of reply.all('www-authenticate'))
		assert.match(value, new RegExp(`^Digest .*realm="${world.host}"`));
});

scenario('a phone registers over TCP', {}, async (world, control) => {
	const alice = await world.registered('alice', { transport: 'tcp' });
	const [binding] = await list(control);
	assert.match(binding.source, /^tcp:127\.0\.0\.1:/);
	assert.match(binding.contact, new RegExp(`:${alice.port}`));
});

scenario('a wrong password and an unknown user look the same', {}, async (world, control) => {
	const shape = reply => [reply.startLine, ...reply.headers.map(([name, value]) => [name, value
		.replace(/(nonce|opaque)="[^"]*"/g, '$1=""').replace(/;(tag|branch|received|rport)=[^;]*/g, ';$1=').replaceAll('nobody', 'alice')]
		.join(': ')).filter(line => !/^(Via|Call-ID|CSeq|Date|Content-Length)/i.test(line)).sort()];
	const wrong = await world.phone('alice', { password: 'wrong' });
	const unknown = await world.phone('nobody', { password: 'wrong' });
	assert.deepEqual(shape(await challenge(wrong)), shape(await challenge(unknown)));
	const [first, second] = [await wrong.register(), await unknown.register()];
	assert.ok([401, 403].includes(first.status), first.startLine);
	assert.deepEqual(shape(first), shape(second));
	assert.deepEqual(await list(control), []);
});

scenario('an old nonce is called stale', { sip: 'nonce-life = 1' }, async world => {
	const alice = await world.phone('alice');
	const first = await challenge(alice);
	// Used again and again with a rising count, it is good until its time is over.
	let reply, nc = 0;
	do {
		reply = await answer(alice, first, { nc: ++nc });
		await new Promise(resolve => setTimeout(resolve, 50));
	} while (reply.status === 200 && nc < 400);
	assert.equal(reply.status, 401);
	assert.match(reply.get('www-authenticate'), /stale="?true/i);
	assert.equal((await answer(alice, reply)).status, 200, 'the new nonce works');
});

scenario('a nonce cannot be replayed', {}, async world => {
	const alice = await world.phone('alice');
	const first = await challenge(alice);
	assert.equal((await answer(alice, first, { nc: 1 })).status, 200);
	assert.equal((await answer(alice, first, { nc: 1 })).status, 401, 'the same count again');
	assert.equal((await answer(alice, first, { nc: 2 })).status, 200, 'the next count');
	assert.equal((await answer(alice, first, { nc: 1 })).status, 401, 'an earlier count');
});

scenario('a nonce of our own making is refused', {}, async world => {
	const alice = await world.phone('alice');
	const first = await challenge(alice);
	for (const header of first.headers)
		if (/^www-authenticate$/i.test(header[0]))
			header[1] = header[1].replace(/nonce="[^"]*"/, 'nonce="0123456789abcdef0123456789abcdef"');
	assert.equal((await answer(alice, first)).status, 401);
});

scenario('broken credentials get a challenge or 400, never more', {}, async (world, control) => {
	const alice = await world.phone('alice');
	const first = chooseChallenge(await challenge(alice));
	const broken = ['Digest', 'Digest username="alice"', 'Basic YWxpY2U6c2VjcmV0LWE=', 'Digest username=alice realm= nonce= response=',
		`Digest username="alice", realm="${first.realm}", nonce="${first.nonce}", uri="sip:x", response="${'f'.repeat(3000)}"`,
		`Digest username="alice", realm="elsewhere", nonce="${first.nonce}", uri="sip:x", response="${'0'.repeat(32)}"`];
	for (const value of broken) {
		const reply = await alice.send(alice.request('REGISTER', AOR(alice), { ...target(alice), headers: [['Authorization', value]] }));
		assert.ok([400, 401, 403].includes(reply.status), `${value.slice(0, 60)}: ${reply.startLine}`);
	}
	assert.deepEqual(await list(control), []);
});

scenario("nobody registers for somebody else", {}, async (world, control) => {
	const alice = await world.phone('alice');
	const reply = await alice.register({ to: `sip:bob@${alice.domain}` });
	assert.equal(reply.status, 403);
	assert.deepEqual(await list(control), []);
});

scenario('a user has several contacts, takes one away, then all', {}, async (world, control) => {
	const desk = await world.registered('alice'), mobile = await world.phone('alice');
	const reply = await mobile.register();
	assert.equal(reply.all('contact').join(', ').match(/<sip:alice@/g).length, 2);
	assert.equal((await list(control)).length, 2);
	assert.equal((await desk.register({ expires: 0 })).status, 200);
	await control.event('registration.changed', ({ reason, contact }) => reason === 'removed' && contact.includes(`:${desk.port}`));
	assert.deepEqual((await list(control)).map(({ source }) => source), [`udp:127.0.0.1:${mobile.port}`]);
	await desk.register();
	assert.equal((await mobile.register({ contact: '*', expires: 0 })).status, 200);
	assert.deepEqual(await list(control), []);
	assert.equal((await mobile.register({ contact: '*', expires: 60 })).status, 400, '* goes with Expires: 0 only');
});

scenario('a phone that comes back from another port each time is never locked out', { users: 'user "alice" { password = "secret-a" max-contacts = 3 }' }, async (world, control) => {
	let newest;
	for (let i = 0; i < 13; i++) {
		newest = await world.phone('alice');
		assert.equal((await newest.register()).status, 200, `the start number ${i + 1}`);
	}
	const sources = (await list(control)).map(({ source }) => source);
	assert.equal(sources.length, 3);
	assert.ok(sources.includes(`udp:127.0.0.1:${newest.port}`));
});

scenario('the same contact written in another way is refreshed', {}, async (world, control) => {
	const alice = await world.phone('alice');
	for (const contact of [`<sip:alice@127.0.0.1:${alice.port};transport=udp;ob>`, `<SIP:%61lice@127.0.0.1:${alice.port};ob;Transport=UDP>`])
		assert.equal((await alice.register({ contact })).status, 200);
	assert.equal((await list(control)).length, 1);
});

scenario('a REGISTER without a contact asks what is registered', {}, async world => {
	const alice = await world.registered('alice');
	const reply = await alice.register({ contact: null });
	assert.equal(reply.status, 200);
	assert.match(reply.get('contact'), new RegExp(`:${alice.port}>`));
});

scenario('a binding expires', { sip: 'register-min = 1' }, async (world, control) => {
	const alice = await world.phone('alice');
	assert.equal((await alice.register({ expires: 1 })).status, 200);
	const event = await control.event('registration.changed', ({ reason }) => reason === 'expired');
	assert.equal(event.user, 'alice');
	assert.equal(event.expires, 0);
	assert.deepEqual(await list(control), []);
});

scenario('a life too short is refused with 423, one too long is cut', { sip: 'register-min = 60 register-max = 900' }, async world => {
	const alice = await world.phone('alice');
	const short = await alice.register({ expires: 10 });
	assert.equal(short.status, 423);
	assert.equal(short.get('min-expires'), '60');
	const long = await alice.register({ expires: 100000 });
	assert.match(long.get('contact'), /;expires=900/);
});

scenario('a Path is kept and said back', {}, async (world, control) => {
	const alice = await world.phone('alice');
	const path = '<sip:edge.example.org;lr>';
	const reply = await alice.register({ headers: [['Path', path], ['Supported', 'path']] });
	assert.equal(reply.status, 200);
	assert.equal(reply.get('path'), path);
	assert.ok(String((await list(control))[0].path).includes('sip:edge.example.org;lr'));
});

scenario('a phone behind an edge proxy is called by way of it', {}, async (world, control) => {
	const edge = await world.phone('alice'), bob = await world.phone('bob'); // the edge passes on what its phone says
	const path = `<sip:${edge.host}:${edge.port};lr>`;
	edge.contact = () => '<sip:alice@10.9.8.7:5062>';
	assert.equal((await edge.register({ headers: [['Path', path], ['Supported', 'path']] })).status, 200);
	const [call, far] = await Promise.all([bob.call('alice'), edge.incoming()]);
	assert.equal(far.invite.uri, 'sip:alice@10.9.8.7:5062');
	assert.equal(far.invite.get('route'), path);
	await far.accept({ headers: [['Record-Route', path]] });
	await call.response(200);
	assert.equal((await control.call('call.list')).calls.length, 2);
	await call.bye();
	const bye = await far.ended();
	assert.equal(bye.uri, 'sip:alice@10.9.8.7:5062');
	assert.equal(bye.get('route'), path);
});
