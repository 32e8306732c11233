// speech "NAME" of the conf: other programs that speak, and what is heard when they do not.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Api, binary, conf, server, until } from './harness.mjs';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-speech-'));
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));

// A WAV file of 8 kHz whose samples are the bytes given; `length` is what its header says.
function wav(samples, length = samples.length) {
	const header = Buffer.alloc(44);
	header.write('RIFF', 0);
	header.writeUInt32LE((36 + length) >>> 0, 4);
	header.write('WAVEfmt ', 8);
	header.writeUInt32LE(16, 16);
	header.writeUInt16LE(1, 20);
	header.writeUInt16LE(1, 22);
	header.writeUInt32LE(8000, 24);
	header.writeUInt32LE(16000, 28);
	header.writeUInt16LE(2, 32);
	header.writeUInt16LE(16, 34);
	header.write('data', 36);
	header.writeUInt32LE(length >>> 0, 40);
	return Buffer.concat([header, samples]);
}

function program(name, text) {
	const file = path.join(folder, name);
	fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
	return file;
}

const sound = Buffer.from('12345678'.repeat(200));
fs.writeFileSync(path.join(folder, 'good.wav'), wav(sound));
fs.writeFileSync(path.join(folder, 'streamed.wav'), wav(sound, 0xffffffff - 36));
fs.writeFileSync(path.join(folder, 'empty.wav'), wav(Buffer.alloc(0)));
const log = path.join(folder, 'log');
const note = `{ printf '%s|' "$@"; cat; echo; } >>${log}`;

const speech = `
speech "by-pipe" { command = {"${program('pipe', `${note}; cat ${folder}/streamed.wav`)}", "--lang", "{language}", "--voice={voice}"}  languages = {"de"} }
speech "by-file" { command = {"${program('file', `${note}; cp ${folder}/good.wav "$2"`)}", "--out", "{file}", "{text}"}  voices = {"Otto"} }
speech "austrian" { command = {"${program('austrian', `${note}; cat ${folder}/good.wav`)}", "austrian"}  languages = {"de-AT"}  ssml = true }
speech "broken" { command = {"${program('broken', 'cat >/dev/null; exit 7')}"}  voices = {"Broken"} }
speech "silent" { command = {"${program('silent', `cat ${folder}/empty.wav`)}"}  voices = {"Silent"} }
speech "babble" { command = {"${program('babble', 'echo no sound')}"}  voices = {"Babble"} }
speech "slow" { command = {"${program('slow', 'sleep 1000')}"}  voices = {"Slow"}  timeout = 200ms }
speech "no-file" { command = {"${program('nofile', 'exit 0')}", "{file}"}  voices = {"NoFile"} }
`;

async function start(more = {}) {
	let text = '<Response/>';
	const site = await server(() => text);
	const api = await Api.start({ voiceUrl: `${site.url}/voice`, extra: speech, ...more });
	return {
		api,
		stop: async () => { await api.stop(); await site.stop(); },
		// What a call hears of one <Say>, and what its events warn of.
		say: async say => {
			text = `<Response>${say}</Response>`;
			const call = api.mock.incoming();
			const params = await api.mock.request('call.play', p => p.call === call.id);
			api.mock.end(call.id);
			await api.record(call.id, 'completed');
			const { events } = (await api.get(`/v1/voice/calls/${call.id}/events`)).json;
			return { file: params.files[0], bytes: fs.readFileSync(params.files[0]), warnings: events.filter(e => e.type === 'script.warning').map(e => e.data?.message ?? e.message) };
		},
	};
}

const logged = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n') : []);

test('an engine is chosen by voice or language, and its sound is heard', async () => {
	const it = await start();
	const german = await it.say('<Say language="de-DE">Guten Tag</Say>');
	assert.deepEqual(german.bytes, wav(sound)); // with the length that is there
	assert.deepEqual(german.warnings, []);
	assert.deepEqual(logged().splice(-1), ['--lang|de-DE|--voice=|Guten Tag']);
	const named = await it.say('<Say voice="otto">--help</Say>');
	assert.deepEqual(named.bytes, wav(sound));
	const [out] = logged().splice(-1);
	assert.match(out, /^--out\|\/.*\.wav\| --help\|$/); // no option
	assert.equal(fs.existsSync(out.split('|')[1]), false);
	// the region counts for more
	await it.say('<Say language="de-AT">Gr&#252;&#223; <emphasis>Gott</emphasis></Say>');
	assert.match(logged().at(-1), /^austrian\|<speak.*Grüß .*<emphasis>Gott<\/emphasis>/);
	// by the name of a vendor's voice, which says its language
	await it.say('<Say voice="Polly.Hans">Hallo</Say>');
	assert.equal(logged().at(-1), '--lang|de-DE|--voice=|Hallo');
	// other languages are spoken by our own
	const count = logged().length;
	const english = await it.say('<Say>Good day</Say>');
	assert.equal(english.bytes.toString('latin1', 0, 4), 'RIFF');
	assert.notDeepEqual(english.bytes, wav(sound));
	// what was spoken is kept
	assert.equal((await it.say('<Say language="de-DE">Guten Tag</Say>')).file, german.file);
	assert.equal(logged().length, count);
	await it.stop();
});

test('when it fails another voice is heard, and the events say why', async () => {
	const it = await start();
	const reasons = { Broken: 'it ended with exit code 7', Silent: 'what it gave is no WAV file with sound in it', Babble: 'what it gave is no WAV file with sound in it',
		Slow: 'it took longer than 200 ms', NoFile: 'it has written no file' };
	for (const [voice, reason] of Object.entries(reasons)) {
		const heard = await it.say(`<Say voice="${voice}">Good morning</Say>`);
		assert.equal(heard.bytes.toString('latin1', 0, 4), 'RIFF');
		assert.deepEqual(heard.warnings, [`The speech engine "${{ NoFile: 'no-file' }[voice] ?? voice.toLowerCase()}" failed: ${reason}; another voice is heard.`]);
	}
	const { status } = await it.api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', script: '<Response><Pause/></Response>' });
	assert.equal(status, 201);
	// nothing is left of what they had begun
	assert.deepEqual(fs.readdirSync(path.join(it.api.dir, 'state/prompts')).filter(f => !/^say-[0-9a-f]{64}\.wav$/.test(f)), []);
	await it.stop();
});

test('no more than at-once run at a time, and the loop waits for none', async () => {
	const gate = path.join(folder, 'gate'), began = path.join(folder, 'began');
	fs.writeFileSync(began, '');
	const waits = program('waits', `cat >/dev/null; echo x >>${began}; while [ ! -e ${gate} ]; do sleep 0.02; done; cat ${folder}/good.wav`);
	const it = await start({ extra: `speech "waits" { command = {"${waits}"}  voices = {"Waits"}  at-once = 2  timeout = 100 }` });
	const all = ['one', 'two', 'three', 'four', 'five'].map(text => it.api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', script: `<Response><Say voice="Waits">${text}</Say></Response>` }));
	const calls = (await Promise.all(all)).map(r => r.json.call_id ?? r.json.id);
	for (const id of calls)
		it.api.mock.answer(id);
	await until(() => fs.readFileSync(began, 'utf8') === 'x\nx\n', 'two programs');
	// others are served meanwhile
	const heard = await it.say('<Say>Somebody else</Say>');
	assert.equal(heard.bytes.toString('latin1', 0, 4), 'RIFF');
	assert.equal(fs.readFileSync(began, 'utf8'), 'x\nx\n');
	fs.writeFileSync(gate, '');
	for (const id of calls)
		await it.api.mock.request('call.play', p => p.call === id);
	assert.equal(fs.readFileSync(began, 'utf8'), 'x\n'.repeat(5));
	await it.stop();
});

test('programs end with the API layer', async () => {
	const pidFile = path.join(folder, 'pid');
	const it = await start({ extra: `speech "stays" { command = {"${program('stays', `echo $$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; sleep 1000`)}"}  voices = {"Stays"}  timeout = 100 }` });
	const { json } = await it.api.post('/v1/voice/calls', { to: '+15550001001', from: '+15550009000', script: '<Response><Say voice="Stays">x</Say></Response>' });
	it.api.mock.answer(json.call_id ?? json.id);
	const pid = await until(() => fs.existsSync(pidFile) && Number(fs.readFileSync(pidFile, 'utf8')), 'the program');
	await it.stop();
	await until(() => !fs.existsSync(`/proc/${pid}`) || /^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')), 'its end');
});

test('-t looks for the program', () => {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-speech-t-'));
	const file = path.join(dir, 'offhook.conf');
	const check = extra => {
		fs.writeFileSync(file, conf({ dir, extra }));
		return spawnSync(binary, ['-c', file, '-t'], { encoding: 'utf8' });
	};
	assert.equal(check(speech).status, 0);
	const gone = check('speech "x" {\n  command = {"/nonexistent/speaker"}\n  languages = {"de"}\n}');
	assert.equal(gone.status, 1);
	assert.match(gone.stderr, /offhook\.conf:\d+: speech\/command: \/nonexistent\/speaker is not there, or may not be run/);
	fs.rmSync(dir, { recursive: true });
});
