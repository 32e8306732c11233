// A menu, a voicemail and a call that is sent elsewhere, as applications for Twilio and SignalWire have them: documents by the vendors' builders, real calls.
import assert from 'node:assert/strict';
import { MARK, NUMBER, press } from '../sip/support/script.mjs';
import { readWav, toneShares } from '../sip/support/rtp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { application } from './support/scripts.mjs';

const after = d => d.play({ loop: 0 }, `/tone/${MARK}`);

application('a menu of two levels, with wrong keys', [], {
	'/voice': d => {
		d.gather({ numDigits: 1, timeout: 1, action: '/menu' }).play('/tone/400/1');
		d.redirect('/voice?again=1');
	},
	'/menu': (d, { Digits }) => {
		if (Digits !== '1')
			d.play('/tone/300/0.4');
		d.redirect({ method: 'GET' }, Digits === '1' ? '/second?level=2&x=a%20b' : '/voice');
	},
	'/second': d => {
		d.gather({ finishOnKey: '#', timeout: 1, action: '/account' }).play('/tone/500');
		d.redirect('/voice');
	},
	'/account': (d, { Digits }) => {
		if (Digits === '1234')
			return void after(d);
		d.play('/tone/600/0.4');
		d.redirect('/second');
	},
}, async ({ line }) => {
	const call = await line.answered(), hears = hz => call.rtp.hear(hz, `${hz} Hz; asked were ${line.asked.map(a => `${a.method} ${a.url} ${a.form.Digits ?? ''}`)}`);
	await hears(400);
	await poll(() => line.asked.some(({ url }) => url === '/voice?again=1'), 'the menu again, since no key comes');
	await hears(400);
	for (const wrong of ['9', '*']) {
		press(call, wrong);
		await hears(300);
		await hears(400);
	}
	press(call, '1');
	await hears(500);
	press(call, '12#');
	await hears(600);
	await hears(500);
	press(call, '98'); // the time ends it
	await hears(600);
	await hears(500);
	press(call, '1234#');
	await hears(MARK);
	assert.deepEqual(line.forms('/menu').map(({ Digits }) => Digits), ['9', '*', '1']);
	assert.deepEqual(line.forms('/account').map(({ Digits, FinishedOnKey }) => [Digits, FinishedOnKey ?? '']), [['12', '#'], ['98', ''], ['1234', '#']]);
	assert.equal(new Set(line.asked.map(({ form }) => form.CallSid)).size, 1);
	for (const { form } of line.asked)
		assert.deepEqual([form.From, form.To, form.Direction, form.ApiVersion], ['carrier', NUMBER, 'inbound', '2010-04-01']);
	await call.bye();
});

application('a voicemail: nobody answers, a message is left, and its recording told', ['bob'], {
	'/voice': d => d.dial({ timeout: 20, action: '/after' }, 'bob'),
	'/after': (d, { DialCallStatus }) => {
		if (DialCallStatus === 'completed')
			return void d.hangup();
		d.play('/tone/400/0.4');
		d.record({ maxLength: 30, finishOnKey: '#', action: '/thanks', recordingStatusCallback: '/ready', recordingStatusCallbackEvent: 'completed' });
	},
	'/thanks': after,
	'/ready': () => null,
}, async ({ line, vendor }, { bob }) => {
	const call = await line.call();
	await (await bob.incoming()).reply(486);
	await call.response(200);
	await call.rtp.hear(400);
	await call.rtp.hear(1000, 'the beep', 800);
	call.rtp.sendTone(700);
	await call.rtp.hearSilence();
	await call.rtp.further(60);
	press(call, '#');
	await call.rtp.hear(MARK);
	const after = line.forms('/after'), [thanks] = line.forms('/thanks'), ready = await line.reached('/ready');
	assert.deepEqual(after.map(({ DialCallStatus }) => DialCallStatus), ['busy']);
	assert.deepEqual([thanks.Digits, thanks.CallStatus], ['#', 'in-progress']);
	assert.deepEqual([ready.RecordingSid, ready.RecordingStatus, ready.RecordingSource, ready.CallSid], [thanks.RecordingSid, 'completed', 'RecordVerb', thanks.CallSid]);
	assert.equal(ready.RecordingUrl, thanks.RecordingUrl);
	assert.match(ready.RecordingStartTime, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
	const reply = await fetch(`${ready.RecordingUrl}.wav`, { headers: { authorization: `Basic ${Buffer.from(`${vendor.account}:token`).toString('base64')}` } });
	assert.equal(reply.status, 200);
	const { channels: [samples], rate, seconds } = readWav(Buffer.from(await reply.arrayBuffer()));
	assert.equal(Number(ready.RecordingDuration), Math.round(seconds));
	assert.ok(toneShares([...samples], 700, rate).some(share => share > 0.8), 'what was said is in the file');
	await call.bye();
});

application('a call is sent elsewhere in the middle of a verb, by address and with a document', [], {
	'/voice': d => {
		d.gather({ numDigits: 1, action: '/never' }).play('/tone/400');
	},
	'/never': d => void d.hangup(),
	'/elsewhere': d => d.play({ loop: 0 }, '/tone/500'),
}, async ({ line, client, vendor }) => {
	const call = await line.answered();
	await call.rtp.hear(400);
	const { CallSid } = line.forms('/voice')[0];
	await client.calls(CallSid).update({ url: `${line.world.web}/elsewhere`, method: 'GET' });
	await call.rtp.hear(500);
	assert.deepEqual(line.asked.filter(({ path }) => path === '/elsewhere').map(({ method, form }) => [method, form.CallSid]), [['GET', CallSid]]);
	const document = vendor.document();
	document.play(`${line.world.web}/tone/600/0.4`);
	document.redirect(`${line.world.web}/elsewhere`);
	await client.calls(CallSid).update({ twiml: document.toString() });
	await call.rtp.hear(600);
	await call.rtp.hear(500);
	press(call, '1');
	await client.calls(CallSid).update({ status: 'completed' });
	await call.ended();
	assert.equal(line.forms('/never').length, 0);
});
