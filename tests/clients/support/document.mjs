// Replies held by ajv against an OpenAPI document that the server has.
import Ajv2019 from 'ajv/dist/2019.js';
import formats from 'ajv-formats';

// "nullable" of OpenAPI 3.0, and no member that is not named.
function strict(schema) {
	if (Array.isArray(schema))
		return schema.map(strict);
	if (schema === null || typeof schema !== 'object')
		return schema;
	const it = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
	if (it.nullable)
		it.type = [it.type, 'null'];
	return it.type === 'object' && it.properties && it.additionalProperties === undefined ? { ...it, additionalProperties: false } : it;
}

export async function holder(url) {
	const document = strict(await (await fetch(url)).json());
	const ajv = formats.default(new Ajv2019({ strict: false, allErrors: true }));
	ajv.addSchema({ ...document, $id: 'document' });
	// What is wrong with a reply; undefined when nothing is. `path` may have a query.
	return (method, path, status, text, type) => {
		const parts = path.split('?')[0].split('/');
		const [, item] = Object.entries(document.paths).find(([one]) => {
			const other = one.split('/');
			return other.length === parts.length && other.every((p, i) => p.startsWith('{') || p === parts[i]);
		}) ?? [];
		const response = item?.[method.toLowerCase()]?.responses[status];
		if (!item?.[method.toLowerCase()])
			return undefined;
		if (!response)
			return `${method} ${path} ${status} is not in the document`;
		if (!response.content)
			return text ? `${method} ${path} ${status} has a body` : undefined;
		const content = response.content[(type ?? '').split(';')[0]];
		if (!content)
			return `${method} ${path} ${status} came as ${type}`;
		const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"document#/'));
		const validate = ajv.compile(schema);
		return !/json/.test(type) || validate(JSON.parse(text)) ? undefined : `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}: ${text}`;
	};
}
