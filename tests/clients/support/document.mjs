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

// What is wrong with the examples of a document: each JSON reply and each body that is taken has one, beside its schema or in it, that the schema allows.
export function exampleFaults(document) {
	const held = strict(document), ajv = formats.default(new Ajv2019({ strict: false, allErrors: true })), out = [];
	ajv.addSchema({ ...held, $id: 'document' });
	for (const [path, item] of Object.entries(held.paths))
		for (const [method, operation] of Object.entries(item).filter(([name]) => /^(get|post|put|patch|delete)$/.test(name)))
			for (const [where, all] of [['the request', operation.requestBody?.content], ...Object.entries(operation.responses).map(([status, { content }]) => [status, content])])
				for (const [type, { schema, example }] of Object.entries(all ?? {}).filter(([name]) => /json|form/.test(name))) {
					const given = example ?? schema.example ?? held.components.schemas[schema.$ref?.split('/').at(-1)]?.example;
					const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
					if (given === undefined || !validate(given))
						out.push(`${method} ${path} ${where} ${type}: ${given === undefined ? 'no example' : ajv.errorsText(validate.errors)}`);
				}
	return out;
}
