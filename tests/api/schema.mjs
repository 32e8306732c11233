// Holds replies against our OpenAPI document: the parts of JSON Schema that it uses, strictly, and no member that it does not name.
import fs from 'node:fs';

export const document = JSON.parse(fs.readFileSync(new URL('../../daemon/api/dialect/telefonie/openapi.json', import.meta.url)));

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function resolve(schema) {
	while (schema.$ref)
		schema = schema.$ref.slice(2).split('/').reduce((at, key) => at[key], document);
	return schema;
}

const types = {
	string: v => typeof v === 'string', integer: Number.isInteger, number: v => typeof v === 'number', boolean: v => typeof v === 'boolean',
	array: Array.isArray, object: v => v !== null && typeof v === 'object' && !Array.isArray(v),
};

// The violations of `schema` by `value`, as sentences.
export function violations(schema, value, at = '') {
	const found = [], s = resolve(schema), bad = what => found.push(`${at || '/'} ${what}: ${JSON.stringify(value)?.slice(0, 80)}`);
	if (s.type && !types[s.type](value))
		return [`${at || '/'} is no ${s.type}: ${JSON.stringify(value)}`];
	if (s.enum && !s.enum.includes(value))
		bad(`is none of ${s.enum}`);
	if (s.pattern && !new RegExp(s.pattern).test(value))
		bad(`does not match ${s.pattern}`);
	if (s.format === 'date-time' && (!DATE_TIME.test(value) || Number.isNaN(Date.parse(value))))
		bad('is no date-time');
	if (s.format === 'uri' && !URL.canParse(value))
		bad('is no URI');
	if (value < s.minimum || value > s.maximum)
		bad('is out of range');
	for (const name of s.required ?? [])
		if (!(name in value))
			bad(`has no ${name}`);
	if (s.type === 'array')
		value.forEach((item, i) => found.push(...violations(s.items, item, `${at}/${i}`)));
	if (s.properties)
		for (const [name, item] of Object.entries(value))
			if (s.properties[name])
				found.push(...violations(s.properties[name], item, `${at}/${name}`));
			else if (!s.additionalProperties && s !== document.components.schemas.Event)
				bad(`has ${name}, which the document does not name`);
	return found;
}

// The operation of a method and path, or undefined.
export function operation(method, url) {
	const path = url.split('?')[0].replace(/(.)\/$/, '$1');
	for (const [template, item] of Object.entries(document.paths)) {
		const base = item.servers ? '' : '/v1/voice';
		const pattern = new RegExp(`^${(base + template).replace(/\{[^}]+\}/g, '[^/]+')}$`);
		if (pattern.test(path) && item[method.toLowerCase()])
			return item[method.toLowerCase()];
	}
	return undefined;
}

// Throws when a reply is not what the document says of its operation.
export function check(method, url, status, contentType, body) {
	const it = operation(method === 'HEAD' ? 'GET' : method, url);
	if (!it)
		return;
	const response = it.responses[status];
	const name = `${it.operationId} ${status}`;
	if (!response)
		throw new Error(`${name} is not in the document: ${body}`);
	const content = resolve(response).content;
	if (!content) {
		if (body)
			throw new Error(`${name} must have no body`);
		return;
	}
	const type = (contentType ?? '').split(';')[0];
	if (!content[type])
		throw new Error(`${name} came as ${type}, not ${Object.keys(content)}`);
	if (/json/.test(type)) {
		const found = violations(content[type].schema, JSON.parse(body));
		if (found.length)
			throw new Error(`${name}: ${found.join('; ')}`);
	}
}
