// Transcriptions of a call while it is spoken, by REST, as Twilio's package makes them; SignalWire's has none.
import assert from 'node:assert/strict';
import { StreamServer } from '../sip/support/stream-server.mjs';
import { becomes, callbacks, FROM, story, WAIT } from './support/story.mjs';
import { poll } from '../sip/support/wait.mjs';
import { last, vendors } from './support/vendors.mjs';
import { after } from 'node:test';

const server = await StreamServer.start();
after(() => server.close());

const only = vendors.filter(({ dialect }) => dialect === 'twilio');
const more = `speech "ears" { url = "${server.url}"  languages = {"en"} }`;
const said = text => ({ type: 'transcription', is_final: true, alternatives: [{ transcript: text, confidence: 0.75 }] });

story('a transcription is begun beside the script and stopped by its sid or name; its callbacks are signed', ['bob'], async (it, { bob }) => {
	const { client, vendor, web } = it;
	const before = server.ends.length;
	const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: WAIT });
	const callee = await (await bob.incoming()).accept();
	await becomes(client, made.sid, 'in-progress');
	callee.rtp.sendTone(440);
	const one = await client.calls(made.sid).transcriptions.create({ name: 'mine', track: 'inbound_track', languageCode: 'en-GB', hints: 'sales, support', inboundTrackLabel: 'bob', partialResults: true,
		statusCallbackUrl: `${web.url}/t`, transcriptionEngine: 'google', speechModel: 'telephony', enableAutomaticPunctuation: true });
	assert.equal(last(client).status, 201);
	assert.match(one.sid, /^GT[0-9a-f]{32}$/);
	assert.deepEqual([one.callSid, one.accountSid, one.name, one.status], [made.sid, vendor.account, 'mine', 'in-progress']);
	const end = await server.end(before + 1), start = await end.message(message => message.type === 'start', 'start');
	assert.deepEqual([start.language, start.options.hints, start.interimResults], ['en-GB', ['sales', 'support'], true]);
	end.send(said('sales'));
	await poll(() => callbacks(it, '/t').length === 2, 'what was said');
	const stopped = await client.calls(made.sid).transcriptions(one.sid).update({ status: 'stopped' });
	assert.deepEqual([stopped.sid, stopped.name, stopped.status], [one.sid, 'mine', 'stopped']);
	await end.message(message => message.type === 'stop', 'stop');
	end.close();
	const told = await poll(() => callbacks(it, '/t').length === 3 && callbacks(it, '/t'), 'three callbacks');
	assert.deepEqual(told.map(({ TranscriptionEvent, TranscriptionSid, SequenceId }) => [TranscriptionEvent, TranscriptionSid, SequenceId]),
		['started', 'content', 'stopped'].map((event, i) => [`transcription-${event}`, one.sid, String(i + 1)]));
	assert.deepEqual([told[0].InboundTrackLabel, told[0].Name, JSON.parse(told[1].TranscriptionData), told[1].Track], ['bob', 'mine', { transcript: 'sales', confidence: 0.75 }, 'inbound_track']);
	const both = await client.calls(made.sid).transcriptions.create({ name: 'both', statusCallbackUrl: `${web.url}/both`, statusCallbackMethod: 'GET' });
	await server.end(before + 3);
	assert.equal((await client.calls(made.sid).transcriptions('both').update({ status: 'stopped' })).sid, both.sid);
	for (const nth of [2, 3])
		(await server.end(before + nth)).close();
	await poll(() => callbacks(it, '/both').at(-1)?.TranscriptionEvent === 'transcription-stopped', 'its end');
	assert.equal(callbacks(it, '/both')[0].Track, 'both_tracks');
	await client.calls(made.sid).update({ status: 'completed' });
	await callee.ended();
}, { only, more });

story('what cannot be is refused as Twilio refuses', ['bob'], async ({ client }, { bob }) => {
	const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: WAIT });
	const callee = await (await bob.incoming()).accept();
	await becomes(client, made.sid, 'in-progress');
	const list = client.calls(made.sid).transcriptions;
	await assert.rejects(list.create({ track: 'all' }), { status: 400, code: 20001 });
	await assert.rejects(list.create({ statusCallbackUrl: 'mailto:me' }), { status: 400, code: 21205 });
	await assert.rejects(list.create({ languageCode: 'de-DE' }), { message: /English/ });
	await assert.rejects(list(`GT${'0'.repeat(32)}`).update({ status: 'stopped' }), { status: 404, code: 20404 });
	await assert.rejects(list('nobody').update({ status: 'stopped' }), { status: 404, code: 20404 });
	await assert.rejects(client.calls(`CA${'1'.repeat(32)}`).transcriptions.create({}), { status: 404, code: 20404 });
	await client.calls(made.sid).update({ status: 'completed' });
	await callee.ended();
	await assert.rejects(list.create({}), { status: 400, code: 21220 });
}, { only, more });

story('a script that the package builds begins one, and ends it', ['bob'], async (it, { bob }) => {
	const { client, vendor, web, desk } = it;
	const before = server.ends.length, rest = vendor.document();
	rest.stop().transcription({ name: 'built' });
	rest.pause({ length: 60 });
	desk.answer = ({ url }) => url === '/next' ? { headers: { 'content-type': 'text/xml' }, body: rest.toString() } : { status: 204 };
	const script = vendor.document();
	script.start().transcription({ name: 'built', track: 'inbound_track', statusCallbackUrl: `${web.url}/t`, languageCode: 'en-US' });
	script.gather({ numDigits: 1, timeout: 60, action: `${web.url}/next` });
	const made = await client.calls.create({ to: '+15550001002', from: FROM, twiml: script.toString() });
	const callee = await (await bob.incoming()).accept();
	const end = await server.end(before + 1);
	await poll(() => callbacks(it, '/t').length === 1, 'its beginning');
	callee.rtp.press(1);
	await end.message(message => message.type === 'stop', 'stop');
	end.close();
	await poll(() => callbacks(it, '/t').at(-1).TranscriptionEvent === 'transcription-stopped', 'its end');
	await client.calls(made.sid).update({ status: 'completed' });
	await callee.ended();
}, { only, more });
