// Replies held by ajv, formats and all, against our own document and against the Telefon schema of a call.
import Ajv2019 from 'ajv/dist/2019.js';
import Ajv from 'ajv';
import formats from 'ajv-formats';
import { document, operation } from '../../api/schema.mjs';

// An OpenAPI 3.0 schema, with no member allowed that it does not name.
function closed(schema) {
	if (Array.isArray(schema))
		return schema.map(closed);
	if (schema === null || typeof schema !== 'object')
		return schema;
	const it = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
	return it.type === 'object' && it.properties && it.additionalProperties === undefined ? { ...it, additionalProperties: false } : it;
}

const ajv = formats.default(new Ajv2019({ strict: false, allErrors: true }));
ajv.addSchema({ ...closed(document), $id: 'document' });
const compiled = new Map();

// What is wrong with a reply, in one line; undefined when nothing is.
export function replyFault(method, url, { status, type, text }) {
	const it = operation(method === 'HEAD' ? 'GET' : method, url);
	if (!it)
		return undefined;
	const name = `${it.operationId} ${status}`, response = it.responses[status];
	if (!response)
		return `${name} is not in the document`;
	if (!response.content)
		return text ? `${name} has a body` : undefined;
	const media = (type ?? '').split(';')[0];
	if (!response.content[media])
		return `${name} came as ${media}`;
	if (method === 'HEAD' || !/json$/.test(media))
		return undefined;
	if (!compiled.has(name + media))
		compiled.set(name + media, ajv.compile(resolvable(response.content[media].schema)));
	const validate = compiled.get(name + media);
	return validate(JSON.parse(text)) ? undefined : `${name}: ${ajv.errorsText(validate.errors)}`;
}

// References of the document, seen from a schema of its own.
function resolvable(schema) {
	return JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"document#/'));
}

// Returns a checker of single calls by the schema that the API serves.
export function callChecker(schema) {
	const own = formats.default(new Ajv({ strict: true, allErrors: true }));
	const validate = own.compile(schema);
	return call => validate(call) ? undefined : `${own.errorsText(validate.errors)}: ${JSON.stringify(call)}`;
}

// Every call in a reply or an event: what has a direction.
export function callsIn(value) {
	if (value === null || typeof value !== 'object')
		return [];
	return [...('direction' in value && 'from' in value ? [value] : []), ...Object.values(value).flatMap(callsIn)];
}
