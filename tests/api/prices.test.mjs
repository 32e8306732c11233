// Prices and spend limits as programs see them.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { Api, KEY, OTHER_KEY, server } from './harness.mjs';
import { signalwire, twilio, vendorAccount, vonage } from './vendors.mjs';
import { Client } from './ws_client.mjs';

let api;
const files = vendorAccount();
before(async () => { api = await Api.start({ account: files.account }); });
after(async () => {
	await api.stop();
	files.remove();
});

const cost = { price: '0.0125', price_unit: 'EUR', rate: '0.375', network: '262-01' };

test('the price is in the record, the list, the webhook, the events and the reasons', async () => {
	const hook = await server();
	const { id } = await api.create({ status_callback: hook.url });
	api.mock.answer(id);
	const live = await api.record(id, 'in-progress');
	assert.ok(!('price' in live) && !('price_unit' in live) && !('rate' in live));
	api.mock.end(id, cost);
	const record = await api.record(id, 'completed');
	for (const [name, value] of Object.entries(cost))
		assert.equal(record[name], value);
	const { json: { calls } } = await api.get('/v1/voice/calls?status=completed');
	assert.deepEqual(calls.find(call => call.id === id), record);
	const told = JSON.parse((await hook.nth(3)).body);
	assert.deepEqual(told.call, record);
	const { json: { events } } = await api.get(`/v1/voice/calls/${id}/events`);
	assert.equal(events.at(-1).call.price, '0.0125');
	const { json: { facts } } = await api.get(`/v1/voice/calls/${id}/why`);
	assert.equal(facts.find(({ fact }) => fact === 'price').value, '0.0125');
	await hook.stop();
});

test('the same price in the words of every dialect, once it is known', async () => {
	const { id } = await api.create(), sid = id.replaceAll('-', '');
	const look = async (vendor, path) => (await fetch(api.base + path, { headers: vendor.headers() })).json();
	const seen = async () => ({
		twilio: await look(twilio, twilio.list(1).replace(/\.json.*/, `/CA${sid}.json`)), signalwire: await look(signalwire, signalwire.list(1).replace(/\.json.*/, `/${id}.json`)), vonage: await look(vonage, `/v1/calls/${id}`),
	});
	api.mock.answer(id);
	await api.record(id, 'in-progress');
	const live = await seen();
	assert.deepEqual([live.twilio.price, live.twilio.duration, live.signalwire.price, live.signalwire.duration], [null, null, null, 0]);
	assert.deepEqual(Object.keys(live.vonage).sort(), ['_links', 'conversation_uuid', 'direction', 'from', 'status', 'to', 'uuid']);
	api.mock.end(id, { ...cost, duration_ms: 2600 });
	await api.record(id, 'completed');
	const done = await seen();
	assert.deepEqual([done.twilio.price, done.twilio.price_unit, done.twilio.duration], ['-0.0125', 'EUR', '3']);
	assert.deepEqual([done.signalwire.price, done.signalwire.price_unit, done.signalwire.duration], [0.0125, 'EUR', 3]);
	const { price, rate, network, duration, start_time, end_time, ...rest } = done.vonage;
	assert.deepEqual({ price, rate, network, duration }, { price: '0.0125', rate: '0.375', network: '26201', duration: '3' });
	for (const time of [start_time, end_time])
		assert.match(time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	assert.deepEqual(rest, { ...live.vonage, status: 'completed' });
});

test('a call without a price has none of it', async () => {
	const { id } = await api.create();
	api.mock.answer(id);
	api.mock.end(id);
	const record = await api.record(id, 'completed');
	for (const name of Object.keys(cost))
		assert.ok(!(name in record), name);
});

test('a spend limit is 402, and leaves no record', async () => {
	api.mock.overrides.set('call.originate', () => { throw { code: 402, message: 'The spend limit of a day was reached.', data: { field: 'to' } }; });
	const before = (await api.get('/v1/voice/calls')).json.total;
	for (const url of ['/v1/voice/calls', '/v1/voice/calls/try']) {
		const { status, json } = await api.post(url, { to: '+15550001001', from: '+15550009000' });
		assert.equal(status, 402);
		assert.deepEqual([json.title, json.detail, json.field], ['Payment Required', 'The spend limit of a day was reached.', 'to']);
	}
	assert.equal((await api.get('/v1/voice/calls')).json.total, before);
	const { json: conference } = await api.post('/v1/voice/conferences', { friendly_name: 'room' });
	assert.equal((await api.post(`/v1/voice/conferences/${conference.id}/participants`, { to: '+15550001001', from: '+15550009000' })).status, 402);
	api.mock.overrides.clear();
});

test('a dry run says what it would cost, and for how long', async () => {
	const rate = { prefix: '+1', price: '0.60', price_unit: 'EUR', first_increment: 60, next_increment: 60 };
	api.mock.overrides.set('call.originate', () => ({ route: 'trunk:carrier', max_duration: 120, rate }));
	const { status, json } = await api.post('/v1/voice/calls/try', { to: '+15550001001', from: '+15550009000' });
	assert.equal(status, 200);
	assert.deepEqual([json.route, json.max_duration, json.rate], ['trunk:carrier', 120, rate]);
	api.mock.overrides.clear();
});

test('what a call would cost', async () => {
	for (const to of ['%2B15550001001', '+15550001001', '15550001001', '%2B1%20(555)%20000-1001']) {
		const { status, json } = await api.get(`/v1/voice/rates?to=${to}`);
		assert.equal(status, 200);
		assert.deepEqual(json, { prefix: '+1', price: '0.60', price_unit: 'EUR', first_increment: 60, next_increment: 60, to: '+15550001001',
			direction: 'outbound', deck: 'd' });
	}
	assert.equal((await api.get('/v1/voice/rates?to=%2B15550001001&direction=inbound')).json.direction, 'inbound');
	const { params } = api.mock.requests.findLast(({ method }) => method === 'rate.find');
	assert.equal(params.account, 'default');
	assert.equal((await api.get('/v1/voice/rates?to=%2B49301234')).status, 404);
	for (const query of ['', '?to=alice', '?to=sip:1@x', '?to=%2B1555&colour=red', '?to=%2B1555&direction=up', `?to=${'1'.repeat(65)}`])
		assert.equal((await api.get(`/v1/voice/rates${query}`)).status, 400, query);
});

test('the account and what it has spent', async () => {
	const { status, json } = await api.get('/v1/voice/account');
	assert.equal(status, 200);
	assert.deepEqual([json.name, json.spent_today, json.left_today, json.max_spend_day], ['default', '0.60', '24.40', '25.00']);
	assert.equal(Date.parse(json.day_ends) - Date.parse(json.day_starts), 86400000);
	assert.deepEqual((await api.get('/v1/voice/account', { 'x-api-key': OTHER_KEY })).json, { name: 'other', sid: '2' });
	assert.equal((await api.get('/v1/voice/account?a=1')).status, 400);
	api.mock.overrides.set('account.list', () => ({ accounts: [] }));
	assert.equal((await api.get('/v1/voice/account')).status, 503);
	api.mock.overrides.clear();
});

test('the same over the socket', async () => {
	const ws = await Client.open(api.base, { 'x-api-key': KEY });
	assert.equal((await ws.ask('getRate', { to: '+15550001001' })).body.price, '0.60');
	assert.equal((await ws.ask('getAccount', {})).body.spent_today, '0.60');
	ws.destroy();
});

test('without the switch nothing is known of it', async () => {
	const away = await Api.start({ mock: false });
	assert.equal((await away.get('/v1/voice/account')).status, 503);
	assert.equal((await away.get('/v1/voice/rates?to=%2B15550001001')).status, 503);
	await away.stop();
});
