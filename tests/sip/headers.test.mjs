// What is passed on from one leg to the other: headers, and the reasons for an end.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';

scenario('X- headers, Diversion and History-Info go on to the other leg, and are shown', {}, async (world, control) => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const diversion = '<sip:+15550007777@example.com>;reason=no-answer;counter=1';
	const caller = await alice.call('+15550001002', { headers: [['X-Ticket', '4711; "quoted"'], ['Diversion', diversion],
		['History-Info', '<sip:a@example.com>;index=1'], ['Subject', 'not this one']] });
	const callee = await bob.incoming();
	assert.equal(callee.invite.get('x-ticket'), '4711; "quoted"');
	assert.equal(callee.invite.get('diversion'), diversion);
	assert.equal(callee.invite.get('history-info'), '<sip:a@example.com>;index=1');
	assert.equal(callee.invite.get('subject'), undefined);
	await callee.reply(486);
	await caller.final();
	const { headers } = await control.someCall(({ direction }) => direction === 'inbound');
	assert.equal(headers['X-Ticket'], '4711; "quoted"');
	assert.equal(headers.Diversion, diversion);
});

scenario('a carrier is not told what a phone says of other people\'s numbers', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const of = async headers => {
		const caller = await alice.call('+14445556666', { headers }), callee = await carrier.incoming();
		await callee.reply(486);
		await caller.final();
		return callee.invite;
	};
	const others = ['<sip:+19005550100@x>', '"A" <tel:+19005550100>', 'sip:carl@example.com', '<sip:example.com>', `<sip:+15550001001@${world.host}>, <sip:+19005550100@x>`, 'nobody', ''];
	for (const name of ['Diversion', 'History-Info', 'Referred-By'])
		for (const value of others)
			assert.equal((await of([[name, value], ['X-Ticket', '1']])).get(name), undefined, `${name}: ${value}`);
	assert.ok(control.events.length);
	for (const value of [`<sip:+15550001002@${world.host}>;reason=unconditional`, `"Bob" <sip:bob@${world.host}>;index=1`]) {
		const invite = await of([['Diversion', value], ['X-Ticket', '1']]);
		assert.equal(invite.get('diversion'), value);
		assert.equal(invite.get('x-ticket'), '1');
	}
});

scenario('a call that was diverted several times', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const [first, second] = ['<sip:+15550007777@example.com>;reason=no-answer', '<sip:+15550008888@example.com>;reason=unconditional'];
	const by = '<sip:boss@example.com>;cid="1@x"';
	const caller = await carrier.call('+15550009001', { headers: [['Diversion', first], ['Diversion', second], ['Referred-By', by]] });
	const callee = await alice.incoming();
	assert.equal(callee.invite.all('diversion').join(', '), `${first}, ${second}`);
	assert.equal(callee.invite.get('referred-by'), by);
	await callee.reply(486);
	await caller.final();
	const { headers } = await control.someCall(({ direction }) => direction === 'inbound');
	assert.deepEqual(headers, { Diversion: `${first}, ${second}`, 'Referred-By': by });
});

scenario('a program gives headers to the call that it makes', {}, async (world, control) => {
	const carrier = await world.trunk();
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000', headers: { 'X-Order': 'no. 7', 'X-Lang': 'fr' } });
	const { invite, ...callee } = await carrier.incoming();
	assert.equal(invite.get('x-order'), 'no. 7');
	assert.equal(invite.get('x-lang'), 'fr');
	assert.deepEqual((await control.call('call.get', { call: id })).call.headers, { 'X-Order': 'no. 7', 'X-Lang': 'fr' });
	await control.call('call.hangup', { call: id });
	await control.callState(id, 'canceled');
	assert.ok(callee);
	for (const headers of [{ 'X-A': 'b\r\nVia: x' }, { Via: 'x' }, { 'X-A': 7 }])
		await assert.rejects(control.call('call.originate', { to: '+14445556666', from: '+15550009000', headers }), JSON.stringify(headers));
});

async function talking(world) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	return { caller, callee };
}

for (const who of ['caller', 'callee'])
	scenario(`the reason of the ${who}'s BYE`, {}, async (world, control) => {
		const both = await talking(world), one = both[who], other = both[who === 'caller' ? 'callee' : 'caller'];
		await one.phone.send(one.inDialog('BYE', { headers: [['Reason', 'SIP;cause=200;text="x", Q.850;cause=31;text="Normal, unspecified"']] }));
		assert.match((await other.ended()).get('reason'), /Q\.850;cause=31/);
		for (const direction of ['inbound', 'outbound'])
			assert.equal((await control.someCall(call => call.direction === direction && call.status === 'completed')).q850, 31);
	});

scenario('a plain BYE is normal clearing', {}, async (world, control) => {
	const { caller, callee } = await talking(world);
	await caller.bye();
	assert.match((await callee.ended()).get('reason'), /Q\.850;cause=16/);
	assert.equal((await control.someCall(({ status }) => status === 'completed')).q850, 16);
});

scenario('the reason of a refusal (RFC 6432)', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await alice.call('+14445556666'), callee = await carrier.incoming();
	await callee.reply(480, { headers: [['Reason', 'Q.850;cause=20;text="Subscriber absent"']] });
	const refusal = await caller.final();
	assert.equal(refusal.status, 480);
	assert.match(refusal.get('reason'), /Q\.850;cause=20/);
	const { q850, sip_code } = await control.someCall(({ direction, status }) => direction === 'outbound' && status === 'no-answer');
	assert.deepEqual([q850, sip_code], [20, 480]);
});

scenario('the reason of a CANCEL: no phone shows a missed call that was taken elsewhere', {}, async (world, control) => {
	const carrier = await world.trunk(), alice = await world.registered('alice');
	const caller = await carrier.call('+15550009001'), callee = await alice.incoming();
	await callee.reply(180);
	await caller.response(180);
	await caller.cancel([['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]);
	assert.equal((await caller.final()).status, 487);
	assert.match((await callee.request('CANCEL')).get('reason'), /SIP;cause=200/);
	await control.someCall(({ direction, status }) => direction === 'inbound' && status === 'canceled');
});

scenario('the reason goes with a pair that was made by a transfer', {}, async (world) => {
	const { caller, callee } = await talking(world), carol = await world.registered('carol');
	await callee.phone.send(callee.inDialog('REFER', { headers: [['Refer-To', `<sip:carol@${world.host}>`]] }));
	const target = await carol.incoming();
	await target.accept();
	await callee.ended();
	await target.phone.send(target.inDialog('BYE', { headers: [['Reason', 'Q.850;cause=27']] }));
	assert.match((await caller.ended()).get('reason'), /Q\.850;cause=27/);
});
