// vcita's voice calls, by plain requests held against that API's document: sixteen properties, statuses, notes, calls logged here.
import assert from 'node:assert/strict';
import { holder } from './support/document.mjs';
import { server } from '../api/harness.mjs';
import { KEY, scenario } from '../sip/support/harness.mjs';
import { poll } from '../sip/support/wait.mjs';

const PATH = '/v3/communication/voice_calls';
const types = {
	uid: 'string', duration: 'number', created_at: 'string', updated_at: 'string', status: 'string', direction: 'string', staff_uid: 'string', client_uid: 'string', from_number: 'string',
	to_number: 'string', recording_url: 'string', call_summary: 'string', external_app_url: 'string', handled_by_staff_uid: 'string', handled_at: 'string', deleted_at: 'string',
};

function check(call) {
	assert.deepEqual(Object.keys(call).sort(), Object.keys(types).sort());
	for (const [name, type] of Object.entries(types))
		assert.ok(call[name] === null || typeof call[name] === type, `${name}: ${call[name]}`);
	assert.ok(['incoming call', 'answered by staff', 'missed', 'answered by vonage'].includes(call.status));
	assert.ok(['inbound', 'outbound'].includes(call.direction));
	for (const name of ['created_at', 'updated_at', 'handled_at', 'deleted_at'])
		assert.ok(call[name] === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(call[name]), `${name}: ${call[name]}`);
	return call;
}

function story(name, run) {
	const users = 'user "alice" { password = "secret-a" number = "+15550001001" staff-uid = "staff-alice" }\nuser "bob" { password = "secret-b" number = "+15550001002" }';
	scenario(name, { start: false, users, account: world => `vcita-webhook = "${world.web}/hook"` }, async world => {
		const web = await server(() => ({ status: 200 }));
		world.web = web.url;
		let hold;
		const ask = async (method, path = '', body, authorization = `Bearer ${KEY}`) => {
			const reply = await fetch(`${world.api}${PATH}${path}`, { method, headers: { authorization, ...body !== undefined && { 'content-type': 'application/json' } }, body: typeof body === 'string' ? body : body && JSON.stringify(body) });
			const text = await reply.text();
			hold ??= await holder(`${world.api}${PATH}/openapi.json`);
			assert.equal(hold(method, PATH + path, reply.status, text, reply.headers.get('content-type')), undefined);
			if (text)
				assert.equal(reply.headers.get('content-type'), 'application/json');
			const json = text ? JSON.parse(text) : undefined;
			for (const call of json?.data ? [json.data].flat() : [])
				check(call);
			return { status: reply.status, body: json, data: json?.data };
		};
		try {
			await world.startSwitch();
			const phones = { alice: await world.registered('alice'), bob: await world.registered('bob') };
			await world.startApi();
			await run(ask, phones, world, web);
		} finally {
			await web.stop();
		}
	});
}

story('calls of ours: answered by staff, by nobody of the staff, missed; each change is told', async (ask, { alice, bob }, world, web) => {
	const place = async to => (await world.http('POST', '/v1/voice/calls', { to, from: '+15550001002', script: '<Response><Pause length="60"/></Response>' })).body.id;
	const one = await place('+15550001001');
	const first = await alice.incoming();
	await first.reply(180);
	await poll(async () => (await ask('GET', `/${one}`)).data.status === 'incoming call', 'that it rings');
	await first.accept();
	await poll(async () => (await ask('GET', `/${one}`)).data.status === 'answered by staff', 'who answered');
	await first.bye();
	const two = await place('+15550001002');
	const second = await bob.incoming();
	await second.accept();
	await second.bye();
	const three = await place('+15550001002');
	await (await bob.incoming()).reply(486);
	await poll(async () => (await ask('GET', `/${three}`)).data.status === 'missed', 'that it was missed');
	const { data } = await ask('GET');
	assert.deepEqual(data.map(c => [c.uid, c.status, c.staff_uid]), [[three, 'missed', null], [two, 'answered by vonage', null], [one, 'answered by staff', 'staff-alice']]);
	assert.equal(data[2].from_number, '15550001002');
	assert.equal(data[2].to_number, '15550001001');
	assert.deepEqual((await ask('GET', '?status=missed')).data.map(c => c.uid), [three]);
	assert.deepEqual((await ask('GET', '?staff_uid=staff-alice')).data.map(c => c.uid), [one]);
	assert.deepEqual((await ask('GET', '?per_page=1&page=2')).data.map(c => c.uid), [two]);
	const told = await poll(() => {
		const all = web.requests.map(r => JSON.parse(r.body)).filter(b => b.data.uid === one);
		return all.length >= 4 && all;
	}, 'the webhooks');
	assert.deepEqual(told.map(b => b.event_type), ['created', 'updated', 'updated', 'updated']);
	assert.deepEqual(told.map(b => check(b.data).status), ['incoming call', 'incoming call', 'answered by staff', 'answered by staff']);
});

story('a call that comes in and is answered by one of the staff whom it was dialled to', async (ask, { alice, bob }) => {
	const caller = await bob.call('+15550009001'), callee = await alice.incoming();
	const state = async () => (await ask('GET')).data.map(c => [c.direction, c.status, c.staff_uid]);
	assert.deepEqual(await poll(async () => { const all = await state(); return all.length === 2 && all; }, 'both legs'), [['outbound', 'incoming call', null], ['inbound', 'incoming call', null]]);
	await callee.accept();
	await caller.response(200);
	await poll(async () => (await state()).every(([, status, staff]) => status === 'answered by staff' && staff === 'staff-alice'), 'that both legs are of the staff');
	const uids = async query => (await ask('GET', query)).data.map(c => c.uid);
	const all = await uids('');
	assert.deepEqual(await uids('?status=answered%20by%20staff'), all);
	assert.deepEqual(await uids('?staff_uid=staff-alice&direction=inbound'), all.slice(1));
	assert.deepEqual(await uids('?status=answered%20by%20vonage'), []);
	assert.deepEqual(await uids('?to_number=%2B15550009001&direction=inbound'), all.slice(1));
	await caller.bye();
	await callee.ended();
});

story('notes, calls that are logged, deleted ones; what is wrong is refused', async (ask, { bob }, world, web) => {
	const { data: logged, status } = await ask('POST', '', { direction: 'inbound', status: 'missed', from_number: '183466347342', to_number: '183466347343', duration: 0, client_uid: 'client-1' });
	assert.equal(status, 201);
	assert.equal(logged.status, 'missed');
	assert.equal(logged.deleted_at, null);
	const { body: { id } } = await world.http('POST', '/v1/voice/calls', { to: '+15550001002', from: '+15550001002' });
	await (await bob.incoming()).reply(486);
	await poll(async () => (await ask('GET', `/${id}`)).data.status === 'missed', 'its end');
	const notes = { call_summary: 'Asked about the balance', external_app_url: 'https://example.com/1', handled_by_staff_uid: 's1', handled_at: '2021-07-20T14:00:00.000Z', staff_uid: 's2', client_uid: 'c2', recording_url: 'https://example.com/r.mp3' };
	for (const uid of [id, logged.uid]) {
		const { data } = await ask('PUT', `/${uid}`, notes);
		for (const [name, value] of Object.entries(notes))
			assert.equal(data[name], value);
		assert.deepEqual((await ask('GET', `/${uid}`)).data, data);
	}
	assert.equal((await ask('GET', '?client_uid=c2')).data.length, 2);
	assert.equal((await ask('DELETE', `/${logged.uid}`)).status, 204);
	assert.deepEqual((await ask('GET')).data.map(c => c.uid), [id]);
	assert.equal((await ask('GET', '?include_deleted=true')).data.length, 2);
	assert.ok((await ask('GET', `/${logged.uid}`)).data.deleted_at);
	for (const [method, path, body, code] of [
		['POST', '', {}, 400], ['POST', '', { direction: 'up' }, 400], ['POST', '', { direction: 'inbound', status: 'x' }, 400], ['POST', '', '[', 400], ['POST', '', '[]', 400],
		['POST', '', { direction: 'inbound', duration: -1 }, 400], ['PUT', `/${id}`, { handled_at: 'yesterday' }, 400], ['PUT', `/${id}`, { recording_url: 'javascript:1' }, 400],
		['PUT', `/${id}`, { call_summary: 7 }, 400], ['PUT', '/nothing', {}, 404], ['GET', '/nothing', undefined, 404], ['DELETE', '/nothing', undefined, 404],
		['GET', '?page=0', undefined, 400], ['GET', '?status=asleep', undefined, 400], ['GET', '?direction=up', undefined, 400], ['GET', '?per_page=1000', undefined, 400], ['PUT', '', {}, 405], ['GET', '/a/b', undefined, 404],
	]) {
		const reply = await ask(method, path, body);
		assert.equal(reply.status, code, `${method} ${path} ${JSON.stringify(body)}`);
		assert.equal(typeof reply.body.errors[0].message, 'string');
	}
	for (const authorization of ['', 'Bearer wrong', `Basic ${KEY}`, 'Bearer '])
		assert.equal((await ask('GET', '', undefined, authorization)).status, 401);
	await poll(() => web.requests.some(r => JSON.parse(r.body).data.call_summary), 'the webhook of the notes');
});

story('each of the sixteen properties, from the beginning of a call to its deletion', async (ask, { alice }, world) => {
	const { body: { id } } = await world.http('POST', '/v1/voice/calls', { to: '+15550001001', from: '+15550001002', script: '<Response><Pause length="60"/></Response>', record: true });
	const callee = await alice.incoming(), nothing = { client_uid: null, recording_url: null, call_summary: null, external_app_url: null, handled_by_staff_uid: null, handled_at: null, deleted_at: null };
	const { created_at, updated_at, ...begun } = (await ask('GET', `/${id}`)).data;
	assert.deepEqual(begun, { uid: id, duration: 0, status: 'incoming call', direction: 'outbound', staff_uid: null, from_number: '15550001002', to_number: '15550001001', ...nothing });
	assert.ok(Math.abs(new Date(created_at) - Date.now()) < 60000 && updated_at >= created_at);
	await callee.accept();
	await callee.rtp.further(60); // more than a second
	await callee.bye();
	const over = await poll(async () => { const { data } = await ask('GET', `/${id}`); return data.recording_url && data; }, 'the recording');
	assert.deepEqual(over, { ...begun, created_at, updated_at: over.updated_at, duration: over.duration, status: 'answered by staff', staff_uid: 'staff-alice', recording_url: over.recording_url });
	assert.ok(Number.isInteger(over.duration) && over.duration >= 1, `${over.duration}`);
	assert.ok(over.updated_at > updated_at);
	const sound = await fetch(over.recording_url, { headers: { 'x-api-key': KEY } });
	assert.deepEqual([sound.status, sound.headers.get('content-type')], [200, 'audio/wav']);
	const notes = { call_summary: 'x', external_app_url: 'https://example.com/1', handled_by_staff_uid: 's1', handled_at: '2021-07-20T14:00:00.000Z', staff_uid: 's2', client_uid: 'c2', recording_url: 'https://example.com/r.mp3' };
	for (const [name, value] of Object.entries(notes)) // one by one: each leaves the others as they were
		Object.assign(over, { [name]: value, updated_at: (await ask('PATCH', `/${id}`, { [name]: value })).data.updated_at });
	assert.deepEqual((await ask('GET', `/${id}`)).data, over);
	// What nobody may note stays as it is.
	await ask('PUT', `/${id}`, { uid: 'x', duration: 7, status: 'missed', direction: 'inbound', from_number: '1', to_number: '2', created_at: '2021-07-20T14:00:00.000Z', deleted_at: '2021-07-20T14:00:00.000Z' });
	assert.deepEqual({ ...(await ask('GET', `/${id}`)).data, updated_at: 0 }, { ...over, updated_at: 0 });
	assert.equal((await ask('DELETE', `/${id}`)).status, 204);
	const gone = (await ask('GET', `/${id}`)).data;
	assert.ok(Math.abs(new Date(gone.deleted_at) - Date.now()) < 60000);
	assert.deepEqual({ ...gone, deleted_at: null, updated_at: 0 }, { ...over, updated_at: 0 });
});
