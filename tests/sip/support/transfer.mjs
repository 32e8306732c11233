// Transfers as phones make them: two in a call that hear each other, REFER, and what is told of how it goes.
import assert from 'node:assert/strict';

export const tones = { alice: 440, bob: 1000, carol: 1700 };

export async function phones(world) {
	const all = {};
	for (const name of ['alice', 'bob', 'carol'])
		all[name] = await world.registered(name);
	return all;
}

// `from` calls `to`, who answers; both say their tones.
export async function connect(from, to, number) {
	const caller = await from.call(number), callee = await to.incoming();
	await callee.accept();
	await caller.response(200);
	caller.rtp.sendTone(tones[from.user]);
	callee.rtp.sendTone(tones[to.user]);
	await Promise.all([caller.rtp.hear(tones[to.user]), callee.rtp.hear(tones[from.user])]);
	return { caller, callee };
}

// The SIP codes of the NOTIFYs that a call got, once `last` is among them.
export async function notified(call, last) {
	const codes = () => call.requests.filter(r => r.method === 'NOTIFY').map(r => Number(/^SIP\/2.0 (\d+)/.exec(r.body)[1]));
	await call.phone.signal.until(() => codes().includes(last), `NOTIFY of ${last}`);
	const notifies = call.requests.filter(r => r.method === 'NOTIFY');
	assert.match(notifies.at(-1).get('subscription-state'), /^terminated/);
	for (const notify of notifies)
		assert.match(notify.get('event'), /^refer/);
	return codes();
}

export function refer(call, to, headers = []) {
	return call.phone.send(call.inDialog('REFER', { headers: [['Refer-To', to], ['Referred-By', `<sip:${call.phone.user}@x>`], ...headers] }));
}
