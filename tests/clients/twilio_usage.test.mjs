// What an account has used, as programs written for Twilio and SignalWire ask for it: the vendors' packages, real daemons, real calls.
import assert from 'node:assert/strict';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, doc, FROM, story, WAIT } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const DECK = 'deck "d" { currency = "EUR" inbound = { "+1555 0.10 60/60" } rates = { "+1444 0.60 60/60 fee=0.05" } }';
const day = (offset = 0) => new Date(Date.now() + offset * 864e5).toISOString().slice(0, 10);
const raw = (client, filter) => client.usage.records.list(filter).then(() => last(client).body.usage_records);

story('calls, minutes and prices', ['alice', 'bob'], async (it, { alice, bob }) => {
	const { client, vendor, desk, world } = it;
	const [nothing] = await client.usage.records.list({ category: 'calls' });
	assert.deepEqual([nothing.count, nothing.usage, Number(nothing.price)], ['0', '0', 0]);
	desk.answer = ({ url }) => url.startsWith('/voice') ? doc('<Gather timeout="60"/>') : { status: 200 };
	const trunk = await world.trunk();

	// Out through a trunk, recorded; to a phone; from a phone, and from the trunk; one that nobody answers does not count.
	const out = await client.calls.create({ to: '+14445550001', from: FROM, twiml: WAIT, record: true });
	const far = await trunk.incoming();
	await far.accept();
	await far.rtp.further(3); // there is something to record
	const inside = await client.calls.create({ to: 'client:bob', from: FROM, twiml: WAIT });
	await (await bob.incoming()).accept();
	const missed = await client.calls.create({ to: 'client:alice', from: FROM, twiml: WAIT });
	await (await alice.incoming()).reply(486);
	await becomes(client, missed.sid, 'busy');
	for (const { sid } of [out, inside])
		await becomes(client, sid, 'in-progress').then(() => client.calls(sid).update({ status: 'completed' }));
	for (const phone of [alice, trunk]) {
		const call = await phone.call(FROM);
		await call.response(200);
		await call.rtp.further(3); // it lasts
		await call.bye();
	}
	const asked = await poll(() => callbacks(it, '/voice').length === 2 && callbacks(it, '/voice'), 'two scripts');
	for (const { CallSid } of asked)
		await becomes(client, CallSid, 'completed');
	const usage = await poll(async () => {
		const all = Object.fromEntries((await raw(client)).map(r => [r.category, r]));
		return all.recordings.count === '1' && all;
	}, 'the recording being counted');

	const of = (...names) => names.map(name => ['count', 'usage', 'price'].map(key => usage[name][key]));
	assert.deepEqual(of('calls', 'calls-inbound', 'calls-outbound', 'calls-client', 'calls-sip', 'recordings'),
		[['4', '4', '0.75'], ['2', '2', '0.10'], ['2', '2', '0.65'], ['2', '2', '0.00'], ['0', '0', '0.00'], ['1', '1', '0.00']]);
	assert.deepEqual([usage.totalprice.price, usage.totalprice.usage, usage.totalprice.usage_unit, usage.calls.price_unit], ['0.75', '0.75', 'eur', 'eur']);
	assert.deepEqual([usage.calls.account_sid, usage.calls.count_unit, usage.calls.usage_unit], [vendor.account, 'calls', 'minutes']);
	assert.equal(out.sid.length, inside.sid.length);

	// Each time that may be asked for. (The day may change while this runs: whatever was used was used by today.)
	const { records } = client.usage, calls = { category: 'calls' };
	const counts = async list => (await list).map(r => Number(r.count)).reduce((a, b) => a + b, 0);
	for (const part of ['allTime', 'daily', 'monthly', 'yearly'])
		assert.equal(await counts(records[part].list(calls)), 4, part);
	assert.equal(await counts(records.today.list(calls)) + await counts(records.yesterday.list(calls)), 4);
	assert.equal(await counts(records.thisMonth.list(calls)) + await counts(records.lastMonth.list(calls)), 4);
	assert.equal((await records.list({ ...calls, startDate: new Date(Date.now() - 864e5), endDate: new Date() }))[0].count, '4');
	assert.equal((await records.list({ ...calls, startDate: new Date(Date.now() - 9 * 864e5), endDate: new Date(Date.now() - 5 * 864e5) }))[0].count, '0');

	// Days are walked page by page, newest first.
	const days = [];
	await new Promise((ok, bad) => records.daily.each({ ...calls, startDate: new Date(Date.now() - 9 * 864e5), pageSize: 4, callback: r => days.push(r.startDate), done: error => error ? bad(error) : ok() }));
	assert.ok(days.length === 10, `${days.length} days`);
	assert.deepEqual(days.map(d => new Date(d).toISOString().slice(0, 10)), Array.from({ length: 10 }, (_, i) => day(-i)));

	// What was used stays when the records go.
	for (const call of await client.calls.list())
		await client.calls(call.sid).remove();
	assert.equal((await raw(client, calls))[0].count, '4');
}, { account: 'deck = "d"', extra: DECK });

story('what cannot be asked of the usage is refused', [], async ({ vendor, world }) => {
	const { account } = vendor, headers = { authorization: `Basic ${Buffer.from(`${account}:token`).toString('base64')}` };
	const ask = path => fetch(`${world.api}/2010-04-01/Accounts/${account}/${path}`, { headers });
	for (const query of ['Category=nothing', 'StartDate=soon', 'StartDate=2026-13-01', 'EndDate=2026-1-1', 'StartDate=-days', 'StartDate=-30', 'StartDate=-9999999days', 'StartDate=2026-11-02&EndDate=2026-11-01', 'PageSize=0', 'PageToken=PAx', 'PageToken=PA7fffffffffffffff']) {
		const reply = await ask(`Usage/Records/Daily.json?${query}`), error = await reply.json();
		assert.deepEqual([reply.status, error.code], [400, 20001], query);
	}
	for (const path of ['Usage/Records.json?StartDate=-30days&EndDate=%2B30days', 'Usage/Records/Daily.json?StartDate=1970-01-01&PageSize=1000', 'Usage/Records/Yearly.json?StartDate=1970-01-01&EndDate=9999-12-31', 'Usage/Records?Category=Calls'])
		assert.equal((await ask(path)).status, 200, path);
	const first = await (await ask('Usage/Records/Monthly.json?StartDate=2024-01-31&EndDate=2024-03-01&Category=calls')).json();
	assert.deepEqual(first.usage_records.map(r => [r.start_date, r.end_date]), [['2024-03-01', '2024-03-01'], ['2024-02-01', '2024-02-29'], ['2024-01-31', '2024-01-31']]);
	for (const path of ['Usage/Records/Hourly.json', 'AvailablePhoneNumbers/US/Nothing.json', 'AvailablePhoneNumbers/XX/Local.json', 'Messages.json']) {
		const reply = await ask(path);
		assert.deepEqual([reply.status, (await reply.json()).code], [404, 20404], path);
	}
});
