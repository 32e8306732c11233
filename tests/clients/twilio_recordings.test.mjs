// Recordings, as programs written for Twilio and SignalWire make and fetch them: the vendors' packages, real daemons, real phones.
import assert from 'node:assert/strict';
import { readWav, toneShares, writeWav } from '../sip/support/rtp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, doc, FROM, story, WAIT } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const NOBODY = '11111111-2222-4333-8444-555555555555';

// A call that talks with the phone, which sends a tone.
async function talking({ client, web }, phone, more = {}) {
	const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: WAIT, ...more });
	const callee = await phone.incoming();
	await callee.accept();
	await becomes(client, made.sid, 'in-progress');
	callee.rtp.sendTone(1000);
	return { sid: made.sid, callee, recordings: client.calls(made.sid).recordings, one: sid => client.calls(made.sid).recordings(sid), web };
}

const told = (it, path, count) => poll(() => {
	const all = callbacks(it, path);
	return all.length >= count && all;
}, `${count} callbacks to ${path}`);

const media = (it, path, headers = {}) => fetch(it.world.api + path, {
	headers: { authorization: `Basic ${Buffer.from(`${it.vendor.account}:token`).toString('base64')}`, ...headers } });
const pathOf = (it, sid, suffix = '') => `/2010-04-01/Accounts/${it.vendor.account}/Recordings/${sid}${suffix}`;

// By the header of its first frame (ISO 11172-3, 2.4.1.3), behind an ID3v2 tag.
function mp3Channels(mp3) {
	const start = mp3.toString('latin1', 0, 3) === 'ID3' ? 10 + mp3.subarray(6, 10).reduce((size, byte) => size << 7 | byte, 0) : 0;
	assert.equal(mp3.readUInt16BE(start) & 0xffe0, 0xffe0);
	return mp3[start + 3] >> 6 === 3 ? 1 : 2;
}

story('a call is recorded, paused, gone on with, stopped, heard and deleted; its callbacks come', ['bob'], async (it, { bob }) => {
	const { client, vendor, web } = it, twilio = vendor.dialect === 'twilio';
	const call = await talking(it, bob);
	assert.deepEqual(await call.recordings.list(), []);
	const made = await call.recordings.create({ recordingChannels: 'dual', trim: 'do-not-trim', recordingStatusCallback: `${web.url}/recorded?x=1`,
		recordingStatusCallbackEvent: ['in-progress', 'completed', 'absent'] });
	assert.equal(last(client).status, 201);
	assert.deepEqual([made.callSid, made.conferenceSid, made.channels, made.status, made.source, made.accountSid, made.apiVersion],
		[call.sid, null, 2, 'in-progress', 'StartCallRecordingAPI', vendor.account, '2010-04-01']);
	assert.equal(last(client).body.duration, twilio ? '-1' : -1);
	assert.ok(Math.abs(made.startTime - Date.now()) < 60000);
	const [begun] = await told(it, '/recorded', 1);
	assert.deepEqual([begun.method, begun.RecordingStatus, begun.RecordingSid, begun.CallSid, begun.AccountSid, begun.RecordingChannels, begun.RecordingSource, begun.RecordingTrack,
		begun.RecordingDuration], ['POST', 'in-progress', made.sid, call.sid, vendor.account, '2', 'StartCallRecordingAPI', 'both', undefined]);
	assert.deepEqual([(await call.recordings.list()).map(r => [r.sid, r.status]), (await client.recordings.list()).map(r => r.status)], [[[made.sid, 'in-progress']], ['in-progress']]);

	const status = async (which, wanted) => (await call.one(which).update(wanted)).status;
	assert.equal(await status(made.sid, { status: 'paused', pauseBehavior: 'skip' }), 'paused');
	assert.equal((await call.one(made.sid).fetch()).status, 'paused');
	assert.equal(await status('Twilio.CURRENT', { status: 'in-progress' }), 'in-progress');
	assert.equal(await status('Twilio.CURRENT', { status: 'paused' }), 'paused');
	assert.equal(await status(made.sid, { status: 'in-progress' }), 'in-progress');
	await assert.rejects(call.one(made.sid).remove(), { status: 409, code: 20409 });
	await poll(() => callee100ms(call.callee), 'some sound');
	assert.equal(await status('Twilio.CURRENT', { status: 'stopped' }), 'stopped');
	const [, done] = await told(it, '/recorded', 2);
	await assert.rejects(call.one('Twilio.CURRENT').update({ status: 'stopped' }), { status: 404, code: 20404 });
	assert.deepEqual([done.RecordingStatus, done.RecordingSid, done.ErrorCode], ['completed', made.sid, '0']);
	assert.match(done.RecordingStartTime, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
	assert.ok(done.RecordingUrl.endsWith(`/Accounts/${vendor.account}/Recordings/${made.sid}`));
	const complete = await call.one(made.sid).fetch();
	assert.equal(complete.status, 'completed');
	assert.equal(String(last(client).body.duration), done.RecordingDuration);
	assert.equal(typeof last(client).body.duration, twilio ? 'string' : 'number');
	await assert.rejects(call.one(made.sid).update({ status: 'paused' }), { status: 400, code: 21220 });

	// the sound: the URL of the callback, with and without a suffix
	const url = new URL(done.RecordingUrl).pathname;
	for (const suffix of ['', '.wav']) {
		const reply = await media(it, url + suffix);
		assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'audio/wav']);
		const wav = readWav(Buffer.from(await reply.arrayBuffer()));
		assert.equal(wav.channels.length, 2);
		assert.ok(toneShares(wav.channels[0], 1000).some(share => share > 0.8));
	}
	const part = await media(it, `${url}.wav`, { range: 'bytes=0-3' });
	assert.deepEqual([part.status, await part.text()], [206, 'RIFF']);
	assert.equal((await fetch(it.world.api + url)).status, 401);
	const one = readWav(Buffer.from(await (await media(it, `${url}.wav?RequestedChannels=1`)).arrayBuffer()));
	assert.equal(one.channels.length, 1);
	assert.ok(toneShares(one.channels[0], 1000).some(share => share > 0.8));
	for (const channels of [1, 2]) {
		const reply = await media(it, `${url}.mp3?RequestedChannels=${channels}`), mp3 = Buffer.from(await reply.arrayBuffer());
		assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'audio/mpeg']);
		assert.equal(mp3Channels(mp3), channels);
		const again = await media(it, `${url}.mp3?RequestedChannels=${channels}`, { range: 'bytes=10-19', 'if-range': reply.headers.get('etag') });
		assert.deepEqual([again.status, Buffer.from(await again.arrayBuffer())], [206, mp3.subarray(10, 20)]);
		if (channels === 1) { // what it says is played back to the phone
			call.callee.rtp.sendTone(0);
			it.desk.answer = ({ url: path }) => path === '/back.mp3' ? { status: 200, type: 'audio/mpeg', body: mp3 } : { status: 200 };
			await client.calls(call.sid).update({ twiml: doc(`<Play loop="0">${web.url}/back.mp3</Play>`) });
			await call.callee.rtp.hear(1000);
		}
	}
	assert.equal((await media(it, `${url}.mp3`)).status, 200);
	assert.equal((await media(it, `${url}.mp3?RequestedChannels=3`)).status, 400);
	assert.equal((await media(it, `${url}.ogg`)).status, 404);
	const running = await call.recordings.create({});
	assert.equal((await media(it, `/2010-04-01/Accounts/${vendor.account}/Recordings/${running.sid}.mp3`)).status, 404); // not complete yet
	await call.one(running.sid).update({ status: 'stopped' });
	await poll(async () => ['completed', 'absent'].includes((await call.one(running.sid).fetch()).status), 'its end');
	assert.equal(await client.recordings(running.sid).remove(), true);

	assert.equal(await client.recordings(made.sid).remove(), true);
	for (const suffix of ['.wav', '.mp3', '.mp3?RequestedChannels=1'])
		assert.equal((await media(it, url + suffix)).status, 404);
	await assert.rejects(client.recordings(made.sid).fetch(), { status: 404, code: 20404 });
	assert.deepEqual([await call.recordings.list(), await client.recordings.list()], [[], []]);
	if (twilio) {
		assert.equal((await client.recordings(made.sid).fetch({ includeSoftDeleted: true })).status, 'deleted');
		assert.deepEqual((await client.recordings.list({ includeSoftDeleted: true })).map(r => r.sid), [running.sid, made.sid]);
	}
	await call.callee.bye();
});

const callee100ms = callee => callee.rtp.packets.length > 30;

story('recordings are listed by call, by date and page by page while they run and end', ['bob'], async (it, { bob }) => {
	const { client, vendor } = it;
	const call = await talking(it, bob), made = [];
	for (let i = 0; i < 5; i++) {
		made.unshift((await call.recordings.create({})).sid);
		await call.one('Twilio.CURRENT').update({ status: 'stopped' });
		await poll(async () => (await call.one(made[0]).fetch()).status === 'completed' || (await call.one(made[0]).fetch()).status === 'absent', 'its end');
	}
	const seen = [];
	await new Promise((ok, bad) => client.recordings.each({ pageSize: 2, callback: one => seen.push(one.sid), done: error => error ? bad(error) : ok() }));
	assert.deepEqual(seen, made);
	const page = await call.recordings.page({ pageSize: 2 }), second = await page.nextPage();
	assert.deepEqual(second.instances.map(r => r.sid), made.slice(2, 4));
	assert.deepEqual((await second.previousPage()).instances.map(r => r.sid), made.slice(0, 2));
	const day = 86400e3, now = Date.now(), when = async range => (await call.recordings.list(range)).length;
	assert.equal(await when({ dateCreatedAfter: new Date(now - day) }), 5);
	assert.equal(await when({ dateCreatedAfter: new Date(now + 2 * day) }), 0);
	assert.equal(await when({ dateCreatedBefore: new Date(now + 2 * day) }), 5);
	assert.equal(await when({ dateCreatedBefore: new Date(now - 2 * day) }), 0);
	assert.equal((await client.recordings.list({ callSid: call.sid })).length, 5);
	assert.equal((await client.recordings.list({ callSid: vendor.sid('CA', NOBODY) })).length, 0);
	await call.callee.bye();
});

story('the recording that a call is placed with tells of its beginning and its end', ['bob'], async (it, { bob }) => {
	const { client, web } = it;
	const call = await talking(it, bob, { record: true, recordingStatusCallback: `${web.url}/recorded`, recordingStatusCallbackEvent: ['in-progress', 'completed'] });
	const own = await call.recordings.create({}); // which tells nobody
	await poll(() => callee100ms(call.callee), 'some sound');
	await call.callee.bye();
	const all = await told(it, '/recorded', 2);
	assert.deepEqual(all.map(t => [t.RecordingStatus, t.RecordingSource]), [['in-progress', 'OutboundAPI'], ['completed', 'OutboundAPI']]);
	await becomes(client, call.sid, 'completed');
	const listed = await poll(async () => {
		const rows = await call.recordings.list();
		return rows.every(r => r.status === 'completed') && rows;
	}, 'both to be complete');
	assert.deepEqual(listed.map(r => [r.sid, r.source]), [[own.sid, 'StartCallRecordingAPI'], [all[0].RecordingSid, 'OutboundAPI']]);
	await assert.rejects(call.recordings.create({}), { status: 400, code: 21220 });
});

story('one side alone is recorded where that is asked for', ['bob'], async (it, { bob }) => {
	const { client, web, vendor } = it;
	it.desk.answer = ({ url }) => url === '/heard.wav' ? { status: 200, type: 'audio/wav', body: writeWav({ rate: 8000, seconds: 2, frequency: 440 }) } : { status: 200 };
	const call = await talking(it, bob, { twiml: doc(`<Play loop="0">${web.url}/heard.wav</Play>`), record: true, recordingTrack: 'inbound', recordingStatusCallback: `${web.url}/side` });
	await call.callee.rtp.hear(440);
	if (vendor.dialect === 'twilio')
		await call.recordings.create({ recordingTrack: 'outbound' });
	else // its package has no such field
		await client.request({ method: 'POST', uri: `${it.world.api}/2010-04-01/Accounts/${vendor.account}/Calls/${call.sid}/Recordings.json`, data: { RecordingTrack: 'outbound' } });
	const [outbound, inbound] = await call.recordings.list(), second = call.callee.rtp.packets.length + 60;
	await poll(() => call.callee.rtp.packets.length > second, 'a second');
	await call.callee.bye();
	const [side] = await told(it, '/side', 1);
	assert.deepEqual([side.RecordingSid, side.RecordingTrack], [inbound.sid, 'inbound']);
	for (const [recording, has, lacks] of [[inbound, 1000, 440], [outbound, 440, 1000]]) {
		const row = await poll(async () => {
			const one = await client.recordings(recording.sid).fetch();
			return one.status === 'completed' && last(client).body;
		}, 'its end');
		assert.equal(row.track, recording === inbound ? 'inbound' : 'outbound');
		const [samples] = readWav(Buffer.from(await (await media(it, pathOf(it, recording.sid, '.wav'))).arrayBuffer())).channels;
		assert.ok(toneShares(samples, has).some(share => share > 0.8), `${row.track}: ${has} Hz`);
		assert.ok(toneShares(samples, lacks).every(share => share < 0.1), `${row.track}: no ${lacks} Hz`);
	}
});

story('steps of a script that record are known by their names', ['bob'], async (it, { bob }) => {
	const { client, web } = it;
	const call = await talking(it, bob, { twiml: doc(`<Start><Recording recordingStatusCallback="${web.url}/started" recordingStatusCallbackEvent="in-progress completed"/></Start><Record maxLength="1" playBeep="false" action="${web.url}/end"/>`) });
	const [begun] = await told(it, '/started', 1);
	assert.deepEqual([begun.RecordingStatus, begun.RecordingSource], ['in-progress', 'StartCallRecordingTwiML']);
	const rows = await poll(async () => {
		const all = await call.recordings.list();
		return all.length === 2 && all.every(r => r.status === 'completed') && all;
	}, 'both to be complete');
	assert.deepEqual(rows.map(r => r.source), ['RecordVerb', 'StartCallRecordingTwiML']);
	await becomes(client, call.sid, 'completed');
});

story('what is no recording, or cannot be asked of one, is refused', ['bob'], async (it, { bob }) => {
	const { client, vendor } = it;
	const call = await talking(it, bob), made = await call.recordings.create({});
	const other = await client.calls.create({ to: '+15550001003', from: FROM, twiml: WAIT, timeout: 5 });
	const missing = { status: 404, code: 20404 }, wrong = { status: 400, code: 20001 };
	for (const sid of [vendor.sid('RE', NOBODY), `CA${'1'.repeat(32)}`, 'nonsense', 'RE1', vendor.dialect === 'twilio' ? made.sid.replace('RE', 'CA') : 'x']) {
		await assert.rejects(client.recordings(sid).fetch(), missing, sid);
		await assert.rejects(client.recordings(sid).remove(), missing, sid);
		await assert.rejects(call.one(sid).fetch(), missing, sid);
		await assert.rejects(call.one(sid).update({ status: 'paused' }), missing, sid);
		assert.equal((await media(it, pathOf(it, sid, '.wav'))).status, 404, sid);
	}
	await assert.rejects(client.calls(other.sid).recordings(made.sid).fetch(), missing);
	await assert.rejects(client.calls(other.sid).recordings(made.sid).update({ status: 'stopped' }), missing);
	await assert.rejects(client.conferences(vendor.sid('CF', NOBODY)).recordings.list(), missing);
	await assert.rejects(client.calls(vendor.sid('CA', NOBODY)).recordings.list(), missing);
	await assert.rejects(client.calls(vendor.sid('CA', NOBODY)).recordings.create({}), missing);
	await assert.rejects(client.calls(other.sid).recordings.create({}), { status: 400, code: 21220 });
	for (const wanted of [{ recordingChannels: 'three' }, { trim: 'yes' }, { recordingTrack: 'left' }, { recordingStatusCallbackEvent: ['done'] }, { recordingStatusCallbackMethod: 'PUT' }])
		if (vendor.dialect === 'twilio' || !wanted.recordingTrack)
			await assert.rejects(call.recordings.create(wanted), wrong, JSON.stringify(wanted));
	await assert.rejects(call.recordings.create({ recordingStatusCallback: 'ftp://x/' }), { status: 400, code: 21205 });
	await assert.rejects(call.one(made.sid).update({ status: 'done' }), wrong);
	await assert.rejects(call.one(made.sid).update({ status: 'paused', pauseBehavior: 'loud' }), wrong);
	for (const query of ['DateCreated>=soon', 'CallSid=x', 'ConferenceSid=CA1', 'PageToken=PA1', 'PageSize=0', 'IncludeSoftDeleted=perhaps'])
		assert.deepEqual([(await media(it, `/2010-04-01/Accounts/${vendor.account}/Recordings.json?${encodeURI(query)}`)).status], [400], query);
	await call.callee.bye();
});

for (const isPublic of [false, true])
	story(`the sound of recordings ${isPublic ? 'is for everybody where the conf says so' : 'wants credentials'}, and nothing else of them is`, ['bob'], async (it, { bob }) => {
		const { client, vendor, world } = it, call = await talking(it, bob);
		const { sid } = await call.recordings.create({});
		await poll(() => callee100ms(call.callee), 'some sound');
		await call.one(sid).update({ status: 'stopped' });
		await poll(async () => (await client.recordings(sid).fetch()).status === 'completed', 'it to be complete');
		const ask = async (path, { method = 'GET', headers = {} } = {}) => (await fetch(world.api + path, { method, headers })).status;
		const basic = (name, password) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });
		const other = vendor.open(world.api, 'x', 'c4977c40-da60-4998-90ad-b792e9847200').accountSid, good = isPublic ? 200 : 401;
		const rows = [
			...['', '.wav', '.mp3', '.wav?RequestedChannels=2'].map(suffix => [pathOf(it, sid, suffix), {}, good]),
			[`/api/laml${pathOf(it, sid)}`, {}, good], [pathOf(it, sid), { method: 'HEAD' }, good],
			[pathOf(it, sid), { headers: basic(vendor.account, 'wrong') }, 401], [pathOf(it, sid), { headers: basic(vendor.account, 'token') }, 200],
			[pathOf(it, sid, '.json'), {}, 401], [pathOf(it, sid, '%2Ejson'), {}, 401], [pathOf(it, sid, '.json?x=.wav'), {}, 401], [pathOf(it, sid), { method: 'DELETE' }, 401],
			['/2010-04-01/Accounts/x/Recordings/y', {}, 401], [pathOf(it, vendor.sid('RE', NOBODY)), {}, isPublic ? 404 : 401],
			[pathOf(it, sid).replace(vendor.account, other), {}, 401], [`/2010-04-01/Accounts/${vendor.account}/Recordings.json`, {}, 401], [`/2010-04-01/Accounts/${vendor.account}/Calls/${call.sid}.json`, {}, 401],
		];
		for (const [path, options, status] of rows)
			assert.equal(await ask(path, options), status, `${path} ${JSON.stringify(options)}`);
		await client.calls(call.sid).update({ status: 'completed' });
		await call.callee.ended();
	}, { account: isPublic ? 'public-recordings = true' : '', more: 'account "other" { sid = "c4977c40-da60-4998-90ad-b792e9847200" auth-token = "token-2" api-keys = {"key-of-the-other-account"} }' });
