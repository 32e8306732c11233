// Requests for fast-check: of every operation of our document, right, nearly right and hostile in path, query, headers and body.
// A request is {operation, method, path, headers, text}; ids in its path are made when it is sent, of those that are known by then.
import fc from 'fast-check';
import http from 'node:http';
import { document } from '../../api/schema.mjs';

export const operations = Object.entries(document.paths).flatMap(([path, item]) => ['get', 'post', 'delete'].filter(method => item[method])
	.map(method => ({ ...item[method], method: method.toUpperCase(), path: (item.servers ? '' : '/v1/voice') + path })));

const NASTY = ['', ' ', '0', '-1', '00', '1e3', '0x10', '99999999999999999999', 'NaN', 'null', 'undefined', 'true', '..', '.', '/', '%', '%00', '%2e%2e%2f', 'a\u0000b', '\u0000',
	'\ufeff', '\u202e', '\ufffe', '\u{1f4de}', '\u{10ffff}', 'e\u0301', '\ud800', '"', "'; DROP TABLE calls; --", '$(reboot)', '\r\nX-API-Key: x', 'x'.repeat(5000), '*', '_',
	'<Response/>', '<Response><Hangup/></Response>', '<Response><Say>Hello</Say><Dial>+15550001002</Dial></Response>', '<Response><Nothing/></Response>', '<Response>',
	'<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>', 'tone:beep', 'tone:nothing', '../../etc/passwd', 'http://', 'http://127.0.0.1:1/', 'https://127.0.0.1:1/a?b=c#d',
	'ftp://127.0.0.1/', 'file:///etc/passwd', 'http://user:secret@127.0.0.1:1/', 'http://[::1]:1/', 'http://169.254.169.254/', 'http://127.0.0.1:99999/', 'sip:x@127.0.0.1', 'sip:',
	'sips:@', 'tel:+1', 'sip:a@127.0.0.1;x="', 'alice', '+15550001001', '+15550009000', '+15559999999', '+1', '+0123', '15550001001', '2026-11-20T09:00:00Z', '2026-11-20',
	'9999999-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-11-20T09:00:00+99:99', '1w2#', 'POST', 'completed', 'COMPLETED'];
const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...NASTY) }, fc.string(), fc.fullUnicodeString(), fc.string16bits(), fc.string({ minLength: 200, maxLength: 300 }));

// Bits of JSON as text, so that numbers and nesting may be what no parser of JavaScript gives.
const NUMBERS = ['0', '-0', '1', '-1', '1.5', '2147483648', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e300', '1e999', '-1e999', '1e-999', `1${'0'.repeat(400)}`];
const deep = fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(['[', ']'], ['{"a":', '}'])).map(([n, [open, close]]) => open.repeat(n) + '1' + close.repeat(n));
const anyJson = fc.oneof({ weight: 4, arbitrary: text.map(t => JSON.stringify(t)) }, { weight: 2, arbitrary: fc.constantFrom(...NUMBERS, 'null', 'true', 'false', '[]', '{}', '[null]', '{"":""}') },
	fc.double().map(n => JSON.stringify(n)), fc.json(), deep);

const URLS = ['http://127.0.0.1:1/x', 'https://127.0.0.1:1/'];
const GOOD = { to: ['+15550001001', 'alice', '+14445556666'], from: ['+15550009000'], transfer_to: ['+15550001002', 'bob'], url: URLS, status_callback: URLS, fallback_url: URLS,
	script: ['<Response><Pause length="1"/></Response>', '<Response><Hangup/></Response>'], play: ['tone:beep'], digits: ['1w2#'], headers: [{ 'X-A': 'b' }, {}],
	start_time_from: ['2020-01-01T00:00:00Z'], start_time_to: ['2040-01-01T00:00:00+01:00'] };

// A value that fits, or misses by little.
function good(name, schema) {
	if (schema.enum)
		return fc.constantFrom(...schema.enum);
	if (GOOD[name])
		return fc.constantFrom(...GOOD[name]);
	if (schema.type === 'integer')
		return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 50, 500) });
	if (schema.type === 'boolean')
		return fc.boolean();
	if (schema.type === 'array')
		return fc.array(good(name, schema.items), { maxLength: 9 });
	return fc.string({ maxLength: 20 });
}

function near(name, schema) {
	if (schema.enum)
		return fc.constantFrom(...schema.enum).chain(v => fc.constantFrom(String(v).toUpperCase(), ` ${v}`, `${v}${v}`, [v]));
	if (schema.type === 'integer')
		return fc.constantFrom((schema.minimum ?? 0) - 1, schema.maximum ?? 0, (schema.maximum ?? 2 ** 31) + 1, '1', 1.0000001);
	if (schema.maxLength)
		return fc.constantFrom(schema.maxLength > 1000 ? 1000 : schema.maxLength, schema.maxLength + 1).map(n => '1'.repeat(n));
	if (schema.type === 'object')
		return fc.dictionary(fc.string(), fc.string(), { maxKeys: 20 });
	return fc.constantFrom(null, 0, 1, 'true', 'false', [], {});
}

// An optional value: absent in most requests when it need not be there. Resolves to JSON text.
function member(name, schema, required, other = good) {
	const value = fc.oneof({ weight: 6, arbitrary: other(name, schema).map(v => JSON.stringify(v)) }, { weight: 1, arbitrary: near(name, schema).map(v => JSON.stringify(v)) },
		{ weight: 1, arbitrary: anyJson });
	return fc.oneof({ weight: required ? 1 : 9, arbitrary: fc.constant(undefined) }, { weight: required ? 30 : 2, arbitrary: value }).map(v => v && [name, v]);
}

const object = members => `{${members.map(([name, v]) => `${JSON.stringify(name)}:${v}`).join(',')}}`;

function body(schema) {
	if (!schema.properties) // a list, as a script is
		return fc.oneof({ weight: 5, arbitrary: fc.array(fc.constantFrom('{}', '{"action":"talk","text":"a"}', '{"action":"hangup"}')).map(all => `[${all}]`) }, { weight: 1, arbitrary: anyJson });
	const members = fc.tuple(...Object.entries(schema.properties).map(([name, part]) => member(name, part, schema.required?.includes(name))));
	const extra = fc.oneof({ weight: 20, arbitrary: fc.constant([]) }, fc.tuple(text, anyJson).map(one => [one]), fc.constant([['to', '"a"'], ['to', '"b"']]));
	// what is needed and one thing more, all of it right
	const [needed, others] = [true, false].map(is => Object.entries(schema.properties).filter(([name]) => Boolean(schema.required?.includes(name)) === is));
	const right = fc.tuple(...[...needed, ...others].map(([name, part]) => good(name, part).map(v => [name, JSON.stringify(v)])))
		.chain(all => fc.nat(Math.max(others.length, 1)).map(n => object([...all.slice(0, needed.length), ...all.slice(needed.length + n, needed.length + n + 1)])));
	return fc.oneof({ weight: 20, arbitrary: right }, { weight: 20, arbitrary: fc.tuple(members, extra).map(([some, more]) => object([...some.filter(Boolean), ...more])) },
		{ weight: 1, arbitrary: anyJson }, { weight: 1, arbitrary: fc.string() }, { weight: 1, arbitrary: fc.constant(undefined) });
}

// Percent-encoded; what has no encoding goes as bytes that are no UTF-8.
const escape = s => { try { return encodeURIComponent(s); } catch { return '%ED%A0%80'; } };
const bytes = fc.uint8Array({ maxLength: 12 }).map(all => [...all].map(b => `%${b.toString(16).padStart(2, '0')}`).join(''));

function queryItem({ name, schema }) {
	const value = fc.oneof({ weight: 6, arbitrary: good(name, schema).map(String) }, { weight: 1, arbitrary: near(name, schema).map(String) }, { weight: 1, arbitrary: text })
		.map(escape);
	return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 3, arbitrary: value.map(v => `${name}=${v}`) }, { weight: 1, arbitrary: bytes.map(v => `${name}=${v}`) });
}

// Ids as the path has them: a number stands for one that is known.
const id = fc.oneof({ weight: 10, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: text.filter(Boolean).map(escape) },
	{ weight: 1, arbitrary: bytes.filter(Boolean) }, { weight: 1, arbitrary: fc.uuid() });

function ofOperation(operation) {
	const parameters = operation.parameters ?? [], schema = operation.requestBody?.content['application/json'].schema;
	const query = fc.tuple(...parameters.filter(p => p.in === 'query').map(queryItem));
	const more = fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom('colour=red', 'a=%', '=', '&&', 'page=1&page=2', '?', ';'));
	const headers = parameters.some(p => p.name === 'Idempotency-Key') ? fc.constantFrom({}, {}, {}, { 'idempotency-key': 'a' }, { 'idempotency-key': 'b' }, { 'idempotency-key': 'x'.repeat(256) }, { 'idempotency-key': '' })
		: parameters.some(p => p.name === 'Range') ? fc.constantFrom({}, { range: 'bytes=0-9' }, { range: 'bytes=9-0' }, { range: 'bytes=-99999999999999999999' }) : fc.constant({});
	return fc.record({ operation: fc.constant(operation), args: fc.array(id, { minLength: 3, maxLength: 3 }), query: fc.tuple(query, more), headers, text: schema ? body(schema) : fc.constant(undefined) })
		.map(it => ({ ...it, [fc.toStringMethod]: () => `${operation.operationId} ${JSON.stringify({ ...it, operation: undefined })}` }));
}

// `weights`: operationId → how often, 1 for the others.
export const requests = (weights = {}, size = 25) => fc.array(fc.oneof(...operations.filter(it => it.operationId !== 'openSocket')
	.map(it => ({ weight: weights[it.operationId] ?? 1, arbitrary: ofOperation(it) }))), { minLength: 1, maxLength: size });

// `known`: lists of ids by the name of the path's parameter.
export function urlOf({ operation, args, query: [items, more] }, known) {
	let n = 0;
	const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => {
		const arg = args[n++], list = known[name] ?? [];
		return typeof arg === 'number' ? list.at(arg < 0 ? -1 : arg % list.length) ?? 'none' : arg;
	});
	const all = [...items, more].filter(Boolean).join('&');
	return path + (all && `?${all}`);
}

// One request as it is, on connections that stay open. Resolves to {status, type, text}.
export function send(agent, base, { method, url, headers, text: body }) {
	return new Promise((ok, bad) => {
		const request = http.request(base, { method, path: url, agent, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }) } });
		request.on('error', bad).on('response', response => {
			const parts = [];
			response.on('data', part => parts.push(part)).on('error', bad)
				.on('end', () => ok({ status: response.statusCode, type: response.headers['content-type'], text: Buffer.concat(parts).toString() }));
		});
		request.end(body);
	});
}
