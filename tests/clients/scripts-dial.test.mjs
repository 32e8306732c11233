// Who is rung for a caller, in what order and with what question: documents by the builders of Twilio's and SignalWire's packages, real phones.
import assert from 'node:assert/strict';
import { MARK, press, talk } from '../sip/support/script.mjs';
import { application } from './support/scripts.mjs';

const after = d => d.play({ loop: 0 }, `/tone/${MARK}`);

application('who is called is asked first, and says yes', ['bob'], {
	'/voice': d => d.dial({ action: '/after', timeout: 20 }).number({ url: '/screen' }, 'bob'),
	'/screen': d => {
		d.gather({ numDigits: 1, timeout: 5, action: '/taken' }).play('/tone/500');
		d.hangup();
	},
	'/taken': (d, { Digits }) => void (Digits === '1' || d.hangup()),
	'/after': after,
}, async ({ line }, { bob }) => {
	const call = await line.answered(), callee = await (await bob.incoming()).accept();
	await callee.rtp.hear(500);
	press(callee, '1');
	await talk(call, callee);
	const [screen] = line.forms('/screen'), [voice] = line.forms('/voice');
	assert.notEqual(screen.CallSid, voice.CallSid);
	assert.equal(screen.ParentCallSid, voice.CallSid);
	assert.equal(screen.CallStatus, 'in-progress');
	await callee.bye();
	await call.rtp.hear(MARK);
	const [{ DialCallStatus, DialCallSid, DialBridged }] = line.forms('/after');
	assert.deepEqual([DialCallStatus, DialCallSid, DialBridged], ['completed', screen.CallSid, 'true']);
	await call.bye();
});

application('who is called is asked first, and says no', ['bob'], {
	'/voice': d => d.dial({ action: '/after', timeout: 20 }).number({ url: '/screen' }, 'bob'),
	'/screen': d => {
		d.gather({ numDigits: 1, timeout: 5, action: '/taken' }).play('/tone/500');
		d.hangup();
	},
	'/taken': (d, { Digits }) => void (Digits === '1' || d.hangup()),
	'/after': after,
}, async ({ line }, { bob }) => {
	const call = await line.answered(), callee = await (await bob.incoming()).accept();
	await callee.rtp.hear(500);
	press(callee, '2');
	await callee.ended();
	await call.rtp.hear(MARK);
	assert.deepEqual(line.forms('/after').map(({ DialCallStatus, DialBridged }) => [DialCallStatus, DialBridged]), [['no-answer', 'false']]);
	await call.bye();
});

application('all ring; the first to answer has the call, the others are let go', ['alice', 'bob', 'carol'], {
	'/voice': d => {
		const dial = d.dial({ action: '/after', timeout: 20 });
		for (const who of ['alice', 'bob', 'carol'])
			dial.number({ statusCallback: '/status', statusCallbackEvent: 'initiated ringing answered completed' }, who);
	},
	'/after': after,
	'/status': () => null,
}, async ({ line }, { alice, bob, carol }) => {
	const call = await line.answered(), [a, b, c] = await Promise.all([alice.incoming(), bob.incoming(), carol.incoming()]);
	await Promise.all([a, b, c].map(one => one.reply(180)));
	await b.accept();
	await talk(call, b);
	for (const one of [a, c]) {
		await one.request('CANCEL');
		await one.phone.signal.until(() => one.acked, 'the ACK of the 487');
	}
	await b.bye();
	await call.rtp.hear(MARK);
	const told = await line.reached('/status', ({ CallStatus }) => CallStatus === 'completed');
	assert.deepEqual(line.forms('/after').map(({ DialCallStatus, DialCallSid }) => [DialCallStatus, DialCallSid]), [['completed', told.CallSid]]);
	await line.reached('/status', ({ CallStatus }) => CallStatus === 'canceled', 2);
	const statuses = sid => line.forms('/status').filter(({ CallSid }) => CallSid === sid).map(({ CallStatus }) => CallStatus);
	assert.deepEqual(statuses(told.CallSid), ['initiated', 'ringing', 'in-progress', 'completed']);
	await call.bye();
});

application('one after the other, until somebody answers', ['alice', 'bob', 'carol'], {
	'/voice': d => {
		const dial = d.dial({ action: '/after', timeout: 1, sequential: true });
		for (const who of ['alice', 'bob', 'carol'])
			dial.number(who);
	},
	'/after': after,
}, async ({ line }, { alice, bob, carol }) => {
	const call = await line.answered(), a = await alice.incoming();
	assert.equal(bob.calls.length + carol.calls.length, 0);
	await a.reply(486);
	const b = await bob.incoming();
	await b.reply(180); // and nobody answers there
	const c = await carol.incoming();
	await b.request('CANCEL');
	await c.accept();
	await talk(call, c);
	await c.bye();
	await call.rtp.hear(MARK);
	assert.deepEqual(line.forms('/after').map(({ DialCallStatus }) => DialCallStatus), ['completed']);
	await call.bye();
});
