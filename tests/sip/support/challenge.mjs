// Far ends that ask for the credentials of the trunk in these tests: offhook, trunk-secret.
import { credentials, parseChallenge, token } from './sip-message.mjs';

export const challenge = (algorithm, { nonce = token(), qop = true, realm = 'carrier', stale = false } = {}) =>
	`Digest realm="${realm}", nonce="${nonce}"${algorithm ? `, algorithm=${algorithm}` : ''}${qop ? `, qop="${qop === true ? 'auth' : qop}"` : ''}` +
	`${stale ? ', stale=true' : ''}, opaque="o-${nonce}"`;

// Whether a request carries the right answer to that challenge.
export function isRight(request, header, sent, password = 'trunk-secret') {
	const value = request.get(header);
	if (!value)
		return false;
	const said = parseChallenge(value), asked = parseChallenge(sent);
	const right = parseChallenge(credentials(asked, { method: request.method, uri: request.uri, user: 'offhook', password, body: request.body,
		nc: parseInt(said.nc ?? '1', 16), cnonce: said.cnonce }));
	return said.response === right.response && said.qop === right.qop && said.uri === request.uri && said.opaque === asked.opaque && said.nonce === asked.nonce;
}
