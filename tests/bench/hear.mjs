// What offhook-hear makes of what voices say, as a telephone has it: right, wrong, nothing, of each kind of question; and what it takes for an answer of words that are none.
// Usage: make bench-hear (or OFFHOOK_BUILD=build node tests/bench/hear.mjs). Voices: flite's, in 8 kHz.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { voice } from '../sip/support/voice.mjs';

const hear = join(process.env.OFFHOOK_BUILD ?? 'build', 'bin/offhook-hear'), voices = ['kal16', 'awb', 'rms', 'slt'], TOLD = 0.3;
const menu = ['sales', 'support', 'I want billing', 'operator', 'cancel', 'repeat', 'help', 'goodbye', 'speak to an agent', 'talk to a person', 'check my balance', 'opening hours'];
const others = ['the weather is nice today', 'could you call me back tomorrow', 'i have no idea what you mean', 'seven', 'one moment', 'hello who is this'];
const same = list => list.map(text => [text, text]);
const questions = [
	['yes or no', ['$yes-no'], [['yes', 'yes'], ['no', 'no'], ['yes please', 'yes'], ['no thanks', 'no'], ['nope', 'no']]],
	['a menu of 12 phrases', menu, same(menu)],
	['one digit', ['$digits:1'], [['one', '1'], ['four', '4'], ['seven', '7'], ['nine', '9']]],
	['four digits', ['$digits:4'], [['four two seven one', '4271'], ['one two three four', '1234'], ['nine oh eight six', '9086']]],
	['any digits', ['$digits'], [['seven', '7'], ['four two', '42'], ['one two three four', '1234'], ['five five five zero one nine nine', '5550199']]],
	['numbers', ['$number'], [['twenty three', '23'], ['one hundred and forty two', '142'], ['twelve thousand', '12000']]],
	['dates', ['$date'], [['march the fifth', 'March 5'], ['december twenty second', 'December 22'], ['tomorrow', 'tomorrow']]],
	['words that are not in the menu', menu, others.map(text => [text, null])],
	['words that are neither yes nor no', ['$yes-no'], others.map(text => [text, null])],
];

function wav(samples) {
	const head = Buffer.from('RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data....', 'latin1');
	head.writeUInt32LE(36 + samples.length * 2, 4);
	head.writeUInt32LE(samples.length * 2, 40);
	return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

const dir = mkdtempSync(join(tmpdir(), 'offhook-hear-'));
try {
	console.log(`of ${voices.length} voices; "told" is a confidence of ${TOLD} or more\nquestion                            said  right  wrong  not told   audio`);
	for (const [name, hints, said] of questions) {
		const files = new Map();
		let seconds = 0;
		for (const [i, [text, wanted]] of said.entries())
			for (const who of voices) {
				const samples = voice(text, { name: who }), file = join(dir, `${i}-${who}.wav`);
				seconds += samples.length / 8000;
				writeFileSync(file, wav(samples));
				files.set(file, wanted);
			}
		const out = execFileSync(hear, [...hints.flatMap(hint => ['-g', hint]), ...files.keys()], { encoding: 'utf8' });
		const heard = new Map();
		let file;
		for (const line of out.split('\n'))
			if (line.startsWith('\t')) {
				const [, text, confidence] = line.split('\t');
				if (Number(confidence) >= TOLD)
					heard.set(file, heard.has(file) ? `${heard.get(file)} ${text}` : text);
			} else if (line) {
				file = line;
			}
		let right = 0, wrong = 0, none = 0;
		for (const [one, wanted] of files)
			if (!heard.has(one))
				none++;
			else if (heard.get(one) === wanted)
				right++;
			else
				wrong++;
		console.log(`${name.padEnd(35)} ${String(files.size).padStart(4)} ${String(right).padStart(6)} ${String(wrong).padStart(6)} ${String(none).padStart(9)}   of ${seconds.toFixed(0)} s`);
	}
} finally {
	rmSync(dir, { recursive: true });
}
