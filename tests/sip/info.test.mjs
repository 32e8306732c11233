// Digits by INFO, to those who want them so, and across a bridge in every combination.
import assert from 'node:assert/strict';
import { challenge, isRight } from './support/challenge.mjs';
import { scenario } from './support/harness.mjs';
import { parseSdp } from './support/phone.mjs';

const RELAY = ['Content-Type', 'application/dtmf-relay'];
const INFO = 'dtmf = "info"';
const users = (alice, bob) => `
user "alice" { password = "secret-a" number = "+15550001001" ${alice} }
user "bob" { password = "secret-b" number = "+15550001002" ${bob} }`;

// The digits that came to a phone by INFO, as many as `count`; each is answered with `status`.
async function pressed(call, count, status = 200) {
	const { phone } = call, infos = () => call.requests.filter(({ method }) => method === 'INFO');
	const digits = [];
	for (let i = 0; i < count; i++) {
		const info = await phone.signal.until(() => infos()[i], `INFO number ${i + 1}`);
		assert.equal(infos().length, i + 1, 'one at a time');
		assert.equal(info.get('content-type'), 'application/dtmf-relay');
		digits.push(/^Signal=(.)\r\nDuration=(\d+)\r\n$/.exec(info.body).slice(1).join(' '));
		phone.respond(info, info.response(status, 'As it is', { toTag: call.localTag }));
	}
	return digits;
}

const press = (call, digit) => call.phone.send(call.inDialog('INFO', { headers: [RELAY], body: `Signal=${digit}\r\nDuration=200\r\n` }));

// A telephone-event in the audio of a phone.
const heard = ({ rtp }, event) => rtp.signal.until(() => rtp.packets.some(({ pt, payload }) => pt === 101 && payload[0] === event), `event ${event}`);

async function talking(world) {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const caller = await alice.call('+15550001002'), callee = await bob.incoming();
	await callee.accept();
	await caller.response(200);
	return { caller, callee };
}

async function end({ caller, callee }) {
	await caller.bye();
	await callee.ended();
}

for (const status of [200, 415, 481, 500])
	scenario(`a program sends digits to a trunk that wants INFO, which answers ${status}`, { trunk: INFO }, async (world, control) => {
		const carrier = await world.trunk();
		const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
		const callee = await carrier.incoming();
		assert.ok(!callee.invite.body.includes('telephone-event'));
		await callee.accept({ sdp: { payloads: [0] } });
		await control.callState(id, 'in-progress');
		await control.call('call.send_digits', { call: id, digits: '1w#', duration: 250 });
		await control.call('call.send_digits', { call: id, digits: '*D' });
		assert.deepEqual(await pressed(callee, 4, status), ['1 250', '# 250', '* 100', 'D 100']);
		assert.equal((await carrier.send(callee.inDialog('OPTIONS'))).status, 200, 'the call goes on');
		await control.call('call.hangup', { call: id });
		await callee.ended();
	});

scenario('a trunk that asks who presses', { trunk: `${INFO} username = "offhook" password = "trunk-secret"` }, async (world, control) => {
	const carrier = await world.trunk(), sent = challenge('SHA-256');
	const { call: { id } } = await control.call('call.originate', { to: '+14445556666', from: '+15550009000' });
	const callee = await carrier.incoming();
	await callee.accept({ sdp: { payloads: [0] } });
	await control.callState(id, 'in-progress');
	await control.call('call.send_digits', { call: id, digits: '5' });
	const first = await callee.request('INFO');
	carrier.respond(first, first.response(407, 'Who', { toTag: callee.localTag, headers: [['Proxy-Authenticate', sent]] }));
	const again = await carrier.signal.until(() => callee.requests.filter(({ method }) => method === 'INFO')[1], 'INFO with credentials');
	assert.ok(isRight(again, 'proxy-authorization', sent));
	assert.match(again.body, /^Signal=5/);
	carrier.respond(again, again.response(200, 'OK', { toTag: callee.localTag }));
	await control.call('call.hangup', { call: id });
	await callee.ended();
});

scenario('a phone that wants INFO is not told of telephone-event, in calls either way', { users: users(INFO, '') }, async world => {
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const call = await alice.call('+15550009004');
	assert.deepEqual(parseSdp((await call.response(200)).body).payloads, [0]);
	await call.bye();
	const caller = await bob.call('+15550001001'), callee = await alice.incoming();
	assert.ok(!callee.invite.body.includes('telephone-event'));
	await callee.reply(486);
	await caller.final();
});

scenario('INFO of one to INFO of the other', { users: users(INFO, INFO) }, async (world, control) => {
	const both = await talking(world);
	assert.equal((await press(both.caller, '7')).status, 200);
	assert.deepEqual(await pressed(both.callee, 1), ['7 200']);
	assert.equal((await press(both.callee, '#')).status, 200);
	assert.deepEqual(await pressed(both.caller, 1), ['# 200']);
	await control.event('call.digit', ({ digit, call }) => digit === '7' && call.direction === 'inbound');
	await end(both);
});

scenario('INFO of one to telephone-event of the other, and back', { users: users(INFO, '') }, async (world, control) => {
	const both = await talking(world);
	await press(both.caller, '5');
	await heard(both.callee, 5);
	both.callee.rtp.press(9);
	assert.match((await pressed(both.caller, 1))[0], /^9 /);
	await control.event('call.digit', ({ digit, call }) => digit === '9' && call.direction === 'outbound');
	await end(both);
});

scenario('INFO of one to telephone-event of the other, though INFO is not what its conf says', {}, async world => {
	const both = await talking(world);
	await press(both.callee, '3');
	await heard(both.caller, 3);
	await end(both);
});
