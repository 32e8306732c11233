// What limits and outages make of a request, in Twilio's codes: doc/dialects.md, errors.
import assert from 'node:assert/strict';
import { poll } from '../sip/support/wait.mjs';
import { becomes, FROM, story, WAIT } from './support/story.mjs';
import { lookAtReplies } from './support/vendors.mjs';

const READER = 'reader-for-tests-0123456789';

story('what limits and outages refuse', ['alice'], async ({ client, vendor, world }, { alice }) => {
	const make = more => client.calls.create({ to: 'client:alice', from: FROM, twiml: WAIT, ...more });
	for (const from of ['nobody', 'client:nobody', 'tel:+15550009000', '555'])
		await assert.rejects(make({ from }), error => error.status === 400 && [21212, 21210].includes(error.code), from);
	await assert.rejects(make({ from: 'nobody at all' }), { status: 400, code: 21212 });
	await assert.rejects(make({ to: '+14449995555' }), { status: 400, code: 13223 }, 'a number that the conf denies');
	await assert.rejects(make({ to: '+14445550001' }), { status: 403, code: 21215 }, 'one that costs more than may be spent');
	await assert.rejects(make({ to: '+19795550000' }), error => error.code === 13223, 'one that no route takes');

	const reader = lookAtReplies(vendor.open(world.api, READER));
	assert.deepEqual(await reader.calls.list(), []);
	await assert.rejects(reader.calls.create({ to: 'client:alice', from: FROM, twiml: WAIT }), { status: 403, code: 20403 });
	await assert.rejects(reader.usage.triggers.create({ callbackUrl: 'http://h.example/', usageCategory: 'calls', triggerValue: '1' }), { status: 403, code: 20403 });

	const { sid } = await make();
	const call = await alice.incoming();
	await call.accept();
	await becomes(client, sid, 'in-progress');
	await assert.rejects(make(), { status: 429, code: 20429 }, 'one call more than there may be');
	await client.calls(sid).update({ status: 'completed' });
	await call.ended();

	// Without the switch what there is can be read.
	await world.switch.end();
	await poll(async () => (await make().catch(error => error)).code === 20503, 'that the switch is missed');
	await assert.rejects(make(), { status: 503, code: 20503 });
	assert.equal((await client.calls(sid).fetch()).sid, sid);
	await world.startSwitch();
}, { sip: 'max-calls = 1', extra: 'deck "d" { currency = "EUR" rates = { "+1444 0.60 60/60", "+1 0.00 60/60" } }', account: `deck = "d" max-spend-day = "0.05" deny = {"+14449"} api-keys-read-only = {"${READER}"}` });
