// Speech in: <Gather input="speech"> and an NCCO's input hear by a server of the conf, whose answers are played here, on real calls.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { doc, mark, MARK, NUMBER, press, script } from './support/script.mjs';
import { StreamServer } from './support/stream-server.mjs';
import { poll } from './support/wait.mjs';

const server = await StreamServer.start(), german = await StreamServer.start();

// The server of the examples, with a program that hears the same in everything, and says what file it was given.
const example = spawn('node', [fileURLToPath(new URL('../../examples/speech-server.mjs', import.meta.url)), 'sh', '-c', 'echo "one $(head -c 4 "$0") please"'],
	{ env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
const exampleUrl = await new Promise(resolve => example.stdout.on('data', data => resolve(/ws:\S+/.exec(data)[0])));

after(() => {
	example.kill();
	server.close();
	german.close();
});

const said = (text, confidence = 0.9, more = []) => ({ type: 'transcription', is_final: true, alternatives: [{ transcript: text, confidence }, ...more] });
const partly = text => ({ type: 'transcription', is_final: false, alternatives: [{ transcript: text }] });

// A call whose number's script is `page`; ear() is the connection to the server that its Gather has opened.
function speaking(name, page, run, { dialect = 'twilio', url = server.url, pages = {} } = {}) {
	const numbers = world => `speech "ears" { url = "${url}"  key = "secret-1"  languages = {"en"}  rate = 8000 }
		speech "ohren" { url = "${german.url}" }
		number "${NUMBER}" { voice-url = "${world.web}/voice"  dialect = "${dialect}" }`;
	script(name, { numbers }, async (line, phones, world) => {
		const before = server.ends.length;
		line.pages['/voice'] = page;
		line.pages['/done'] = doc(mark);
		line.pages['/partial'] = { status: 204 };
		Object.assign(line.pages, pages);
		const call = await line.answered();
		call.rtp.sendTone(440);
		const ear = async (n = 1) => {
			const end = await server.end(before + n);
			await end.message(message => message.type === 'start', 'start');
			return end;
		};
		await run(line, call, ear, world);
	});
}

const form = async line => {
	const all = await line.reached('/done');
	return { text: all.SpeechResult, confidence: all.Confidence, digits: all.Digits };
};
const idOf = line => line.forms('/voice')[0].CallSid.slice(2).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const errors = async line => (await line.events(idOf(line))).filter(event => event.type === 'call.speech_error');

speaking('what is said reaches the action: the start, the audio, the key, the hints; auto ends with the first final result',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" hints="sales, support desk" language="en-GB" profanityFilter="false"><Play loop="0">/tone/880</Play></Gather>'), async (line, call, ear) => {
		const end = await ear();
		assert.equal(end.request.headers.authorization, 'Bearer secret-1');
		assert.deepEqual(end.messages[0], { type: 'start', language: 'en-GB', format: 'raw', encoding: 'LINEAR16', interimResults: true, sampleRateHz: 8000,
			options: { hints: ['sales', 'support desk'], profanityFilter: false } });
		await end.until(messages => messages.filter(message => Buffer.isBuffer(message) && message.length === 320).length > 10, 'audio');
		await call.rtp.hear(880);
		end.send(said('support desk', 0.875));
		await call.rtp.hear(MARK);
		assert.deepEqual(await form(line), { text: 'support desk', confidence: '0.875', digits: undefined });
		await end.message(message => message.type === 'stop', 'stop');
		await call.bye();
	});

speaking('the first partial result ends the prompts, and partial results are told in their order',
	doc('<Gather input="dtmf speech" action="/done" speechTimeout="auto" partialResultCallback="/partial"><Play loop="0">/tone/880</Play></Gather>'), async (line, call, ear) => {
		const end = await ear();
		await call.rtp.hear(880);
		end.send(partly('I would'));
		await line.reached('/partial', one => one.UnstableSpeechResult === 'I would');
		call.rtp.forget?.();
		await poll(() => call.rtp.samples.slice(-1600).every(sample => Math.abs(sample) < 200) && call.rtp.samples.length > 1600, 'silence');
		end.send(partly('I would like to'));
		// what is final at once takes the place of a partial result that was not told yet
		await line.reached('/partial', one => one.UnstableSpeechResult === 'I would like to');
		end.send(said('I would like to pay', 1));
		await call.rtp.hear(MARK);
		assert.deepEqual(await form(line), { text: 'I would like to pay', confidence: '1.0', digits: undefined });
		const parts = await poll(() => line.forms('/partial').length >= 3 && line.forms('/partial'), 'the partial results');
		assert.deepEqual(parts.map(part => [part.SequenceNumber, part.StableSpeechResult, part.UnstableSpeechResult]),
			[['0', '', 'I would'], ['1', '', 'I would like to'], ['2', 'I would like to pay', '']]);
		await call.bye();
	});

speaking('speechTimeout in seconds: several final results are one, and silence behind them ends it',
	doc('<Gather input="speech" action="/done" speechTimeout="1"/>'), async (line, call, ear) => {
		const end = await ear();
		end.send(said('two', 0.8));
		end.send(said('pizzas', 1));
		assert.deepEqual(await form(line), { text: 'two pizzas', confidence: '0.9', digits: undefined });
		await call.rtp.hear(MARK);
		await call.bye();
	});

speaking('the time is over: the server is told, and what it still has counts',
	doc('<Gather input="dtmf speech" action="/done" timeout="1"/>'), async (line, call, ear) => {
		const end = await ear();
		await end.message(message => message.type === 'stop', 'stop');
		end.send(said('late but here'));
		assert.equal((await form(line)).text, 'late but here');
		await call.rtp.hear(MARK);
		await call.bye();
	});

speaking('nothing is said: the script goes on behind it as soon as the server has closed',
	doc(`<Gather input="speech" action="/done" timeout="1"/>${mark}`), async (line, call, ear) => {
		const end = await ear();
		await end.message(message => message.type === 'stop', 'stop');
		end.close();
		await call.rtp.hear(MARK);
		assert.equal(line.forms('/done').length, 0);
		await call.bye();
	});

speaking('keys still work, and count in place of what was said',
	doc('<Gather input="dtmf speech" action="/done" numDigits="2" speechTimeout="auto"><Play loop="0">/tone/880</Play></Gather>'), async (line, call, ear) => {
		const end = await ear();
		end.send(partly('er'));
		press(call, '42');
		assert.deepEqual(await form(line), { text: undefined, confidence: undefined, digits: '42' });
		await call.rtp.hear(MARK);
		await end.message(message => message.type === 'stop', 'stop');
		await call.bye();
	});

for (const [how, fail] of [['says so', end => end.send({ type: 'error', error: 'no licence' })], ['closes', end => end.close(1011)], ['breaks', end => end.socket.destroy()]])
	speaking(`a server that ${how}: the error is an event, and the keys still work`,
		doc('<Gather input="dtmf speech" action="/done" numDigits="1" timeout="60"/>'), async (line, call, ear) => {
			fail(await ear());
			const [error] = await poll(async () => {
				const list = await errors(line);
				return list.length && list;
			}, 'call.speech_error');
			const data = error.data ?? error;
			assert.equal(data.speech, 'ears');
			assert.equal(data.language, 'en-US');
			if (how === 'says so')
				assert.equal(data.message, 'no licence');
			press(call, '7');
			assert.equal((await form(line)).digits, '7');
			await call.rtp.hear(MARK);
			await call.bye();
		});

speaking('a server that is not there', doc('<Gather input="dtmf speech" action="/done" numDigits="1" timeout="60"/>'), async (line, call) => {
	await poll(async () => (await errors(line)).length, 'call.speech_error');
	press(call, '7');
	assert.equal((await form(line)).digits, '7');
	await call.rtp.hear(MARK);
	await call.bye();
}, { url: 'ws://127.0.0.1:1/' });

speaking('messages that are none change nothing',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60"/>'), async (line, call, ear) => {
		const end = await ear();
		for (const odd of ['no JSON', '[]', '{"type":7}', '{"type":"transcription"}', '{"type":"transcription","is_final":true,"alternatives":"x"}',
			'{"type":"transcription","is_final":true,"alternatives":[{"transcript":7}]}', '{"type":"transcription","is_final":true,"alternatives":[{"transcript":"  "}]}', Buffer.alloc(320)])
			end.send(odd);
		end.send(said('fine', 7));
		assert.deepEqual(await form(line), { text: 'fine', confidence: '0.0', digits: undefined });
		await call.rtp.hear(MARK);
		await call.bye();
	});

speaking('prompts without bargeIn are heard to their end, and only then somebody listens',
	doc('<Gather input="speech" action="/done" bargeIn="false" speechTimeout="auto"><Play>/tone/880/1</Play></Gather>'), async (line, call, ear) => {
		await call.rtp.hear(880);
		const end = await ear();
		end.send(said('now'));
		assert.equal((await form(line)).text, 'now');
		await call.rtp.hear(MARK);
		await call.bye();
	});

speaking('a language of another server', doc('<Gather input="speech" action="/done" speechTimeout="auto" language="de-DE"/>'), async (line, call) => {
	const end = await german.end();
	const start = await end.message(message => message.type === 'start', 'start');
	assert.deepEqual([start.language, start.sampleRateHz, end.request.headers.authorization], ['de-DE', 16000, undefined]);
	end.send(said('ja bitte'));
	assert.equal((await form(line)).text, 'ja bitte');
	await call.rtp.hear(MARK);
	await call.bye();
});

speaking('kill -9 of offhook-api while it listens: what is said meanwhile counts',
	doc('<Gather input="dtmf speech" action="/done" speechTimeout="auto" timeout="60"/>'), async (line, call, ear, world) => {
		const end = await ear();
		await line.begun('Gather');
		await end.until(messages => messages.some(message => Buffer.isBuffer(message)), 'audio');
		end.send(partly('yes'));
		await poll(async () => (await line.events(idOf(line))).some(event => event.type === 'call.speech'), 'the message');
		await world.apiProcess.kill();
		end.send(said('yes indeed'));
		await world.startApi();
		assert.equal((await form(line)).text, 'yes indeed');
		await call.rtp.hear(MARK);
		await call.bye();
	});

speaking('another document by the API ends the listening',
	doc('<Gather input="speech" action="/done" timeout="60"/>'), async (line, call, ear, world) => {
		const end = await ear();
		const { status } = await world.http('POST', `/v1/voice/calls/${idOf(line)}`, { script: doc(`<Play loop="0">${world.web}/tone/1200</Play>`) });
		assert.equal(status, 200);
		await end.message(message => message.type === 'stop', 'stop');
		await call.rtp.hear(MARK);
		await call.bye();
	});

const ncco = actions => ({ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(actions) });

speaking('an NCCO: results with every alternative', ncco([
	{ action: 'input', type: ['speech'], eventUrl: ['/asked'], speech: { language: 'en-US', context: ['sales', 'support'], endOnSilence: 0.5, startTimeout: 20 } },
]), async (line, call, ear, world) => {
	let told;
	line.pages['/asked'] = (fields, request) => {
		told = JSON.parse(request.body);
		return ncco([{ action: 'stream', streamUrl: [`${world.web}/tone/1200`], loop: 0 }]);
	};
	const end = await ear();
	assert.deepEqual(end.messages[0].options.hints, ['sales', 'support']);
	end.send(said('sales', 0.9405, [{ transcript: 'sails', confidence: 0.5 }]));
	await call.rtp.hear(MARK);
	assert.deepEqual(told.speech, { timeout_reason: 'end_on_silence_timeout', results: [{ text: 'sales', confidence: '0.9405' }, { text: 'sails', confidence: '0.5' }] });
	assert.deepEqual(told.dtmf, { digits: '', timed_out: false });
	await call.bye();
}, { dialect: 'vonage' });

speaking('examples/speech-server.mjs: what is said until a pause goes to a program, and its words come back',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60"/>'), async (line, call) => {
		call.rtp.sendTone(0, 0);
		await line.begun('Gather');
		call.rtp.sendTone(600);
		await poll(async () => (await line.events(idOf(line))).some(event => event.type === 'call.stream'), 'the stream');
		const at = call.rtp.packets.length;
		await call.rtp.signal.until(() => call.rtp.packets.length > at + 50, 'a second of it');
		call.rtp.sendTone(0, 0);
		assert.equal((await form(line)).text, 'one RIFF please');
		await call.rtp.hear(MARK);
		await call.bye();
	}, { url: exampleUrl });

speaking('who waits in a queue is heard, too; what listens ends when somebody takes the call',
	doc('<Enqueue waitUrl="/wait">line</Enqueue>'), async (line, call, ear, world) => {
		(await ear()).send(said('how long'));
		assert.equal((await line.reached('/said')).SpeechResult, 'how long');
		await call.rtp.hear(880);
		const second = await ear(2), agent = await world.registered('bob');
		const { status } = await world.http('POST', '/v1/voice/calls', { to: 'bob', from: NUMBER, script: doc('<Dial><Queue>line</Queue></Dial>') });
		assert.equal(status, 201);
		const taken = await (await agent.incoming()).accept();
		await second.message(message => message.type === 'stop', 'stop');
		taken.rtp.sendTone(700);
		await call.rtp.hear(700);
		await call.bye();
		await taken.ended();
	}, { pages: {
		'/wait': doc('<Gather input="speech" action="/said" speechTimeout="auto" timeout="60"/>'),
		'/said': doc('<Gather input="speech" action="/said" speechTimeout="auto" timeout="60"><Play loop="0">/tone/880</Play></Gather>'),
	} });

speaking('an NCCO of keys and speech: the sound before it is its prompt, and a key counts', ncco([
	{ action: 'stream', streamUrl: ['/tone/880'], bargeIn: true },
	{ action: 'input', type: ['dtmf', 'speech'], dtmf: { maxDigits: 1 }, eventUrl: ['/asked'] },
]), async (line, call, ear, world) => {
	let told;
	line.pages['/asked'] = (fields, request) => {
		told = JSON.parse(request.body);
		return ncco([{ action: 'stream', streamUrl: [`${world.web}/tone/1200`], loop: 0 }]);
	};
	await ear();
	await call.rtp.hear(880);
	press(call, '3');
	await call.rtp.hear(MARK);
	assert.deepEqual([told.dtmf, told.speech], [{ digits: '3', timed_out: false }, {}]);
	await call.bye();
}, { dialect: 'vonage' });

test('examples/pocketsphinx.sh: a voice says one of the phrases that are expected; without any, yes or no', () => {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-voice-')), file = join(dir, 'said.wav');
	const hears = (text, hints) => {
		execFileSync('flite', ['-voice', 'slt', '-t', text, '-o', file]);
		const program = fileURLToPath(new URL('../../examples/pocketsphinx.sh', import.meta.url));
		return execFileSync(program, [file], { env: { ...process.env, HINTS: hints } }).toString().trim();
	};
	for (const phrase of ['sales', 'support desk', 'billing'])
		assert.equal(hears(phrase, 'Sales, support desk, billing, xqzzy, $(reboot); <x>'), phrase);
	for (const word of ['yes', 'no'])
		assert.equal(hears(word, ''), word);
	rmSync(dir, { recursive: true });
});
