// Emergency and short numbers go out as they were dialled, and no limit stops the former; short numbers of one's own; numbers as they are dialled in a country.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

// What a carrier is asked for when `caller` dials.
async function asked(world, carrier, caller, number) {
	const out = await caller.call(number), callee = await carrier.incoming();
	await callee.reply(486);
	assert.equal((await out.final()).status, 486);
	return [/^sip:([^@]*)@/.exec(callee.invite.uri)[1], /sip:([^@]*)@/.exec(callee.invite.get('to'))[1]];
}

const WRITINGS = { '+e164': '', 'e164': '', 'national': 'country-code = "1" national-prefix = "0" international-prefix = "00"' };

for (const [writing, more] of Object.entries(WRITINGS))
	scenario(`emergency numbers on a trunk with number-out ${writing}`, { trunk: `number-out = "${writing}" ${more} strip-out = 1 prepend-out = "9"` }, async world => {
		const carrier = await world.trunk(), alice = await world.registered('alice');
		for (const number of ['112', '911', '+112'])
			assert.deepEqual(await asked(world, carrier, alice, number), [number.replace('+', ''), number.replace('+', '')]);
	});

scenario('no limit stops an emergency call', {
	sip: 'max-calls = 2 deny = {"112", "+"}', trunk: 'max-calls = 1 max-calls-per-second = 1',
	account: 'deck = "d" max-spend-day = "0.01" max-duration = 1',
	extra: `deck "d" { currency = "EUR" rates = { "+ 1.00 60/60" } }
user "limited" { password = "secret-l" may-call = {"none"} max-calls = 1 max-duration = 1 }`,
}, async (world, control) => {
	const carrier = await world.trunk(), caller = await world.registered('limited');
	const busy = await world.registered('alice'), first = await busy.call('+15550009004');
	await first.response(200);
	const own = await caller.call('+15550009004');
	await own.response(200);
	assert.ok((await (await caller.call('+14445556666')).final()).status >= 400, 'any other call is refused');
	const out = await caller.call('112'), callee = await carrier.incoming();
	await callee.accept();
	await out.response(200);
	await control.someCall(call => call.to === '112' && call.trunk === 'carrier' && call.status === 'in-progress');
	// it goes on where others are cut off: the caller's own other call, with its limit of a second, has ended
	await control.someCall(call => call.to === '+15550009004' && call.user === 'limited' && call.status === 'completed');
	assert.equal((await control.call('call.list')).calls.filter(call => call.to === '112').length, 2);
	await out.bye();
	await first.bye();
});

scenario('a program can place an emergency call', {}, async (world, control) => {
	const carrier = await world.trunk();
	const made = control.call('call.originate', { to: '112', from: '+15550001001' }), callee = await carrier.incoming();
	assert.match(callee.invite.uri, /^sip:112@/);
	assert.equal((await made).call.to, '112');
	await callee.reply(486);
});

scenario('short numbers of one\'s own: phones, rooms, star codes', {
	extra: `user "erin" { password = "secret-e" number = "+15550001005" extension = "105" }
user "frank" { password = "secret-f" number = "106" }
number "9003" { echo = true }
number "*97" { echo = true }
number "100" { dial = {"user:erin"} }`,
}, async (world, control) => {
	const alice = await world.registered('alice'), erin = await world.registered('erin'), frank = await world.registered('frank');
	for (const number of ['9003', '*97', '*97;user=phone']) {
		const out = await alice.call(number);
		assert.equal((await out.final()).status, 200, number);
		await out.bye();
	}
	for (const [number, phone] of [['105', erin], ['100', erin], ['106', frank]]) {
		const out = await alice.call(number), callee = await phone.incoming();
		await callee.reply(486);
		assert.equal((await out.final()).status, 486, number);
	}
	assert.equal((await (await alice.call('107')).final()).status, 404);
	// a caller is shown by its number, whichever it is, and can be called back by it
	const out = await frank.call('105'), callee = await erin.incoming();
	assert.match(callee.invite.get('from'), /sip:106@/);
	await callee.reply(486);
	await out.final();
	const made = control.call('call.originate', { to: '105', from: '9003' }), ringing = await erin.incoming();
	assert.equal((await made).call.from, '9003');
	await ringing.reply(486);
});

scenario('numbers as they are dialled in the account\'s country', {
	account: 'country = "DE"', extra: 'route "^[0-9]" { to = {"trunk:carrier"} }\nroute "^\\\\+" { to = {"trunk:carrier"} }\nnumber "+493012345" { echo = true }',
}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const cases = [['030 1234567', '+49301234567'], ['0044 20 7183 8750', '+442071838750'], ['+44 20 7183 8750', '+442071838750'], ['116117', '116117'], ['110', '110']];
	for (const [number, expected] of cases)
		assert.equal((await asked(world, carrier, alice, number.replaceAll(' ', '-')))[0], expected, number);
	const out = await alice.call('03012345');
	assert.equal((await out.final()).status, 200);
	await out.bye();
	const made = control.call('call.originate', { to: '0301234567', from: '+15550001001' }), callee = await carrier.incoming();
	assert.equal((await made).call.to, '+49301234567');
	await callee.reply(486);
});
