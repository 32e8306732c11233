// What a voice says, as a telephone has it: flite speaks, and its 16 kHz become 8 kHz.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const samplesOf = wav => {
	const at = wav.indexOf('data') + 8, rate = wav.readUInt32LE(24);
	return { rate, samples: new Int16Array(wav.subarray(at, at + (wav.length - at & ~1)).slice().buffer) };
};

// Samples of 8 kHz: `text` in that voice, with so many seconds of silence before and behind it.
export function voice(text, { name = 'slt', before = 0.5, after = 1.5 } = {}) {
	const dir = mkdtempSync(join(tmpdir(), 'offhook-voice-')), file = join(dir, 'said.wav');
	execFileSync('flite', ['-voice', name, '-t', text, '-o', file]);
	const { rate, samples } = samplesOf(readFileSync(file));
	rmSync(dir, { recursive: true });
	// a plain low-pass before every second sample is left out
	const said = rate === 8000 ? samples : samples.filter((_, i) => i % 2 === 0).map((value, i) => ((samples[2 * i - 1] ?? 0) + 2 * value + (samples[2 * i + 1] ?? 0)) / 4);
	return Int16Array.from([...new Int16Array(before * 8000), ...said, ...new Int16Array(after * 8000)]);
}
