// Who asks, and as whom: accounts and keys, as programs written for Twilio and SignalWire bring them.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { KEY } from '../sip/support/harness.mjs';
import { FROM, story, WAIT } from './support/story.mjs';
import { last, lookAtReplies, vendors } from './support/vendors.mjs';

const require = createRequire(import.meta.url);

story('the account is found in the list of accounts', [], async ({ client, vendor, world }) => {
	const { accounts } = client.api.v2010;
	const [account, ...more] = await accounts.list();
	assert.deepEqual([account.sid, account.friendlyName, account.status, more.length], [vendor.account, 'default', 'active', 0]);
	assert.equal(account.sid, (await accounts(account.sid).fetch()).sid);
	const { body } = last(client);
	assert.equal(body.uri.includes(vendor.account), true);
	const counts = async filter => (await accounts.list(filter)).length;
	assert.deepEqual([await counts({ friendlyName: 'default' }), await counts({ friendlyName: 'other' }), await counts({ status: 'active' }), await counts({ status: 'closed' })], [1, 0, 1, 0]);
	await assert.rejects(accounts.list({ status: 'asleep' }), { status: 400, code: 20001 });
	const page = await accounts.page({ pageSize: 1 });
	assert.deepEqual([page.instances.length, await page.nextPage()], [1, undefined]);
	// There is no making accounts, and no changing one.
	for (const [method, path] of [['POST', '/2010-04-01/Accounts.json'], ['POST', `/2010-04-01/Accounts/${vendor.account}.json`]]) {
		const reply = await fetch(world.api + path, { method, body: new URLSearchParams({ FriendlyName: 'x' }), headers: { authorization: `Basic ${btoa(`${vendor.account}:token`)}` } });
		assert.deepEqual([reply.status, (await reply.json()).code], [405, 20004], path);
	}
});

// With a key for a name the path alone says whose view it is: where it says nothing, the root does.
story('a key is as good as the account\'s password', [], async ({ vendor, world }) => {
	const basic = (name, password) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` });
	const calls = `${world.api}/2010-04-01/Accounts/${vendor.account}/Calls.json`;
	for (const [name, password, status] of [
		[vendor.account, 'token', 200], [vendor.account, KEY, 200], [`SK${'1'.repeat(32)}`, KEY, 200], [KEY, '', 200], [KEY, 'x', 200],
		[vendor.account, 'other', 401], [vendor.account, '', 401], [`SK${'1'.repeat(32)}`, 'other', 401], [`SK${'1'.repeat(32)}`, '', 401], ['other', KEY, 401], ['', KEY, 401], [`AC${'1'.repeat(32)}`, KEY, 401],
	]) {
		const reply = await fetch(calls, { headers: basic(name, password) }), body = await reply.json();
		assert.equal(reply.status, status, `${name}:${password}`);
		assert.equal(body.code, status === 200 ? undefined : 20003);
	}
	const sids = async path => (await (await fetch(world.api + path, { headers: basic(KEY, '') })).json()).accounts.map(a => a.sid);
	assert.deepEqual(await sids('/2010-04-01/Accounts.json'), [vendors[0].account]);
	assert.deepEqual(await sids('/api/laml/2010-04-01/Accounts'), [vendors[2].account]);
});

story('the package with an API key does all that it does with the token', ['alice'], async ({ vendor, world }, { alice }) => {
	const client = lookAtReplies(vendor.dialect === 'twilio'
		? require(vendor.name)(`SK${'1'.repeat(32)}`, KEY, { accountSid: vendor.account })
		: vendor.open(world.api, KEY));
	client.api.baseUrl = world.api;
	const { sid } = await client.calls.create({ to: 'client:alice', from: FROM, twiml: WAIT });
	await (await alice.incoming()).accept();
	await client.calls(sid).update({ status: 'completed' });
	assert.equal((await client.calls(sid).fetch()).accountSid, vendor.account);
});

story('what is asked for and not possible is told by a notification', ['alice'], async ({ client, vendor, world }, { alice }) => {
	// Not every package knows every one of these parameters.
	const ask = async (path, form) => (await fetch(`${world.api}/2010-04-01/Accounts/${vendor.account}/${path}.json`,
		{ method: 'POST', body: new URLSearchParams({ From: FROM, To: 'client:alice', ...form }), headers: { authorization: `Basic ${btoa(`${vendor.account}:token`)}` } })).json();
	for (const [path, form, names] of [
		['Calls', { Twiml: WAIT, ClientNotificationUrl: 'http://h.example/n', Byoc: `BY${'1'.repeat(32)}`, CallToken: 'x', Passports: 'x' }, ['Byoc', 'CallToken', 'Passports', 'ClientNotificationUrl']],
		['Conferences/room/Participants', { EarlyMedia: 'true' }, ['EarlyMedia']], ['Conferences/other/Participants', { EarlyMedia: 'false' }, []],
	]) {
		const made = await ask(path, form);
		await (await alice.incoming()).reply(486);
		await client.calls(made.sid ?? made.call_sid).notifications.list();
		assert.deepEqual(last(client).body.notifications.map(n => n.message_text.split(' ')[0]).sort(), names.sort(), path);
	}
});
