// Calls, as programs written for Twilio and SignalWire make them: the vendors' packages, real daemons, real phones.
import assert from 'node:assert/strict';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, doc, FROM, story, WAIT } from './support/story.mjs';
import { last } from './support/vendors.mjs';

story('a call is made, answered, read, ended, listed and deleted, and its callbacks come', ['bob'], async (it, { bob }) => {
	const { client, vendor, web } = it;
	const made = await client.calls.create({ to: '+1 (555) 000-1002', from: FROM, twiml: WAIT, statusCallback: `${web.url}/status?x=1&y=a%20b`,
		statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'], timeout: 20, timeLimit: 600 });
	assert.equal(last(client).status, 201);
	assert.equal(made.status, 'queued');
	const callee = await bob.incoming();
	await callee.reply(180);
	await becomes(client, made.sid, 'ringing');
	await callee.accept();
	const call = await becomes(client, made.sid, 'in-progress');
	assert.deepEqual([call.to, call.from, call.direction, call.accountSid, call.parentCallSid], ['+15550001002', FROM, 'outbound-api', vendor.account, null]);
	assert.equal(call.toFormatted, '(555) 000-1002');
	const parts = ['notifications', 'recordings', 'events', ...vendor.dialect === 'twilio' ? ['streams', 'payments', 'siprec', 'transcriptions', 'user_defined_messages', 'user_defined_message_subscriptions'] : []];
	assert.deepEqual(Object.keys(call.subresourceUris), parts);
	assert.ok(parts.every(part => call.subresourceUris[part].startsWith(`/2010-04-01/Accounts/${vendor.account}/Calls/${made.sid}/`)));
	assert.ok(call.startTime instanceof Date && Math.abs(call.startTime - Date.now()) < 60000);
	assert.equal(call.endTime, null);
	const ended = await client.calls(made.sid).update({ status: 'completed' });
	assert.equal(ended.status, 'completed');
	await callee.ended();
	const [listed] = await client.calls.list({ to: '+15550001002', from: FROM, status: 'completed', startTimeAfter: new Date(Date.now() - 3600e3), limit: 5 });
	assert.equal(listed.sid, made.sid);
	assert.ok(listed.endTime instanceof Date);
	const { duration } = last(client).body.calls[0];
	const hour = 3600e3, at = listed.startTime.getTime(), when = async range => (await client.calls.list({ ...range, limit: 5 })).length;
	assert.equal(await when({ startTimeAfter: new Date(at), startTimeBefore: new Date(at) }), 1); // both are inclusive
	assert.equal(await when({ startTimeAfter: new Date(at + 1000) }), 0);
	assert.equal(await when({ startTimeBefore: new Date(at - 1000) }), 0);
	assert.equal(await when({ startTime: new Date(at) }), 1);
	if (vendor.dialect === 'twilio') {
		assert.equal(await when({ endTimeAfter: new Date(at), endTimeBefore: new Date(at + hour) }), 1);
		assert.equal(await when({ endTimeAfter: new Date(at + hour) }), 0);
	}

	const told = await poll(() => {
		const all = callbacks(it, '/status');
		return all.length === 4 && all;
	}, 'four callbacks');
	assert.deepEqual(told.map(t => t.CallStatus), ['initiated', 'ringing', 'in-progress', 'completed']);
	assert.deepEqual(told.map(t => t.SequenceNumber), ['0', '1', '2', '3']);
	for (const t of told) {
		assert.deepEqual([t.method, t.CallSid, t.AccountSid, t.From, t.To, t.Direction, t.CallbackSource, t.ApiVersion],
			['POST', made.sid, vendor.account, FROM, '+15550001002', 'outbound-api', 'call-progress-events', '2010-04-01']);
		assert.match(t.Timestamp, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
	}
	assert.equal(told[3].CallDuration, String(duration));
	assert.equal(typeof duration, vendor.dialect === 'twilio' ? 'string' : 'number');

	assert.equal(await client.calls(made.sid).remove(), true);
	assert.equal(last(client).status, 204);
	await assert.rejects(client.calls(made.sid).fetch(), { status: 404, code: 20404 });
	assert.deepEqual(await client.calls.list(), []);
});

story('a script is asked for, signed, in the vendor\'s words', ['bob'], async (it, { bob }) => {
	const { client, vendor, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/first') ? doc('<Gather numDigits="2" action="/digits"><Pause length="30"/></Gather>') : WAIT;
	const made = await client.calls.create({ to: 'client:bob', from: FROM, url: `${web.url}/first?a=b&c=d`, method: 'GET' });
	const callee = await bob.incoming();
	await callee.accept();
	const [first] = await poll(() => callbacks(it, '/first').length && callbacks(it, '/first'), 'the first request');
	assert.deepEqual([first.method, first.a, first.CallSid, first.CallStatus, first.To, first.Called, first.Caller],
		['GET', 'b', made.sid, 'in-progress', 'client:bob', 'client:bob', FROM]);
	for (const digit of [4, 2])
		callee.rtp.press(digit);
	const [digits] = await poll(() => callbacks(it, '/digits').length && callbacks(it, '/digits'), 'the digits');
	assert.deepEqual([digits.method, digits.Digits, digits.AccountSid], ['POST', '42', vendor.account]);
	await client.calls(made.sid).update({ twiml: doc('<Hangup/>') });
	await callee.ended();
	await becomes(client, made.sid, 'completed');
});

story('a call gets a time limit while it rings, and another while it is up', ['bob'], async ({ client }, { bob }) => {
	const calls = [];
	for (const early of [true, false]) {
		const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: WAIT }), callee = await bob.incoming();
		await callee.reply(180);
		if (early)
			await client.calls(made.sid).update({ timeLimit: 1 });
		await callee.accept();
		if (!early) {
			await becomes(client, made.sid, 'in-progress');
			await assert.rejects(client.calls(made.sid).update({ timeLimit: 0 }), { status: 400, code: 20001 });
			assert.equal((await client.calls(made.sid).update({ timeLimit: 3600, twiml: WAIT })).status, 'in-progress');
			await client.calls(made.sid).update({ timeLimit: 1 });
		}
		await callee.ended();
		await becomes(client, made.sid, 'completed');
		calls.push(made.sid);
	}
	await assert.rejects(client.calls(calls[0]).update({ timeLimit: 5 }), { status: 400, code: 21220 });
});

story('a call comes in: the number\'s script and its one callback', ['alice'], async (it, { alice }) => {
	const { vendor, desk, client } = it;
	desk.answer = ({ url }) => url.startsWith('/voice') ? doc('<Gather timeout="60"/>') : { status: 200 };
	const caller = await alice.call(FROM);
	const [asked] = await poll(() => callbacks(it, '/voice').length && callbacks(it, '/voice'), 'the request for the script');
	assert.deepEqual([asked.Direction, asked.From, asked.To, asked.AccountSid], ['inbound', '+15550001001', FROM, vendor.account]);
	await becomes(client, asked.CallSid, 'in-progress');
	await caller.bye();
	const told = await poll(() => callbacks(it, '/ended').length && callbacks(it, '/ended'), 'the callback');
	assert.deepEqual(told.map(t => [t.CallStatus, t.SequenceNumber, t.CallSid]), [['completed', '0', asked.CallSid]]);
});

story('what cannot be done is refused in the vendor\'s shape', [], async ({ client, vendor, world }) => {
	const good = { to: '+15550001002', from: FROM, twiml: WAIT };
	const table = [
		[{ ...good, to: '' }, 400, 21201], [{ ...good, to: 'nobody at all' }, 400, 21211], [{ ...good, from: '' }, 400, 21213],
		[{ ...good, from: '+15557777777' }, 400, 21210], [{ ...good, twiml: '' }, 400, 21205], [{ ...good, twiml: '', url: 'ftp://x/' }, 400, 21205],
		[{ ...good, twiml: '<Response><Say>' }, 400, 12100], [{ ...good, timeout: 0 }, 400, 20001], [{ ...good, sendDigits: 'x' }, 400, 21216],
		[{ ...good, twiml: '', applicationSid: `AP${'1'.repeat(32)}` }, 400, 21218], [{ ...good, to: '+19995550000' }, 400, 13223],
	];
	for (const [wanted, status, code] of table) {
		await assert.rejects(client.calls.create(wanted), error => {
			assert.deepEqual([error.status, error.code], [status, code], `${JSON.stringify(wanted)}: ${error.message}`);
			assert.ok(error.moreInfo.endsWith(`/${code}`));
			return true;
		});
	}
	await assert.rejects(client.calls(vendor.sid('CA', '11111111-2222-4333-8444-555555555555')).fetch(), { status: 404, code: 20404 });
	await assert.rejects(client.calls(`RE${'1'.repeat(32)}`).fetch(), { status: 404, code: 20404 });
	await assert.rejects(vendor.open(world.api, 'wrong').calls.list(), { status: 401, code: 20003 });
	await assert.rejects(client.calls.list({ status: 'nonsense', limit: 1 }), { status: 400, code: 20001 });
});

story('a list is walked to its end while calls come in', [], async ({ client }) => {
	const make = () => client.calls.create({ to: '+15550001003', from: FROM, twiml: WAIT, timeout: 1 });
	const made = [];
	for (let i = 0; i < 12; i++)
		made.push((await make()).sid);
	const seen = [];
	await new Promise((done, failed) => client.calls.each({ pageSize: 5, callback: async (call, stop) => { seen.push(call.sid); await make().catch(failed); }, done: error => error ? failed(error) : done() }));
	assert.deepEqual(seen.filter(sid => made.includes(sid)), made.toReversed());
	assert.equal(new Set(seen).size, seen.length);
	const page = await client.calls.page({ pageSize: 4 });
	const second = await page.nextPage(), first = await second.previousPage();
	assert.deepEqual(first.instances.map(c => c.sid), page.instances.map(c => c.sid));
});

story('the account, and the document', [], async ({ client, vendor, world }) => {
	const served = await (await fetch(`${world.api}/2010-04-01/openapi.json`)).json();
	assert.ok(served.paths['/Accounts/{AccountSid}/Calls.json'].post);

	const account = await client.api.accounts(vendor.account).fetch();
	assert.deepEqual([account.sid, account.status], [vendor.account, 'active']);
});

story('recordings and callbacks by GET', ['bob'], async (it, { bob }) => {
	const { client, vendor, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/next') ? WAIT : { status: 200 };
	const made = await client.calls.create({ to: '+15550001002', from: FROM, url: `${web.url}/next`, sendDigits: 'w7', record: true, recordingChannels: 'dual',
		recordingStatusCallback: `${web.url}/recorded`, statusCallback: `${web.url}/got?q=1`, statusCallbackMethod: 'GET', byoc: 'BY1' });
	const callee = await bob.incoming();
	await callee.accept();
	const [asked] = await poll(() => callbacks(it, '/next').length && callbacks(it, '/next'), 'the request for the script');
	assert.equal(asked.CallSid, made.sid);
	await poll(() => callee.rtp.packets.some(p => p.pt === 101 && p.payload[0] === 7), 'the digit');
	await callee.bye();
	const [got] = await poll(() => callbacks(it, '/got').length && callbacks(it, '/got'), 'the callback by GET');
	assert.deepEqual([got.method, got.q, got.CallStatus, got.SequenceNumber], ['GET', '1', 'completed', '0']);
	if (vendor.dialect === 'signalwire') {
		for (const name of ['InMediaPacketCount', 'InDtmfPacketCount', 'InAveragePtime', 'InFlushPacketCount', 'InSkipPacketCount', 'InJitterMinVariance', 'InJitterMaxVariance', 'InLargestJbSize',
			'OutMediaPacketCount', 'OutDtmfPacketCount'])
			assert.match(got[`Audio${name}`] ?? '', /^\d+$/, name);
		assert.ok(Number(got.AudioOutDtmfPacketCount) > 0);
	}
	const [recorded] = await poll(() => callbacks(it, '/recorded').length && callbacks(it, '/recorded'), 'the recording');
	assert.deepEqual([recorded.method, recorded.CallSid, recorded.AccountSid, recorded.RecordingStatus, recorded.RecordingChannels, recorded.RecordingSource],
		['POST', made.sid, vendor.account, 'completed', '2', 'OutboundAPI']);
	assert.ok(recorded.RecordingUrl.endsWith(`/Accounts/${vendor.account}/Recordings/${recorded.RecordingSid}`));
	const [note] = await client.calls(made.sid).notifications.list();
	assert.match(note.messageText ?? last(client).body.notifications[0].message_text, /^Byoc/);
	if (client.calls(made.sid).events) {
		const events = await poll(async () => {
			const all = await client.calls(made.sid).events.list();
			return all.length === 2 && all;
		}, 'two events');
		assert.deepEqual(events.map(e => e.response.response_code), [200, 200]);
		assert.ok(events.some(e => e.request.method === 'GET' && e.request.parameters.CallStatus === 'completed'));
	}
});

story('caller ids and the balance', [], async ({ client, vendor }) => {
	const ids = await client.outgoingCallerIds.list();
	assert.equal((await client.outgoingCallerIds(ids[0].sid).fetch()).phoneNumber, ids[0].phoneNumber);
	await assert.rejects(client.outgoingCallerIds(vendor.sid('PN', '11111111-2222-4333-8444-555555555555')).fetch(), { status: 404, code: 20404 });
	assert.deepEqual(ids.map(i => i.phoneNumber), ['+15550001001', '+15550001002', '+15550001003']);
	const balance = await client.api.accounts(vendor.account).balance.fetch();
	assert.equal(balance.accountSid, vendor.account);
});

story('whatever a request is like, the answer is an error of the vendor\'s', [], async ({ vendor, world }) => {
	const { account } = vendor, good = `Basic ${Buffer.from(`${account}:token`).toString('base64')}`;
	const form = 'application/x-www-form-urlencoded', calls = `/2010-04-01/Accounts/${account}/Calls.json`;
	const table = [
		['GET', calls, { authorization: '' }, undefined, 401, 20003], ['GET', calls, { authorization: 'Basic !' }, undefined, 401, 20003],
		['GET', calls, { authorization: `Bearer ${account}` }, undefined, 401, 20003], ['GET', '/2010-04-01/nothing', { authorization: '' }, undefined, 401, 20003],
		['GET', '/2010-04-01/nothing', {}, undefined, 404, 20404], ['GET', '/api/laml/2010-04-01/Nothing', {}, undefined, 404, 20404],
		['GET', `/2010-04-01/Accounts/AC${'1'.repeat(32)}/Calls.json`, {}, undefined, 404, 20404], ['GET', '/2010-04-01/Accounts/default/Calls.json', {}, undefined, 404, 20404],
		['PUT', calls, { 'content-type': form }, '', 405, 20004], ['DELETE', calls, {}, undefined, 405, 20004],
		['POST', calls, { 'content-type': 'application/json' }, '{"To":"+1"}', 415, 20001], ['POST', calls, { 'content-type': form }, 'To=%zz', 400, 20001],
		['POST', calls, { 'content-type': form }, 'To=%ff%fe', 400, 20001], ['POST', calls, { 'content-type': form }, 'a=1&'.repeat(100), 400, 20001],
		['POST', calls, { 'content-type': form }, '', 400, 21201], ['GET', `${calls}?PageToken=PAmadeup`, {}, undefined, 400, 20001],
		['GET', `${calls}?PageToken=PB0000000000000000`, {}, undefined, 400, 20001], ['GET', `${calls}?PageSize=0`, {}, undefined, 400, 20001],
		['GET', `${calls}?Page=-1`, {}, undefined, 400, 20001], ['GET', `${calls}?StartTime%3E=soon`, {}, undefined, 400, 20001],
		['GET', `${calls}?ParentCallSid=${account}x`, {}, undefined, 400, 20001],
	];
	for (const [method, path, headers, body, status, code] of table) {
		const reply = await fetch(world.api + path, { method, body, headers: { authorization: good, ...headers } });
		const what = `${method} ${path} ${body ?? ''}`, error = await reply.json();
		assert.deepEqual([reply.status, error.code, error.status], [status, code, status], what);
		assert.match(reply.headers.get('content-type'), /^application\/json/, what);
		assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'more_info', 'status'], what);
	}
	for (const path of [calls, calls.replace('.json', ''), `/api/laml${calls}`, `/api/laml${calls.replace('.json', '')}`, `${calls}?PageSize=5000&Unknown=x`]) {
		const reply = await fetch(world.api + path, { headers: { authorization: good } });
		assert.equal(reply.status, 200, path);
		assert.deepEqual((await reply.json()).calls, [], path);
	}
});
