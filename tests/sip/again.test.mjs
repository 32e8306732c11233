// What comes again, changes in mid-call, or comes as nobody has agreed on: absorbed, refused in its own terms, or understood.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { scenario } from './support/harness.mjs';
import { makeSdp, parseSdp } from './support/phone.mjs';
import { poll } from './support/wait.mjs';

const TYPE = ['Content-Type', 'application/sdp'];

// An answer to a request that was sent after `message`, by when the switch has dealt with that.
async function dealtWith(world, phone) {
	assert.equal((await phone.send(phone.request('OPTIONS', `sip:${world.host}`))).status, 200);
}

scenario('an INVITE that comes once more after its ACK is absorbed, while the call lives and after it', {}, async (world, control) => {
	const alice = await world.registered('alice'), call = await alice.call('+15550009004');
	await call.response(200);
	const told = () => call.responses.map(({ status }) => status), before = told();
	const absorbed = n => poll(() => (world.switch.text().match(/ sip\.absorbed /g) ?? []).length >= n, `INVITE ${n} to be absorbed`);
	await poll(() => /event=nua_i_ack/.test(world.switch.text()), 'the ACK');
	alice.transmit(call.invite);
	await absorbed(1);
	await dealtWith(world, alice);
	assert.deepEqual(told(), before, 'no answer, and no 482');
	assert.equal((await control.call('call.list')).calls.length, 1);
	assert.equal((await call.bye()).status, 200);
	alice.transmit(call.invite);
	await absorbed(2);
	await dealtWith(world, alice);
	assert.deepEqual(told(), before);
	assert.equal((await control.call('call.list')).calls.length, 0, 'it is no new call');
});

scenario('an INVITE that comes once more before its ACK gets its 200 once more', {}, async world => {
	const alice = await world.registered('alice');
	const invite = extra => alice.request('INVITE', `sip:+15550009004@${world.host}`, { callId: 'unheard', fromTag: 'unheard', cseq: 1 + extra.length,
		headers: [TYPE, ...extra], body: makeSdp({ host: alice.host, port: 40000 }) });
	const answers = code => alice.received.filter(m => m.status === code && m.get('call-id') === 'unheard');
	const asked = await alice.send(invite([]));
	const second = invite([alice.answerChallenge(asked, 'INVITE', `sip:+15550009004@${world.host}`)]);
	alice.transmit(second);
	await alice.signal.until(() => answers(200).length, 'the 200');
	const before = answers(200).length; // NTA sends it again by itself, too
	alice.transmit(second);
	await alice.signal.until(() => answers(200).length > before, 'the 200 once more');
	assert.equal(answers(482).length, 0);
	const { headers } = answers(200)[0], to = headers.find(([name]) => name.toLowerCase() === 'to')[1];
	const within = (method, cseq) => {
		const message = alice.request(method, `sip:${world.host}`, { callId: 'unheard', fromTag: 'unheard', cseq });
		message.headers = message.headers.map(([name, value]) => name === 'To' ? [name, to] : name === 'From' ? [name, second.get('from')] : [name, value]);
		return message;
	};
	alice.transmit(within('ACK', 2));
	assert.equal((await alice.send(within('BYE', 3))).status, 200);
});

scenario('a body that we do not know is refused with 415, in a call too, and changes nothing', {}, async world => {
	const alice = await world.registered('alice');
	const text = { headers: [['Content-Type', 'text/plain']], body: 'hello' };
	const refused = await alice.sendWithAuth('INVITE', `sip:+15550009004@${world.host}`, text);
	assert.equal(refused.status, 415);
	assert.match(refused.get('accept'), /application\/sdp/);
	const call = await alice.call('+15550009004');
	await call.response(200);
	for (const method of ['INVITE', 'UPDATE']) {
		const reply = await alice.send(call.inDialog(method, text));
		assert.equal(reply.status, 415, method);
		assert.match(reply.get('accept'), /application\/sdp/);
		const packed = await alice.send(call.inDialog(method, { headers: [TYPE, ['Content-Encoding', 'gzip']], body: makeSdp({ host: alice.host, port: call.rtp.port }) }));
		assert.equal(packed.status, 415, method);
		assert.match(packed.get('accept-encoding'), /identity/);
	}
	call.rtp.sendTone(440);
	await call.rtp.hear(440);
	await call.bye();
});

scenario('until the restart that they need, addresses and ports stay as they were in what phones are told', {}, async (world, control) => {
	const text = readFileSync(world.confFile, 'utf8');
	writeFileSync(world.confFile, text.replace(/^rtp \{ address = "[^"]*"/m, `rtp { address = "${world.spareHosts[0]}"`).replace(/(domain = "[^"]*")/, '$1 nonce-life = 77'));
	for (let n = 0; n < 2; n++) // also the second time
		assert.deepEqual((await control.call('switch.reload')).needs_restart, ['rtp/address']);
	const alice = await world.registered('alice'), call = await alice.call('+15550009004');
	assert.equal(parseSdp((await call.response(200)).body).host, world.host);
	await call.bye();
});
