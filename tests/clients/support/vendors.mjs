// The vendors' own packages, unmodified, pointed at our API as doc/dialects.md says: each with the view that it has of the same account.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv/dist/2020.js';

const require = createRequire(import.meta.url);
const UUID = 'b3877c40-da60-4998-90ad-b792e98472af', AC = `AC${UUID.replaceAll('-', '')}`, TOKEN = 'token';

const hex = id => id.replaceAll('-', '');

function twilio(name, base, token, account) {
	const client = require(name)(`AC${hex(account)}`, token);
	client.api.baseUrl = base;
	return client;
}

function signalwire(base, token, account) {
	const { RestClient } = require('@signalwire/compatibility-api');
	const client = new RestClient(account, token, { signalwireSpaceUrl: 'example.signalwire.com' });
	client.api.baseUrl = base;
	return client;
}

// `document` begins a script with the package's builder. `sid` writes an id of ours as this client sees it; `removed` is what remove() resolves to; `validate` says whether a callback is signed.
export const vendors = [
	...['twilio', 'twilio5'].map(name => ({
		name, account: AC, dialect: 'twilio', open: (base, token = TOKEN, account = UUID) => twilio(name, base, token, account), sid: (prefix, id) => prefix + hex(id),
		document: () => new (require(name).twiml.VoiceResponse)(),
		validate: (headers, url, form) => require(name).validateRequest(TOKEN, headers['x-twilio-signature'], url, form),
	})),
	{
		name: 'signalwire', account: UUID, dialect: 'signalwire', open: (base, token = TOKEN, account = UUID) => signalwire(base, token, account), sid: (_, id) => id,
		document: () => new (require('@signalwire/compatibility-api').RestClient.LaML.VoiceResponse)(),
		validate: (headers, url, form) => require('@signalwire/compatibility-api').RestClient.validateRequest(TOKEN, headers['x-signalwire-signature'], url, form),
	},
];

export const last = client => {
	const { statusCode, body } = client.httpClient.lastResponse;
	return { status: statusCode, body: typeof body === 'string' && body ? JSON.parse(body) : body };
};

// Every reply that a client gets is held against the document that is served.
const document = JSON.parse(readFileSync(new URL('../../../daemon/api/dialect/twilio/openapi.json', import.meta.url)));
const ajv = new Ajv({ strict: false });
ajv.addSchema(document, 'document');
const escaped = text => text.replaceAll('~', '~0').replaceAll('/', '~1');

function operationOf(method, url) {
	const path = new URL(url).pathname.replace('/api/laml', '').replace('/2010-04-01', '');
	for (const [template, methods] of Object.entries(document.paths))
		if (new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path) && methods[method.toLowerCase()])
			return { template, operation: methods[method.toLowerCase()] };
	assert.fail(`${method} ${path} is not in the document`);
}

export function lookAtReplies(client) {
	const http = client.httpClient, request = http.request.bind(http);
	http.request = async options => {
		const reply = await request(options), { template, operation } = operationOf(options.method, options.uri);
		const status = operation.responses[reply.statusCode] ? String(reply.statusCode) : 'default';
		assert.ok(status !== 'default' || reply.statusCode >= 400, `${template}: ${reply.statusCode}`);
		if (operation.responses[status].content) {
			const check = ajv.getSchema(`document#/paths/${escaped(template)}/${options.method.toLowerCase()}/responses/${status}/content/application~1json/schema`);
			const body = typeof reply.body === 'string' ? JSON.parse(reply.body) : reply.body;
			assert.ok(check(body), `${options.method} ${template} ${status}: ${ajv.errorsText(check.errors)}`);
		}
		return reply;
	};
	return client;
}
