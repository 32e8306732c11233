// Transfers: blind and attended by REFER, by an INVITE with Replaces, and by the control socket. Who talks with whom is heard.
import assert from 'node:assert/strict';
import { toneShare } from './support/rtp.mjs';
import { scenario } from './support/harness.mjs';
import { connect, notified, phones, refer, tones } from './support/transfer.mjs';

// Answers re-INVITE number `n` of the switch.
async function answerOffer(call, n) {
	call.agree(await call.phone.signal.until(() => call.requests.filter(r => r.method === 'INVITE')[n], 're-INVITE'));
}

const idOf = async (control, fits) => (await control.someCall(fits)).id;

scenario('blind transfer: the caller is connected with the target, the transferor is let go', {}, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const answer = await refer(callee, `<sip:+15550001003@${world.host}>`);
	assert.equal(answer.status, 202);
	const target = await carol.incoming();
	assert.match(target.invite.get('from'), /15550001001/, 'the target sees the transferee');
	assert.equal(target.invite.get('referred-by'), '<sip:bob@x>', 'and who transferred it');
	await target.reply(180);
	await target.accept();
	target.rtp.sendTone(tones.carol);
	assert.deepEqual(await notified(callee, 200), [100, 180, 200]);
	await callee.ended();
	await Promise.all([caller.rtp.hear(tones.carol), target.rtp.hear(tones.alice)]);
	const { to } = await control.event('call.transferred');
	assert.equal(to, '+15550001003');
	// they are an ordinary pair now
	await target.bye();
	await caller.ended();
});

scenario('a callee that a program has dialled with ask_refer: the program is told, and the caller stays', { numbers: 'number "+15550009000" { voice-url = "http://127.0.0.1:1/" }' }, async (world, control) => {
	const { alice, bob } = await phones(world);
	const caller = await alice.call('+15550009000');
	const { call: { id } } = await control.event('call.incoming');
	await control.call('call.claim', { call: id });
	await control.call('call.answer', { call: id });
	await caller.response(200);
	await control.call('call.dial', { call: id, to: 'bob', ask_refer: true });
	const callee = await (await bob.incoming()).accept();
	callee.rtp.sendTone(tones.bob);
	await caller.rtp.hear(tones.bob);
	assert.equal((await refer(callee, `<sip:somebody@elsewhere.example>`)).status, 202);
	const { to, call } = await control.event('call.refer_asked');
	assert.match(to, /^sip:somebody@elsewhere\.example/);
	assert.equal(call.parent_call_id, id);
	assert.deepEqual(await notified(callee, 200), [100, 200]);
	await callee.ended();
	await control.call('call.play', { call: id, files: ['tone:dial/de'], loop: 0 });
	await caller.rtp.hear(425);
	await caller.bye();
});

scenario('the caller transfers the callee', {}, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await caller.phone.send(caller.inDialog('REFER', { headers: [['Refer-To', `<sip:carol@${world.host}>`]] }))).status, 202);
	const target = await carol.incoming();
	assert.equal(target.invite.get('referred-by'), `<sip:alice@${world.host}>`, 'also where the transferor did not say it');
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await caller.ended();
	await Promise.all([callee.rtp.hear(tones.carol), target.rtp.hear(tones.bob)]);
	await callee.bye();
	await target.ended();
	const states = await control.someCall(({ user, status }) => user === 'carol' && status === 'completed');
	assert.equal(states.direction, 'outbound');
});

scenario('a blind transfer to somebody who declines gives the call back', {}, async (world) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:+15550001003@${world.host}>`)).status, 202);
	await (await carol.incoming()).reply(486);
	assert.equal((await notified(callee, 486)).at(-1), 486);
	await Promise.all([callee.rtp.hear(tones.alice), caller.rtp.hear(tones.bob)]);
	for (;;) // both hear each other again, and not what came before
		if (toneShare(await callee.rtp.further(10), tones.alice) > 0.8)
			break;
	await caller.bye();
	await callee.ended();
});

scenario('one transfer at a time; and one that hangs up at once', {}, async world => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:carol@${world.host}>`)).status, 202);
	assert.equal((await refer(callee, `<sip:alice@${world.host}>`)).status, 491);
	const target = await carol.incoming();
	await target.reply(180);
	await callee.bye(); // it does not wait for what becomes of it
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await Promise.all([caller.rtp.hear(tones.carol), target.rtp.hear(tones.alice)]);
	await caller.bye();
	await target.ended();
});

scenario('a transferor that hangs up at once, and a target that declines: the call ends', {}, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:carol@${world.host}>`)).status, 202);
	const target = await carol.incoming();
	await callee.bye();
	await target.reply(486);
	await caller.ended();
	const { reason } = await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'completed');
	assert.match(reason, /transfer failed/);
});

scenario('a transferor that knows nothing of NOTIFY', {}, async world => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	bob.automatic = false;
	assert.equal((await refer(callee, `<sip:carol@${world.host}>`)).status, 202);
	const notify = await callee.request('NOTIFY');
	bob.respond(notify, notify.response(481, 'What', { toTag: callee.localTag }));
	bob.automatic = true;
	const target = await carol.incoming();
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await caller.rtp.hear(tones.carol);
	await caller.bye();
	await target.ended();
});

scenario('a transfer to nobody is refused', {}, async world => {
	const { alice, bob } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, '<sip:nobody@nowhere.example>')).status, 603, 'which no phone takes for a wrong password');
	assert.equal((await callee.phone.send(callee.inDialog('REFER'))).status, 400);
	await callee.rtp.hear(tones.alice);
	await caller.bye();
	await callee.ended();
});

scenario('attended transfer: the partners of both calls talk', {}, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const first = await connect(alice, bob, '+15550001002');
	const second = await connect(bob, carol, '+15550001003');
	const { callId, localTag } = second.caller, remoteTag = second.caller.remoteTag();
	const replaces = encodeURIComponent(`${callId};to-tag=${remoteTag};from-tag=${localTag}`);
	const answer = await refer(first.callee, `<sip:carol@${world.host}?Replaces=${replaces}>`);
	assert.equal(answer.status, 202);
	assert.equal((await notified(first.callee, 200)).at(-1), 200);
	await Promise.all([first.callee.ended(), second.caller.ended()]);
	await Promise.all([first.caller.rtp.hear(tones.carol), second.callee.rtp.hear(tones.alice)]);
	await first.caller.bye();
	await second.callee.ended();
	await control.event('call.transferred');
});

scenario('nobody takes over the calls of others', {}, async world => {
	const { alice, bob, carol } = await phones(world);
	const first = await connect(alice, bob, '+15550001002');
	const other = await carol.call('+15550009004');
	await other.response(200);
	const replaces = encodeURIComponent(`${first.caller.callId};to-tag=a;from-tag=b`);
	assert.ok((await refer(other, `<sip:x@${world.host}?Replaces=${replaces}>`)).status >= 400);
	await other.bye();
	await first.callee.rtp.hear(tones.alice);
	await first.caller.bye();
	await first.callee.ended();
});

scenario('an INVITE with Replaces takes the place of a call', {}, async world => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const stranger = await carol.call('+15550001001', { headers: [['Replaces', `${callee.callId};to-tag=x;from-tag=y`]] });
	assert.equal((await stranger.final()).status, 481, 'all of a dialog is to be named');
	const dialog = `${callee.callId};to-tag=${callee.remoteTag()};from-tag=${callee.localTag}`;
	const late = await carol.call('+15550001001', { headers: [['Replaces', `${dialog};early-only`]] });
	assert.equal((await late.final()).status, 486);
	const taker = await carol.call('+15550001001', { headers: [['Replaces', dialog]] });
	await taker.response(200);
	taker.rtp.sendTone(tones.carol);
	await callee.ended();
	await Promise.all([caller.rtp.hear(tones.carol), taker.rtp.hear(tones.alice)]);
	await taker.bye();
	await caller.ended();
});

scenario('the control socket transfers and holds', {}, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const id = await idOf(control, ({ user, direction }) => user === 'alice' && direction === 'inbound');
	await control.call('call.hold', { call: id, hold: true });
	await answerOffer(caller, 0);
	assert.equal((await control.call('call.get', { call: id })).call.on_hold, true);
	while (toneShare(await callee.rtp.further(10), tones.alice) > 0.01 || toneShare(await caller.rtp.further(10), tones.bob) > 0.01);
	await control.call('call.hold', { call: id, hold: false });
	await answerOffer(caller, 1);
	while (toneShare(await callee.rtp.further(10), tones.alice) < 0.8 || toneShare(await caller.rtp.further(10), tones.bob) < 0.8);
	await assert.rejects(control.call('call.transfer', { call: id, to: 'nobody' }), { code: 422 });
	await control.call('call.transfer', { call: id, to: 'carol' });
	await callee.ended();
	const target = await carol.incoming();
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await Promise.all([caller.rtp.hear(tones.carol), target.rtp.hear(tones.alice)]);
	await caller.bye();
	await target.ended();
});
