// Several trunks for a number, several servers for a trunk, and what each takes.
import assert from 'node:assert/strict';
import { DnsServer } from './support/dns.mjs';
import { scenario } from './support/harness.mjs';

const outbound = ({ direction }) => direction === 'outbound';

// Trunks a, b, … at spare addresses, and a route to all of them.
const trunks = (count, { each = '', route = '' } = {}) => world => {
	const names = ['a', 'b', 'c', 'd'].slice(0, count);
	return names.map((name, i) => `trunk "${name}" { address = "${world.spareHosts[i]}:5060" try-timeout = 300ms ${each} }`).join('\n') +
		`\nroute "^\\\\+1444" { to = {${names.map(name => `"trunk:${name}"`).join(', ')}} ${route} }\ntrunk "carrier" { address = "${world.trunkHost}:5060" }`;
};
const open = (world, i, options = {}) => world.trunk({ host: world.spareHosts[i], ...options });

for (const code of [500, 503]) {
	scenario(`${code} of the first trunk leads to the second`, { carrier: trunks(2) }, async (world, control) => {
		const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
		const caller = await alice.call('+14445556666');
		await (await a.incoming()).reply(code);
		const callee = await b.incoming();
		await callee.accept();
		await caller.response(200);
		assert.equal((await control.someCall(call => outbound(call) && call.status === 'in-progress')).trunk, 'b');
		const { trunks: list } = await control.call('trunk.list');
		assert.deepEqual(list.map(({ name, calls }) => `${name} ${calls}`).slice(0, 2), ['a 0', 'b 1']);
		await caller.bye();
		await callee.ended();
	});
}

scenario('a trunk that says nothing is left after try-timeout', { carrier: trunks(2) }, async world => {
	const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
	const caller = await alice.call('+14445556666');
	await a.incoming();
	const callee = await b.incoming();
	await callee.accept();
	await caller.response(200);
	await caller.bye();
	await callee.ended();
});

scenario('one that says 100 has time', { carrier: trunks(2), sip: 'ring-timeout = 2' }, async world => {
	const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
	const caller = await alice.call('+14445556666');
	const callee = await a.incoming();
	await callee.reply(100);
	assert.ok([408, 480].includes((await caller.final()).status));
	await callee.request('CANCEL');
	await a.signal.until(() => callee.acked, 'ACK of the 487');
	assert.equal(b.received.length, 0);
});

for (const code of [404, 486, 603]) {
	scenario(`${code} is the callee's word, and ends the call`, { carrier: trunks(2) }, async world => {
		const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
		const caller = await alice.call('+14445556666');
		await (await a.incoming()).reply(code);
		assert.equal((await caller.final()).status, code);
		assert.equal(b.received.length, 0);
	});
}

scenario('the route lists what leads on', { carrier: trunks(2, { route: 'failover-on = {404}' }) }, async world => {
	const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
	const first = await alice.call('+14445556666');
	await (await a.incoming()).reply(404);
	await (await b.incoming()).reply(486);
	assert.equal((await first.final()).status, 486);
	const second = await alice.call('+14445556666');
	await (await a.incoming()).reply(500);
	assert.equal((await second.final()).status, 500);
	assert.equal(b.calls.length, 1);
});

scenario('a trunk that is full is passed over, and when all are: 503', { carrier: trunks(2, { each: 'max-calls = 1' }) }, async (world, control) => {
	const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
	const first = await alice.call('+14445556666'), one = await a.incoming();
	await one.accept();
	const second = await alice.call('+14445556667'), two = await b.incoming();
	await two.accept();
	const third = await alice.call('+14445556668');
	assert.equal((await third.final()).status, 503);
	const over = await control.someCall(call => outbound(call) && call.status === 'failed');
	assert.match(over.reason, /no trunk/i);
	await first.response(200);
	await first.bye();
	await one.ended();
	await control.someCall(call => outbound(call) && call.status === 'completed');
	const fourth = await alice.call('+14445556669');
	await (await a.incoming()).reply(486);
	await fourth.final();
	await second.response(200);
	await second.bye();
	await two.ended();
});

scenario('calls a second', { carrier: trunks(1, { each: 'max-calls-per-second = 2' }) }, async world => {
	const a = await open(world, 0), alice = await world.registered('alice');
	const calls = await Promise.all(Array.from({ length: 12 }, (_, i) => alice.call(`+1444555000${i % 10}`)));
	const answered = (async () => {
		for (;;)
			await (await a.incoming()).reply(486);
	})();
	answered.catch(() => {});
	const finals = await Promise.all(calls.map(call => call.final()));
	const busy = finals.filter(({ status }) => status === 486).length;
	assert.ok(busy >= 2 && busy < 12, `${busy} of 12 went out`);
	assert.equal(finals.filter(({ status }) => status === 503).length, 12 - busy);
});

scenario('by weight', { carrier: trunks(2, { route: 'weights = {0, 1}' }) }, async world => {
	const [a, b] = [await open(world, 0), await open(world, 1)], alice = await world.registered('alice');
	for (let i = 0; i < 5; i++) {
		const caller = await alice.call('+14445556666');
		await (await b.incoming()).reply(486);
		await caller.final();
	}
	assert.equal(a.received.length, 0);
	const last = await alice.call('+14445556666');
	await (await b.incoming()).reply(503);
	await (await a.incoming()).reply(486);
	assert.equal((await last.final()).status, 486, 'weight 0 comes last');
});

scenario('a trunk that does not answer OPTIONS, or with 5xx, is passed over until it is back', {
	carrier: trunks(2, { each: 'health-interval = 1' }), start: false,
}, async world => {
	await world.prepare();
	const [a, b] = [await open(world, 0), await open(world, 1)];
	let status = 503;
	a.automatic = false;
	a.signal.until(() => {
		for (const request of a.received.filter(m => m.method === 'OPTIONS' && !m.seen)) {
			request.seen = true;
			a.respond(request, request.response(status, 'Whatever', { toTag: 'x' }));
		}
		return false;
	}, 'the end', 10000).catch(() => {});
	const control = await world.startSwitch(), alice = await world.registered('alice');
	const changed = state => control.event('trunk.changed', ({ trunk, state: now }) => trunk === 'a' && now === state);
	const listed = (await control.call('trunk.list')).trunks.find(({ name }) => name === 'a');
	if (listed.state !== 'down')
		await changed('down');
	const first = await alice.call('+14445556666');
	await (await b.incoming()).reply(486);
	await first.final();
	assert.equal(a.calls.length, 0);
	status = 404; // it knows no OPTIONS, but it is there
	await changed('up');
	const second = await alice.call('+14445556666');
	await (await a.incoming()).reply(486);
	assert.equal((await second.final()).status, 486);
});

// ---- DNS ----

// A world whose trunk "dns" is carrier.test, with these records: {…} of the world's spare addresses.
function named(name, records, options, run) {
	scenario(name, { start: false, ...options }, async world => {
		const dns = await DnsServer.open('127.0.0.1', {});
		try {
			const file = dns.writeConf(world.dir);
			world.options.sip = `resolv-conf = "${file}" ${options.sip ?? ''}`;
			world.options.carrier = w => {
				Object.assign(dns.records, records(w.spareHosts));
				return `trunk "dns" { address = "carrier.test" ${options.each ?? 'try-timeout = 500ms'} }
route "^\\\\+1444" { to = {"trunk:dns"} }
trunk "carrier" { address = "${w.trunkHost}:5060" }`;
			};
			const control = await world.startSwitch();
			await run(world, control, dns);
		} finally {
			dns.close();
		}
	});
}

const up = async control => {
	const known = ({ trunks: list }) => list.find(({ name, state }) => name === 'dns' && state === 'up');
	return known(await control.call('trunk.list')) ??
		(await control.event('trunk.changed', ({ trunk, state }) => trunk === 'dns' && state === 'up') && known(await control.call('trunk.list')));
};

const services = ([one, two, three]) => ({
	'NAPTR carrier.test': [{ order: 10, service: 'SIP+D2U', replacement: '_sip._udp.carrier.test' }],
	'SRV _sip._udp.carrier.test': [{ priority: 20, port: 5062, target: 'two.carrier.test' }, { priority: 10, port: 5061, target: 'one.carrier.test' },
		{ priority: 30, port: 5063, target: 'three.carrier.test' }],
	'A one.carrier.test': [{ address: one }], 'A two.carrier.test': [{ address: two }], 'A three.carrier.test': [{ address: three }],
});

named('NAPTR, SRV, A: the servers in order; silence and 503 lead to the next', services, {}, async (world, control) => {
	const { servers } = await up(control);
	assert.deepEqual(servers, world.spareHosts.slice(0, 3).map((host, i) => `udp:${host}:506${i + 1}`));
	const [one, two, three] = await Promise.all([5061, 5062, 5063].map((port, i) => open(world, i, { port })));
	const alice = await world.registered('alice'), caller = await alice.call('+14445556666');
	const first = await one.incoming();
	assert.match(first.invite.uri, /^sip:\+14445556666@carrier\.test$/);
	await (await two.incoming()).reply(503);
	const callee = await three.incoming();
	await callee.accept();
	await caller.response(200);
	await callee.bye();
	await caller.ended();
});

named('a server of the trunk that is refused by the network is left at once', services, { each: 'try-timeout = 30s' }, async (world, control) => {
	await up(control);
	const two = await open(world, 1, { port: 5062 }), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666');
	await (await two.incoming()).reply(486);
	assert.equal((await caller.final()).status, 486);
});

named('requests from every server of the trunk are its calls', services, {}, async (world, control) => {
	await up(control);
	const two = await open(world, 1, { port: 5099 });
	const caller = await two.call('+15550009004');
	await caller.response(200);
	assert.equal((await control.someCall(({ direction }) => direction === 'inbound')).trunk, 'dns');
	await caller.bye();
});

named('SRV without NAPTR, over TCP when the conf says so', ([one]) => ({
	'SRV _sip._tcp.carrier.test': [{ port: 5064, target: 'one.carrier.test' }],
	'SRV _sip._udp.carrier.test': [{ port: 5065, target: 'one.carrier.test' }],
	'A one.carrier.test': [{ address: one }],
}), { each: 'transport = "tcp" try-timeout = 500ms' }, async (world, control, dns) => {
	assert.deepEqual((await up(control)).servers, [`tcp:${world.spareHosts[0]}:5064`]);
	assert.ok(!dns.asked.includes('SRV _sip._udp.carrier.test'));
});

named('only an address', ([one]) => ({ 'A carrier.test': [{ address: one }] }), {}, async (world, control) => {
	assert.deepEqual((await up(control)).servers, [`udp:${world.spareHosts[0]}:5060`]);
	const one = await open(world, 0), alice = await world.registered('alice'), caller = await alice.call('+14445556666');
	await (await one.incoming()).reply(486);
	assert.equal((await caller.final()).status, 486);
});

named('a name that does not resolve: the trunk says so, its route is 503', () => ({}), {}, async (world, control) => {
	const lost = ({ state }) => state === 'unresolved';
	const { trunks: list } = await control.call('trunk.list');
	if (!list.some(lost))
		await control.event('trunk.changed', lost);
	const now = (await control.call('trunk.list')).trunks.find(lost);
	assert.match(now.reason, /carrier\.test/);
	const alice = await world.registered('alice'), caller = await alice.call('+14445556666');
	assert.equal((await caller.final()).status, 503);
	assert.match((await control.someCall(call => outbound(call) && call.status === 'failed')).reason, /no trunk of the route is up/i);
});
