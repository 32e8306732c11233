// A server that listens, for a `speech` section: cuts what callers say where they pause, hands each piece as a WAV file to a program, and tells
// what that prints. HINTS in its environment has the phrases that the script expects. Needs no package.
// Usage: node examples/speech-server.mjs PROGRAM [ARGUMENT …]; the file's name is added at the end, as in
//   node examples/speech-server.mjs whisper-cli -m ggml-base.en.bin -nt -np -f
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [program, ...args] = process.argv.slice(2), LOUD = 500, PAUSE_MS = 700;

function wav(samples, rate) {
	const head = Buffer.from('RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0........\x02\0\x10\0data....', 'latin1');
	for (const [at, value] of [[4, 36 + samples.length], [24, rate], [28, rate * 2], [40, samples.length]])
		head.writeUInt32LE(value, at);
	return Buffer.concat([head, samples]);
}

// The words in a piece of audio.
function recognise(samples, rate, hints) {
	const dir = mkdtempSync(join(tmpdir(), 'speech-')), file = join(dir, 'said.wav');
	writeFileSync(file, wav(samples, rate));
	return new Promise(resolve => execFile(program, [...args, file], { env: { ...process.env, HINTS: hints.join(', ') } }, (error, out) => {
		rmSync(dir, { recursive: true });
		resolve(error ? { error: error.message } : { text: out.trim() });
	}));
}

// One caller: `tell` sends a message, `close` ends the connection.
function listen(tell, close) {
	let rate = 16000, hints = [], said = [], quiet = 0, talks = false, last = Promise.resolve();
	const finish = () => {
		const samples = Buffer.concat(said), spoke = talks;
		[said, quiet, talks] = [[], 0, false];
		if (spoke)
			last = last.then(() => recognise(samples, rate, hints)).then(({ text, error }) =>
				tell(error ? { type: 'error', error } : { type: 'transcription', is_final: true, alternatives: [{ transcript: text, confidence: 0.9 }] }));
		return last;
	};
	return {
		text(message) {
			if (message.type === 'start')
				[rate, hints] = [message.sampleRateHz, message.options?.hints ?? []];
			else if (message.type === 'stop')
				finish().then(close);
		},
		audio(data) {
			let sum = 0;
			for (let i = 0; i + 1 < data.length; i += 2)
				sum += Math.abs(data.readInt16LE(i));
			const loud = sum / (data.length / 2) > LOUD;
			said.push(data);
			quiet = loud ? 0 : quiet + data.length / 2 / rate * 1000;
			talks ||= loud;
			if (!talks)
				said = said.slice(-25); // half a second, for the beginning of the first word
			else if (quiet > PAUSE_MS)
				finish();
		},
	};
}

// What a WebSocket needs (RFC 6455): frames of whole messages, masked by the client.
function frame(opcode, payload) {
	const size = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
	return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), payload]);
}

const server = http.createServer().on('upgrade', (request, socket) => {
	const accept = createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64');
	socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
	const caller = listen(message => socket.write(frame(1, Buffer.from(JSON.stringify(message)))), () => socket.end(frame(8, Buffer.from([3, 232]))));
	let rest = Buffer.alloc(0);
	socket.on('error', () => {}).on('data', data => {
		rest = Buffer.concat([rest, data]);
		for (;;) {
			const long = (rest[1] & 127) === 126, at = long ? 8 : 6, size = long && rest.length > 3 ? rest.readUInt16BE(2) : rest[1] & 127;
			if (rest.length < 2 || rest.length < at + size)
				break;
			const opcode = rest[0] & 15, payload = Buffer.from(rest.subarray(at, at + size).map((byte, i) => byte ^ rest[at - 4 + (i & 3)]));
			rest = rest.subarray(at + size);
			if (opcode === 1)
				caller.text(JSON.parse(payload.toString()));
			else if (opcode === 2)
				caller.audio(payload);
			else if (opcode === 9)
				socket.write(frame(10, payload));
			else if (opcode === 8)
				socket.end(frame(8, payload));
		}
	});
});
server.listen(process.env.PORT ?? 2700, '127.0.0.1', () => console.log(`speech server on ws://127.0.0.1:${server.address().port}/`));
