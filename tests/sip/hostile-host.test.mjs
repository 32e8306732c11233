// Requests for somebody at another host: who is there is none of ours, though one of ours has the same name.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { connect, refer } from './support/transfer.mjs';
import { poll } from './support/wait.mjs';

const logged = (world, what) => poll(() => what.test(world.switch.text()), `${what} in the log`);

const sip = 'aliases = {"pbx.example", "192.0.2.77"} advertise = {"public.example"}';

scenario('a phone that calls somebody at another host gets 404, and nobody rings', { sip }, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	for (const host of ['elsewhere.example', '192.0.2.1', '[2001:db8::1]', `x${world.host}`, 'pbx.example.org', '127.0.0.999'])
		for (const user of ['bob', '+15550001002', '+15550009004', '+14445550000']) {
			const call = await alice.call(`sip:${user}@${host}`);
			assert.equal((await call.final()).status, 404, `${user}@${host}`);
		}
	await logged(world, /call\.ended [^\n]*It is for elsewhere\.example, which is not what we are called/);
	assert.equal(bob.calls.length, 0);
	assert.equal((await control.call('call.list')).calls.length, 0);
});

scenario('what we are called', { sip }, async world => {
	const alice = await world.registered('alice'), at = await world.phone('alice', { domain: 'home.example' });
	for (const uri of [`sip:+15550009004@${world.host}`, `sip:+15550009004@${world.host}:5060;transport=udp`, `sip:+15550009004@${world.host}:5099`, `sip:+15550009004@${world.host}.`,
		'sip:+15550009004@PBX.example', 'sip:+15550009004@192.0.2.77', 'sip:+15550009004@public.example:5060']) {
		const call = await alice.call(uri);
		assert.equal((await call.final()).status, 200, uri);
		await call.bye();
	}
	// a phone knows us by the name that stands in its own address
	const call = await at.call('sip:+15550009004@home.example');
	assert.equal((await call.final()).status, 200);
	await call.bye();
	assert.equal((await (await at.call('sip:+15550009004@elsewhere.example')).final()).status, 404);
	// To may say what it likes (RFC 3261 section 8.2.2.1)
	const odd = await alice.call('+15550009004', { to: 'sip:bob@elsewhere.example' });
	assert.equal((await odd.final()).status, 200);
	await odd.bye();
});

scenario('aliases may change while it runs', {}, async (world, control) => {
	const alice = await world.registered('alice');
	assert.equal((await (await alice.call('sip:+15550009004@new.example')).final()).status, 404);
	world.options.sip = 'aliases = {"new.example"}';
	world.writeConf();
	assert.deepEqual((await control.call('switch.reload')).needs_restart, []);
	const call = await alice.call('sip:+15550009004@new.example');
	assert.equal((await call.final()).status, 200);
	await call.bye();
});

scenario('an emergency number is called whatever stands beside it', { extra: 'route "^112$" { to = {"trunk:carrier"} }' }, async world => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const [call, out] = await Promise.all([alice.call('sip:112@elsewhere.example'), carrier.incoming()]);
	await out.accept();
	await call.response(200);
	await call.bye();
	await out.ended();
});

scenario('a trunk\'s numbers are ours whatever host it writes, names are not', {}, async world => {
	const carrier = await world.trunk(), bob = await world.registered('bob');
	const call = await carrier.call('sip:+15550009004@carrier.example', { headers: [] });
	assert.equal((await call.final()).status, 200);
	await call.bye();
	assert.equal((await (await carrier.call('sip:bob@elsewhere.example')).final()).status, 404);
	assert.equal(bob.calls.length, 0);
});

scenario('a transfer to somebody at another host is refused, and a phone that forwards there is not followed', {}, async world => {
	const [alice, bob, carol] = [await world.registered('alice'), await world.registered('bob'), await world.registered('carol')];
	const { caller, callee } = await connect(alice, bob, 'bob');
	assert.equal((await refer(callee, '<sip:carol@elsewhere.example>')).status, 603);
	await logged(world, / call\.refer_refused .* why=404/);
	await caller.bye();
	await callee.ended();
	const call = await alice.call('bob'), ringing = await bob.incoming();
	bob.respond(ringing.invite, ringing.invite.response(302, 'Moved', { toTag: ringing.localTag, headers: [['Contact', '<sip:carol@elsewhere.example>']] }));
	assert.equal((await call.final()).status, 480);
	await logged(world, / call\.redirect_elsewhere /);
	assert.equal(carol.calls.length, 0);
});
