// The server that doc/scripts.md prints, as it is printed, in front of a recogniser that says how loud and how long what it was given is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { doc, NUMBER, script } from '../sip/support/script.mjs';
import { voice } from '../sip/support/voice.mjs';
import { poll, Signal } from '../sip/support/wait.mjs';

const here = name => fileURLToPath(new URL(name, import.meta.url));
const printed = /```js\n(import \{ WebSocketServer \}[^]*?)```/.exec(readFileSync(here('../../doc/scripts.md'), 'utf8'))[1];

const port = await new Promise(resolve => {
	const probe = net.createServer().listen(0, '127.0.0.1', () => {
		const { port } = probe.address();
		probe.close(() => resolve(port));
	});
});
const dir = mkdtempSync(join(tmpdir(), 'speech-example-'));
symlinkSync(here('node_modules'), join(dir, 'node_modules'));
const words = `
async function words(audio, start) {
	let peak = 0;
	for (let i = 0; i < audio.length; i += 2)
		peak = Math.max(peak, Math.abs(audio.readInt16LE(i)));
	await new Promise(resolve => setTimeout(resolve, 50));
	return peak > 1000 ? \`\${start.language} loud for \${audio.length / 2 / start.sampleRateHz > 0.1 ? 'long' : 'a moment'}\` : 'quiet';
}
`;
writeFileSync(join(dir, 'server.mjs'), printed.replace('port: 2700', `host: '127.0.0.1', port: ${port}`) + words);
const server = spawn(process.execPath, [join(dir, 'server.mjs')], { stdio: ['ignore', 'inherit', 'inherit'] });
after(() => {
	server.kill();
	rmSync(dir, { recursive: true });
});
const url = `ws://127.0.0.1:${port}/`;

// Resolves to a connection once the server listens.
const opened = () => poll(() => new Promise(resolve => {
	const ws = new WebSocket(url);
	ws.messages = [];
	ws.signal = new Signal();
	ws.on('error', () => resolve(false)).on('open', () => resolve(ws)).on('message', data => {
		ws.messages.push(JSON.parse(data));
		ws.signal.notify();
	}).on('close', () => {
		ws.over = true;
		ws.signal.notify();
	});
}), 'the server to listen');

const frame = (opcode, payload) => {
	const size = payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255];
	return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
};
const piece = level => {
	const out = Buffer.alloc(640);
	for (let i = 0; i < out.length; i += 2)
		out.writeInt16LE(i % 4 ? level : -level, i);
	return out;
};

for (const language of ['en-US', 'en-USA'])
	test(`it hears what comes in one piece with its start, wherever in it that is (${language})`, async () => {
		const ws = await opened();
		const start = Buffer.from(JSON.stringify({ type: 'start', language, sampleRateHz: 16000 }));
		ws._socket.write(Buffer.concat([frame(1, start), ...Array.from({ length: 20 }, () => frame(2, piece(5000))), frame(1, Buffer.from('{"type":"stop"}'))]));
		await ws.signal.until(() => ws.over, 'its end');
		assert.deepEqual(ws.messages, [{ type: 'transcription', is_final: true, alternatives: [{ transcript: `${language} loud for long`, confidence: 0.9 }] }]);
	});

test('what it still recognises when it is stopped is told before it closes', async () => {
	const ws = await opened();
	ws.send(JSON.stringify({ type: 'start', language: 'en-US', sampleRateHz: 16000 }));
	for (let i = 0; i < 10; i++)
		ws.send(piece(5000));
	for (let i = 0; i < 36; i++)
		ws.send(piece(0)); // the pause: it recognises
	ws.send('{"type":"stop"}');
	await ws.signal.until(() => ws.over, 'its end');
	assert.deepEqual(ws.messages.map(({ alternatives }) => alternatives[0].transcript), ['en-US loud for long']);
});

const numbers = world => `speech "ears" { url = "${url}" }  number "${NUMBER}" { voice-url = "${world.web}/voice"  dialect = "twilio" }`;
script('a caller is heard by it', { numbers }, async line => {
	await opened().then(ws => ws.close());
	line.pages['/voice'] = doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60"/>');
	line.pages['/done'] = doc('<Hangup/>');
	const call = await line.answered();
	call.rtp.sendVoice(voice('hello there', { before: 1, after: 3 }));
	assert.equal((await line.reached('/done')).SpeechResult, 'en-US loud for long');
	await call.ended?.();
});
