// Calls that outlive the switch's process: what they cost, IPv6, conferences, and those that were being transferred.
import assert from 'node:assert/strict';
import { scenario } from './support/harness.mjs';
import { RESUME, answerOffer, restartSwitch } from './support/resume.mjs';
import { toneShare } from './support/rtp.mjs';
import { connect, phones, refer, tones } from './support/transfer.mjs';
import { poll } from './support/wait.mjs';

async function hear(call, tone) {
	call.rtp.forget();
	await call.rtp.hear(tone, `${tone} Hz`);
}

// Among others.
async function share(call, tone) {
	call.rtp.forget();
	await poll(() => call.rtp.samples.length > 1600 && toneShare(call.rtp.samples.slice(-1600), tone) > 0.15, `${tone} Hz`);
}

const idsOf = async control => (await control.call('call.list')).calls.map(({ id }) => id);

scenario('the price is that of the whole call, before and after', { ...RESUME, account: 'deck = "d"',
	extra: 'resume = true\ndeck "d" { currency = "EUR" rates = { "+1444 60 1/1" } }' }, async (world, control) => {
	const alice = await world.registered('alice'), carrier = await world.trunk();
	const near = await alice.call('+14441234567'), far = await carrier.incoming();
	await far.accept();
	await near.response(200);
	const spent = async at => Number((await at.call('account.list')).accounts[0].spent_today);
	await poll(async () => await spent(control) >= 2, 'the second second to be paid');
	const { calls } = await control.call('call.list'), ids = calls.map(({ id }) => id);
	const fresh = await restartSwitch(world, ids);
	await Promise.all([answerOffer(near), answerOffer(far)]);
	await poll(async () => await spent(fresh) >= 4, 'what follows to be paid too');
	await near.bye();
	await far.ended();
	const end = await fresh.callState(calls.find(({ direction }) => direction === 'outbound').id, 'completed');
	assert.ok(end.duration_ms >= 2500, `${end.duration_ms} ms`);
	assert.equal(Number(end.price), Math.floor((end.duration_ms + 500) / 1000), 'one a second, from the answer on');
	assert.equal(await spent(fresh), Number(end.price));
});

for (const transport of ['udp', 'tcp'])
	scenario(`phones on IPv6 (${transport}) talk on`, { ...RESUME, ipv6: true }, async (world, control) => {
		const alice = await world.phone6('alice', { transport }), bob = await world.phone6('bob', { transport });
		for (const phone of [alice, bob])
			assert.equal((await phone.register()).status, 200);
		const { caller, callee } = await connect(alice, bob, '+15550001002');
		await restartSwitch(world, await idsOf(control));
		if (transport === 'tcp')
			for (const phone of [alice, bob]) {
				await phone.connect();
				assert.equal((await phone.register()).status, 200);
			}
		await Promise.all([answerOffer(caller), answerOffer(callee)]);
		await Promise.all([hear(caller, tones.bob), hear(callee, tones.alice)]);
		caller.cseq += 5;
		assert.equal((await caller.bye()).status, 200);
		await callee.ended();
	});

scenario('who was in a conference of the conf meets there again', { ...RESUME, numbers: 'number "+15550009003" { conference = "standup" }' }, async (world, control) => {
	const all = await phones(world), calls = {};
	for (const [name, phone] of Object.entries(all)) {
		calls[name] = await phone.call('+15550009003');
		await calls[name].response(200);
		calls[name].rtp.sendTone(tones[name], 6000);
	}
	await share(calls.alice, tones.carol);
	const ids = await idsOf(control), fresh = await restartSwitch(world, ids);
	await Promise.all(Object.values(calls).map(call => answerOffer(call)));
	for (const name of Object.keys(calls))
		for (const other of Object.keys(calls).filter(one => one !== name))
			await share(calls[name], tones[other]);
	const { conferences } = await fresh.call('conference.list');
	assert.deepEqual(conferences.map(({ name, participant_count }) => [name, participant_count]), [['standup', 3]]);
	for (const call of Object.values(calls))
		await call.bye();
	await Promise.all(ids.map(id => fresh.callState(id, 'completed')));
});

scenario('two who were being transferred to a phone that still rang stay with each other', RESUME, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	const ids = await idsOf(control);
	assert.equal((await refer(callee, `<sip:+15550001003@${world.host}>`)).status, 202);
	const target = await carol.incoming();
	await target.reply(180);
	const fresh = await restartSwitch(world, ids);
	await Promise.all([answerOffer(caller), answerOffer(callee)]);
	await Promise.all([hear(caller, tones.bob), hear(callee, tones.alice)]);
	assert.deepEqual((await idsOf(fresh)).sort(), ids.sort());
	caller.cseq += 5;
	await caller.bye();
	await callee.ended();
	await Promise.all(ids.map(id => fresh.callState(id, 'completed')));
});

scenario('who was transferred is with the new partner', RESUME, async (world, control) => {
	const { alice, bob, carol } = await phones(world);
	const { caller, callee } = await connect(alice, bob, '+15550001002');
	assert.equal((await refer(callee, `<sip:+15550001003@${world.host}>`)).status, 202);
	const target = await carol.incoming();
	await target.accept();
	target.rtp.sendTone(tones.carol);
	await callee.ended();
	await hear(caller, tones.carol);
	const ids = await idsOf(control), fresh = await restartSwitch(world, ids);
	assert.equal(ids.length, 2);
	await Promise.all([answerOffer(caller), answerOffer(target)]);
	await Promise.all([hear(caller, tones.carol), hear(target, tones.alice)]);
	await target.bye();
	await caller.ended();
	await Promise.all(ids.map(id => fresh.callState(id, 'completed')));
});

scenario('who takes UPDATE is asked by it whether it is still there, as before', { ...RESUME, sip: `${RESUME.sip} session-timer = 4 session-timer-min = 1` }, async (world, control) => {
	const alice = await world.registered('alice'), timers = [['Supported', 'timer'], ['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE']];
	const call = await alice.call('+15550009004', { headers: [...timers, ['Session-Expires', '4;refresher=uas']] });
	await call.response(200);
	await restartSwitch(world, await idsOf(control));
	await answerOffer(call, { headers: [...timers, ['Require', 'timer'], ['Session-Expires', '4;refresher=uac']] });
	const update = await call.request('UPDATE');
	alice.respond(update, update.response(200, 'OK', { toTag: call.localTag, headers: [['Contact', alice.contact()], ['Session-Expires', '4;refresher=uac']] }));
	assert.equal(update.body, '');
	await call.bye();
});
