// Certificates for tests, made with openssl: an authority, and what it has signed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Authority {
	constructor(name = 'Test Authority') {
		this.dir = mkdtempSync(join(tmpdir(), 'offhook-ca-'));
		this.certificate = join(this.dir, 'ca.pem');
		this.key = join(this.dir, 'ca.key');
		this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
			'-keyout', this.key, '-out', this.certificate);
	}

	#openssl(...args) {
		execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
	}

	// Paths of a certificate for `name` and of its key; the same files are overwritten for the same name. `san`: "DNS:localhost,IP:127.0.0.1".
	issue(name, file = name, san = '') {
		const path = suffix => join(this.dir, file + suffix);
		this.#openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', path('.key'), '-out', path('.csr'),
			...(san ? ['-addext', `subjectAltName=${san}`] : []));
		this.#openssl('x509', '-req', '-copy_extensions', 'copy', '-in', path('.csr'), '-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial', '-days', '2', '-out', path('.pem'));
		return { certificate: path('.pem'), key: path('.key') };
	}
}

// Options of a scenario whose switch listens to TLS; `text` is more of its section sip.
export function withTls(text = '', authority = new Authority()) {
	const { certificate, key } = authority.issue('pbx.example');
	return { authority, listen: 'tls:HOST:5061', sip: `tls-certificate-file = "${certificate}" tls-key-file = "${key}" ${text}` };
}
