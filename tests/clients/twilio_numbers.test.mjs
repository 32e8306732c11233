// Numbers and applications that programs set up: the vendors' packages, real daemons, real phones and a trunk.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, doc, FROM, story, WAIT } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const NEW = '+15551230009', NOBODY = '11111111-2222-4333-8444-555555555555';
const ANSWERED = doc('<Gather timeout="60"/>');
// Calls, and is answered.
const talk = async (phone, to) => {
	const call = await phone.call(to);
	await call.response(200);
	return call;
};
const first = async (it, path) => (await poll(() => callbacks(it, path).length && callbacks(it, path), `a request for ${path}`)).at(-1);

story('a number is set up, called, changed, and given back', ['alice'], async (it, { alice }) => {
	const { client, vendor, web, desk, world } = it;
	desk.answer = ({ url }) => url.startsWith('/fails') ? { status: 500 } : url.startsWith('/hello') || url.startsWith('/helped') ? ANSWERED : { status: 200 };
	const made = await client.incomingPhoneNumbers.create({ phoneNumber: '+1 (555) 123-0009', friendlyName: 'Front desk', voiceUrl: `${web.url}/hello?a=1`, statusCallback: `${web.url}/over`, statusCallbackMethod: 'GET' });
	assert.equal(last(client).status, 201);
	assert.deepEqual([made.phoneNumber, made.friendlyName, made.voiceMethod, made.accountSid, made.capabilities.voice], [NEW, 'Front desk', 'POST', vendor.account, true]);

	// Every dialect shows it.
	const { numbers } = (await world.http('GET', '/v1/voice/numbers')).body;
	assert.deepEqual(numbers.filter(n => n.number === NEW).map(n => [n.action, n.voice_url]), [['voice-url', `${web.url}/hello?a=1`]]);
	const trunk = await world.trunk(), caller = await talk(trunk, NEW);
	const asked = await first(it, '/hello');
	assert.deepEqual([asked.method, asked.To, asked.AccountSid, asked.Direction], ['POST', NEW, vendor.account, 'inbound']);
	assert.equal((await becomes(client, asked.CallSid, 'in-progress')).phoneNumberSid, made.sid);
	await caller.bye();
	const over = await first(it, '/over');
	assert.deepEqual([over.method, over.CallSid, over.CallStatus], ['GET', asked.CallSid, 'completed']);

	// Calls may be placed from it; the fallback is asked as it says.
	const out = await client.calls.create({ to: 'client:alice', from: NEW, twiml: WAIT });
	const callee = await alice.incoming();
	await callee.accept();
	await becomes(client, out.sid, 'in-progress');
	await client.calls(out.sid).update({ status: 'completed' });
	await callee.ended();
	const changed = await client.incomingPhoneNumbers(made.sid).update({ voiceUrl: `${web.url}/fails`, voiceMethod: 'GET', voiceFallbackUrl: `${web.url}/helped`, voiceFallbackMethod: 'GET', statusCallback: '' });
	assert.deepEqual([changed.voiceUrl, changed.voiceMethod, changed.voiceFallbackMethod, changed.statusCallback, changed.friendlyName], [`${web.url}/fails`, 'GET', 'GET', '', 'Front desk']);
	const second = await talk(alice, NEW);
	const helped = await first(it, '/helped');
	assert.deepEqual([helped.method, helped.ErrorCode], ['GET', '11200']);
	await second.bye();
	await becomes(client, helped.CallSid, 'completed');

	assert.equal(await client.incomingPhoneNumbers(made.sid).remove(), true);
	await assert.rejects(client.incomingPhoneNumbers(made.sid).fetch(), { status: 404, code: 20404 });
	assert.equal((await (await trunk.call(NEW)).final()).status, 404);
	await assert.rejects(client.calls.create({ to: 'client:alice', from: NEW, twiml: WAIT }), { status: 400, code: 21210 });
});

story('what was set up outlives both daemons', [], async (it) => {
	const { client, web, desk, world } = it;
	desk.answer = () => ANSWERED;
	const made = await client.incomingPhoneNumbers.create({ phoneNumber: NEW, voiceUrl: `${web.url}/hello` });
	const gone = await client.incomingPhoneNumbers.create({ phoneNumber: '+15551230010', voiceUrl: `${web.url}/hello` });
	const trunk = await world.trunk();
	const rings = async () => {
		const count = callbacks(it, '/hello').length;
		const call = await talk(trunk, NEW);
		await poll(() => callbacks(it, '/hello').length > count, 'the script being asked for');
		await call.bye();
	};
	await rings();
	await world.apiProcess.kill('SIGKILL');
	await client.incomingPhoneNumbers(gone.sid).fetch().catch(() => {});
	await world.startApi();
	await rings();
	await world.switch.end();
	await world.startSwitch();
	await poll(async () => (await world.control.call('number.list')).numbers.length === 2, 'the switch knowing the numbers again');
	await poll(() => fetch(`${world.api}/readyz`).then(reply => reply.ok), 'offhook-api to be ready');
	await rings();
	assert.equal((await client.incomingPhoneNumbers(made.sid).fetch()).phoneNumber, NEW);
	// Without us the switch still knows it, and asks callers to try again.
	await world.apiProcess.end();
	await world.switch.kill('SIGKILL');
	await world.startSwitch();
	world.control.close(); // nobody listens
	assert.equal((await (await trunk.call(NEW)).final()).status, 503);
	world.control = await world.connect();
	await world.startApi();
	await rings();
	// A reload of the conf takes nothing of it.
	writeFileSync(world.confFile, `${readFileSync(world.confFile)}\nnumber "+15550009999" { echo = true }\n`);
	await world.control.call('switch.reload');
	assert.equal((await world.control.call('number.list')).numbers.length, 2);
	await poll(async () => (await client.incomingPhoneNumbers.list().catch(() => [])).some(n => n.phoneNumber === '+15550009999'), 'the conf being read again');
	await poll(() => fetch(`${world.api}/readyz`).then(reply => reply.ok), 'offhook-api to be ready');
	await rings();
	// One that the switch has and we do not goes.
	await world.control.call('number.set', { numbers: [{ number: '+15551239999', account: 'default', script: true }] });
	await world.apiProcess.end();
	await world.startApi();
	await poll(async () => (await world.control.call('number.list')).numbers.map(n => n.number).sort().join() === [NEW, '+15551230010'].join(), 'the stray being gone');
});

story('numbers of the conf are listed, and may be told what to do', ['alice', 'bob'], async (it, { alice, bob }) => {
	const { client, web, desk, vendor } = it;
	desk.answer = ({ url }) => url.startsWith('/voice') || url.startsWith('/set') ? ANSWERED : { status: 200 };
	const list = await client.incomingPhoneNumbers.list();
	assert.deepEqual(list.map(n => n.phoneNumber), [FROM, '+15550009001']);
	const [script, dial] = list;
	assert.deepEqual([script.voiceUrl, script.statusCallback, dial.voiceUrl, script.friendlyName], [`${web.url}/voice?a=b`, `${web.url}/ended`, '', '(555) 000-9000']);
	for (let i = 10; i < 15; i++)
		await client.incomingPhoneNumbers.create({ phoneNumber: `+155512300${i}`, friendlyName: `number ${i}` });
	const walked = [];
	await new Promise((ok, bad) => client.incomingPhoneNumbers.each({ pageSize: 2, callback: n => walked.push(n.phoneNumber), done: error => error ? bad(error) : ok() }));
	assert.deepEqual(walked, [FROM, '+15550009001', ...[10, 11, 12, 13, 14].map(i => `+155512300${i}`)]);
	assert.deepEqual((await client.incomingPhoneNumbers.list({ phoneNumber: '+1555123' })).length, 5);
	assert.deepEqual((await client.incomingPhoneNumbers.list({ phoneNumber: '23**1*' })).map(n => n.phoneNumber), walked.slice(2));
	assert.deepEqual((await client.incomingPhoneNumbers.list({ friendlyName: 'number 12' })).map(n => n.phoneNumber), ['+15551230012']);
	assert.deepEqual((await client.incomingPhoneNumbers.list({ friendlyName: '(555) 000-9000' })).map(n => n.phoneNumber), [FROM]);
	assert.deepEqual(await client.incomingPhoneNumbers.list({ beta: true }), []);

	// Its own script comes before what the conf says; without one it is as the conf has it.
	await client.incomingPhoneNumbers(dial.sid).update({ voiceUrl: `${web.url}/set` });
	const scripted = await talk(alice, '+15550009001');
	const asked = await first(it, '/set');
	assert.equal(asked.AccountSid, vendor.account);
	await scripted.bye();
	await becomes(client, asked.CallSid, 'completed');
	const changed = await client.incomingPhoneNumbers(dial.sid).update({ voiceUrl: '' });
	assert.equal(changed.voiceUrl, '');
	const ringing = talk(alice, '+15550009001');
	const rung = await bob.incoming();
	await rung.accept();
	await (await ringing).bye();
	await rung.ended();
	await assert.rejects(client.incomingPhoneNumbers(dial.sid).remove(), { status: 409, code: 20409 });
	assert.equal((await client.incomingPhoneNumbers(script.sid).update({ friendlyName: 'Main' })).voiceUrl, `${web.url}/voice?a=b`);
}, { more: 'number "+15550009001" { dial = {"user:bob"} }' });

story('an application has the documents of calls and numbers', ['alice', 'bob'], async (it, { alice, bob }) => {
	const { client, vendor, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/app') ? ANSWERED : { status: 200 };
	const app = await client.applications.create({ friendlyName: 'desk', voiceUrl: `${web.url}/app1`, voiceMethod: 'GET', statusCallback: `${web.url}/told`, smsUrl: `${web.url}/sms` });
	assert.equal(last(client).status, 201);
	assert.deepEqual([app.friendlyName, app.voiceMethod, app.smsUrl, app.accountSid], ['desk', 'GET', `${web.url}/sms`, vendor.account]);
	const made = await client.calls.create({ to: 'client:bob', from: FROM, applicationSid: app.sid });
	const callee = await bob.incoming();
	await callee.accept();
	const asked = await first(it, '/app1');
	assert.deepEqual([asked.method, asked.CallSid], ['GET', made.sid]);
	await client.calls(made.sid).update({ status: 'completed' });
	await callee.ended();
	assert.equal((await first(it, '/told')).CallSid, made.sid);

	const number = await client.incomingPhoneNumbers.create({ phoneNumber: NEW, voiceUrl: `${web.url}/own`, voiceApplicationSid: app.sid });
	assert.equal(number.voiceApplicationSid, app.sid);
	await client.applications(app.sid).update({ voiceUrl: `${web.url}/app2`, voiceMethod: 'POST' });
	const caller = await talk(alice, NEW);
	assert.equal((await first(it, '/app2')).To, NEW);
	await caller.bye();
	assert.deepEqual((await client.applications.list({ friendlyName: 'desk' })).map(a => a.sid), [app.sid]);
	assert.deepEqual(await client.applications.list({ friendlyName: 'none' }), []);
	assert.equal(await client.applications(app.sid).remove(), true);
	await assert.rejects(client.applications(app.sid).fetch(), { status: 404, code: 20404 });
	desk.answer = () => ANSWERED;
	assert.equal((await client.incomingPhoneNumbers(number.sid).fetch()).voiceApplicationSid, '');
	const again = await talk(alice, NEW);
	assert.equal((await first(it, '/own')).To, NEW);
	await again.bye();
});

story('numbers of a kind, and those that could be set up', [], async ({ client, vendor, world }) => {
	const mobile = '+4915112345678', free = '+18002345678', kinds = ['local', 'mobile', 'tollFree'];
	for (const [kind, phoneNumber] of [['mobile', mobile], ['tollFree', free], ['local', NEW]]) {
		for (const other of kinds.filter(k => k !== kind))
			await assert.rejects(client.incomingPhoneNumbers[other].create({ phoneNumber }), { status: 400, code: 21421 }, `${phoneNumber} is not ${other}`);
		assert.equal((await client.incomingPhoneNumbers[kind].create({ phoneNumber })).phoneNumber, phoneNumber);
		assert.deepEqual((await client.incomingPhoneNumbers[kind].list()).map(n => n.phoneNumber).filter(n => n !== FROM && !n.startsWith('+15550009')), [phoneNumber]);
	}
	assert.equal((await client.incomingPhoneNumbers.list({ phoneNumber: '+49' })).length, 1);

	// What the account may have, and nobody has, is found and set up.
	assert.deepEqual((await client.availablePhoneNumbers.list()).map(c => c.countryCode), ['US', 'DE']);
	const us = client.availablePhoneNumbers('US');
	assert.deepEqual([(await us.fetch()).countryCode, Object.keys(last(client).body.subresource_uris)], ['US', ['local', 'toll_free', 'mobile']]);
	const found = await us.local.list({ limit: 3 });
	assert.deepEqual(found.map(n => n.phoneNumber), ['+15551230000', '+15551230001', '+15551230002']);
	assert.deepEqual([found[0].isoCountry, found[0].capabilities.voice, found[0].friendlyName], ['US', true, '(555) 123-0000']);
	assert.equal((await us.local.list({ contains: '0009' })).some(n => n.phoneNumber === NEW), false, 'it is taken');
	assert.deepEqual((await us.local.list({ contains: '55512*0008' })).map(n => n.phoneNumber), ['+15551230008']);
	assert.deepEqual((await us.tollFree.list()).map(n => n.phoneNumber), []);
	assert.deepEqual((await client.availablePhoneNumbers('DE').mobile.list()).map(n => n.phoneNumber), ['+4915112345679']);
	for (const filter of [{ smsEnabled: true }, { areaCode: 510 }, { inRegion: 'CA' }])
		assert.deepEqual(await us.local.list(filter), [], JSON.stringify(filter));
	assert.deepEqual(await us.voip.list(), []);
	await assert.rejects(client.availablePhoneNumbers('XX').local.list(), { status: 404, code: 20404 });
	const bought = await client.incomingPhoneNumbers.create({ phoneNumber: found[0].phoneNumber });
	assert.equal((await us.local.list({ limit: 1 }))[0].phoneNumber, '+15551230001');
	assert.equal(await client.incomingPhoneNumbers(bought.sid).remove(), true);
	assert.equal((await client.incomingPhoneNumbers.create({ areaCode: '555' })).phoneNumber, '+15551230000');
	await assert.rejects(client.incomingPhoneNumbers.create({ areaCode: '510' }), { status: 400, code: 21452 });
}, { account: `numbers = {"+1555123", "+18002345678", "+4915112345678", "+4915112345679"}` });

story('numbers and applications that cannot be are refused', [], async ({ client, vendor, world }) => {
	const table = [
		[{}, 400, 21421], [{ areaCode: '510' }, 400, 21452], [{ phoneNumber: 'nobody' }, 400, 21421], [{ phoneNumber: '+1' }, 400, 21421], [{ phoneNumber: '5551230009' }, 400, 21421],
		[{ phoneNumber: `+${'1'.repeat(16)}` }, 400, 21421], [{ phoneNumber: FROM }, 400, 21422], [{ phoneNumber: '+15550001001' }, 400, 21422], [{ phoneNumber: '+15550009001' }, 400, 21422],
		[{ phoneNumber: NEW, voiceUrl: 'ftp://x/' }, 400, 21205], [{ phoneNumber: NEW, voiceMethod: 'PUT' }, 400, 20001], [{ phoneNumber: NEW, friendlyName: 'x'.repeat(65) }, 400, 20001],
		[{ phoneNumber: NEW, voiceApplicationSid: vendor.sid('AP', NOBODY) }, 400, 21218], [{ phoneNumber: NEW, voiceApplicationSid: `CA${'1'.repeat(32)}` }, 400, 21218],
	];
	const refused = (promise, status, code, what) => assert.rejects(promise, error => {
		assert.deepEqual([error.status, error.code], [status, code], `${what}: ${error.message}`);
		return true;
	});
	for (const [wanted, status, code] of table)
		await refused(client.incomingPhoneNumbers.create(wanted), status, code, JSON.stringify(wanted));
	await client.incomingPhoneNumbers.create({ phoneNumber: NEW });
	await refused(client.incomingPhoneNumbers.create({ phoneNumber: NEW }), 400, 21422, 'twice');
	const race = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => client.incomingPhoneNumbers.create({ phoneNumber: '+15551230077', friendlyName: `${i}` })));
	const [won] = race.filter(r => r.status === 'fulfilled');
	assert.equal(race.filter(r => r.reason?.code === 21422).length, 7);
	assert.equal((await client.incomingPhoneNumbers(won.value.sid).fetch()).friendlyName, won.value.friendlyName);
	assert.equal(await client.incomingPhoneNumbers(won.value.sid).remove(), true);
	await refused(client.applications.create({ friendlyName: 'x', voiceUrl: 'x' }), 400, 21205, 'an application');
	await refused(client.calls.create({ to: '+15550001002', from: FROM, applicationSid: vendor.sid('AP', NOBODY) }), 400, 21218, 'a call');
	const silent = await client.applications.create({ friendlyName: 'says nothing' });
	await refused(client.calls.create({ to: '+15550001002', from: FROM, applicationSid: silent.sid }), 400, 21205, 'a call without a document');
	for (const sid of [vendor.sid('PN', NOBODY), `CA${'1'.repeat(32)}`, NEW, 'PN1']) {
		await refused(client.incomingPhoneNumbers(sid).fetch(), 404, 20404, sid);
		await refused(client.incomingPhoneNumbers(sid).update({ friendlyName: 'x' }), 404, 20404, sid);
		await refused(client.incomingPhoneNumbers(sid).remove(), 404, 20404, sid);
		await refused(client.applications(sid).fetch(), 404, 20404, sid);
		await refused(client.applications(sid).update({ friendlyName: 'x' }), 404, 20404, sid);
		await refused(client.applications(sid).remove(), 404, 20404, sid);
	}
	// Another account sees none of it, and no trunk brings it one.
	const other = vendor.open(world.api, 'token-2', 'c4977c40-da60-4998-90ad-b792e9847200');
	const [mine] = await client.incomingPhoneNumbers.list({ phoneNumber: NEW });
	await refused(other.incomingPhoneNumbers(mine.sid).fetch(), 404, 20404, 'of another account');
	await refused(other.applications(silent.sid).fetch(), 404, 20404, 'of another account');
	await refused(other.incomingPhoneNumbers.create({ phoneNumber: NEW }), 400, 21422, 'another has it');
	await refused(other.incomingPhoneNumbers.create({ phoneNumber: '+15551230099' }), 400, 21422, 'nobody brings it');
	assert.deepEqual((await other.incomingPhoneNumbers.list()).map(n => n.phoneNumber), ['+15550009001']);
	// By the conf some may be set up without a trunk of one's own, and no others with one.
	const third = vendor.open(world.api, 'token-3', 'd4977c40-da60-4998-90ad-b792e9847200');
	assert.equal((await third.incomingPhoneNumbers.create({ phoneNumber: '+15559900001' })).phoneNumber, '+15559900001');
	await refused(third.incomingPhoneNumbers.create({ phoneNumber: '+15551230099' }), 400, 21422, 'not of this account');
	await refused(client.incomingPhoneNumbers.create({ phoneNumber: '+15559900002' }), 400, 21422, 'not of the first account');
}, { account: 'numbers = {"+1555123", "+1555124"}', more: 'account "third" { sid = "d4977c40-da60-4998-90ad-b792e9847200" auth-token = "token-3" numbers = {"+155599"} } account "other" { sid = "c4977c40-da60-4998-90ad-b792e9847200" auth-token = "token-2" api-keys = {"key-of-the-other-account"} } number "+15550009001" { account = "other" echo = true }' });
