// Who is told when so much was used, as programs written for Twilio and SignalWire ask for it: the vendors' packages, real daemons, real calls.
import assert from 'node:assert/strict';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, FROM, story, WAIT } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const DECK = 'deck "d" { currency = "EUR" rates = { "+1444 0.60 60/60 fee=0.05" } }';
const NOBODY = '11111111-2222-4333-8444-555555555555';

// A call to bob that was answered, and is over.
async function use({ client }, bob) {
	const { sid } = await client.calls.create({ to: 'client:bob', from: FROM, twiml: WAIT });
	const call = await bob.incoming();
	await call.accept();
	await becomes(client, sid, 'in-progress');
	await client.calls(sid).update({ status: 'completed' });
	await call.ended();
	await becomes(client, sid, 'completed');
}

story('who wants to know is told once, signed', ['bob'], async (it, { bob }) => {
	const { client, vendor, web, world } = it, { triggers } = client.usage;
	const made = await triggers.create({ callbackUrl: `${web.url}/two`, triggerValue: '2', usageCategory: 'calls-outbound', triggerBy: 'count', friendlyName: 'two', recurring: 'yearly' });
	assert.equal(last(client).status, 201);
	assert.deepEqual([made.accountSid, made.friendlyName, made.usageCategory, made.triggerBy, made.triggerValue, made.currentValue, made.recurring, made.callbackUrl, made.callbackMethod],
		[vendor.account, 'two', 'calls-outbound', 'count', '2', '0', 'yearly', `${web.url}/two`, 'POST']);
	assert.equal(last(client).body.date_fired, null);
	await triggers.create({ callbackUrl: `${web.url}/minutes`, callbackMethod: 'GET', triggerValue: '1', usageCategory: 'calls' });
	await triggers.create({ callbackUrl: `${web.url}/inbound`, triggerValue: '1', usageCategory: 'calls-inbound' });

	await use(it, bob);
	const [minutes] = await poll(() => callbacks(it, '/minutes').length && callbacks(it, '/minutes'), 'that a minute was used');
	assert.equal(minutes.method, 'GET');
	assert.equal((await triggers(made.sid).fetch()).currentValue, '1');
	await use(it, bob);
	const [two] = await poll(() => callbacks(it, '/two').length && callbacks(it, '/two'), 'that two calls were');
	assert.deepEqual([two.method, two.AccountSid, two.UsageTriggerSid, two.FriendlyName, two.UsageCategory, two.TriggerBy, two.TriggerValue, two.CurrentValue, two.Recurring],
		['POST', vendor.account, made.sid, 'two', 'calls-outbound', 'count', '2', '2', 'yearly']);
	assert.ok(two.IdempotencyToken && two.UsageRecordUri.startsWith(world.api));
	const fired = await triggers(made.sid).fetch();
	assert.ok(Math.abs(fired.dateFired - new Date(two.DateFired)) < 1000);

	// It is told once in its time; one that comes on top, when it is reached; what is made after that knows what there is.
	const more = await triggers.create({ callbackUrl: `${web.url}/more`, triggerValue: '+1', usageCategory: 'calls', triggerBy: 'count' });
	assert.equal(more.triggerValue, '3');
	await use(it, bob);
	await poll(() => callbacks(it, '/more').length, 'one more');
	assert.deepEqual(['/two', '/minutes', '/inbound', '/more'].map(path => callbacks(it, path).length), [1, 1, 0, 1]);
});

story('money counts, too', [], async it => {
	const { client, web, world } = it, trunk = await world.trunk();
	for (const [path, triggerValue, usageCategory, triggerBy] of [['little', '0.65', 'calls', 'price'], ['much', '0.66', 'calls', 'price'], ['all', '0.5', 'totalprice', 'usage']])
		await client.usage.triggers.create({ callbackUrl: `${web.url}/${path}`, triggerValue, usageCategory, triggerBy });
	const { sid } = await client.calls.create({ to: '+14445550001', from: FROM, twiml: WAIT });
	await (await trunk.incoming()).accept();
	await becomes(client, sid, 'in-progress').then(() => client.calls(sid).update({ status: 'completed' }));
	await poll(() => callbacks(it, '/little').length && callbacks(it, '/all').length, 'the price');
	assert.deepEqual([callbacks(it, '/little')[0].CurrentValue, callbacks(it, '/all')[0].CurrentValue], ['0.65', '0.65']);
	assert.equal(callbacks(it, '/much').length, 0);
}, { account: 'deck = "d"', extra: DECK });

story('triggers are listed, changed, kept, and deleted', ['bob'], async (it, { bob }) => {
	const { client, vendor, web, world } = it, { triggers } = client.usage;
	const make = more => triggers.create({ callbackUrl: `${web.url}/told`, triggerValue: '1', usageCategory: 'calls', ...more });
	const made = [await make({ recurring: 'daily' }), await make({ triggerBy: 'price', recurring: 'monthly' }), await make({ usageCategory: 'recordings', triggerBy: 'count' })];
	const sids = async filter => (await triggers.list(filter)).map(t => t.sid);
	const [first, second, third] = made.map(t => t.sid);
	assert.deepEqual(await sids(), [third, second, first]);
	assert.deepEqual(await sids({ recurring: 'daily' }), [first]);
	assert.deepEqual(await sids({ recurring: 'alltime' }), [third]);
	assert.deepEqual(await sids({ triggerBy: 'price' }), [second]);
	assert.deepEqual(await sids({ usageCategory: 'recordings' }), [third]);
	assert.deepEqual((await (await triggers.page({ pageSize: 2 })).nextPage()).instances.map(t => t.sid), [first]);

	const changed = await triggers(first).update({ friendlyName: 'ärger', callbackUrl: `${web.url}/other`, callbackMethod: 'GET' });
	assert.deepEqual([changed.friendlyName, changed.callbackUrl, changed.callbackMethod, changed.triggerValue], ['ärger', `${web.url}/other`, 'GET', '1']);
	assert.equal(await triggers(second).remove(), true);
	await world.apiProcess.kill('SIGKILL');
	await world.startApi();
	assert.equal((await poll(() => triggers(first).fetch().catch(() => undefined), 'what was kept')).friendlyName, 'ärger');
	await use(it, bob);
	await poll(() => callbacks(it, '/other').length, 'what was kept being told');

	for (const sid of [second, vendor.sid('UT', NOBODY), `CA${'1'.repeat(32)}`, 'x']) {
		await assert.rejects(triggers(sid).fetch(), { status: 404, code: 20404 });
		await assert.rejects(triggers(sid).update({ friendlyName: 'x' }), { status: 404, code: 20404 });
		await assert.rejects(triggers(sid).remove(), { status: 404, code: 20404 });
	}
	for (const wrong of [{ usageCategory: 'sms' }, { usageCategory: '' }, { triggerValue: '' }, { triggerValue: '-1' }, { triggerValue: 'many' }, { triggerValue: '1e3' }, { triggerBy: 'weight' }, { recurring: 'hourly' }, { callbackMethod: 'PUT' }, { callbackUrl: '' }, { friendlyName: 'x'.repeat(65) }])
		await assert.rejects(make(wrong), { status: 400, code: 20001 }, JSON.stringify(wrong));
	await assert.rejects(make({ callbackUrl: 'ftp://x/' }), { status: 400, code: 21205 });
	await assert.rejects(triggers(first).update({ callbackUrl: 'x' }), { status: 400, code: 21205 });
	await assert.rejects(triggers.list({ recurring: 'hourly' }), { status: 400, code: 20001 });
});
