// Where a message ends on a connection: lengths, counts and line ends that lie, and many messages at once.
import assert from 'node:assert/strict';
import { withTls } from './support/certificates.mjs';
import { random } from './support/hostile.mjs';
import { scenario } from './support/harness.mjs';
import { Wire, optionsText } from './support/wire.mjs';

const answers = wire => [...wire.text.matchAll(/SIP\/2\.0 (\d{3})[^]*?CSeq: (\d+)/g)].map(([, status, cseq]) => [Number(status), Number(cseq)]);

async function isAlive(world) {
	const wire = await Wire.open(world);
	await wire.write(optionsText(world, false));
	await wire.until(() => wire.text.startsWith('SIP/2.0 200 '), 'the answer to a request on another connection');
	wire.close();
}

// What ends a connection, and the answer before that (0: none).
const LIES = [
	['two Content-Lengths', 400, { headers: 'Content-Length: 0' }], ['two that agree, one of them compact', 400, { headers: 'l: 0' }],
	['a negative one', 400, { length: '-1' }], ['a sign', 400, { length: '+5', body: 'hello' }], ['hexadecimal', 400, { length: '0x5', body: 'hello' }],
	['a list', 400, { length: '5, 5', body: 'hello' }], ['nothing', 400, { length: '' }], ['words', 400, { length: 'five' }], ['a fraction', 400, { length: '5.0', body: 'hello' }],
	['a folded lie', 400, { length: '5\r\n 5', body: 'hello' }], ['none', 400, { length: null }], ['a parameter', 400, { length: '5;x=y', body: 'hello' }],
	...['65537', '2147483647', '2147483648', '4294967290', '4294967295', '4294967296', '9223372036854775807', '18446744073709551615', '18446744073709551616',
		'99999999999999999999999', '000000000000000000000000000099999999'].map(length => [length, 413, { length, body: 'hello' }]),
	['its name folded', 413, { length: '4294967295', lengthName: 'Content-Length\r\n ' }], ['its name in capitals, with a space', 413, { length: '4294967295', lengthName: 'CONTENT-LENGTH ' }],
	['its compact name', 413, { length: '4294967295', lengthName: 'L' }], ['its value folded', 413, { length: '\r\n\t4294967295' }],
	['a header section that is too long', 513, { headers: `Subject: ${'s'.repeat(70000)}` }],
	['too many headers', 513, { headers: Array(2000).fill('X-A: b').join('\r\n') }], ['too many Vias, which no answer holds', 0, { headers: Array(1100).fill('Via: SIP/2.0/TCP a').join('\r\n') }],
	['NUL in a header', 400, { headers: 'Subject: a\0b' }], ['CR alone', 400, { headers: 'Subject: a\rContent-Length: 7' }], ['an empty line of CRs', 400, { headers: 'Subject: a\r\r' }],
];

for (const secure of [false, true])
	scenario(`lengths that lie, over ${secure ? 'TLS' : 'TCP'}, are answered and end their connection alone`, withTls(), async (world, control) => {
		for (const [what, code, how] of LIES)
			for (const before of [0, 2]) {
				const wire = await Wire.open(world, { secure });
				const text = Array.from({ length: before }, (_, i) => optionsText(world, secure, { cseq: i + 1 })).join('');
				await wire.write(text + optionsText(world, secure, { cseq: 99, ...how }));
				await wire.until(() => wire.closed, `the end of the connection with ${what} after ${before}`);
				const got = answers(wire);
				assert.deepEqual(got.filter(([, cseq]) => cseq !== 99).map(([status]) => status), Array(before).fill(200), what);
				assert.deepEqual(got.filter(([, cseq]) => cseq === 99), code ? [[code, 99]] : [], `${what} after ${before}`);
			}
		assert.equal((await control.call('switch.status')).calls, 0);
		await isAlive(world);
	});

scenario('what is no SIP ends its connection without a word', {}, async world => {
	for (const text of ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'hello\r\n', '\0\0\0\0\r\n', ' \r\n\r\n']) {
		const wire = await Wire.open(world);
		await wire.write(text);
		await wire.until(() => wire.closed, `the end of the connection that said ${JSON.stringify(text)}`);
		assert.equal(wire.text.replace(/\r\n/g, '').slice(0, 7) === 'SIP/2.0' ? 'an answer' : '', '');
	}
	await isAlive(world);
});

for (const secure of [false, true])
	scenario(`more requests than any buffer holds, sent while the switch stands still, over ${secure ? 'TLS' : 'TCP'}, are all answered`, withTls(), async world => {
		const wire = await Wire.open(world, { secure }), count = 400;
		const texts = Array.from({ length: count }, (_, i) => optionsText(world, secure, { cseq: i + 1, headers: `Subject: ${'s'.repeat(500 + i)}` }));
		process.kill(world.switch.pid, 'SIGSTOP');
		const written = wire.write(texts.join(''));
		process.kill(world.switch.pid, 'SIGCONT');
		await written;
		await wire.until(() => wire.closed || answers(wire).length === count, `${count} answers (there were ${answers(wire).length})`);
		assert.deepEqual(answers(wire).map(([, cseq]) => cseq).sort((a, b) => a - b), texts.map((_, i) => i + 1));
		wire.close();
	});

scenario('max-message-size: what fits is taken, a byte more is not, and a reload changes it', { sip: 'max-message-size = 8K' }, async (world, control) => {
	const sized = size => {
		const text = optionsText(world, false, { headers: 'Subject: #' });
		return text.replace('#', 's'.repeat(size - text.length + 1));
	};
	const ask = async text => {
		const wire = await Wire.open(world);
		await wire.write(text);
		await wire.until(() => answers(wire).length, 'an answer');
		wire.close();
		return answers(wire)[0][0];
	};
	assert.equal(await ask(sized(8192)), 200);
	assert.equal(await ask(sized(8193)), 513);
	assert.equal(await ask(optionsText(world, false, { length: 8000, body: 'b' })), 413);
	world.options.sip = 'max-message-size = 100K';
	world.writeConf();
	await control.call('switch.reload');
	assert.equal(await ask(sized(90000)), 200);
});

// ---- a stream whose messages end where we say, cut anywhere ----

// Bodies that look like messages must stay bodies.
function goodMessage(next, world, secure, cseq) {
	const bodies = ['', 'v=0\r\n', '\r\n\r\n', optionsText(world, secure, { cseq: cseq + 1000000 }), 'Content-Length: 7\r\n\r\n', 'x'.repeat(next(9000)), '\0\r\r\n\n'];
	const body = bodies[next(bodies.length)];
	const names = ['Content-Length', 'l', 'L', 'content-length', 'Content-Length ', 'CONTENT-LENGTH\t'];
	const headers = ['', 'Subject: a\r\n b', 's: content-length: 7', 'X-Content-Length: 9', 'Subject: l: 5', 'k: timer'][next(6)];
	const pause = ['', '', '\r\n', '\r\n\r\n', '\r\n'.repeat(9)][next(5)];
	const length = ['', ' ', '  ', '\r\n '][next(4)] + ['', '0', '000000'][next(3)] + body.length + ['', ' '][next(2)];
	return pause + optionsText(world, secure, { cseq, body, length, headers: body ? headers + (headers ? '\r\n' : '') + 'Content-Type: text/plain' : headers, lengthName: names[next(names.length)] });
}

async function goodStream(next, world, secure, count) {
	const wire = await Wire.open(world, { secure });
	let text = '';
	for (let i = 0; i < count; i++)
		text += goodMessage(next, world, secure, i + 1);
	for (let at = 0; at < text.length;) {
		const n = next(3) ? 1 + next(3000) : 1 + next(20);
		await wire.write(text.slice(at, at + n));
		at += n;
	}
	await wire.until(() => wire.closed || answers(wire).length >= count, `${count} answers (there were ${answers(wire).length})`);
	assert.deepEqual(answers(wire).map(([, cseq]) => cseq).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i + 1));
	wire.close();
}

// ---- the same, broken ----

const NUMBERS = ['0', '-1', '1', '00', '4294967295', '4294967296', '2147483648', '9223372036854775807', '18446744073709551616', '1e9', '', '0x10', '65535', '65536', '999999999999999999999'];
const COUNTED = ['Content-Length', 'l', 'CSeq', 'Expires', 'Max-Forwards', 'Session-Expires', 'x', 'Min-SE', 'RSeq', 'RAck', 'Retry-After', 'Timestamp', 'Min-Expires', 'MIME-Version',
	'Contact', 'Subscription-State', 'Event', 'Content-Encoding', 'Transfer-Encoding', 'Replaces', 'Accept', 'Via', 'Route', 'Supported', 'Require', 'Authorization', 'Date', 'Reason'];

function badMessage(next, world, secure, cseq) {
	const pick = list => list[next(list.length)];
	let text = goodMessage(next, world, secure, cseq);
	text = text.replace('OPTIONS', pick(['OPTIONS', 'OPTIONS', 'INVITE', 'REGISTER', 'ACK', 'BYE', 'CANCEL', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'MESSAGE', 'PRACK', 'REFER', 'SIP/2.0 200 OK\r\nX:']));
	for (let k = next(4); k > 0; k--) {
		const at = next(text.length), line = text.indexOf('\r\n', at);
		switch (next(6)) {
		case 0:
			text = text.slice(0, at) + String.fromCharCode(next(256)) + text.slice(at + 1);
			break;
		case 1:
			text = text.slice(0, at) + text.slice(at + 1 + next(30));
			break;
		case 2: // a header with a number in it, somewhere
			text = line < 0 ? text : `${text.slice(0, line + 2)}${pick(COUNTED)}: ${pick(NUMBERS)}${pick(['', ' OPTIONS', ';q=' + pick(NUMBERS), ';expires=' + pick(NUMBERS), ', ' + pick(NUMBERS)])}\r\n${text.slice(line + 2)}`;
			break;
		case 3:
			text = text.replace(/\d+/g, number => next(8) ? number : pick(NUMBERS));
			break;
		case 4:
			text = text.slice(0, at) + pick(['\r', '\n', '\r\n', '\r\n\r\n', '\0', ',', ';', ' \r\n ', '"', '<', '\\', '%']) + text.slice(at);
			break;
		default:
			text = text.slice(0, at) + text.slice(next(text.length), at + next(400)) + text.slice(at);
		}
	}
	return text;
}

async function badStream(next, world, secure, count) {
	let sent = 0;
	while (sent < count) {
		const wire = await Wire.open(world, { secure });
		for (let i = 0; i < 20 && !wire.closed && sent < count; i++, sent++) {
			const text = next(5) ? badMessage(next, world, secure, i + 1) : goodMessage(next, world, secure, i + 1);
			const cut = next(text.length);
			await wire.write(text.slice(0, cut));
			await wire.write(text.slice(cut));
		}
		wire.socket.end(); // and not destroyed: the switch is to read it all
		await wire.until(() => wire.closed, 'the end of a connection whose far end has said all');
	}
}

const seeds = (process.env.OFFHOOK_SEEDS ?? '1 2').split(' ').map(Number), messages = Number(process.env.OFFHOOK_MESSAGES ?? 1500);

for (const seed of seeds)
	for (const secure of [false, true])
		scenario(`a stream cut anywhere, and one that is broken anywhere, over ${secure ? 'TLS' : 'TCP'} (${seed})`, { ...withTls('message-timeout = 3s'), log: 'warn' }, async (world, control) => {
			const next = random(seed * 2 + (secure ? 1 : 0));
			for (let left = messages; left > 0; left -= 300) {
				await goodStream(next, world, secure, 40);
				await Promise.all([1, 2, 3, 4].map(() => badStream(next, world, secure, Math.min(left, 300) / 4)));
			}
			await isAlive(world);
			for (const { id } of (await control.call('call.list')).calls)
				await control.call('call.hangup', { call: id }).catch(() => {});
		});
