// A store that speaks as much of S3 as a recording needs: PUT, GET and DELETE of objects of one bucket, in memory. It knows a secret and verifies each signature by itself, as the
// "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk" of Amazon's documentation has them.
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = text => encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// Why a request is not signed as it must be, or undefined.
export function signatureFault(request, body, { key, secret, region }) {
	const { authorization = '' } = request.headers;
	const found = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(authorization);
	if (!found)
		return `no such Authorization: ${authorization}`;
	const [, who, day, where, names, signature] = found;
	const time = request.headers['x-amz-date'] ?? '';
	if (who !== key || where !== region)
		return `signed for ${who} in ${where}`;
	if (!/^\d{8}T\d{6}Z$/.test(time) || !time.startsWith(day))
		return `x-amz-date ${time} of ${day}`;
	const age = Date.now() - Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
	if (Math.abs(age) > 15 * 60000)
		return `of ${time}`;
	const signed = names.split(';');
	if (!signed.includes('host') || !signed.includes('x-amz-date') || !signed.includes('x-amz-content-sha256'))
		return `signs ${names} alone`;
	if (signed.join() !== [...signed].sort().join())
		return `headers not in order: ${names}`;
	const hash = request.headers['x-amz-content-sha256'];
	if (hash !== sha256(body))
		return 'the body has another digest';
	const url = new URL(request.url, 'http://x');
	const canonical = [request.method, url.pathname.split('/').map(s => encode(decodeURIComponent(s))).join('/'),
		[...url.searchParams].map(([n, v]) => `${encode(n)}=${encode(v)}`).sort().join('&'),
		...signed.map(name => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`), '', names, hash].join('\n');
	const scope = `${day}/${region}/s3/aws4_request`;
	const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
	const signing = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'), 'aws4_request');
	return hmac(signing, text).toString('hex') === signature ? undefined : 'the signature is wrong';
}

export class Store {
	objects = new Map(); // path → { body, type }
	requests = [];       // { method, path, status, fault }
	refuse = undefined;  // a status: what everything is answered with

	static async start(options = {}) {
		const self = new Store();
		Object.assign(self, { key: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1', bucket: 'calls' }, options);
		self.server = http.createServer((request, response) => {
			const parts = [];
			request.on('data', part => parts.push(part)).on('end', () => self.#answer(request, Buffer.concat(parts), response));
		});
		await self.listen(0);
		return self;
	}

	async listen(port = this.port) {
		await new Promise((ok, bad) => this.server.listen(port, '127.0.0.1', ok).on('error', bad));
		this.port = this.server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
	}

	// What conf's section recordings names it by.
	conf(more = '') {
		return `s3 { endpoint = "${this.url}" bucket = "${this.bucket}" region = "${this.region}" key = "${this.key}" secret = "${this.secret}" ${more} }`;
	}

	#answer(request, body, response) {
		const path = new URL(request.url, 'http://x').pathname;
		const fault = signatureFault(request, body, this);
		const reply = (status, content = '', type = 'application/xml') => {
			this.requests.push({ method: request.method, path, status, fault });
			response.writeHead(status, { 'content-type': type }).end(content);
		};
		if (this.refuse)
			return reply(this.refuse, `<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>`);
		if (fault)
			return reply(403, '<?xml version="1.0"?><Error><Code>SignatureDoesNotMatch</Code></Error>');
		if (!path.startsWith(`/${this.bucket}/`))
			return reply(404, '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>');
		const object = this.objects.get(path);
		if (request.method === 'PUT') {
			this.objects.set(path, { body, type: request.headers['content-type'] });
			return reply(200);
		}
		if (request.method === 'DELETE') {
			this.objects.delete(path);
			return reply(204);
		}
		return object ? reply(200, object.body, object.type) : reply(404, '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>');
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise(ok => this.server.close(ok));
	}
}
