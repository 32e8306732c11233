// Two accounts on one switch: nobody of one reaches into calls of the other, nor spends its money, whichever way the calls were made.
import assert from 'node:assert/strict';
import net from 'node:net';
import { DnsServer } from './support/dns.mjs';
import { scenario } from './support/harness.mjs';
import { connect, notified, refer } from './support/transfer.mjs';
import { poll } from './support/wait.mjs';

// alice and bob are of "default", carol of "second"; each account has a number that dials and one that is answered.
const accounts = (more = '') => ({
	users: `
user "alice" { password = "secret-a" number = "+15550001001" }
user "bob" { password = "secret-b" number = "+15550001002" }
user "carol" { password = "secret-c" number = "+15550001003" account = "second" }`,
	numbers: world => `
number "+15550009000" { voice-url = "http://${world.host}:9000/voice" }
number "+15550009001" { dial = {"user:bob"} }
number "+15550009004" { echo = true }
number "+15550009007" { voice-url = "http://${world.host}:9000/voice" account = "second" }
number "+15550009008" { echo = true account = "second" }`,
	extra: `account "second" { ${more} }`,
});

const named = call => `${call.callId};to-tag=${call.remoteTag()};from-tag=${call.localTag}`;
const accountOf = async (control, fits) => (await control.someCall(fits)).account;

const redirect = (call, uri) => call.phone.respond(call.invite, call.invite.response(302, 'Moved', { toTag: call.localTag, headers: [['Contact', `<${uri}>`]] }));
const logged = (world, what) => poll(() => what.test(world.switch.text()), `${what} in the log`);

async function all(world) {
	return { alice: await world.registered('alice'), bob: await world.registered('bob'), carol: await world.registered('carol') };
}

scenario('an INVITE with Replaces takes no call of another account, whatever it dials', accounts(), async (world, control) => {
	const { alice, bob, carol } = await all(world), { caller, callee } = await connect(alice, bob, 'bob');
	for (const to of ['alice', 'bob', 'carol', '+15550009000', '+15550009001', '+15550009004', '+15550009008', '+14445550000', 'nobody'])
		for (const call of [caller, callee]) {
			const taker = await carol.call(to, { headers: [['Replaces', named(call)]] });
			assert.equal((await taker.final()).status, 481, to);
		}
	await logged(world, / warn call\.replaces_denied call=\S+ of=\S+ user="carol" .*another account's/);
	assert.equal((await control.call('call.list')).calls.length, 2);
	await caller.bye();
	await callee.ended();
});

scenario('whose number was dialled does not count: it is who is there that is replaced', accounts(), async world => {
	const { alice, bob, carol } = await all(world), { caller, callee } = await connect(carol, bob, '+15550009001');
	// the call is the number's account's, its far end is not
	for (const to of ['bob', '+15550009001', '+15550009008']) {
		const taker = await alice.call(to, { headers: [['Replaces', named(caller)]] });
		assert.equal((await taker.final()).status, 481, to);
	}
	const taker = await alice.call('bob', { headers: [['Replaces', named(callee)]] });
	await taker.response(200);
	await callee.ended();
	await taker.bye();
	await caller.ended();
});

scenario('a trunk replaces its own dialogs alone', accounts(), async world => {
	const { alice, bob } = await all(world), carrier = await world.trunk(), { caller, callee } = await connect(alice, bob, 'bob');
	for (const call of [caller, callee])
		assert.equal((await (await carrier.call('+15550009004', { headers: [['Replaces', named(call)]] })).final()).status, 481);
	const own = await carrier.call('+15550009004');
	await own.response(200);
	assert.equal((await (await alice.call('+15550009004', { headers: [['Replaces', named(own)]] })).final()).status, 481);
	const again = await carrier.call('+15550009004', { headers: [['Replaces', named(own)]] });
	await again.response(200);
	await own.ended();
	await again.bye();
	await caller.bye();
	await callee.ended();
});

scenario('an attended transfer joins nobody with a call of another account', accounts(), async (world, control) => {
	const { alice, bob, carol } = await all(world), { caller, callee } = await connect(alice, bob, 'bob'), own = await carol.call('+15550009008');
	await own.response(200);
	for (const call of [caller, callee])
		assert.equal((await refer(own, `<sip:bob@${world.host}?Replaces=${encodeURIComponent(named(call))}>`)).status, 603);
	await logged(world, / call\.refer_refused .* why=481/);
	assert.equal((await control.call('call.list')).calls.length, 3);
	await own.bye();
	await caller.bye();
	await callee.ended();
});

scenario('a transfer out through a trunk is paid by the account of who transfers', accounts(), async (world, control) => {
	const { bob, carol } = await all(world), carrier = await world.trunk(), { caller, callee } = await connect(carol, bob, 'bob');
	assert.equal(await accountOf(control, ({ user }) => user === 'bob'), 'second', 'the caller\'s');
	assert.equal((await refer(callee, `<sip:+14445550000@${world.host}>`)).status, 202);
	const out = await carrier.incoming();
	await out.accept();
	await notified(callee, 200);
	assert.equal(await accountOf(control, ({ trunk, direction }) => trunk && direction === 'outbound'), 'default');
	await caller.bye();
	await out.ended();
});

scenario('what an account may not call, its users do not reach through the calls of another', accounts('deny = {"+1444"}'), async (world, control) => {
	const { bob, carol } = await all(world), { caller, callee } = await connect(carol, bob, '+15550009001');
	assert.equal(await accountOf(control, ({ user }) => user === 'carol'), 'default', 'the number\'s');
	assert.equal((await refer(caller, `<sip:+14445550000@${world.host}>`)).status, 603);
	await logged(world, / call\.transfer_denied .*denied/);
	await caller.bye();
	await callee.ended();
});

scenario('a phone does not forward another account\'s call through a trunk', accounts(), async (world, control) => {
	const { alice, bob, carol } = await all(world), carrier = await world.trunk();
	const call = await carol.call('bob'), ringing = await bob.incoming();
	redirect(ringing, `sip:+14445550000@${world.host}`);
	assert.equal((await call.final()).status, 480);
	await logged(world, / call\.redirect_denied .* user="bob"/);
	// within the account it does
	const second = await alice.call('bob'), again = await bob.incoming();
	redirect(again, `sip:+14445550001@${world.host}`);
	const out = await carrier.incoming();
	assert.match(out.invite.uri, /4445550001/, 'the first that it gets');
	await out.accept();
	await second.response(200);
	await second.bye();
	await out.ended();
});

scenario('a program gets no call of another account by a transfer', accounts(), async (world, control) => {
	const { bob, carol } = await all(world), { caller, callee } = await connect(carol, bob, 'bob');
	assert.equal((await refer(callee, `<sip:+15550009000@${world.host}>`)).status, 603);
	await logged(world, / call\.transfer_denied .*program is another account/);
	const { id } = await control.someCall(({ user, direction }) => user === 'carol' && direction === 'inbound');
	await assert.rejects(control.call('call.transfer', { call: id, to: '+15550009000' }), { code: 422 });
	assert.equal((await refer(callee, `<sip:+15550009007@${world.host}>`)).status, 202, 'its own does');
	await control.event('call.incoming');
	await control.call('call.claim', { call: id });
	await notified(callee, 200);
	await control.call('call.hangup', { call: id });
	await caller.ended();
});

scenario('the control socket joins no calls of two accounts', accounts(), async (world, control) => {
	const { alice, carol } = await all(world), one = await alice.call('+15550009004'), two = await carol.call('+15550009008');
	await Promise.all([one.response(200), two.response(200)]);
	const id = async account => (await control.someCall(call => call.account === account)).id, first = await id('default'), second = await id('second');
	const { conference } = await control.call('conference.create', { name: 'standup', account: 'default' });
	await control.call('conference.create', { name: 'standup', account: 'second' });
	for (const [method, params] of [['call.bridge', { call: first, with: second }], ['call.bridge', { call: second, with: first }], ['call.refer', { call: first, with: second }],
		['conference.add', { conference: conference.id, call: second }], ['conference.add', { conference: 'standup', account: 'second', call: first }]])
		await assert.rejects(control.call(method, params), { code: 409 }, method);
	await logged(world, / warn call\.account_denied /);
	await logged(world, / warn conference\.account_denied /);
	const { call } = await control.call('conference.add', { conference: 'standup', call: second });
	assert.notEqual(call.conference_id, conference.id, 'a name is looked for in the call\'s account');
	// nor does anybody whisper into another room
	const third = await alice.call('+15550009004');
	await third.response(200);
	const alone = (await control.someCall(call => call.account === 'default' && call.id !== first)).id, whisper = { coaches: second };
	await assert.rejects(control.call('conference.add', { conference: conference.id, call: first, ...whisper }), { code: -32602 });
	await control.call('conference.add', { conference: conference.id, call: first });
	await assert.rejects(control.call('conference.coach', { call: first, ...whisper }), { code: -32602 });
	await control.call('conference.add', { conference: conference.id, call: alone, coaches: first });
	await Promise.all([one, two, third].map(call => call.bye()));
});

// A trunk knows us by our address: an INVITE to its server would be a call past deny, routes and prices.
scenario('a program reaches a trunk by no SIP URI, and others by one', { ...accounts(), trunk: 'from = {"198.51.100.0/24"}' }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), at = world.trunkHost;
	const uris = [`sip:+19005550100@${at}`, `sip:+19005550100@${at}:5060`, `SIP:+19005550100@${at};transport=tcp`, `sips:+19005550100@${at}:5060`,
		`sip:+19005550100@[::ffff:${at}]`, `sip:+19005550100@example.com;maddr=${at}`, `sip:a@b@${at}`, 'sip:+19005550100@198.51.100.7:5080', `sip:+19005550100@${at}?X-A=1`];
	for (const to of uris)
		await assert.rejects(control.call('call.originate', { to, from: '+15550009000' }), /server of a trunk/, to);
	const call = await alice.call('+15550009004');
	await call.response(200);
	const { id } = await control.someCall(({ status }) => status === 'in-progress');
	for (const to of uris) {
		await assert.rejects(control.call('call.dial', { call: id, to }), /server of a trunk/, to);
		await assert.rejects(control.call('call.dial', { call: id, targets: [{ to }] }), /server of a trunk/, to);
	}
	const bob = await world.phone('bob', { host: world.spareHosts[0] });
	await control.call('call.dial', { call: id, to: `sip:somebody@${bob.host}:${bob.port}` });
	await (await bob.incoming()).reply(486);
	await call.bye();
	assert.deepEqual(carrier.received.filter(({ method }) => method === 'INVITE'), []);
});

// Nor by a name that leads there: what DNS says is looked at before anything is sent, and each time anew.
scenario('no name in DNS leads a program to a trunk', { ...accounts(), start: false }, async world => {
	await world.prepare();
	const at = world.trunkHost, elsewhere = world.spareHosts[0];
	const dns = await DnsServer.open('127.0.0.1', {
		'A a.test': [{ address: at }],
		'SRV _sip._udp.srv.test': [{ port: 5060, target: 'a.test' }],
		'SRV _sip._tcp.tcp.test': [{ port: 5060, target: 'a.test' }],
		'NAPTR naptr.test': [{ service: 'SIP+D2U', replacement: '_sip._udp.srv.test' }],
		'A good.test': [{ address: elsewhere }],
	});
	const byTcp = [], server = net.createServer(socket => socket.on('data', data => byTcp.push(data)).on('error', () => {}));
	await new Promise((resolve, reject) => server.once('error', reject).listen(5060, at, resolve));
	try {
		world.options.sip = `resolv-conf = "${dns.writeConf(world.dir)}"`;
		world.writeConf();
		const control = await world.startSwitch();
		await control.subscribe();
		const carrier = await world.trunk(), bob = await world.phone('bob', { host: elsewhere }), alice = await world.registered('alice');
		const inbound = await alice.call('+15550009004');
		await inbound.response(200);
		const { id } = await control.someCall(({ status }) => status === 'in-progress');
		for (const to of ['sip:+19005550100@a.test', 'sip:+19005550100@a.test:5060', 'sip:+19005550100@a.test;transport=tcp', 'sip:+19005550100@srv.test', 'sip:+19005550100@tcp.test;transport=tcp', 'sip:+19005550100@naptr.test']) {
			const { call } = await control.call('call.originate', { to, from: '+15550009000' });
			const failed = await control.callState(call.id, 'failed');
			assert.match(failed.reason, /server of a trunk/, to);
			await control.call('call.dial', { call: id, to });
			const child = await control.someCall(({ parent_call_id, status, to: its }) => parent_call_id === id && its === to && status === 'failed', to);
			assert.match(child.reason, /server of a trunk/, to);
		}
		assert.deepEqual(carrier.received.filter(({ method }) => method === 'INVITE'), []);
		assert.deepEqual(byTcp, []);
		assert.ok(dns.asked.includes('NAPTR naptr.test') && dns.asked.includes('A a.test'));
		await control.call('call.originate', { to: `sip:somebody@good.test:${bob.port}`, from: '+15550009000' });
		await (await bob.incoming()).reply(486);
		await inbound.bye();
	} finally {
		dns.close();
		server.close();
	}
});
