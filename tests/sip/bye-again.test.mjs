// A BYE that cannot be delivered where the far end's Contact says.
import assert from 'node:assert/strict';
import { makeSdp } from './support/phone.mjs';
import { scenario } from './support/harness.mjs';

scenario('a carrier’s Contact that nobody finds: the call is ended by the way of its INVITE', {}, async (world, control) => {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550001001' });
	const callee = await carrier.incoming();
	await callee.openMedia();
	carrier.respond(callee.invite, callee.invite.response(200, 'OK', { toTag: callee.localTag, body: makeSdp({ host: carrier.host, port: callee.rtp.port }),
		headers: [['Contact', '<sip:gw@sbc-7.internal.invalid>'], ['Content-Type', 'application/sdp']] }));
	await control.callState(id, 'in-progress');
	await control.call('call.hangup', { call: id });
	const bye = await callee.ended();
	assert.equal(bye.tag('to'), callee.localTag);
	assert.equal(bye.tag('from'), callee.invite.tag('from'));
	assert.ok(bye.cseq.number > callee.invite.cseq.number);
	assert.match(world.switch.text(), / warn sip\.bye_undelivered /);
});
