// The messages of tests/sip/rfc4475: valid ones are handled, invalid ones get the response that RFC 4475 names, or silence.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TOP, scenario } from './support/harness.mjs';
import { Signal } from './support/wait.mjs';

const FOLDER = join(TOP, 'tests/sip/rfc4475');

// Sends a message, as a stranger or from a trunk's address; resolves to the status of its final response. Where there may be none, OPTIONS
// follow, and the answer to those before any other is 'silence'.
async function exchange(world, text, expected, from) {
	const socket = dgram.createSocket('udp4'), signal = new Signal(), statuses = [];
	await new Promise((resolve, reject) => socket.once('error', reject).bind(...from, resolve));
	const { port } = socket.address();
	socket.on('message', data => {
		const status = Number(/^SIP\/2\.0 (\d+)/.exec(data)?.[1]);
		if (status >= 200)
			statuses.push(/^(?:i|call-id)\s*:\s*the-last-word/im.test(data) ? 'end' : String(status));
		signal.notify();
	});
	const send = bytes => new Promise(resolve => socket.send(bytes, 5060, world.host, resolve));
	await send(Buffer.from(text.replaceAll('HOST', world.host).replaceAll('PORT', port).replaceAll('\n', '\r\n'), 'latin1'));
	if (!expected.includes('silence')) {
		const status = await signal.until(() => statuses[0], 'a response', 5000).catch(() => 'silence');
		socket.close();
		return status;
	}
	for (let round = 1; round <= 3; round++) { // an INVITE takes more turns of the switch's loop than OPTIONS
		await send(`OPTIONS sip:${world.host} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKend${round};rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\n` +
			`To: <sip:x@y>\r\nCall-ID: the-last-word\r\nCSeq: ${round} OPTIONS\r\nContent-Length: 0\r\n\r\n`);
		await signal.until(() => statuses.filter(status => status === 'end').length === round, 'the answer to OPTIONS');
	}
	socket.close();
	return statuses.find(status => status !== 'end') ?? 'silence';
}

scenario('the messages of RFC 4475', {}, async (world, control) => {
	const wrong = [], files = readdirSync(FOLDER).filter(name => /^\d/.test(name));
	assert.equal(files.length, 49, 'all there are');
	for (const file of files) {
		const [, first, text] = /^(.*)\n([^]*)$/.exec(readFileSync(join(FOLDER, file), 'latin1'));
		for (const [i, expected] of first.split('|').map(part => part.trim().split(' ')).entries()) {
			const got = await exchange(world, i ? text.replace(/branch=z9hG4bK/i, '$&t').replace(/^(Call-ID|i) *: */im, '$&t') : text, expected, i ? [5060, world.trunkHost] : [0, '127.0.0.1']);
			if (!expected.includes(got))
				wrong.push(`${file}: ${i ? 'from a trunk ' : ''}${got} instead of ${expected.join(' or ')}`);
		}
	}
	assert.deepEqual(wrong, []);
	assert.deepEqual((await control.call('registration.list')).registrations, []);
	assert.equal((await control.call('switch.status')).calls, 0);
});

scenario('what is unknown in a Contact is kept, or refused', {}, async (world, control) => {
	const alice = await world.phone('alice');
	const bound = async () => (await control.call('registration.list')).registrations.map(({ contact }) => contact);
	assert.equal((await alice.register({ contact: 'sip:+19725552222@127.0.0.1;unknownparam' })).status, 200);
	assert.deepEqual(await bound(), ['sip:+19725552222@127.0.0.1'], 'without brackets a parameter is the header\'s');
	await alice.register({ contact: '*', expires: 0 });
	const reply = await alice.register({ contact: '<sip:+19725552222@127.0.0.1;unknownparam>' });
	assert.equal(reply.status, 200);
	assert.deepEqual(await bound(), ['sip:+19725552222@127.0.0.1;unknownparam']);
	assert.match(reply.get('contact'), /<sip:\+19725552222@127\.0\.0\.1;unknownparam>/);
	await alice.register({ contact: '*', expires: 0 });
	assert.equal((await alice.register({ contact: 'sip:user@127.0.0.1?Route=%3Csip:sip.example.com%3E' })).status, 400);
	assert.deepEqual(await bound(), []);
	assert.equal((await alice.register({ contact: '<name:John_Smith>' })).status, 400);
	assert.deepEqual(await bound(), []);
});
