// A BYE that cannot be delivered where the far end's Contact says.
import assert from 'node:assert/strict';
import { makeSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';
import { challenge, isRight } from './support/challenge.mjs';
import { poll } from './support/wait.mjs';

// A call to the carrier, whose Contact nobody finds, that we have hung up; resolves to its far end.
async function hungUp(carrier, control, headers = []) {
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550001001' });
	const callee = await carrier.incoming();
	await callee.openMedia();
	carrier.respond(callee.invite, callee.invite.response(200, 'OK', { toTag: callee.localTag, body: makeSdp({ host: carrier.host, port: callee.rtp.port }),
		headers: [['Contact', '<sip:gw@sbc-7.internal.invalid>'], ['Content-Type', 'application/sdp'], ...headers] }));
	await control.callState(id, 'in-progress');
	await control.call('call.hangup', { call: id });
	return { id, callee };
}

const told = (control, id) => control.event('call.bye_undelivered', ({ call }) => call.id === id);

scenario('a carrier’s Contact that nobody finds: the call is ended by the way of its INVITE', {}, async (world, control) => {
	const carrier = await world.trunk();
	await world.startApi();
	const { id, callee } = await hungUp(carrier, control);
	const bye = await callee.ended();
	assert.equal(bye.tag('to'), callee.localTag);
	assert.equal(bye.tag('from'), callee.invite.tag('from'));
	assert.ok(bye.cseq.number > callee.invite.cseq.number);
	const { code, again, call } = await told(control, id);
	assert.equal(again, 200);
	assert.ok(code >= 408);
	assert.equal(call.status, 'completed');
	assert.match(world.switch.text(), / warn sip\.bye_undelivered /);
	const fact = await poll(async () => (await world.http('GET', `/v1/voice/calls/${id}/why`)).body.facts?.find(({ fact: name }) => name === 'hanging up'), 'the fact');
	assert.match(fact.value, /could not be told at its Contact \(\d+\); told again the way its call was placed: 200/);
});

scenario('the BYE that goes the way of the INVITE answers a challenge', { trunk: 'username = "offhook" password = "trunk-secret"' }, async (world, control) => {
	const carrier = await world.trunk(), sent = challenge('SHA-256', {});
	carrier.automatic = false;
	const { id, callee } = await hungUp(carrier, control);
	const first = await callee.ended();
	carrier.respond(first, first.response(407, 'Who is it', { headers: [['Proxy-Authenticate', sent]] }));
	const second = await carrier.signal.until(() => callee.requests.find(m => m.method === 'BYE' && m.cseq.number > first.cseq.number), 'a second BYE');
	assert.ok(isRight(second, 'Proxy-Authorization', sent), second.get('proxy-authorization'));
	carrier.respond(second, second.response(200, 'OK'));
	assert.equal((await told(control, id)).again, 200);
});

scenario('a BYE without another way: the call’s events say so', {}, async (world, control) => {
	const carrier = await world.trunk();
	const { id } = await hungUp(carrier, control, [['Record-Route', '<sip:proxy.internal.invalid;lr>']]);
	const { code, again } = await told(control, id);
	assert.ok(code >= 408);
	assert.equal(again, undefined);
});
