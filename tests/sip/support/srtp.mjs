// SRTP and SRTCP of one direction (RFC 3711, RFC 6188, RFC 7714) on node's ciphers, and a=crypto lines (RFC 4568), for the phone of these tests.
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

// Bytes of the key and the salt, of the tags of RTP and RTCP.
export const SUITES = {
	AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14, tag: 10, rtcpTag: 10 },
	AES_CM_128_HMAC_SHA1_32: { key: 16, salt: 14, tag: 4, rtcpTag: 10 },
	AES_256_CM_HMAC_SHA1_80: { key: 32, salt: 14, tag: 10, rtcpTag: 10 },
	AES_256_CM_HMAC_SHA1_32: { key: 32, salt: 14, tag: 4, rtcpTag: 10 },
	AEAD_AES_128_GCM: { key: 16, salt: 12, tag: 16, rtcpTag: 16, gcm: true },
	AEAD_AES_256_GCM: { key: 32, salt: 12, tag: 16, rtcpTag: 16, gcm: true },
};

export class Crypto {
	constructor(suite, key, { tag = 1 } = {}) {
		Object.assign(this, { suite, tag, form: SUITES[suite] });
		this.key = key ?? randomBytes(this.form.key + this.form.salt);
		if (this.key.length !== this.form.key + this.form.salt)
			throw new Error(`${suite}: a key of ${this.key.length} bytes`);
		for (const [i, name] of ['rtp', 'auth', 'salt', 'rtcp', 'rtcpAuth', 'rtcpSalt'].entries())
			this[`${name}Key`] = this.#derive(i, [this.form.key, 20, this.form.salt][i % 3]);
		this.sent = { roc: 0 };
		this.sources = new Map(); // SSRC → {roc, highest}
		this.rtcpIndex = 0;
	}

	// All of an SDP, as `a=crypto` has them.
	static parse(sdp) {
		return [...sdp.matchAll(/^a=crypto:(\d+) (\S+) inline:([A-Za-z0-9+/=]+)/gm)].filter(([, , suite]) => SUITES[suite])
			.map(([, tag, suite, key]) => new Crypto(suite, Buffer.from(key, 'base64'), { tag: Number(tag) }));
	}

	line() {
		return `a=crypto:${this.tag} ${this.suite} inline:${this.key.toString('base64')}`;
	}

	get cipher() {
		return `aes-${this.form.key * 8}-${this.form.gcm ? 'gcm' : 'ctr'}`;
	}

	#derive(label, size) {
		const iv = Buffer.alloc(16);
		this.key.copy(iv, 0, this.form.key);
		iv[7] ^= label;
		return createCipheriv(`aes-${this.form.key * 8}-ctr`, this.key.subarray(0, this.form.key), iv).update(Buffer.alloc(size));
	}

	// Sealed or opened text; with GCM the tag is behind it.
	#gcm(key, iv, aad, text, seal) {
		if (seal) {
			const cipher = createCipheriv(this.cipher, key, iv).setAAD(aad);
			return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
		}
		const decipher = createDecipheriv(this.cipher, key, iv).setAAD(aad).setAuthTag(text.subarray(-16));
		return Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()]);
	}

	#counter(key, iv, text) {
		return createCipheriv(this.cipher, key, iv).update(text);
	}

	#sign(key, size, ...parts) {
		const hmac = createHmac('sha1', key);
		for (const part of parts)
			hmac.update(part);
		return hmac.digest().subarray(0, size);
	}

	// `fields`: [where, bytes] to be mixed into the salt.
	#iv(salt, ...fields) {
		const iv = Buffer.alloc(this.form.gcm ? 12 : 16);
		salt.copy(iv);
		for (const [at, bytes] of fields)
			bytes.forEach((byte, i) => iv[at + i] ^= byte);
		return iv;
	}

	#rtpIv(packet, roc) {
		const index = Buffer.alloc(6);
		index.writeUInt32BE(roc);
		packet.copy(index, 4, 2, 4);
		return this.#iv(this.saltKey, [this.form.gcm ? 2 : 4, packet.subarray(8, 12)], [this.form.gcm ? 6 : 8, index]);
	}

	seal(packet) {
		const seq = packet.readUInt16BE(2), roc = Buffer.alloc(4);
		if (this.sent.seq > seq && this.sent.seq - seq > 0x8000)
			this.sent.roc++;
		this.sent.seq = seq;
		roc.writeUInt32BE(this.sent.roc);
		const header = packet.subarray(0, 12), iv = this.#rtpIv(packet, this.sent.roc);
		if (this.form.gcm)
			return Buffer.concat([header, this.#gcm(this.rtpKey, iv, header, packet.subarray(12), true)]);
		const sealed = Buffer.concat([header, this.#counter(this.rtpKey, iv, packet.subarray(12))]);
		return Buffer.concat([sealed, this.#sign(this.authKey, this.form.tag, sealed, roc)]);
	}

	// Throws when the packet was not made with the key.
	open(packet) {
		const seq = packet.readUInt16BE(2), ssrc = packet.readUInt32BE(8);
		const source = this.sources.get(ssrc) ?? { roc: 0, highest: seq };
		const guess = source.roc + (seq - source.highest > 0x8000 ? -1 : source.highest - seq > 0x8000 ? 1 : 0);
		const header = packet.subarray(0, 12), iv = this.#rtpIv(packet, guess), roc = Buffer.alloc(4);
		let payload;
		roc.writeUInt32BE(guess);
		if (this.form.gcm) {
			payload = this.#gcm(this.rtpKey, iv, header, packet.subarray(12));
		} else {
			const sealed = packet.subarray(0, -this.form.tag);
			if (!timingSafeEqual(this.#sign(this.authKey, this.form.tag, sealed, roc), packet.subarray(-this.form.tag)))
				throw new Error('a wrong tag');
			payload = this.#counter(this.rtpKey, iv, sealed.subarray(12));
		}
		if (guess > source.roc || seq > source.highest)
			Object.assign(source, { roc: guess, highest: seq });
		this.sources.set(ssrc, source);
		return Buffer.concat([header, payload]);
	}

	#rtcpIv(packet, index) {
		return this.#iv(this.rtcpSaltKey, [this.form.gcm ? 2 : 4, packet.subarray(4, 8)], [this.form.gcm ? 8 : 10, index]);
	}

	sealRtcp(packet) {
		const index = Buffer.alloc(4), marked = Buffer.alloc(4);
		index.writeUInt32BE(++this.rtcpIndex);
		marked.writeUInt32BE((this.rtcpIndex | 0x80000000) >>> 0);
		const header = packet.subarray(0, 8), iv = this.#rtcpIv(packet, index);
		if (this.form.gcm)
			return Buffer.concat([header, this.#gcm(this.rtcpKey, iv, Buffer.concat([header, marked]), packet.subarray(8), true), marked]);
		const sealed = Buffer.concat([header, this.#counter(this.rtcpKey, iv, packet.subarray(8)), marked]);
		return Buffer.concat([sealed, this.#sign(this.rtcpAuthKey, this.form.rtcpTag, sealed)]);
	}

	openRtcp(packet) {
		const tag = this.form.gcm ? 0 : this.form.rtcpTag, whole = packet.subarray(0, packet.length - tag), marked = whole.subarray(-4);
		const index = Buffer.from(marked), header = whole.subarray(0, 8), text = whole.subarray(8, -4);
		index[0] &= 0x7f;
		if (marked[0] < 0x80)
			throw new Error('RTCP that is not encrypted');
		const iv = this.#rtcpIv(whole, index);
		if (this.form.gcm)
			return Buffer.concat([header, this.#gcm(this.rtcpKey, iv, Buffer.concat([header, marked]), text)]);
		if (!timingSafeEqual(this.#sign(this.rtcpAuthKey, tag, whole), packet.subarray(-tag)))
			throw new Error('a wrong tag');
		return Buffer.concat([header, this.#counter(this.rtcpKey, iv, text)]);
	}
}
