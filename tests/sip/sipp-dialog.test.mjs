// SIPp within calls: as a carrier that calls us, and as one that we call. Each scenario fails when SIPp gets anything but what it expects.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenario } from './support/harness.mjs';
import { listening, sipp } from './support/sipp.mjs';
import { ack, bye, cancel, expect, invite, pause, recv, reply, send, uac, uas } from './support/sipp-scenario.mjs';

const ECHO = '+15550009004', ALICE = '+15550009001';

async function run(world, xml, options) {
	const code = await sipp(world, 'dialog', { xml, host: world.trunkHost, port: 5060, ...options });
	const file = join(world.dir, 'sipp-dialog.err');
	assert.equal(code, 0, existsSync(file) ? readFileSync(file, 'utf8').slice(0, 3000) : 'SIPp says no more');
}

const trying = recv(100, { optional: true });
const answered = [invite(), trying, recv(180, { optional: true }), recv(200), ack()];
const ended = [bye(), recv(200)];

// ---- SIPp calls ----

const calls = {
	're-INVITE: hold, resume, and another codec': [answered,
		send('INVITE', { sdp: 'sendonly' }), trying, recv(200, { has: ['a=recvonly'] }), ack(),
		send('INVITE', { sdp: 'inactive' }), trying, recv(200, { has: ['a=inactive'] }), ack(),
		send('INVITE', { sdp: 'sendrecv' }), trying, recv(200, { has: ['a=sendrecv'] }), ack(), ended],
	're-INVITE: hold by 0.0.0.0': [answered,
		send('INVITE', { body: 'v=0\no=sipp 1 2 IN IP4 [local_ip]\ns=-\nc=IN IP4 0.0.0.0\nt=0 0\nm=audio [auto_media_port] RTP/AVP 0' }),
		trying, recv(200, { has: ['a=recvonly'] }), ack(), ended],
	're-INVITE to codecs that we do not have': [answered,
		send('INVITE', { body: 'v=0\no=sipp 1 2 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [auto_media_port] RTP/AVP 18' }),
		trying, recv(488), ack(), send('OPTIONS'), recv(200), ended],
	'UPDATE, with and without a description': [answered,
		send('UPDATE', { sdp: 'sendonly' }), recv(200, { has: ['a=recvonly'] }), send('UPDATE'), recv(200), ended],
	'late offer': [invite({ sdp: false }), trying, recv(200, { has: ['m=audio [1-9]', 'a=rtpmap'] }), ack({ sdp: true }), ended],
	'late offer in a re-INVITE': [answered,
		send('INVITE'), trying, recv(200, { has: ['m=audio [1-9]'] }), ack({ sdp: true }), ended],
	'session timer: 422, then what is asked for, and a refresh by UPDATE': [
		invite({ headers: ['Supported: timer', 'Session-Expires: 30'] }), trying, recv(422, { has: ['Min-SE:[ ]*90'] }), ack({ early: true }),
		invite({ headers: ['Supported: timer', 'Session-Expires: 90;refresher=uac', 'Min-SE: 90'] }), trying,
		recv(200, { has: ['Session-Expires:[ ]*90;refresher=uac', 'Require:[ ]*timer'] }), ack(),
		send('UPDATE', { headers: ['Supported: timer', 'Session-Expires: 90;refresher=uac'] }), recv(200, { has: ['Session-Expires:[ ]*90;refresher=uac'] }), ended],
	'an extension that we do not have': [invite({ headers: ['Require: x-none'] }), trying, recv(420, { has: ['Unsupported:[ ]*x-none'] }), ack({ early: true })],
	'CANCEL that comes too late': [invite(), trying, recv(200), ack(), cancel(3), recv(481), send('OPTIONS'), recv(200), ended],
	'ACK that is late: our 200 has been sent again': [invite(), trying, recv(200), pause(1200), ack(), send('OPTIONS'), recv(200), ended],
	'digits by INFO': [answered,
		send('INFO', { type: 'application/dtmf-relay', body: 'Signal=5\nDuration=160' }), recv(200),
		send('INFO', { type: 'application/dtmf', body: '7' }), recv(200),
		send('INFO', { type: 'text/plain', body: 'hello' }), recv(415), ended],
	'methods that we do not do': [answered, send('MESSAGE', { type: 'text/plain', body: 'hello' }), recv(405, { has: ['Allow:'] }),
		send('FOO'), recv(501, { has: ['Allow:'] }), ended],
};

for (const [name, steps] of Object.entries(calls))
	scenario(`SIPp calls: ${name}`, { sip: 'session-timer-min = 90' }, world => run(world, uac(...steps), { service: ECHO }));

scenario('SIPp calls: reliable early media, PRACK', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const done = run(world, uac(invite({ headers: ['Supported: 100rel'] }), trying,
		recv(183, { has: ['Require:[ ]*100rel', 'm=audio [1-9]'], keep: { rseq: 'RSeq:[ ]*([0-9]+)' } }),
		send('PRACK', { headers: ['RAck: [$rseq] 1 INVITE'] }), recv(200), recv(200), ack({ cseq: 1 }), ended), { service: ALICE });
	const callee = await alice.incoming();
	await callee.reply(183, { media: true });
	await control.event('call.early_media');
	await callee.accept();
	await done;
});

scenario('SIPp calls, and gives up with BYE while it rings', {}, async world => {
	const alice = await world.registered('alice');
	const done = run(world, uac(invite(), trying, recv(180), bye({ early: true }), recv(200), recv(487), ack({ early: true, cseq: 1 })), { service: ALICE });
	const callee = await alice.incoming();
	await callee.reply(180);
	await callee.request('CANCEL');
	await done;
});

scenario('SIPp transfers by REFER, and is told how it goes', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const told = text => [expect('NOTIFY', { has: ['Event:[ ]*refer', `SIP/2.0 ${text}`] }), reply(200, 'OK', { tagged: true })];
	const done = run(world, uac(answered, send('REFER', { headers: [`Refer-To: <sip:bob@${world.host}>`] }), recv(202),
		told('100'), told('180'), told('200'), expect('BYE'), reply(200, 'OK', { tagged: true })), { service: ALICE });
	const callee = await alice.incoming();
	await callee.accept();
	const target = await bob.incoming();
	await target.reply(180);
	await control.event('call.state', ({ call }) => call.user === 'bob' && call.status === 'ringing');
	await target.accept();
	await done;
	await target.bye();
	await callee.ended();
});

// ---- SIPp is called ----

const ring = reply(180, 'Ringing'), ok = reply(200, 'OK', { sdp: true }), good = reply(200, 'OK', { tagged: true });
const called = [expect('INVITE'), ring, ok, expect('ACK')];
const hungUp = [expect('BYE'), good];

const answers = {
	'it is hung up': [called, hungUp],
	'it answers at once, without ringing': [expect('INVITE'), ok, expect('ACK'), hungUp],
	'it queues and forwards before it rings': [expect('INVITE'), reply(181, 'Call Is Being Forwarded'), reply(182, 'Queued'), ring, ok, expect('ACK'), hungUp],
	'reliable early media is acknowledged': [expect('INVITE', { has: ['Supported:.*100rel'] }),
		reply(183, 'Session Progress', { sdp: true, headers: ['Require: 100rel', 'RSeq: 77'] }), expect('PRACK', { has: ['RAck:[ ]*77 [0-9]+ INVITE'] }), good,
		reply(200, 'OK', { ofInvite: true, sdp: true }), expect('ACK'), hungUp],
};

for (const [name, steps] of Object.entries(answers))
	scenario(`SIPp is called: ${name}`, {}, async world => {
		const alice = await world.registered('alice');
		const done = run(world, uas(...steps));
		await listening(world.trunkHost, 5060);
		const caller = await alice.call('+14445556666');
		await caller.response(200);
		caller.rtp.sendTone(440);
		await alice.send(caller.inDialog('OPTIONS'));
		await caller.bye();
		await done;
	});

scenario('SIPp is called: its 200 crosses our CANCEL', {}, async world => {
	const alice = await world.registered('alice');
	const done = run(world, uas(expect('INVITE'), ring, expect('CANCEL'), good, reply(200, 'OK', { ofInvite: true, sdp: true }), expect('ACK'), hungUp));
	await listening(world.trunkHost, 5060);
	const caller = await alice.call('+14445556666');
	await caller.response(180);
	await caller.cancel();
	assert.equal((await caller.final()).status, 487);
	await done;
});

for (const [status, reason, mapped] of [[486, 'Busy Here', 486], [404, 'Not Found', 404], [480, 'Temporarily Unavailable', 480], [603, 'Decline', 603],
	[487, 'Request Terminated', 487], [500, 'Server Error', 500], [606, 'Not Acceptable', 606]])
	scenario(`SIPp is called: it refuses with ${status}`, {}, async world => {
		const alice = await world.registered('alice');
		const done = run(world, uas(expect('INVITE'), reply(status, reason), expect('ACK')));
		await listening(world.trunkHost, 5060);
		const caller = await alice.call('+14445556666');
		assert.equal((await caller.final()).status, mapped);
		await done;
	});
