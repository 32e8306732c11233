// An RTP end: sends a tone as PCMU or PCMA and listens for tones, by Goertzel's algorithm.
import dgram from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { Signal } from './wait.mjs';

const RATE = 8000, FRAME = 160;

// G.711 (ITU-T): one byte to a 16-bit sample.
function decodeUlaw(byte) {
	const value = ~byte & 0xff;
	const magnitude = (((value & 0x0f) << 3) + 0x84 << (value >> 4 & 7)) - 0x84;
	return value & 0x80 ? -magnitude : magnitude;
}

function decodeAlaw(byte) {
	const value = byte ^ 0x55;
	const segment = value >> 4 & 7;
	let magnitude = (value & 0x0f) << 4;
	magnitude = segment === 0 ? magnitude + 8 : magnitude + 0x108 << segment - 1;
	return value & 0x80 ? magnitude : -magnitude;
}

// Encoding by looking for the nearest sample: slow to build, simple to trust.
function encodeTable(decode) {
	const table = new Uint8Array(65536);
	const codes = [...Array(256).keys()].map(code => [decode(code), code]).sort((a, b) => a[0] - b[0]);
	let at = 0;
	for (let sample = -32768; sample < 32768; sample++) {
		while (at + 1 < 256 && Math.abs(codes[at + 1][0] - sample) <= Math.abs(codes[at][0] - sample))
			at++;
		table[sample & 0xffff] = codes[at][1];
	}
	return table;
}

const CODECS = {
	0: { decode: decodeUlaw, table: encodeTable(decodeUlaw) },
	8: { decode: decodeAlaw, table: encodeTable(decodeAlaw) },
};

// How much of the signal is at `frequency`: 1 is a pure tone, 0 none of it.
export function toneShare(samples, frequency, rate = RATE) {
	const coefficient = 2 * Math.cos(2 * Math.PI * frequency / rate);
	let s1 = 0, s2 = 0, energy = 0;
	for (const sample of samples) {
		const s0 = sample + coefficient * s1 - s2;
		s2 = s1;
		s1 = s0;
		energy += sample * sample;
	}
	if (energy === 0)
		return 0;
	const power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
	return 2 * power / (samples.length * energy);
}

// The shares of a tone in each 200 ms. On a machine that is late a tone has gaps and jumps, but not everywhere.
export function toneShares(samples, frequency, rate = RATE) {
	const size = rate / 5, count = Math.floor(samples.length / size);
	return Array.from({ length: count }, (_, i) => toneShare(samples.slice(i * size, (i + 1) * size), frequency, rate));
}

export function level(samples) {
	let energy = 0;
	for (const sample of samples)
		energy += sample * sample;
	return samples.length ? Math.sqrt(energy / samples.length) : 0;
}

// A WAV file's samples (16-bit PCM), a list for each channel.
export function readWav(buffer) {
	if (buffer.toString('latin1', 0, 4) !== 'RIFF' || buffer.toString('latin1', 8, 12) !== 'WAVE')
		throw new Error('no WAV file');
	let format, at = 12;
	while (at + 8 <= buffer.length) {
		const name = buffer.toString('latin1', at, at + 4), size = buffer.readUInt32LE(at + 4);
		if (name === 'fmt ') {
			format = { channels: buffer.readUInt16LE(at + 10), rate: buffer.readUInt32LE(at + 12), bits: buffer.readUInt16LE(at + 22) };
		} else if (name === 'data') {
			const channels = Array.from({ length: format.channels }, () => []);
			const whole = Math.min(size, buffer.length - at - 8);
			for (let i = 0; i * 2 + 1 < whole; i++)
				channels[i % format.channels].push(buffer.readInt16LE(at + 8 + i * 2));
			return { ...format, channels, declared: size, seconds: channels[0].length / format.rate };
		}
		at += 8 + size + (size & 1);
	}
	throw new Error('WAV file without data');
}

// A mono WAV file with a tone.
export function writeWav({ rate, seconds, frequency, amplitude = 8000 }) {
	const count = Math.round(rate * seconds), wav = Buffer.alloc(44 + count * 2);
	wav.write('RIFF....WAVEfmt ', 'latin1');
	wav.write('data', 36, 'latin1');
	for (const [at, value] of [[4, 36 + count * 2], [16, 16], [24, rate], [28, rate * 2], [40, count * 2]])
		wav.writeUInt32LE(value, at);
	for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]])
		wav.writeUInt16LE(value, at);
	for (let i = 0; i < count; i++)
		wav.writeInt16LE(Math.round(amplitude * Math.sin(2 * Math.PI * frequency * i / rate)), 44 + i * 2);
	return wav;
}

export class RtpEnd {
	signal = new Signal();
	packets = []; // {pt, seq, timestamp, ssrc, marker, payload, from}
	samples = []; // of PCMU and PCMA, in order of arrival
	remote = null; // {host, port}
	payloadType = 0;
	secure = null; // {send, receive}: Crypto of srtp.mjs
	forged = 0; // packets that were not made with the key
	#socket;
	#timer;
	#seq = randomBytes(2).readUInt16BE();
	#timestamp = randomBytes(4).readUInt32BE();
	#ssrc = randomBytes(4).readUInt32BE();
	#phases = [];

	static async open(host) {
		const end = new RtpEnd();
		end.host = host;
		for (let attempt = 0; ; attempt++) {
			end.#socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
			try {
				await new Promise((resolve, reject) => {
					end.#socket.once('error', reject);
					end.#socket.bind(20000 + 2 * Math.floor(Math.random() * 5000), host, resolve);
				});
				break;
			} catch (error) {
				end.#socket.close();
				if (attempt > 20)
					throw error;
			}
		}
		end.port = end.#socket.address().port;
		end.#socket.on('message', (data, from) => end.#take(data, from));
		return end;
	}

	// Encrypts from now on with one of `ours`, as `theirs` (Cryptos of the two descriptions) say; a key that stays goes on.
	useKeys(ours, theirs) {
		const receive = theirs.find(({ suite }) => ours.some(crypto => crypto.suite === suite));
		const send = receive && ours.find(({ suite }) => suite === receive.suite);
		const goOn = (old, crypto) => old?.suite === crypto.suite && old.key.equals(crypto.key) ? old : crypto;
		this.secure = send ? { send: goOn(this.secure?.send, send), receive: goOn(this.secure?.receive, receive) } : null;
	}

	#take(data, from) {
		if (data.length < 12)
			return;
		if (this.secure)
			try {
				data = this.secure.receive.open(data);
			} catch {
				this.forged++;
				return;
			}
		const pt = data[1] & 0x7f;
		this.packets.push({ pt, marker: data[1] >> 7, seq: data.readUInt16BE(2), timestamp: data.readUInt32BE(4),
			ssrc: data.readUInt32BE(8), payload: data.subarray(12), from });
		if (CODECS[pt])
			for (const byte of data.subarray(12))
				this.samples.push(CODECS[pt].decode(byte));
		this.signal.notify();
	}

	// Sends what somebody says, samples of 8 kHz (voice.mjs), again and again, as sendTone() does.
	sendVoice(samples) {
		let at = 0;
		this.#every20ms(() => {
			const payload = Buffer.alloc(FRAME);
			for (let i = 0; i < FRAME; i++)
				payload[i] = CODECS[this.payloadType].table[samples[at++ % samples.length] & 0xffff];
			this.sendPacket(this.payloadType, payload);
		});
	}

	// Sends `frequency` (0: silence; several: all of them) to the remote end, a packet every 20 ms, until stop(). Lateness of the timer is made up for.
	sendTone(frequency, amplitude = 8000) {
		this.#every20ms(() => this.#sendFrame(frequency, amplitude));
	}

	#every20ms(send) {
		this.stop();
		const started = process.hrtime.bigint();
		let sent = 0;
		const tick = () => {
			const due = Number((process.hrtime.bigint() - started) / 20_000_000n) + 1;
			for (; sent < due; sent++)
				send();
		};
		this.#timer = setInterval(tick, 10);
		tick();
	}

	#sendFrame(frequency, amplitude) {
		const payload = Buffer.alloc(FRAME), frequencies = [frequency].flat();
		for (let i = 0; i < FRAME; i++) {
			const sum = frequencies.reduce((sum, f, k) => sum + Math.sin(this.#phases[k] = (this.#phases[k] ?? 0) + 2 * Math.PI * f / RATE), 0);
			payload[i] = CODECS[this.payloadType].table[Math.round(amplitude * sum) & 0xffff];
		}
		this.sendPacket(this.payloadType, payload);
	}

	sendPacket(pt, payload, { marker = 0, step = FRAME } = {}) {
		const header = Buffer.alloc(12);
		header[0] = 0x80;
		header[1] = pt | marker << 7;
		header.writeUInt16BE(this.#seq, 2);
		header.writeUInt32BE(this.#timestamp >>> 0, 4);
		header.writeUInt32BE(this.#ssrc, 8);
		this.#seq = this.#seq + 1 & 0xffff;
		this.#timestamp = (this.#timestamp + step) % 2 ** 32;
		const packet = Buffer.concat([header, payload]);
		this.sendRaw(this.secure ? this.secure.send.seal(packet) : packet);
	}

	// One packet is lost.
	skip() {
		this.#seq = this.#seq + 1 & 0xffff;
		this.#timestamp = (this.#timestamp + FRAME) % 2 ** 32;
	}

	// A key as phones send it (RFC 4733), by its event number: three packets while it lasts, three that say that it is over.
	press(event) {
		const payload = (end, duration) => Buffer.from([event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 255]);
		for (let i = 1; i <= 6; i++)
			this.sendPacket(101, payload(i > 3, Math.min(i, 4) * 160), { marker: i === 1 ? 1 : 0, step: i === 6 ? 960 : 0 });
	}

	sendRaw(data, { host, port } = this.remote) {
		this.#socket?.send(data, port, host, () => {});
	}

	stop() {
		clearInterval(this.#timer);
	}

	// Resolves when the last 200 ms heard, or as many samples, are this tone.
	hear(frequency, what = `a tone of ${frequency} Hz`, count = 1600) {
		return this.signal.until(() => {
			const last = this.samples.slice(-count);
			return last.length === count && toneShare(last, frequency) > 0.8 && level(last) > 1000;
		}, `${what} (heard ${this.samples.length} samples, ${this.packets.length} packets)`);
	}

	// What comes from now on is heard as if nothing had been before.
	forget() {
		this.samples = [];
	}

	// Resolves when the last 200 ms of what came were silence.
	hearSilence(what = 'silence') {
		return this.signal.until(() => this.samples.length >= 1600 && level(this.samples.slice(-1600)) < 50, what);
	}

	// Resolves when something that is not silence was heard in the last 200 ms.
	hearAnything(what = 'any sound') {
		return this.signal.until(() => level(this.samples.slice(-1600)) > 200, what);
	}

	// Resolves after `count` further packets, with the samples that were in them.
	async further(count) {
		const packets = this.packets.length, samples = this.samples.length;
		await this.signal.until(() => this.packets.length >= packets + count, `${count} further packets`);
		return this.samples.slice(samples);
	}

	close() {
		this.stop();
		this.#socket?.close();
		this.#socket = null;
	}
}
