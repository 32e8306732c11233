// What the tests of bad input share.

// A repeatable source of chance: next(n) is 0 … n−1.
export function random(seed) {
	let state = seed >>> 0 || 1;
	return n => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % n;
	};
}

// A call that must not notice anything. Resolves to a function that proves it.
export async function witness(world) {
	const carrier = await world.trunk();
	const call = await carrier.call('+15550009004');
	await call.response(200);
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	return async () => {
		call.rtp.samples = [];
		await call.rtp.hear(440, 'the echo afterwards');
		if ((await call.bye()).status !== 200)
			throw new Error('the BYE of the witness was refused');
		const alice = await world.registered('alice');
		if ((await alice.send(alice.request('OPTIONS', `sip:${world.host}`))).status !== 200)
			throw new Error('OPTIONS got no 200');
	};
}

// Ends all calls but those at port 5060 of the trunk, which are the witness's; with `trunks` those, too.
export async function hangUpAll(control, trunks = false) {
	const { calls } = await control.call('call.list');
	for (const { id, trunk } of calls)
		if (!trunk || trunks)
			await control.call('call.hangup', { call: id }).catch(() => {});
}
