// The vendors' own packages, unmodified, pointed at our API as doc/dialects.md says: each with the view that it has of the same account.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const UUID = 'b3877c40-da60-4998-90ad-b792e98472af', AC = `AC${UUID.replaceAll('-', '')}`, TOKEN = 'token';

function twilio(name, base, token) {
	const client = require(name)(AC, token);
	client.api.baseUrl = base;
	return client;
}

function signalwire(base, token) {
	const { RestClient } = require('@signalwire/compatibility-api');
	const client = new RestClient(UUID, token, { signalwireSpaceUrl: 'example.signalwire.com' });
	client.api.baseUrl = base;
	return client;
}

// `sid` writes an id of ours as this client sees it; `removed` is what remove() resolves to; `validate` says whether a callback is signed.
export const vendors = [
	...['twilio', 'twilio5'].map(name => ({
		name, account: AC, dialect: 'twilio', open: (base, token = TOKEN) => twilio(name, base, token), sid: (prefix, id) => prefix + id.replaceAll('-', ''),
		validate: (headers, url, form) => require(name).validateRequest(TOKEN, headers['x-twilio-signature'], url, form),
	})),
	{
		name: 'signalwire', account: UUID, dialect: 'signalwire', open: (base, token = TOKEN) => signalwire(base, token), sid: (_, id) => id,
		validate: (headers, url, form) => require('@signalwire/compatibility-api').RestClient.validateRequest(TOKEN, headers['x-signalwire-signature'], url, form),
	},
];

export const last = client => {
	const { statusCode, body } = client.httpClient.lastResponse;
	return { status: statusCode, body: typeof body === 'string' && body ? JSON.parse(body) : body };
};
