// Queues and who waits in them, as programs written for Twilio and SignalWire keep them: the vendors' packages, real daemons, real phones.
import assert from 'node:assert/strict';
import { poll } from '../sip/support/wait.mjs';
import { doc, FROM, story } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const NOBODY = '11111111-2222-4333-8444-555555555555';

story('queues are made, listed, changed and deleted', [], async ({ client, vendor }) => {
	const made = await client.queues.create({ friendlyName: 'sales', maxSize: 5 });
	assert.equal(last(client).status, 201);
	assert.deepEqual([made.friendlyName, made.maxSize, made.currentSize, made.averageWaitTime, made.accountSid], ['sales', 5, 0, 0, vendor.account]);
	assert.ok(made.sid.startsWith(vendor.dialect === 'twilio' ? 'QU' : ''));
	assert.ok(Math.abs(made.dateCreated - Date.now()) < 60000);
	const usual = await client.queues.create({ friendlyName: 'ärger' });
	assert.equal(usual.maxSize, 100);
	await assert.rejects(client.queues.create({ friendlyName: 'sales' }), { status: 409, code: 20409 });
	await assert.rejects(client.queues(usual.sid).update({ friendlyName: 'sales' }), { status: 409, code: 20409 });
	const changed = await client.queues(made.sid).update({ friendlyName: 'sales', maxSize: 10 });
	assert.deepEqual([changed.sid, changed.friendlyName, changed.maxSize], [made.sid, 'sales', 10]);
	assert.equal((await client.queues(made.sid).update({ friendlyName: 'support' })).maxSize, 10);
	assert.equal((await client.queues(made.sid).fetch()).friendlyName, 'support');

	for (let i = 0; i < 5; i++)
		await client.queues.create({ friendlyName: `q${i}` });
	const walked = [];
	await new Promise((ok, bad) => client.queues.each({ pageSize: 3, callback: queue => walked.push(queue.friendlyName), done: error => error ? bad(error) : ok() }));
	assert.deepEqual(walked, ['q4', 'q3', 'q2', 'q1', 'q0', 'ärger', 'support']);
	const page = await client.queues.page({ pageSize: 3 }), second = await page.nextPage();
	assert.deepEqual((await second.previousPage()).instances.map(q => q.sid), page.instances.map(q => q.sid));

	assert.equal(await client.queues(made.sid).remove(), true);
	await assert.rejects(client.queues(made.sid).fetch(), { status: 404, code: 20404 });
	for (const wanted of [{ friendlyName: '' }, { friendlyName: 'x'.repeat(65) }, { friendlyName: 'x', maxSize: 0 }, { friendlyName: 'x', maxSize: 5001 }])
		await assert.rejects(client.queues.create(wanted), { status: 400, code: 20001 });
	for (const sid of [vendor.sid('QU', NOBODY), `CA${'1'.repeat(32)}`, 'sales', 'QU1']) {
		await assert.rejects(client.queues(sid).fetch(), { status: 404, code: 20404 });
		await assert.rejects(client.queues(sid).members.list(), { status: 404, code: 20404 });
		await assert.rejects(client.queues(sid).members('Front').fetch(), { status: 404, code: 20404 });
	}
});

story('who waits is seen, and taken out to another document', ['alice', 'bob', 'carol'], async (it, { alice, bob, carol }) => {
	const { client, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/wait') ? doc('<Pause length="60"/>') : url.startsWith('/out') ? doc('<Hangup/>') : { status: 200 };
	const queue = await client.queues.create({ friendlyName: 'line', maxSize: 2 });
	const into = doc(`<Enqueue waitUrl="${web.url}/wait" action="${web.url}/left">line</Enqueue>`);
	const waiting = [];
	for (const [phone, to] of [[alice, '+15550001001'], [bob, '+15550001002']]) {
		const made = await client.calls.create({ to, from: FROM, twiml: into });
		const call = await phone.incoming();
		await call.accept();
		await poll(async () => (await client.queues(queue.sid).fetch()).currentSize === waiting.length + 1, 'the caller in the queue');
		waiting.push({ sid: made.sid, call });
	}
	const members = await client.queues(queue.sid).members.list();
	assert.deepEqual(members.map(m => [m.callSid, m.position]), [[waiting[0].sid, 1], [waiting[1].sid, 2]]);
	assert.ok(members.every(m => m.queueSid === queue.sid && m.waitTime >= 0 && m.dateEnqueued instanceof Date));
	const [first] = (await client.queues(queue.sid).members.page({ pageSize: 1 })).instances;
	assert.equal(first.callSid, waiting[0].sid);
	assert.deepEqual((await (await client.queues(queue.sid).members.page({ pageSize: 1 })).nextPage()).instances.map(m => [m.callSid, m.position]), [[waiting[1].sid, 2]]);
	assert.equal((await client.queues(queue.sid).members('Front').fetch()).callSid, waiting[0].sid);
	assert.equal((await client.queues(queue.sid).members(waiting[1].sid).fetch()).position, 2);

	// It is full, and cannot be deleted.
	const third = await client.calls.create({ to: '+15550001003', from: FROM, twiml: into });
	const full = await carol.incoming();
	await full.accept();
	await poll(() => web.requests.some(r => r.url === '/left' && r.form.get('CallSid') === third.sid && r.form.get('QueueResult') === 'queue-full'), 'that the queue is full');
	await assert.rejects(client.queues(queue.sid).members(third.sid).fetch(), { status: 404, code: 20404 });
	await assert.rejects(client.queues(queue.sid).remove(), { status: 409, code: 20409 });
	await assert.rejects(client.queues(queue.sid).members('Front').update({ url: 'ftp://x/' }), { status: 400, code: 21205 });
	const other = await client.queues.create({ friendlyName: 'other' });
	await assert.rejects(client.queues(other.sid).members(waiting[0].sid).update({ url: `${web.url}/out` }), { status: 404, code: 20404 });
	await assert.rejects(client.queues(other.sid).members('Front').fetch(), { status: 404, code: 20404 });

	const out = await client.queues(queue.sid).members('Front').update({ url: `${web.url}/out?n=1`, method: 'GET' });
	assert.equal(out.callSid, waiting[0].sid);
	await waiting[0].call.ended();
	assert.ok(web.requests.some(r => r.method === 'GET' && r.url.startsWith('/out?n=1')));
	await poll(() => web.requests.some(r => r.url === '/left' && r.form.get('CallSid') === out.callSid && r.form.get('QueueResult') === 'redirected'), 'what its queue has come to');
	assert.equal((await client.queues(queue.sid).members('Front').fetch()).callSid, waiting[1].sid);
	await client.queues(queue.sid).members(waiting[1].sid).update({ url: `${web.url}/out` });
	await waiting[1].call.ended();
	assert.equal((await client.queues(queue.sid).fetch()).currentSize, 0);
	assert.equal(await client.queues(queue.sid).remove(), true);
});
