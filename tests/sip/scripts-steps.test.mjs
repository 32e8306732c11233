// Steps of scripts on real calls: sounds that a key ends, a callee that sends the caller elsewhere, what Dial has recorded.
import assert from 'node:assert/strict';
import { MARK, mark, doc, press, script, talk } from './support/script.mjs';
import { refer } from './support/transfer.mjs';

const json = value => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

script('NCCO: a key ends the sounds before an input, and is its first digit', { number: 'dialect = "vonage"  voice-method = "POST"', pages: {
	'/voice': (form, request) => json([
		{ action: 'stream', streamUrl: [`http://${request.headers.host}/tone/700`], bargeIn: true, level: -0.5 },
		{ action: 'input', type: ['dtmf'], dtmf: { maxDigits: 2, timeOut: 5 }, eventUrl: [`http://${request.headers.host}/input`] }]),
	'/input': (form, request) => json([{ action: 'stream', streamUrl: [`http://${request.headers.host}/tone/${MARK}`] }]),
} }, async line => {
	const caller = await line.answered();
	await caller.rtp.hear(700);
	press(caller, '42');
	await caller.rtp.hear(MARK);
	assert.deepEqual(JSON.parse(line.asked.find(one => one.path === '/input').body).dtmf, { digits: '42', timed_out: false });
	await caller.bye();
});

script('referUrl: the callee sends the caller elsewhere, and the script says where it goes', { users: ['bob'], pages: {
	'/voice': doc('<Dial referUrl="/referred" action="/not-asked">bob</Dial>'),
	'/referred': doc(mark),
} }, async (line, { bob }) => {
	const caller = await line.call();
	const callee = await (await bob.incoming()).accept();
	await caller.response(200);
	await talk(caller, callee);
	assert.equal((await refer(callee, '<sip:carol@elsewhere.example>')).status, 202);
	const form = await line.reached('/referred');
	assert.match(form.ReferTransferTarget, /^sip:carol@elsewhere\.example/);
	await callee.ended();
	await caller.rtp.hear(MARK);
	assert.deepEqual(line.forms('/not-asked'), []);
	await caller.bye();
});

script('Dial tells what it has recorded with its length', { users: ['bob'], pages: {
	'/voice': doc('<Dial record="record-from-answer" action="/dialled">bob</Dial>'),
	'/dialled': doc(mark),
} }, async (line, { bob }) => {
	const caller = await line.call();
	const callee = await (await bob.incoming()).accept();
	await caller.response(200);
	await talk(caller, callee);
	await callee.bye();
	const form = await line.reached('/dialled');
	assert.ok(Number(form.RecordingDuration) < 30 && form.RecordingUrl, JSON.stringify(form));
	await line.sound(form.RecordingUrl);
	await caller.rtp.hear(MARK);
	await caller.bye();
});

// The caller is turned away, or the application has failed: neither has the caller given up.
const ends = {
	'an empty document': [doc(''), 603],
	'a Hangup': [doc('<Pause length="0"/><Hangup/>'), 603],
	'an empty NCCO': [json([]), 603],
	'a Reject': [doc('<Reject/>'), 603],
	'a document that is none': [{ body: '<Response', headers: { 'content-type': 'text/xml' } }, 503],
	'a server that has none': [{ status: 404 }, 503],
};

for (const [name, [voice, code]] of Object.entries(ends)) {
	script(`${name} before the answer: the caller hears ${code}, and the call has failed`, { pages: { '/voice': voice } }, async line => {
		const caller = await line.call();
		await caller.response(code);
		const { CallSid } = line.forms('/voice')[0], record = await line.over(CallSid);
		assert.deepEqual([record.status, record.ended_by, record.sip_code], ['failed', 'script', code]);
	});
}
