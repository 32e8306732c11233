// Conferences and who is in them, as programs written for Twilio and SignalWire hold them: the vendors' packages, real daemons, real phones.
import assert from 'node:assert/strict';
import { writeWav } from '../sip/support/rtp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { becomes, callbacks, doc, FROM, story } from './support/story.mjs';
import { last } from './support/vendors.mjs';

const NOBODY = '11111111-2222-4333-8444-555555555555';
const BOB = '+15550001002', CAROL = '+15550001003';
const ALL = ['start', 'end', 'join', 'leave', 'mute', 'hold', 'modify', 'announcement'];

// Adds a participant by the conference's name (or sid) and lets the phone answer. `sid` is the call's.
async function add({ client }, room, phone, to, more = {}) {
	const made = await client.conferences(room).participants.create({ from: FROM, to, ...more });
	assert.equal(last(client).status, 201);
	const callee = await phone.incoming();
	await callee.accept();
	const one = await poll(async () => {
		const found = await client.conferences(made.conferenceSid).participants(made.callSid).fetch();
		return found.status === 'connected' && found;
	}, 'it to be in');
	return { made, callee, one, sid: made.callSid, conference: made.conferenceSid };
}

// What the packages have no function for.
async function post({ world, vendor }, path, form = {}) {
	const reply = await fetch(`${world.api}/2010-04-01/Accounts/${vendor.account}${path}`, { method: 'POST', body: new URLSearchParams(form),
		headers: { authorization: `Basic ${Buffer.from(`${vendor.account}:token`).toString('base64')}` } });
	return { status: reply.status, body: await reply.json() };
}

const told = (it, path, name) => poll(() => callbacks(it, path).find(t => t.StatusCallbackEvent === name), `${name} to ${path}`);

story('a conference is made by adding to it, seen, changed and ended; its callbacks come', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, vendor, web } = it;
	const bobs = await add(it, 'Room 1', bob, BOB, { label: 'agent', startConferenceOnEnter: true, endConferenceOnExit: false, beep: 'false', statusCallback: `${web.url}/call`,
		statusCallbackEvent: ['answered', 'completed'], conferenceStatusCallback: `${web.url}/room`, conferenceStatusCallbackEvent: ALL, timeout: 20 });
	assert.deepEqual([bobs.made.status, bobs.made.label, bobs.made.accountSid, bobs.made.endConferenceOnExit, bobs.made.startConferenceOnEnter], ['queued', 'agent', vendor.account, false, true]);
	assert.deepEqual([bobs.one.label, bobs.one.muted, bobs.one.hold, bobs.one.coaching, bobs.one.callSidToCoach], ['agent', false, false, false, null]);
	assert.ok(Math.abs(bobs.one.dateCreated - Date.now()) < 60000);
	const carols = await add(it, bobs.conference, carol, CAROL, { label: 'customer', muted: true, endConferenceOnExit: true });
	assert.equal(carols.conference, bobs.conference);
	assert.deepEqual([carols.one.muted, carols.one.endConferenceOnExit], [true, true]);

	const conference = await client.conferences(bobs.conference).fetch();
	assert.deepEqual([conference.friendlyName, conference.status, conference.accountSid, conference.reasonConferenceEnded], ['Room 1', 'in-progress', vendor.account, null].slice(0, conference.reasonConferenceEnded === undefined ? 3 : 4).concat(conference.reasonConferenceEnded === undefined ? [undefined] : []));
	assert.deepEqual(Object.keys(last(client).body.subresource_uris), ['participants', 'recordings']);
	assert.equal((await client.conferences('Room 1').fetch()).sid, bobs.conference);
	const people = client.conferences(bobs.conference).participants;
	const who = async filter => (await people.list(filter)).map(p => p.label).sort();
	assert.deepEqual(await who(), ['agent', 'customer']);
	assert.deepEqual([await who({ muted: true }), await who({ muted: false }), await who({ hold: true })], [['customer'], ['agent'], []]);

	// one by sid, one by label
	const one = (name, wanted) => client.conferences(bobs.conference).participants(name).update(wanted);
	assert.equal((await one('customer', { muted: false })).muted, false);
	assert.equal((await one(bobs.sid, { hold: true })).hold, true);
	assert.equal((await told(it, '/room', 'participant-hold')).Hold, 'true');
	assert.equal((await one('agent', { hold: false })).hold, false);
	const coached = await one('agent', { coaching: true, callSidToCoach: carols.sid });
	assert.deepEqual([coached.coaching, coached.callSidToCoach], [true, carols.sid]);
	assert.equal((await told(it, '/room', 'participant-modify')).CallSidToCoach, carols.sid);
	assert.equal((await one('agent', { coaching: false })).coaching, false);
	assert.equal((await one('agent', { endConferenceOnExit: true, muted: true })).endConferenceOnExit, true);
	assert.equal((await one('agent', { endConferenceOnExit: false, muted: false })).muted, false);
	assert.equal((await people('customer').fetch()).callSid, carols.sid);

	const [first, ...rest] = callbacks(it, '/room').filter(t => t.StatusCallbackEvent.startsWith('participant-join') || t.StatusCallbackEvent === 'conference-start');
	assert.deepEqual([first, ...rest].map(t => t.StatusCallbackEvent), ['participant-join', 'conference-start', 'participant-join']);
	assert.deepEqual([first.ConferenceSid, first.FriendlyName, first.AccountSid, first.CallSid, first.ParticipantLabel, first.Muted, first.Hold, first.EndConferenceOnExit, first.StartConferenceOnEnter, first.Coaching],
		[bobs.conference, 'Room 1', vendor.account, bobs.sid, 'agent', 'false', 'false', 'false', 'true', 'false']);
	assert.match(first.Timestamp, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
	const numbers = callbacks(it, '/room').map(t => Number(t.SequenceNumber));
	assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));

	assert.equal(await people('customer').remove(), true); // whose leaving ends it
	await carols.callee.ended();
	await bobs.callee.ended();
	const end = await told(it, '/room', 'conference-end');
	assert.deepEqual([end.ReasonConferenceEnded, end.CallSidEndingConference], ['participant-with-end-conference-on-exit-kicked', carols.sid]);
	const over = await client.conferences(bobs.conference).fetch();
	assert.equal(over.status, 'completed');
	const { reason_conference_ended: why, call_sid_ending_conference: by } = last(client).body;
	assert.deepEqual([why, by], ['participant-with-end-conference-on-exit-kicked', carols.sid]);
	assert.deepEqual(await people.list(), []);
	await assert.rejects(people('agent').fetch(), { status: 404, code: 20404 });
	await assert.rejects(client.conferences(bobs.conference).participants.create({ from: FROM, to: BOB }), { status: 400, code: 21220 });
	await assert.rejects(client.conferences(bobs.conference).update({ status: 'completed' }), { status: 400, code: 21220 });
	await becomes(client, bobs.sid, 'completed');
	const calls = await poll(() => {
		const all = callbacks(it, '/call');
		return all.length === 2 && all;
	}, 'the callbacks of the call');
	assert.deepEqual(calls.map(t => t.CallStatus), ['in-progress', 'completed']);
});

story('announcements and music on hold: sounds, and documents that are asked for, signed', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, web, desk, vendor } = it, sound = frequency => ({ status: 200, type: 'audio/wav', body: writeWav({ rate: 8000, seconds: 2, frequency }) });
	desk.answer = ({ url }) => {
		const path = url.split('?')[0];
		return path === '/a.wav' ? sound(800) : path === '/b.wav' ? sound(1200) : path === '/say' ? doc('<Play>b.wav</Play>') : path === '/empty' ? doc('<Hangup/>') : { status: 404 };
	};
	const bobs = await add(it, 'Loud', bob, BOB, { waitUrl: '' }), carols = await add(it, bobs.conference, carol, CAROL, { waitUrl: '' });
	const one = (call, wanted) => client.conferences(bobs.conference).participants(call.sid).update(wanted);
	await client.conferences(bobs.conference).update({ announceUrl: `${web.url}/a.wav` });
	await Promise.all([bobs, carols].map(call => call.callee.rtp.hear(800)));
	await one(bobs, { announceUrl: `${web.url}/say`, announceMethod: 'GET' });
	await bobs.callee.rtp.hear(1200);
	const [asked] = await poll(() => callbacks(it, '/say').length && callbacks(it, '/say'), 'the request for the document');
	assert.deepEqual([asked.method, asked.CallSid, asked.ConferenceSid, asked.AccountSid], ['GET', bobs.sid, bobs.conference, vendor.account]);
	await one(carols, { hold: true, holdUrl: `${web.url}/a.wav` });
	await carols.callee.rtp.hear(800);
	await one(carols, { hold: false });
	await assert.rejects(client.conferences(bobs.conference).update({ announceUrl: `${web.url}/empty` }), { status: 400, code: 12100 });
	await assert.rejects(one(bobs, { announceUrl: `${web.url}/gone` }), { status: 400, code: 12100 });
	const ended = await client.conferences(bobs.conference).update({ status: 'completed' });
	assert.equal(ended.status, 'completed');
	assert.equal(last(client).body.reason_conference_ended, 'conference-ended-via-api');
	await Promise.all([bobs.callee.ended(), carols.callee.ended()]);
});

story('what one who waits hears may be changed, and whether its leaving beeps', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, web, desk } = it, sound = frequency => ({ status: 200, type: 'audio/wav', body: writeWav({ rate: 8000, seconds: 2, frequency }) });
	desk.answer = ({ url }) => url.startsWith('/first') ? doc('<Play loop="0">/a.wav</Play>') : url.startsWith('/a.wav') ? sound(800) : url.startsWith('/b.wav') ? sound(1200) : { status: 404 };
	for (const waitUrl of [`${web.url}/first`, `${web.url}/a.wav`]) {
		const name = `Waiting ${waitUrl}`, bobs = await add(it, 'Waiting', bob, BOB, { waitUrl, waitMethod: 'GET', startConferenceOnEnter: false, beep: 'false' });
		const one = (call, wanted) => client.conferences(bobs.conference).participants(call.sid).update(wanted);
		await bobs.callee.rtp.hear(800, name);
		assert.equal((await one(bobs, { waitUrl: `${web.url}/b.wav`, waitMethod: 'GET' })).callSid, bobs.sid);
		await bobs.callee.rtp.hear(1200, name);
		await one(bobs, { waitUrl: '' });
		await bobs.callee.rtp.hearSilence();
		await one(bobs, { waitUrl: `${web.url}/first` });
		await bobs.callee.rtp.hear(800, name);
		const carols = await add(it, bobs.conference, carol, CAROL);
		carols.callee.rtp.sendTone(440);
		await bobs.callee.rtp.hear(440, 'who waited hears the other');
		await one(bobs, { waitUrl: `${web.url}/b.wav` }); // it does not wait
		await bobs.callee.rtp.hear(440);
		carols.callee.rtp.stop();
		await one(carols, { beepOnExit: waitUrl.endsWith('first') });
		const beep = waitUrl.endsWith('first') && bobs.callee.rtp.hear(500, 'the beep', 800);
		await client.conferences(bobs.conference).participants(carols.sid).remove();
		await carols.callee.ended();
		await beep;
		await client.conferences(bobs.conference).update({ status: 'completed' });
		await bobs.callee.ended();
	}
	await assert.rejects(client.conferences('Waiting').participants('x').update({ waitUrl: 'ftp://x/' }), error => error.code === 21205 || error.status === 404);
});

story('a conference is recorded from its start, and the recording is the conference\'s', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, web } = it;
	const bobs = await add(it, 'Taped', bob, BOB, { conferenceRecord: 'record-from-start', conferenceRecordingStatusCallback: `${web.url}/taped`, conferenceRecordingStatusCallbackEvent: ['in-progress', 'completed'],
		record: true, recordingStatusCallback: `${web.url}/leg`, recordingChannels: 'dual' });
	const carols = await add(it, bobs.conference, carol, CAROL);
	bobs.callee.rtp.sendTone(1000);
	await carols.callee.rtp.hear(1000);
	const recordings = client.conferences(bobs.conference).recordings, [running] = await recordings.list();
	assert.deepEqual([running.conferenceSid, running.callSid, running.source, running.status], [bobs.conference, null, 'Conference', 'in-progress']);
	const status = async wanted => (await recordings('Twilio.CURRENT').update(wanted)).status;
	assert.deepEqual([await status({ status: 'paused', pauseBehavior: 'silence' }), await status({ status: 'in-progress' })], ['paused', 'in-progress']);
	const refused = await post(it, `/Conferences/${bobs.conference}/Recordings.json`);
	assert.deepEqual([refused.status, refused.body.code], [400, 21220]); // one at a time
	await client.conferences(bobs.conference).update({ status: 'completed' });
	const all = await poll(() => callbacks(it, '/taped').length === 2 && callbacks(it, '/taped'), 'both callbacks');
	assert.deepEqual(all.map(t => [t.RecordingStatus, t.ConferenceSid, t.CallSid, t.RecordingSid, t.RecordingSource]),
		[['in-progress', bobs.conference, undefined, running.sid, 'Conference'], ['completed', bobs.conference, undefined, running.sid, 'Conference']]);
	assert.deepEqual((await client.recordings.list({ conferenceSid: bobs.conference })).map(r => r.sid), [running.sid]);
	const [leg] = await poll(() => callbacks(it, '/leg').length && callbacks(it, '/leg'), 'the recording of the call');
	assert.deepEqual([leg.CallSid, leg.RecordingChannels, leg.RecordingSource], [bobs.sid, '2', 'OutboundAPI']);
	assert.equal((await recordings(running.sid).fetch()).status, 'completed');
	assert.equal(await recordings(running.sid).remove(), true);
	assert.deepEqual(await recordings.list(), []);
});

story('a conference is recorded when a program wants it', ['bob'], async (it, { bob }) => {
	const { client, web } = it, bobs = await add(it, 'Later', bob, BOB);
	bobs.callee.rtp.sendTone(1000);
	const { status, body } = await post(it, `/Conferences/${bobs.conference}/Recordings.json`, { RecordingStatusCallback: `${web.url}/taped`, RecordingStatusCallbackMethod: 'GET' });
	assert.deepEqual([status, body.status, body.source, body.conference_sid, body.channels], [201, 'in-progress', 'StartConferenceRecordingAPI', bobs.conference, 1]);
	const heard = bobs.callee.rtp.packets.length + 30;
	await poll(() => bobs.callee.rtp.packets.length > heard, 'some sound');
	await client.conferences(bobs.conference).recordings('Twilio.CURRENT').update({ status: 'stopped' });
	const [told] = await poll(() => callbacks(it, '/taped').length && callbacks(it, '/taped'), 'the callback');
	assert.deepEqual([told.method, told.RecordingStatus, told.RecordingSid, told.ConferenceSid], ['GET', 'completed', body.sid, bobs.conference]);
	assert.deepEqual(await client.recordings(body.sid).transcriptions.list(), []);
	assert.deepEqual(await client.transcriptions.list(), []);
	await bobs.callee.bye();
});

story('a participant that a script brings in has its label and is told of; who waits hears its own script', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/wait') ? doc('<Play loop="0">tone:dial</Play>') : { status: 200 };
	const room = `<Dial><Conference participantLabel="first" startConferenceOnEnter="false" statusCallback="${web.url}/room" statusCallbackEvent="join end" record="record-from-start"
		recordingStatusCallback="${web.url}/taped">Scripted</Conference></Dial>`;
	const made = await client.calls.create({ to: BOB, from: FROM, twiml: doc(room) }), callee = await bob.incoming();
	await callee.accept();
	const join = await told(it, '/room', 'participant-join');
	assert.deepEqual([join.CallSid, join.ParticipantLabel, join.StartConferenceOnEnter], [made.sid, 'first', 'false']);
	assert.deepEqual((await client.conferences(join.ConferenceSid).fetch()).status, 'init');
	const carols = await add(it, 'Scripted', carol, CAROL, { startConferenceOnEnter: false, waitUrl: `${web.url}/wait`, waitMethod: 'GET' });
	assert.equal(carols.conference, join.ConferenceSid);
	const [waits] = await poll(() => callbacks(it, '/wait').length && callbacks(it, '/wait'), 'the request of who waits');
	assert.deepEqual([waits.method, waits.CallSid, waits.ConferenceSid], ['GET', carols.sid, join.ConferenceSid]);
	assert.equal((await client.conferences('Scripted').participants('first').fetch()).callSid, made.sid);
	await client.conferences('Scripted').update({ status: 'completed' });
	assert.equal((await told(it, '/room', 'conference-end')).ReasonConferenceEnded, 'conference-ended-via-api');
	await Promise.all([callee.ended(), carols.callee.ended()]);
});

story('who is removed goes on with the script behind its Dial, and a call without one ends', ['bob', 'carol'], async (it, { bob, carol }) => {
	const { client, web, desk } = it;
	desk.answer = ({ url }) => url.startsWith('/after') ? doc('<Pause length="30"/>') : { status: 200 };
	const room = `<Dial action="${web.url}/after"><Conference endConferenceOnExit="true" statusCallback="${web.url}/room" statusCallbackEvent="join leave end">Kicked</Conference></Dial>`;
	const made = await client.calls.create({ to: BOB, from: FROM, twiml: doc(room) }), callee = await bob.incoming();
	await callee.accept();
	const { ConferenceSid } = await told(it, '/room', 'participant-join');
	const carols = await add(it, ConferenceSid, carol, CAROL);
	assert.equal(await client.conferences(ConferenceSid).participants(made.sid).remove(), true);
	const [after] = await poll(() => callbacks(it, '/after').length && callbacks(it, '/after'), 'the action of its Dial');
	assert.deepEqual([after.CallSid, after.DialCallStatus, after.CallStatus], [made.sid, 'answered', 'in-progress']);
	const end = await told(it, '/room', 'conference-end');
	assert.deepEqual([end.ReasonConferenceEnded, end.CallSidEndingConference], ['participant-with-end-conference-on-exit-kicked', made.sid]);
	assert.equal((await client.conferences(ConferenceSid).fetch()).status, 'completed');
	assert.equal(last(client).body.reason_conference_ended, 'participant-with-end-conference-on-exit-kicked');
	await carols.callee.ended();
	assert.equal((await client.calls(made.sid).fetch()).status, 'in-progress');
	await assert.rejects(client.conferences(ConferenceSid).participants(made.sid).remove(), { status: 404 });
	await client.calls(made.sid).update({ twiml: doc('<Dial><Conference>Again</Conference></Dial>') });
	const again = await poll(async () => (await client.conferences.list({ friendlyName: 'Again', status: 'in-progress' }))[0], 'the other conference');
	await client.conferences(again.sid).participants(made.sid).remove();
	await callee.ended(); // nothing is behind this one
	await poll(async () => (await client.calls(made.sid).fetch()).status === 'completed', 'the end of its record');
});

story('conferences are listed by state, name, date and page', ['bob'], async (it, { bob }) => {
	const { client } = it, made = [];
	for (const name of ['one', 'two', 'three', 'two']) {
		const { callee, conference } = await add(it, name, bob, BOB);
		made.unshift(conference);
		await callee.bye();
		await poll(async () => (await client.conferences(conference).fetch()).status === 'completed', 'its end');
		assert.equal(last(client).body.reason_conference_ended, 'last-participant-left');
	}
	const live = await add(it, 'live', bob, BOB), sids = async filter => (await client.conferences.list(filter)).map(c => c.sid);
	assert.deepEqual(await sids(), [live.conference, ...made]);
	assert.deepEqual([await sids({ status: 'in-progress' }), await sids({ friendlyName: 'two' }), await sids({ friendlyName: 'two', status: 'init' })],
		[[live.conference], [made[0], made[2]], []]);
	const day = 86400e3, when = async range => (await sids(range)).length;
	assert.deepEqual([await when({ dateCreatedAfter: new Date(Date.now() - day) }), await when({ dateCreatedBefore: new Date(Date.now() - 2 * day) }), await when({ dateUpdatedAfter: new Date(Date.now() + 2 * day) })], [5, 0, 0]);
	const seen = [];
	await new Promise((ok, bad) => client.conferences.each({ pageSize: 2, callback: one => seen.push(one.sid), done: error => error ? bad(error) : ok() }));
	assert.deepEqual(seen, [live.conference, ...made]);
	const page = await client.conferences.page({ pageSize: 2 }), second = await page.nextPage();
	assert.deepEqual((await second.previousPage()).instances.map(c => c.sid), seen.slice(0, 2));
	await live.callee.bye();
});

story('what is no conference or participant, or cannot be asked of one, is refused', ['bob'], async (it, { bob }) => {
	const { client, vendor, web } = it, missing = { status: 404, code: 20404 }, wrong = { status: 400, code: 20001 };
	const bobs = await add(it, 'Real', bob, BOB, { label: 'bob' });
	for (const sid of [vendor.sid('CF', NOBODY), `CA${'1'.repeat(32)}`, 'no such room', vendor.dialect === 'twilio' ? bobs.conference.replace('CF', 'CA') : 'x']) {
		await assert.rejects(client.conferences(sid).fetch(), missing, sid);
		await assert.rejects(client.conferences(sid).update({ status: 'completed' }), missing, sid);
		await assert.rejects(client.conferences(sid).participants.list(), missing, sid);
		await assert.rejects(client.conferences(sid).participants(bobs.sid).fetch(), missing, sid);
		await assert.rejects(client.conferences(sid).participants(bobs.sid).update({ muted: true }), missing, sid);
	}
	const people = client.conferences(bobs.conference).participants;
	for (const sid of [vendor.sid('CA', NOBODY), 'nobody', 'CA1']) {
		await assert.rejects(people(sid).fetch(), missing, sid);
		await assert.rejects(people(sid).update({ muted: true }), missing, sid);
		await assert.rejects(people(sid).remove(), missing, sid);
	}
	await assert.rejects(client.conferences(`CA${'1'.repeat(32)}`).participants.create({ from: FROM, to: BOB }), missing);
	await assert.rejects(client.conferences(vendor.sid('CF', NOBODY)).participants.create({ from: FROM, to: BOB }), missing);
	const good = { from: FROM, to: CAROL };
	const table = [
		[{ ...good, to: '' }, 400, 21201], [{ ...good, to: 'nobody at all' }, 400, 21211], [{ ...good, from: '+15557777777' }, 400, 21210], [{ ...good, to: '+19995550000' }, 400, 13223],
		[{ ...good, timeout: 4 }, 400, 20001], [{ ...good, timeout: 601 }, 400, 20001], [{ ...good, beep: 'loud' }, 400, 20001], [{ ...good, maxParticipants: 1 }, 400, 20001],
		[{ ...good, coaching: true }, 400, 20001], [{ ...good, callSidToCoach: 'CA1' }, 400, 20001], [{ ...good, label: 'x'.repeat(129) }, 400, 20001],
		[{ ...good, waitUrl: 'ftp://x/' }, 400, 21205], [{ ...good, conferenceStatusCallback: 'x' }, 400, 21205], [{ ...good, conferenceStatusCallbackEvent: ['party'] }, 400, 20001],
		[{ ...good, conferenceRecord: 'perhaps' }, 400, 20001],
	];
	for (const [wanted, status, code] of table)
		await assert.rejects(client.conferences('Empty').participants.create(wanted), error => {
			assert.deepEqual([error.status, error.code], [status, code], `${JSON.stringify(wanted)}: ${error.message}`);
			return true;
		});
	assert.deepEqual((await client.conferences.list({ status: 'init' })), []); // nothing is left of them
	for (const wanted of [{ muted: 'perhaps' }, { coaching: true }, { callSidToCoach: 'nonsense' }, { hold: 'x' }])
		await assert.rejects(people('bob').update(wanted), wrong, JSON.stringify(wanted));
	await assert.rejects(people('bob').update({ announceUrl: 'x' }), { status: 400, code: 21205 });
	await assert.rejects(people('bob').update({ callSidToCoach: vendor.sid('CA', NOBODY) }), error => error.status === 400);
	await assert.rejects(client.conferences(bobs.conference).update({ status: 'in-progress' }), wrong);
	await assert.rejects(client.conferences(bobs.conference).update({ announceUrl: 'ftp://x' }), { status: 400, code: 21205 });
	await assert.rejects(client.conferences.list({ status: 'nonsense' }), wrong);
	assert.equal((await client.conferences(bobs.conference).update({ announceUrl: `${web.url}/a.wav` }).catch(e => e)).status, 400);
	await bobs.callee.bye();
});
