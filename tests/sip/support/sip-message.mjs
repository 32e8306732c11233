// SIP messages: reading and writing (RFC 3261 section 7), and digest credentials (RFC 7616, RFC 8760).
import { createHash, randomBytes } from 'node:crypto';

const COMPACT = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length', c: 'content-type', k: 'supported' };

export const token = (bytes = 8) => randomBytes(bytes).toString('hex');

export class SipMessage {
	constructor(startLine, headers = [], body = '') {
		this.startLine = startLine;
		this.headers = headers; // [name, value] pairs in order
		this.body = body;
		const status = /^SIP\/2\.0 (\d{3}) (.*)$/.exec(startLine);
		if (status) {
			this.status = Number(status[1]);
			this.reason = status[2];
		} else {
			[this.method, this.uri] = startLine.split(' ');
		}
	}

	static parse(text) {
		const gap = text.indexOf('\r\n\r\n');
		const lines = text.slice(0, gap).split('\r\n');
		const headers = [];
		for (const line of lines.slice(1)) {
			if (/^[ \t]/.test(line) && headers.length) {
				headers[headers.length - 1][1] += ' ' + line.trim();
				continue;
			}
			const colon = line.indexOf(':');
			headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
		}
		return new SipMessage(lines[0], headers, text.slice(gap + 4));
	}

	all(name) {
		const wanted = name.toLowerCase();
		return this.headers.filter(([n]) => (COMPACT[n.toLowerCase()] ?? n.toLowerCase()) === wanted).map(([, value]) => value);
	}

	get(name) {
		return this.all(name)[0];
	}

	get cseq() {
		const [number, method] = this.get('cseq').split(/\s+/);
		return { number: Number(number), method };
	}

	get branch() {
		return /;branch=([^;,\s]+)/.exec(this.get('via'))?.[1];
	}

	tag(header) {
		return /;tag=([^;,\s]+)/.exec(this.get(header))?.[1];
	}

	// The URI in a header that holds an address.
	address(header) {
		const value = this.get(header);
		return /<([^>]+)>/.exec(value)?.[1] ?? value.split(';')[0];
	}

	toString() {
		const headers = this.headers.filter(([name]) => !/^content-length$/i.test(name));
		headers.push(['Content-Length', Buffer.byteLength(this.body)]);
		return [this.startLine, ...headers.map(([name, value]) => `${name}: ${value}`), '', this.body].join('\r\n');
	}

	// A response to this request.
	response(status, reason, { toTag, headers = [], body = '' } = {}) {
		const copied = [];
		for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
			for (let value of this.all(name)) {
				if (name === 'To' && toTag && !this.tag('to'))
					value += `;tag=${toTag}`;
				copied.push([name, value]);
			}
		for (const value of this.all('record-route'))
			copied.push(['Record-Route', value]);
		return new SipMessage(`SIP/2.0 ${status} ${reason}`, [...copied, ...headers], body);
	}
}

// The parameters of a digest challenge.
export function parseChallenge(value) {
	const parameters = {};
	for (const [, name, quoted, plain] of value.replace(/^Digest\s+/i, '').matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^,\s]+))/g))
		parameters[name.toLowerCase()] = quoted ?? plain;
	return parameters;
}

const HASHES = { 'MD5': 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

// The challenge of a response for this algorithm, or the first one.
export function chooseChallenge(response, algorithm) {
	const header = response.status === 407 ? 'proxy-authenticate' : 'www-authenticate';
	const challenges = response.all(header).map(parseChallenge);
	return challenges.find(challenge => !algorithm || (challenge.algorithm ?? 'MD5').toUpperCase() === algorithm);
}

// An Authorization value for a challenge.
export function credentials(challenge, { method, uri, user, password, nc = 1, cnonce = token(8), body = '' }) {
	const algorithm = challenge.algorithm ?? 'MD5';
	const session = /-sess$/i.test(algorithm);
	const hash = text => createHash(HASHES[algorithm.toUpperCase().replace(/-SESS$/, '')]).update(text).digest('hex');
	const count = nc.toString(16).padStart(8, '0');
	const once = hash(`${user}:${challenge.realm}:${password}`), a1 = session ? hash(`${once}:${challenge.nonce}:${cnonce}`) : once;
	// auth-int, where there is nothing else: the body counts too
	const qop = challenge.qop === 'auth-int' ? 'auth-int' : challenge.qop ? 'auth' : undefined;
	const a2 = hash(`${method}:${uri}${qop === 'auth-int' ? `:${hash(body)}` : ''}`);
	const response = hash(qop ? `${a1}:${challenge.nonce}:${count}:${cnonce}:${qop}:${a2}` : `${a1}:${challenge.nonce}:${a2}`);
	const parts = [`username="${user}"`, `realm="${challenge.realm}"`, `nonce="${challenge.nonce}"`, `uri="${uri}"`,
		`response="${response}"`, `algorithm=${algorithm}`];
	if (qop)
		parts.push(`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`);
	if (challenge.opaque)
		parts.push(`opaque="${challenge.opaque}"`);
	return 'Digest ' + parts.join(', ');
}
