// The messages of tests/sip/rfc4475: valid ones are handled, invalid ones get the response that RFC 4475 names, or silence.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TOP, scenario } from './support/harness.mjs';
import { Signal } from './support/wait.mjs';

const FOLDER = join(TOP, 'tests/sip/rfc4475');

// Sends a message; resolves to the status of its final response. Where there may be none, OPTIONS follow, and the answer to those before any
// other is 'silence'.
async function exchange(world, text, expected) {
	const socket = dgram.createSocket('udp4'), signal = new Signal(), statuses = [];
	await new Promise(resolve => socket.bind(0, '127.0.0.1', resolve));
	const { port } = socket.address();
	socket.on('message', data => {
		const status = Number(/^SIP\/2\.0 (\d+)/.exec(data)?.[1]);
		if (status >= 200)
			statuses.push(/^(?:i|call-id)\s*:\s*the-last-word/im.test(data) ? 'end' : String(status));
		signal.notify();
	});
	const send = bytes => new Promise(resolve => socket.send(bytes, 5060, world.host, resolve));
	await send(text.replaceAll('HOST', world.host).replaceAll('PORT', port).replaceAll('\n', '\r\n'));
	if (!expected.includes('silence')) {
		const status = await signal.until(() => statuses[0], 'a response', 5000).catch(() => 'silence');
		socket.close();
		return status;
	}
	await send(`OPTIONS sip:${world.host} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKend;rport\r\nMax-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\n` +
		'To: <sip:x@y>\r\nCall-ID: the-last-word\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n');
	await signal.until(() => statuses.includes('end'), 'the answer to OPTIONS');
	socket.close();
	return statuses[0] === 'end' ? 'silence' : statuses[0];
}

scenario('the messages of RFC 4475', {}, async world => {
	const wrong = [];
	for (const file of readdirSync(FOLDER).filter(name => /^\d/.test(name))) {
		const [, expected, text] = /^(.*)\n([^]*)$/.exec(readFileSync(join(FOLDER, file), 'utf8'));
		const got = await exchange(world, text, expected);
		if (!expected.split(' ').includes(got))
			wrong.push(`${file}: ${got} instead of ${expected}`);
	}
	assert.deepEqual(wrong, []);
});
