// Trunks that we register to, and trunks that register to us.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DnsServer } from './support/dns.mjs';
import { scenario } from './support/harness.mjs';
import { credentials, parseChallenge, token } from './support/sip-message.mjs';
import { poll } from './support/wait.mjs';

const inbound = ({ direction }) => direction === 'inbound';
const CARRIER = 'register = true username = "offhook" password = "trunk-secret" register-expires = 600';

// A registrar at the carrier's address: `answer(request, n)` gives [status, headers] for the nth REGISTER.
async function registrar(world, answer, options = {}) {
	const carrier = await world.trunk(options);
	carrier.automatic = false;
	carrier.registers = [];
	const seen = () => {
		for (const message of carrier.received.filter(m => m.method === 'REGISTER' && !m.seen)) {
			message.seen = true;
			carrier.registers.push(message);
			const [status, headers = []] = answer(message, carrier.registers.length);
			carrier.respond(message, message.response(status, 'Whatever', { toTag: token(), headers }));
		}
	};
	carrier.signal.until(() => {
		seen();
		return false;
	}, 'the end', 10000).catch(() => {});
	carrier.register = n => carrier.signal.until(() => carrier.registers[n - 1], `REGISTER ${n}`);
	return carrier;
}

const ok = (request, expires = Number(request.get('expires'))) => [200, [['Contact', `${request.get('contact')};expires=${expires}`]]];

const state = (control, wanted) => control.signal.until(() => control.events.some(({ method, params }) =>
	method === 'trunk.changed' && params.trunk === 'carrier' && params.state === wanted), `trunk ${wanted}`);

// The switch starts when the registrar is there.
const world = { start: false };
async function start(w, options, answer) {
	w.options.trunk = `${CARRIER} ${options}`;
	await w.prepare();
	const carrier = await registrar(w, answer);
	return [carrier, await w.startSwitch()];
}

for (const algorithm of ['MD5', 'SHA-256']) {
	scenario(`registers with ${algorithm}, takes calls at its contact, and says good-bye`, world, async w => {
		const challenge = `Digest realm="carrier", nonce="${token()}", algorithm=${algorithm}, qop="auth"`;
		const [carrier, control] = await start(w, '', (request, n) => n === 1 ? [401, [['WWW-Authenticate', challenge]]] : ok(request));
		const [first, second] = [await carrier.register(1), await carrier.register(2)];
		assert.equal(second.get('call-id'), first.get('call-id'));
		assert.equal(second.cseq.number, first.cseq.number + 1);
		assert.equal(first.get('expires'), '600');
		assert.match(first.get('to'), new RegExp(`<sip:offhook@${w.trunkHost}>`));
		const said = parseChallenge(second.get('authorization'));
		assert.equal(said.response, parseChallenge(credentials(parseChallenge(challenge), { method: 'REGISTER', uri: said.uri, user: 'offhook',
			password: 'trunk-secret', nc: 1, cnonce: said.cnonce })).response);
		const { trunks } = await control.call('trunk.list');
		if (trunks[0].state !== 'up')
			await state(control, 'up');
		const [now] = (await control.call('trunk.list')).trunks;
		assert.ok(now.registered_until > Date.now() + 500e3);
		const contact = second.address('contact');
		assert.match(contact, new RegExp(`^sip:offhook@${w.host}:5060;.*line=`));
		// from anywhere, since registrars have many servers: the contact is the secret
		const server = await w.phone('server', { host: w.spareHosts[0], password: '' });
		const caller = await server.call(contact, { to: 'sip:+15550009004@carrier.test' });
		assert.equal((await caller.final()).status, 200);
		assert.equal((await control.someCall(inbound)).trunk, 'carrier');
		await caller.bye();
		const stranger = await server.call(contact.replace(/line=[^;]*/, 'line=0123456789abcdef'));
		assert.equal((await stranger.final()).status, 407);
		await control.someCall(({ status }) => status === 'completed');
		const ended = w.switch.end();
		const last = await carrier.register(3);
		assert.equal(last.get('expires'), '0');
		assert.ok(last.get('authorization'), 'with credentials at once');
		await ended;
	});
}

scenario('423: the least that the registrar takes', world, async w => {
	const [carrier] = await start(w, '', (request, n) => n === 1 ? [423, [['Min-Expires', '1800']]] : ok(request));
	assert.equal((await carrier.register(2)).get('expires'), '1800');
});

scenario('403 is said, and not asked again soon', world, async w => {
	const [carrier, control] = await start(w, '', () => [403]);
	await carrier.register(1);
	const find = list => list.trunks.find(({ state }) => state === 'rejected');
	const trunk = find(await control.call('trunk.list')) ?? (await state(control, 'rejected'), find(await control.call('trunk.list')));
	assert.match(trunk.reason, /403/);
});

scenario('a wrong password is said', world, async w => {
	const [carrier, control] = await start(w, '', () => [401, [['WWW-Authenticate', `Digest realm="carrier", nonce="${token()}"`]]]);
	await carrier.register(2);
	const find = list => list.trunks.find(({ state }) => state === 'rejected');
	const trunk = find(await control.call('trunk.list')) ?? (await state(control, 'rejected'), find(await control.call('trunk.list')));
	assert.match(trunk.reason, /username and password/);
	assert.equal(carrier.registers.length, 2);
});

scenario('a registrar that fails is asked again, at growing intervals', world, async w => {
	const [carrier, control] = await start(w, '', (request, n) => n < 3 ? [503] : ok(request));
	await carrier.register(3);
	await state(control, 'up');
	const { params } = control.events.find(({ params }) => params.trunk === 'carrier') ?? {};
	assert.ok(params);
});

scenario('the registration is refreshed before it ends', world, async w => {
	const [carrier] = await start(w, '', request => ok(request, 2));
	await carrier.register(3);
	const [a, b] = carrier.registers;
	assert.equal(a.get('call-id'), b.get('call-id'));
	assert.equal(a.get('contact'), b.get('contact'));
});

scenario('a switch that registers here: known by its password, called where it is', {
	carrier: w => `trunk "branch" { registers-here = true username = "branch" password = "secret-b" }
trunk "carrier" { address = "${w.trunkHost}:5060" }
route "^\\\\+1444" { to = {"trunk:branch"} }`,
}, async (w, control) => {
	const find = async () => (await control.call('trunk.list')).trunks.find(({ name }) => name === 'branch');
	assert.equal((await find()).state, 'unregistered');
	const alice = await w.registered('alice'), lost = await alice.call('+14445556666');
	assert.equal((await lost.final()).status, 503);
	const branch = await w.registered('branch');
	assert.equal((await find()).state, 'up');
	const caller = await alice.call('+14445556667'), callee = await branch.incoming();
	assert.match(callee.invite.uri, new RegExp(`^sip:\\+14445556667@${branch.host}:${branch.port}`));
	await callee.accept();
	await caller.response(200);
	await caller.bye();
	await callee.ended();
	const back = await branch.call('+15550009004');
	assert.equal((await back.final()).status, 200);
	assert.equal((await control.someCall(call => inbound(call) && call.to === '+15550009004')).trunk, 'branch');
	await back.bye();
	const out = await branch.call('+14445556666');
	assert.equal((await out.final()).status, 404, 'a trunk may not call out through a trunk');
	assert.ok(!(await control.call('user.list')).users.some(({ name }) => name === 'branch'));
	await branch.register({ expires: 0 });
	await control.event('trunk.changed', ({ trunk, state }) => trunk === 'branch' && state === 'unregistered');
});

// ---- what a reload does ----

const ANEW = { numbers: 'number "+15550009004" { echo = true }' };

const isUp = control => poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the trunk to be up');
const refused = request => [request.get('authorization') ? 200 : 401, [['WWW-Authenticate', 'Digest realm="carrier", nonce="n1", qop="auth"'],
	['Contact', `${request.get('contact')};expires=${request.get('expires')}`]]];
const reload = async (w, control) => {
	w.writeConf();
	await control.call('switch.reload');
};

scenario('a trunk that a reload takes away is unregistered, with credentials when they are asked for', { ...world, ...ANEW }, async w => {
	const [carrier, control] = await start(w, '', refused);
	const registered = await carrier.register(2);
	await control.call('trunk.list');
	Object.assign(w.options, { carrier: 'trunk "other" { address = "192.0.2.1" }', numbers: '' });
	await reload(w, control);
	const last = await carrier.register(3);
	assert.equal(last.get('expires'), '0');
	assert.equal(last.address('contact'), registered.address('contact'));
	assert.equal(last.get('call-id'), registered.get('call-id'));
	assert.ok(last.get('authorization') || (await carrier.register(4)).get('authorization'));
	assert.deepEqual((await control.call('trunk.list')).trunks.map(({ name }) => name), ['other']);
});

scenario('one that is changed is unregistered first, and then registered anew', { ...world, ...ANEW }, async w => {
	const [carrier, control] = await start(w, '', request => ok(request));
	const first = await carrier.register(1);
	await isUp(control);
	w.options.trunk = w.options.trunk.replace('trunk-secret', 'another-secret');
	await reload(w, control);
	const [gone, anew] = [await carrier.register(2), await carrier.register(3)];
	assert.equal(gone.get('expires'), '0');
	assert.equal(gone.address('contact'), first.address('contact'));
	assert.equal(anew.get('expires'), '600');
	assert.notEqual(anew.address('contact'), first.address('contact'));
	await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the new registration');
});

scenario('one that stays as it is hears nothing of a reload', { ...world, ...ANEW }, async w => {
	const [carrier, control] = await start(w, '', request => ok(request));
	await carrier.register(1);
	await isUp(control);
	w.options.users = 'user "zoe" { password = "secret-z" }';
	w.options.numbers = '';
	await reload(w, control);
	assert.equal((await (await w.phone('zoe')).register()).status, 200);
	assert.equal(carrier.registers.length, 1);
});

scenario('a registrar that is gone holds up neither a reload nor its successor', { ...world, ...ANEW }, async w => {
	const [carrier, control] = await start(w, '', request => Number(request.get('expires')) ? ok(request) : [100]);
	await carrier.register(1);
	await isUp(control);
	w.options.trunk = w.options.trunk.replace('offhook', 'offhook2');
	await reload(w, control);
	assert.equal((await carrier.signal.until(() => carrier.registers.find(r => r.get('to').includes('offhook2')), 'the new registration')).get('expires'), '600');
});

// ---- several servers ----

for (const [how, code] of [['503', 503], ['500', 500], ['silence', 0]])
	scenario(`${how} of the first server: the second is registered with, and takes the calls`, { ...world, ...ANEW }, async w => {
		await w.prepare();
		const hosts = w.spareHosts.slice(0, 2);
		const dns = await DnsServer.open('127.0.0.1', {
			'SRV _sip._udp.carrier.test': hosts.map((_, i) => ({ priority: i, port: 5060, target: `s${i}.carrier.test` })),
			...Object.fromEntries(hosts.map((address, i) => [`A s${i}.carrier.test`, [{ address }]])),
		});
		w.options.sip = `resolv-conf = "${dns.writeConf(w.dir)}"`;
		w.options.carrier = `trunk "carrier" { address = "carrier.test" ${CARRIER} }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }`;
		w.writeConf();
		try {
			const first = await registrar(w, () => [code || 100], { host: hosts[0] }), second = await registrar(w, request => ok(request), { host: hosts[1] });
			const control = await w.startSwitch();
			await first.register(1);
			const request = await second.register(1);
			assert.match(request.get('to'), /<sip:offhook@carrier\.test>/);
			await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the registration');
			const call = await second.call(request.address('contact'), { to: 'sip:+15550009004@carrier.test' });
			assert.equal((await call.final()).status, 200);
			second.automatic = true;
			await call.bye();
		} finally {
			dns.close();
		}
	});

scenario('a name with several addresses: the one that takes our registration is found, also where a registrar sends us to such a name', { ...world, ...ANEW }, async w => {
	await w.prepare();
	const hosts = w.spareHosts.slice(0, 3), addresses = some => some.map(address => ({ address }));
	const dns = await DnsServer.open('127.0.0.1', { 'A carrier.test': addresses(hosts.slice(0, 2)), 'A moved.test': addresses([hosts[0], hosts[2]]) });
	w.options.sip = `resolv-conf = "${dns.writeConf(w.dir)}"`;
	w.options.carrier = `trunk "carrier" { address = "carrier.test" ${CARRIER} }\nroute "^\\\\+1444" { to = {"trunk:carrier"} }`;
	w.writeConf();
	try {
		const bad = await registrar(w, () => [503], { host: hosts[0] });
		const sends = await registrar(w, () => [302, [['Contact', '<sip:offhook@moved.test>']]], { host: hosts[1] });
		const good = await registrar(w, request => ok(request), { host: hosts[2] });
		const control = await w.startSwitch();
		await Promise.all([bad.register(1), sends.register(1), good.register(1)]);
		await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the registration');
		assert.equal(good.registers[0].uri, 'sip:moved.test');
	} finally {
		dns.close();
	}
});

scenario('after a reload that has changed the trunk and a restart the Contact is the one of the reload', world, async w => {
	const lines = [];
	const [carrier, control] = await start(w, '', request => {
		lines.push([/line=(\w+)/.exec(request.get('contact'))[1], Number(request.get('expires'))]);
		return ok(request);
	});
	await carrier.register(1);
	await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the registration');
	w.options.trunk = w.options.trunk.replace('register-expires = 600', 'register-expires = 700');
	w.writeConf();
	await control.call('switch.reload');
	const with700 = () => lines.filter(([, expires]) => expires === 700);
	await poll(() => with700().length === 1, 'the registration after the reload');
	await poll(() => lines.some(([, expires]) => expires === 0), 'the end of the old one');
	assert.equal(lines.find(([, expires]) => expires === 0)[0], lines[0][0]);
	assert.notEqual(with700()[0][0], lines[0][0], 'taking the old one back does not end the new one');
	await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the registration');
	await w.switch.kill('SIGKILL');
	await w.startSwitch();
	await poll(() => with700().length === 2, 'the registration after the kill');
	assert.equal(with700()[1][0], with700()[0][0]);
});

scenario('after a kill the Contact is the same: a registrar that allows one takes it for the old one', world, async w => {
	const contacts = new Set();
	const [carrier, control] = await start(w, '', request => {
		contacts.add(request.address('contact'));
		return contacts.size > 1 ? [403] : ok(request);
	});
	await carrier.register(1);
	await poll(async () => (await control.call('trunk.list')).trunks[0].state === 'up', 'the registration');
	assert.equal(statSync(join(w.dir, 'state/trunk-lines.key')).mode & 0o777, 0o600);
	await w.switch.kill('SIGKILL');
	const fresh = await w.startSwitch();
	await carrier.register(2);
	await poll(async () => (await fresh.call('trunk.list')).trunks[0].state === 'up', 'the registration after the kill');
	assert.equal(contacts.size, 1);
});
