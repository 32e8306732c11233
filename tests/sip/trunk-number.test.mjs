// Numbers and callers in each trunk's own writing; callers' numbers kept; whose requests are a trunk's.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

const inbound = ({ direction }) => direction === 'inbound';

const ABROAD = 'number-out = "national" number-in = "national" country-code = "1" national-prefix = "1" international-prefix = "011"';

scenario('numbers as they are dialled in a country, both ways', { trunk: ABROAD }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const out = await alice.call('+14445556666'), callee = await carrier.incoming();
	assert.match(callee.invite.uri, /^sip:14445556666@/);
	assert.match(callee.invite.get('to'), /sip:14445556666@/);
	assert.match(callee.invite.get('from'), /sip:15550001001@/);
	await callee.reply(486);
	await out.final();
	const caller = await carrier.call('5550009001', { headers: [['P-Asserted-Identity', '"Bob" <sip:011442012345@carrier.example>']] });
	const call = await alice.incoming();
	assert.match(call.invite.get('from'), /sip:\+442012345@/);
	const first = await control.someCall(inbound);
	assert.deepEqual([first.from, first.to, first.number].slice(1), ['+14445556666', undefined]);
	const second = await control.someCall(c => inbound(c) && c.trunk === 'carrier');
	assert.deepEqual([second.from, second.to, second.number], ['+442012345', '+15550009001', '+15550009001']);
	await call.reply(486);
	assert.equal((await caller.final()).status, 486);
});

scenario('digits are stripped and prepended', { trunk: 'number-out = "e164" strip-out = 1 prepend-out = "9*" strip-in = 2' }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const out = await alice.call('+14445556666'), callee = await carrier.incoming();
	assert.match(callee.invite.uri, /^sip:9\*4445556666@/);
	await callee.reply(486);
	await out.final();
	const caller = await carrier.call('9915550009004');
	assert.equal((await caller.final()).status, 200);
	await caller.bye();
});

scenario('the caller stands where the trunk looks', {
	trunk: 'caller-id = {"p-asserted-identity", "remote-party-id"} username = "acct" password = "p" domain = "sip.carrier.test"',
}, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), { invite, ...rest } = await carrier.incoming();
	assert.match(invite.uri, /^sip:\+14445556666@sip\.carrier\.test$/);
	assert.match(invite.get('from'), /<sip:acct@sip\.carrier\.test>/);
	assert.match(invite.get('p-asserted-identity'), /<sip:\+15550001001@sip\.carrier\.test>/);
	assert.match(invite.get('remote-party-id'), /<sip:\+15550001001@sip\.carrier\.test>;party=calling;privacy=off/);
	assert.equal(invite.get('privacy'), undefined);
	await caller.cancel();
	assert.equal((await caller.final()).status, 487);
});

scenario('a caller who wants its number kept', { trunk: 'caller-id = {"from", "p-asserted-identity"}' }, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), bob = await world.registered('bob');
	const privacy = { headers: [['Privacy', 'id']] };
	const out = await alice.call('+14445556666', privacy), callee = await carrier.incoming();
	assert.match(callee.invite.get('from'), /<sip:anonymous@anonymous\.invalid>/);
	assert.match(callee.invite.get('p-asserted-identity'), /sip:\+15550001001@/, 'the trunk is trusted');
	assert.equal(callee.invite.get('privacy'), 'id');
	assert.equal((await control.someCall(inbound)).from, '+15550001001');
	await callee.reply(486);
	await out.final();
	const second = await alice.call('bob', privacy), phone = await bob.incoming();
	assert.match(phone.invite.get('from'), /<sip:anonymous@anonymous\.invalid>/);
	assert.doesNotMatch(phone.invite.toString(), /\+?15550001001/, 'a phone is not told');
	await phone.reply(486);
	await second.final();
	const third = await carrier.call('+15550009001', { headers: [...privacy.headers, ['P-Asserted-Identity', '<tel:+14440001111>']] });
	const ringing = await alice.incoming();
	assert.match(ringing.invite.get('from'), /sip:anonymous@/);
	assert.doesNotMatch(ringing.invite.toString(), /14440001111/);
	await ringing.reply(486);
	await third.final();
});

scenario('a trunk that hides every caller', { trunk: 'hide-caller = true' }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const out = await alice.call('+14445556666'), callee = await carrier.incoming();
	assert.doesNotMatch(callee.invite.toString(), /15550001001/);
	assert.equal(callee.invite.get('privacy'), 'id');
	await callee.reply(486);
	await out.final();
});

scenario('an identity is believed from a trunk, not from a phone', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), bob = await world.registered('bob');
	const identity = { headers: [['P-Asserted-Identity', '<sip:+14440001111@x>']] };
	const first = await alice.call('bob', identity), phone = await bob.incoming();
	assert.match(phone.invite.get('from'), /sip:\+15550001001@/);
	await phone.reply(486);
	await first.final();
	const second = await carrier.call('+15550009001', { headers: [['Remote-Party-ID', '"X" <sip:14440002222@x>;party=calling']] });
	await (await alice.incoming()).reply(486);
	await second.final();
	await control.someCall(({ from, trunk }) => from === '+14440002222' && trunk === 'carrier');
});

scenario('a network of addresses is a trunk\'s', { trunk: w => `from = {"${w.spareHosts[0].replace(/\d+$/, '0')}/24", "2001:db8::/32"}` }, async (world, control) => {
	const [near] = world.spareHosts;
	const inside = await world.trunk({ host: near, port: 0 });
	const caller = await inside.call('+15550009004');
	await caller.response(200);
	assert.equal((await control.someCall(inbound)).trunk, 'carrier');
	await caller.bye();
	const outside = await world.phone('x', { host: '127.0.0.9', password: '' });
	assert.equal((await (await outside.call('+15550009004')).final()).status, 407);
});

scenario('within a call, requests go to the Contact of the carrier\'s answer', {}, async world => {
	const carrier = await world.trunk(), elsewhere = await world.phone('carrier', { password: '' }), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	carrier.contact = () => elsewhere.contact();
	await callee.reply(200, { media: true });
	await caller.response(200);
	await caller.bye();
	await elsewhere.signal.until(() => elsewhere.received.some(m => m.method === 'BYE'), 'BYE at the Contact');
});
