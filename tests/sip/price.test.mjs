// What calls cost, and what happens when an account has spent what it may.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { poll } from './support/wait.mjs';

const DECK = (rates, more = '') => `deck "d" { currency = "EUR" ${more} rates = { ${rates.map(line => `"${line}"`).join(', ')} } }`;
const priced = (rates, account = '', more = '') => ({ account: `deck = "d" ${account}`, extra: DECK(rates, more) });
const FAST = '+1444 60 1/1'; // one a second
const isOut = ({ direction, status }, wanted) => direction === 'outbound' && status === wanted;
const account = async control => (await control.call('account.list')).accounts[0];

// The outbound call of `to` when it has this status.
const out = (control, to, status) => control.someCall(call => call.to === to && isOut(call, status), `${status} of the call to ${to}`);

const redirect = ({ phone, invite, localTag }, uri) =>
	phone.respond(invite, invite.response(302, 'Moved Temporarily', { toTag: localTag, headers: [['Contact', `<${uri}>`]] }));

// alice calls `to` by the trunk, which answers.
async function connected(world, control, alice, carrier, to) {
	const near = await alice.call(to), far = await carrier.incoming();
	await far.accept();
	await near.response(200);
	return { near, far, call: await out(control, to, 'in-progress') };
}

scenario('a call through a trunk has a price; the leg of the phone has none', priced(['+1444 0.60 60/60 network=310-260 fee=0.05', '+1 9']),
	async (world, control) => {
		const alice = await world.registered('alice'), carrier = await world.trunk();
		const { near, call } = await connected(world, control, alice, carrier, '+14441234567');
		assert.deepEqual([call.rate, call.price_unit, call.network, call.price], ['0.60', 'EUR', '310-260', undefined]);
		assert.equal((await account(control)).spent_today, '0.65', 'what has begun is spent');
		await near.bye();
		const end = await out(control, '+14441234567', 'completed');
		assert.deepEqual([end.price, end.price_unit, end.rate, end.network], ['0.65', 'EUR', '0.60', '310-260']);
		const other = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
		assert.equal(other.price ?? other.price_unit ?? other.rate, undefined);
		const { spent_today, reserved, deck, price_unit, day_starts, day_ends } = await account(control);
		assert.deepEqual({ spent_today, reserved, deck, price_unit }, { spent_today: '0.65', reserved: undefined, deck: 'd', price_unit: 'EUR' });
		assert.equal(day_ends - day_starts, 86400000);
		assert.ok(day_starts <= end.ended && end.ended <= day_ends);
	});

scenario('the price is that of the duration, in increments', priced(['+1444 0.61 1/1'], '', 'decimals = 4 minimum = "0.0001"'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const { near } = await connected(world, control, alice, carrier, '+14441234567');
	await poll(async () => Number((await account(control)).spent_today) >= 0.0203, 'the second second to be paid');
	await near.bye();
	const end = await out(control, '+14441234567', 'completed');
	const seconds = Math.max(1, Math.floor((end.duration_ms + 500) / 1000));
	assert.equal(end.price, (Math.round(seconds * 6100 / 60) / 10000).toFixed(4).replace(/0{1,2}$/, ''));
	assert.equal((await account(control)).spent_today, end.price);
});

scenario('a call that is not answered costs nothing, and neither do calls among phones', priced(['+1444 0.60', '+1555 5'], 'max-spend-day = 1'),
	async (world, control) => {
		const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
		const near = await alice.call('+14441234567'), far = await carrier.incoming();
		assert.equal((await account(control)).reserved, '0.60', 'put by while it rings');
		far.reply(486);
		assert.equal((await near.final()).status, 486);
		assert.equal((await out(control, '+14441234567', 'busy')).price, undefined);
		const inner = await alice.call('+15550001002'), callee = await bob.incoming();
		await callee.accept();
		await inner.response(200);
		await inner.bye();
		assert.equal((await out(control, '+15550001002', 'completed')).rate, undefined);
		const now = await account(control);
		assert.deepEqual([now.spent_today, now.reserved, now.left_today], ['0.00', undefined, '1.00']);
	});

scenario('without a rate there is no price; with a spend limit there is no call', {
	...priced(['+1444 0.60'], 'max-spend-call = 5'), users: `user "alice" { password = "secret-a" number = "+15550001001" }
user "bob" { password = "secret-b" number = "+15550001002" account = "open" }`,
	carrier: world => `trunk "carrier" { address = "${world.trunkHost}:5060" }\nroute "^\\\\+" { to = {"trunk:carrier"} }\naccount "open" { deck = "d" }`,
}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
	const refused = await (await alice.call('+8831234567')).final();
	assert.equal(refused.status, 403);
	const why = await control.someCall(({ to, status }) => to === '+8831234567' && status === 'failed');
	assert.equal(why.ended_by, 'limit');
	assert.match(why.reason, /has a spend limit, and no rate for \+8831234567/);
	await assert.rejects(control.call('call.originate', { to: '+8831234567', from: '+15550001001' }), error => error.code === 422 && error.data.field === 'to');
	assert.equal(carrier.calls.length, 0);
	const near = await bob.call('+8831234567'), far = await carrier.incoming();
	await far.accept();
	await near.response(200);
	await near.bye();
	assert.equal((await out(control, '+8831234567', 'completed')).price, undefined);
});

scenario('a spend limit of a day ends the call, and refuses the next before the trunk is asked', priced([FAST, '+14449 0'], 'max-spend-day = 2'),
	async (world, control) => {
		const alice = await world.registered('alice'), carrier = await world.trunk();
		const { near, far } = await connected(world, control, alice, carrier, '+14441234567');
		await Promise.all([near.ended(), far.ended()]);
		const end = await out(control, '+14441234567', 'completed');
		assert.deepEqual([end.ended_by, end.price], ['limit', '2.00']);
		assert.match(end.reason, /spend limit of a day of account default was reached \(2\.00 EUR\)/);
		assert.ok(end.duration_ms >= 1900, `${end.duration_ms} ms`);
		const first = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
		assert.equal(first.ended_by, 'limit', 'both ends are told');
		const now = await account(control);
		assert.deepEqual([now.spent_today, now.left_today, now.max_spend_day], ['2.00', '0.00', '2.00']);

		const reply = await (await alice.call('+14447654321')).final();
		assert.equal(reply.status, 402);
		const refused = await control.someCall(({ to, status }) => to === '+14447654321' && status === 'failed');
		assert.deepEqual([refused.ended_by, refused.sip_code, refused.q850], ['limit', 402, 21]);
		const from = '+15550001001';
		for (const params of [{ to: '+14447654321', from }, { to: '+14447654321', from, dry_run: true }])
			await assert.rejects(control.call('call.originate', params), error => error.code === 402 && error.data.field === 'to');
		// a number of ours that leads out through the trunk, and has no rate
		await assert.rejects(control.call('call.originate', { to: '+15550009002', from }), error => error.code === 422);
		assert.equal(carrier.calls.length, 1);

		// what costs nothing is never refused
		const free = await connected(world, control, alice, carrier, '+14449110');
		await free.near.bye();
		assert.equal((await out(control, '+14449110', 'completed')).price, '0.00');
	});

scenario('a spend limit of a call', priced([FAST], 'max-spend-call = "1.50"'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const { far } = await connected(world, control, alice, carrier, '+14441234567');
	await far.ended();
	const end = await out(control, '+14441234567', 'completed');
	assert.deepEqual([end.ended_by, end.price], ['limit', '1.00']);
	assert.match(end.reason, /spend limit of a call/);
	const again = await connected(world, control, alice, carrier, '+14447654321');
	await again.near.bye();
});

scenario('calls that are up at the same time do not go past the limit together', priced([FAST], 'max-spend-day = 7'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const calls = [];
	for (const to of ['+14440000001', '+14440000002', '+14440000003'])
		calls.push(await connected(world, control, alice, carrier, to));
	await Promise.all(calls.map(({ far }) => far.ended()));
	const ends = await Promise.all(calls.map(({ call }) => control.callState(call.id, 'completed')));
	const cents = text => Math.round(Number(text) * 100);
	assert.equal(ends.reduce((sum, { price }) => sum + cents(price), 0), cents((await account(control)).spent_today));
	assert.ok(cents((await account(control)).spent_today) <= 700);
	assert.ok(cents((await account(control)).spent_today) >= 500);
	for (const { ended_by } of ends)
		assert.equal(ended_by, 'limit');
});

scenario('what rings has its first increment put by', priced([FAST], 'max-spend-day = 2'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const one = await alice.call('+14440000001'), first = await carrier.incoming();
	const two = await alice.call('+14440000002'), second = await carrier.incoming();
	assert.equal((await (await alice.call('+14440000003')).final()).status, 402);
	first.reply(486);
	await one.final();
	const four = await alice.call('+14440000004'), third = await carrier.incoming();
	second.reply(486);
	third.reply(486);
	await Promise.all([two.final(), four.final()]);
	assert.equal((await account(control)).spent_today, '0.00');
});

for (const signal of ['SIGTERM', 'SIGKILL'])
	scenario(`what was spent today outlives ${signal}`, priced(['+1444 0.60'], 'max-spend-day = 1'), async (world, control) => {
		const alice = await world.registered('alice'), carrier = await world.trunk(), file = join(world.dir, 'state/spent.json');
		const { near } = await connected(world, control, alice, carrier, '+14441234567');
		await near.bye();
		await out(control, '+14441234567', 'completed');
		if (signal === 'SIGKILL')
			await poll(() => existsSync(file) && readFileSync(file, 'utf8').includes('0.60'), 'the file');
		await world.switch.kill(signal);
		const fresh = await world.startSwitch();
		assert.deepEqual([(await account(fresh)).spent_today, (await account(fresh)).left_today], ['0.60', '0.40']);
		assert.equal((await (await alice.call('+14441234567')).final()).status, 402);
	});

scenario('what had begun of a call that was up is spent, also when the switch is killed', priced([FAST], 'max-spend-day = 1000'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk(), file = join(world.dir, 'state/spent.json');
	const { call } = await connected(world, control, alice, carrier, '+14441234567');
	const written = () => Number(JSON.parse(readFileSync(file)).default.spent);
	await poll(() => existsSync(file) && written() >= 2, 'two seconds in the file');
	await world.switch.kill('SIGKILL');
	const spent = written();
	const fresh = await world.startSwitch();
	const now = await account(fresh);
	assert.deepEqual([Number(now.spent_today), now.reserved], [spent, undefined]);
	assert.ok(spent >= 2 && spent < 15, `${spent}`);
	const reader = await world.connect();
	await reader.subscribe({ journal: true });
	const lost = await reader.callState(call.id, 'failed');
	assert.deepEqual([lost.rate, lost.price], ['60.00', undefined]);
});

scenario('a file of what was spent that is broken is set aside', { ...priced(['+1444 0.60'], 'max-spend-day = 1'), start: false }, async world => {
	await world.prepare();
	writeFileSync(join(world.dir, 'state/spent.json'), '{"default": {');
	const control = await world.startSwitch();
	assert.equal((await account(control)).spent_today, '0.00');
	assert.ok(existsSync(join(world.dir, 'state/spent.json.broken')));
});

scenario('a reload changes the deck for new calls, never for one that is up', priced(['+1444 60 1/1']), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const { near, call } = await connected(world, control, alice, carrier, '+14441234567');
	world.options.extra = DECK(['+1444 120 1/1', '+14445 x']);
	world.writeConf();
	await assert.rejects(control.call('switch.reload'), error => /offhook\.conf:\d+: deck\/rates: "x" is no amount/.test(error.data.errors.join()));
	assert.equal((await control.call('rate.find', { to: '+14441234567' })).price, '60.00', 'nothing has changed');
	world.options.extra = DECK(['+1444 120 1/1']);
	world.writeConf();
	await control.call('switch.reload');
	assert.equal((await control.call('rate.find', { to: '+14441234567' })).price, '120.00');
	await poll(async () => Number((await account(control)).spent_today) >= 2, 'the second second');
	await near.bye();
	const end = await control.callState(call.id, 'completed');
	assert.equal(end.rate, '60.00');
	assert.equal(Number(end.price), Math.max(1, Math.floor((end.duration_ms + 500) / 1000)));
	const next = await connected(world, control, alice, carrier, '+14447654321');
	assert.equal(next.call.rate, '120.00');
	await next.near.bye();
});

scenario('a limit that a reload brings ends calls that are up', priced([FAST]), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const { far, call } = await connected(world, control, alice, carrier, '+14441234567');
	world.options.account = 'deck = "d" max-spend-day = "0.50"';
	world.writeConf();
	await control.call('switch.reload');
	await far.ended();
	assert.equal((await control.callState(call.id, 'completed')).ended_by, 'limit');
});

scenario('calls that come in may cost, too', {
	...priced([FAST], 'max-spend-day = 1'), extra: 'deck "d" { currency = "EUR" inbound = { "+15550009004 0.60" } rates = { "+1444 1" } }',
}, async (world, control) => {
	const carrier = await world.trunk();
	const first = await carrier.call('+15550009004');
	await first.response(200);
	await first.bye();
	const end = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
	assert.deepEqual([end.price, end.rate], ['0.60', '0.60']);
	assert.equal((await (await carrier.call('+15550009004')).final()).status, 480);
	assert.equal((await control.someCall(({ status }) => status === 'no-answer' || status === 'failed')).ended_by, 'limit');
	const other = await carrier.call('+15550009005'); // without a rate: free
	await other.response(200);
	await other.bye();
});

scenario('what the trunk redirects to has its own price, and its own refusal', priced(['+1444 0.60', '+1999 50'], 'max-spend-day = 5'), async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	redirect(far, `sip:+19991234567@${world.trunkHost}:5060`);
	assert.equal((await near.final()).status, 402);
	assert.match((await out(control, '+14441234567', 'failed')).reason, /spend limit of a day/);
	assert.equal(carrier.calls.length, 1);
});

scenario('a phone that redirects to a number pays as one that calls it, and is denied what is denied', {
	...priced(['+1444 0.60'], 'max-spend-day = "0.50" deny = {"+14449"}'),
}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carrier = await world.trunk();
	for (const to of ['+14441234567', '+14449234567']) {
		const near = await alice.call('+15550001002'), far = await bob.incoming();
		redirect(far, `sip:${to}@${world.host}`);
		assert.ok((await near.final()).status >= 400);
	}
	assert.equal(carrier.calls.length, 0);
	assert.equal((await account(control)).reserved, undefined);
});

scenario('what a call would cost', priced(['+1444 0.60 30/6 network=310-260 minimum=0.01', '+1 0'], 'max-spend-day = 2 max-spend-call = 1'), async (world, control) => {
	const to = '+14441234567', from = '+15550001001';
	const rate = { prefix: '+1444', price: '0.60', price_unit: 'EUR', first_increment: 30, next_increment: 6, minimum: '0.01', network: '310-260' };
	assert.deepEqual(await control.call('rate.find', { to }), { ...rate, to, direction: 'outbound', account: 'default', deck: 'd', max_duration: 96 });
	assert.equal((await control.call('rate.find', { to: '1 (555) 123-4567' })).max_duration, undefined);
	await assert.rejects(control.call('rate.find', { to: '+49301234' }), error => error.code === 404);
	await assert.rejects(control.call('rate.find', { to, direction: 'inbound' }), error => error.code === 404);
	await assert.rejects(control.call('rate.find', { to, account: 'nobody' }), error => error.code === 404);
	await assert.rejects(control.call('rate.find', { to: 'alice' }), error => error.code === -32602 && error.data.field === 'to');
	assert.deepEqual(await control.call('call.originate', { to, from, dry_run: true }), { route: 'trunk:carrier', rate, max_duration: 96 });
	assert.deepEqual(await control.call('call.originate', { to, from, dry_run: true, time_limit: 60 }), { route: 'trunk:carrier', rate, max_duration: 60 });
	assert.deepEqual(await control.call('call.originate', { to: 'alice', from, dry_run: true }), { route: 'user:alice', max_duration: 43200 });
});

// ---- as programs see it ----

scenario('over the API: the price on the record, 402 when it is spent, also after a kill of the API layer', priced(['+1444 0.60 network=310-260'], 'max-spend-day = 1'),
	async world => {
		const carrier = await world.trunk(), wish = { to: '+14441234567', from: '+15550009000' };
		await world.startApi();
		const dry = await world.http('POST', '/v1/voice/calls/try', wish);
		assert.deepEqual([dry.status, dry.body.route, dry.body.max_duration, dry.body.rate.price], [200, 'trunk:carrier', 60, '0.60']);
		const { status, body: { id } } = await world.http('POST', '/v1/voice/calls', { ...wish, script: '<Response><Pause length="60"/></Response>' });
		assert.equal(status, 201);
		const far = await carrier.incoming();
		await far.accept();
		await world.control.callState(id, 'in-progress');
		await far.bye();
		const record = await poll(async () => {
			const { body } = await world.http('GET', `/v1/voice/calls/${id}`);
			return body.status === 'completed' && body;
		}, 'the record');
		assert.deepEqual([record.price, record.price_unit, record.rate, record.network], ['0.60', 'EUR', '0.60', '310-260']);
		await world.apiProcess.kill('SIGKILL');
		await world.startApi();
		const { body: now } = await world.http('GET', '/v1/voice/account');
		assert.deepEqual([now.spent_today, now.left_today, now.max_spend_day], ['0.60', '0.40', '1.00']);
		const refused = await world.http('POST', '/v1/voice/calls', wish);
		assert.deepEqual([refused.status, refused.body.field], [402, 'to']);
		assert.match(refused.body.detail, /spend limit of a day/);
		const { body: rate } = await world.http('GET', '/v1/voice/rates?to=%2B14441234567');
		assert.deepEqual([rate.prefix, rate.max_duration], ['+1444', 0]);
		const { body: { calls } } = await world.http('GET', '/v1/voice/calls');
		assert.deepEqual(calls, [record]);
	});

scenario('a script that dials what nobody pays for goes on', priced(['+1444 0.60'], 'max-spend-day = "0.50"'), async world => {
	const bob = await world.registered('bob'), carrier = await world.trunk();
	await world.startApi();
	const script = '<Response><Dial>+14441234567</Dial><Play digits="5"/><Pause length="60"/></Response>';
	const { body: { id } } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550009000', script });
	const callee = await bob.incoming();
	await callee.accept();
	await callee.rtp.signal.until(() => callee.rtp.packets.some(({ pt }) => pt === 101), 'the digit of the next element');
	assert.equal(carrier.calls.length, 0);
	await callee.bye();
	await world.control.callState(id, 'completed');
});
