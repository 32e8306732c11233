// Within a call: reliable provisional responses, session timers, redirections, re-offers.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';

scenario('early media is sent reliably to a caller that can (100rel)', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002', { headers: [['Supported', '100rel']] });
	const callee = await bob.incoming();
	await callee.reply(183, { media: true });
	const early = await caller.response(183);
	assert.match(early.get('require'), /100rel/);
	const rseq = early.get('rseq');
	caller.answer = early; // the early dialog
	const prack = await alice.send(caller.inDialog('PRACK', { headers: [['RAck', `${rseq} ${caller.invite.cseq.number} INVITE`]] }));
	assert.equal(prack.status, 200);
	await callee.reply(200, { media: true });
	await caller.response(200);
	callee.rtp.sendTone(1000);
	await caller.rtp.hear(1000);
	await caller.bye();
	await callee.ended();
});

scenario('a reliable 183 of the callee is acknowledged by PRACK', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	assert.match(callee.invite.get('supported'), /100rel/);
	await callee.reply(183, { media: true, headers: [['Require', '100rel'], ['RSeq', '7']] });
	const prack = await callee.request('PRACK');
	assert.match(prack.get('rack'), new RegExp(`^7 ${callee.invite.cseq.number} INVITE`));
	bob.respond(prack, prack.response(200, 'OK', { toTag: callee.localTag }));
	await caller.response(183);
	await callee.accept();
	await caller.response(200);
	await callee.rtp && caller.rtp.sendTone(440);
	await callee.rtp.hear(440);
	await caller.bye();
	await callee.ended();
});

const timers = { sip: 'session-timer = 4 session-timer-min = 2' };

scenario('a caller that stops refreshing its session is hung up', timers, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004', { headers: [['Supported', 'timer'], ['Session-Expires', '4;refresher=uac']] });
	const answer = await call.response(200);
	assert.match(answer.get('session-expires'), /^4;refresher=uac/);
	assert.match(answer.get('require'), /timer/);
	await call.ended();
	const { reason, ended_by } = await control.someCall(({ status }) => status === 'completed');
	assert.equal(ended_by, 'fault');
	assert.match(reason, /session timer/);
});

scenario('a caller that wants less than the minimum is told so', { sip: 'session-timer-min = 90' }, async world => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004', { headers: [['Supported', 'timer'], ['Session-Expires', '30']] });
	const refusal = await call.response(422);
	assert.equal(refusal.get('min-se'), '90');
});

scenario('a callee that takes no session timer as short as ours is asked again (422)', { sip: 'session-timer = 200 session-timer-min = 90' }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), first = await bob.incoming();
	assert.match(first.invite.get('session-expires'), /^200/);
	await first.reply(422, { headers: [['Min-SE', '600']] });
	const second = await bob.incoming();
	assert.match(second.invite.get('session-expires'), /^600/);
	assert.equal(second.invite.get('min-se'), '600');
	await second.accept({ headers: [['Require', 'timer'], ['Session-Expires', '600;refresher=uac']] });
	await caller.response(200);
	await caller.bye();
	await second.ended();
});

scenario('a callee that says 422 again and again is given up', { sip: 'session-timer = 200 session-timer-min = 90' }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002');
	await (await bob.incoming()).reply(422, { headers: [['Min-SE', '600']] });
	await (await bob.incoming()).reply(422, { headers: [['Min-SE', '600']] });
	assert.ok((await caller.final()).status >= 400);
	const other = await alice.call('+15550001002');
	await (await bob.incoming()).reply(422);
	assert.ok((await other.final()).status >= 400);
});

scenario('the switch refreshes the sessions that it is to refresh', timers, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming();
	assert.match(callee.invite.get('session-expires'), /^4/);
	await callee.accept({ headers: [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']] });
	await control.callState(id, 'in-progress');
	const refresh = await callee.request('INVITE');
	assert.match(refresh.get('session-expires'), /^4;refresher=uac/);
	assert.deepEqual(parseSdp(refresh.body), parseSdp(callee.invite.body), 'the same offer again');
	callee.invite = refresh;
	await callee.reply(200, { media: true, headers: [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']] });
	await control.call('call.hangup', { call: id });
	await callee.ended();
});

scenario('a far end that takes UPDATE is asked by it, also after the session has changed', timers, async (world, control) => {
	const bob = await world.registered('bob');
	const { call: { id } } = await control.call('call.originate', { to: 'bob', from: '+15550001001' });
	const callee = await bob.incoming(), timer = [['Require', 'timer'], ['Session-Expires', '4;refresher=uac']];
	await callee.accept({ headers: [...timer, ['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE']] });
	await control.callState(id, 'in-progress');
	for (let i = 0; i < 2; i++) {
		const refresh = await bob.signal.until(() => callee.requests.filter(({ method }) => method === 'UPDATE')[i], `UPDATE number ${i + 1}`);
		assert.match(refresh.get('session-expires'), /^4;refresher=uac/);
		assert.equal(refresh.body, '');
		bob.respond(refresh, refresh.response(200, 'OK', { toTag: callee.localTag, headers: [...timer, ['Contact', bob.contact()]] }));
	}
	assert.ok(!callee.requests.some(({ method }) => method === 'INVITE'));
	await control.call('call.hangup', { call: id });
	await callee.ended();
});

scenario('a phone that redirects to another user is followed', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carol = await world.registered('carol');
	const caller = await alice.call('+15550001002'), redirecting = await bob.incoming();
	redirecting.phone.respond(redirecting.invite, redirecting.invite.response(302, 'Moved Temporarily',
		{ toTag: redirecting.localTag, headers: [['Contact', `<sip:+15550001003@${world.host}>`]] }));
	const target = await carol.incoming();
	await target.accept();
	await caller.response(200);
	target.rtp.sendTone(1700);
	await caller.rtp.hear(1700);
	await target.bye();
	await caller.ended();
	assert.equal((await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'completed')).user, 'bob');
});

scenario('a phone that redirects to itself again and again is given up', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002');
	for (let i = 0; i <= 5; i++) {
		const call = await bob.incoming();
		bob.respond(call.invite, call.invite.response(302, 'Moved', { toTag: call.localTag, headers: [['Contact', `<sip:bob@${world.host}>`]] }));
	}
	assert.ok((await caller.final()).status >= 400);
});

scenario('a phone may not redirect to where its user may not call', {}, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	bob.respond(callee.invite, callee.invite.response(302, 'Moved', { toTag: callee.localTag, headers: [['Contact', '<sip:1@203.0.113.7>']] }));
	assert.ok((await caller.final()).status >= 400);
});

scenario('hold by direction and by 0.0.0.0, and back', {}, async (world, control) => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	const host = alice.host, port = call.rtp.port;
	const reoffer = async (direction, address = host) => {
		const body = ['v=0', `o=t 1 ${call.cseq + 2} IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0',
			`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ...(direction ? [`a=${direction}`] : []), ''].join('\r\n');
		const answer = await alice.send(call.inDialog('INVITE', { body, headers: [['Content-Type', 'application/sdp']] }));
		assert.equal(answer.status, 200);
		alice.transmit(call.inDialog('ACK', { cseq: call.cseq }));
		return parseSdp(answer.body);
	};
	assert.equal((await reoffer('sendonly')).direction, 'recvonly');
	assert.equal((await control.event('call.held', e => e.held)).call.held, true);
	assert.equal((await reoffer('sendrecv')).direction, 'sendrecv');
	await control.event('call.held', e => !e.held);
	assert.equal((await reoffer('', '0.0.0.0')).direction, 'recvonly');
	assert.equal((await reoffer('inactive')).direction, 'inactive');
	assert.equal((await reoffer('sendrecv')).direction, 'sendrecv');
	await call.rtp.hear(440);
	await call.bye();
});

scenario('an INVITE without an offer gets ours, and the answer comes with ACK', {}, async world => {
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004', { body: '' });
	const answer = await call.response(200);
	assert.ok(parseSdp(answer.body).payloads.includes(0));
	await call.bye();
});

const redirect = (call, ...contacts) => call.phone.respond(call.invite, call.invite.response(302, 'Moved', { toTag: call.localTag,
	headers: contacts.map(contact => ['Contact', contact]) }));

scenario('a carrier redirects to another of its servers, and that one to a third', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const servers = [await world.trunk({ host: world.spareHosts[0] }), await world.trunk({ host: world.spareHosts[1] })];
	const caller = await alice.call('+14445556666'), asked = await carrier.incoming();
	redirect(asked, `<sip:other@example.com>;q=0.3, <sip:+14445550000@${servers[0].host}:5060>;q=0.9`, '<sip:third@example.com>;q=0.5');
	const next = await servers[0].incoming();
	assert.equal(next.invite.uri, `sip:+14445550000@${servers[0].host}:5060`);
	redirect(next, `<sip:+14445551111@${servers[1].host}:5060>`);
	const last = await servers[1].incoming();
	assert.equal(last.invite.uri, `sip:+14445551111@${servers[1].host}:5060`);
	assert.match(last.invite.get('to'), /\+14445556666/, 'whom the caller wanted');
	await last.accept();
	await caller.response(200);
	assert.equal((await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'in-progress')).trunk, 'carrier');
	await caller.bye();
	await last.ended();
});

// Who answers where a redirection leads: the caller hears himself.
async function echoes(caller) {
	await caller.response(200);
	caller.rtp.sendTone(440);
	await caller.rtp.hear(440);
	await caller.bye();
}

scenario('a redirection to ourselves is routed as if dialled, also to what the switch answers itself', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice'), bob = await world.registered('bob');
	for (const contact of [`<sip:+15550009004@${world.host}>`, `<sip:15550009004@${world.host}:5060;user=phone>`]) {
		const caller = await alice.call('+14445556666');
		redirect(await carrier.incoming(), contact);
		await echoes(caller);
	}
	const forwarded = await alice.call('+15550001002');
	redirect(await bob.incoming(), `<sip:+15550009004@${world.host}>`);
	await echoes(forwarded);
	assert.match((await control.someCall(({ user, status }) => user === 'bob' && status === 'no-answer')).reason, /redirected the call to \+15550009004/);
	// to a user of ours, by name and by a number that dials him
	for (const to of ['bob', '+15550001002']) {
		const caller = await alice.call('+14445556666');
		redirect(await carrier.incoming(), `<sip:${to}@${world.host}>`);
		const callee = await bob.incoming();
		await callee.accept();
		await caller.response(200);
		await caller.bye();
		await callee.ended();
	}
});

scenario('a redirection of a trunk through ourselves to a trunk is not followed, and loops end', {
	extra: 'number "+15550009011" { dial = {"trunk:carrier"} }', }, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666');
	redirect(await carrier.incoming(), `<sip:+14445557777@${world.host}>`);
	assert.equal((await caller.final()).status, 480);
	const looping = await alice.call('+15550009011');
	for (let i = 0; i <= 5; i++)
		redirect(await carrier.incoming(), `<sip:+15550009011@${world.host}>`);
	assert.equal((await looping.final()).status, 480);
});

scenario('call forwarding to a number with a script, and to a mailbox by who was to get a transfer', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob'), carol = await world.registered('carol');
	const caller = await alice.call('+15550001002');
	redirect(await bob.incoming(), `<sip:+15550009000@${world.host}>`);
	const { call, number } = await control.event('call.incoming');
	assert.equal(number, '+15550009000');
	assert.equal(call.user, 'alice');
	await control.call('call.claim', { call: call.id });
	await control.call('call.reject', { call: call.id, code: 486 });
	assert.equal((await caller.final()).status, 486);
	const first = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await first.response(200);
	assert.equal((await bob.send(callee.inDialog('REFER', { headers: [['Refer-To', `<sip:carol@${world.host}>`]] }))).status, 202);
	redirect(await carol.incoming(), `<sip:+15550009004@${world.host}>`);
	await callee.ended();
	await echoes(first);
});

scenario('a redirection without a place to go, and one that is none', {}, async world => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	for (const contacts of [[], ['<mailto:x@y>'], ['<http://example.com/>'], ['<tel:+15550001234>']]) {
		const caller = await alice.call('+14445556666');
		redirect(await carrier.incoming(), ...contacts);
		assert.ok((await caller.final()).status >= 400, contacts.join());
	}
});
