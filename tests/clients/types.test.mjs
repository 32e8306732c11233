// Types made of our OpenAPI document by openapi-typescript compile, and a program that uses them in the way of their users does, too; what such a program must not do is
// an error of the compiler. Two linters, Redocly's and Stoplight's Spectral, find no fault in it; and no error in the documents of the dialects.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectral from '@stoplight/spectral-core';
import parsers from '@stoplight/spectral-parsers';
import rulesets from '@stoplight/spectral-rulesets';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { Api } from '../api/harness.mjs';

const dialects = path.resolve(fileURLToPath(import.meta.url), '../../../daemon/api/dialect');
let api, dir, served;
before(async () => {
	api = await Api.start();
	// At once: the compiler lets nothing else run for long, and a connection that was idle for so long is closed.
	served = await (await fetch(`${api.base}/v1/voice/openapi.json`)).text();
	dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-types-'));
});
after(async () => {
	await api.stop();
	fs.rmSync(dir, { recursive: true, force: true });
});

// The compiler's complaints about a program that stands beside the types.
function complaints(types, program) {
	const files = { 'voice.ts': types, 'use.ts': program };
	for (const [name, text] of Object.entries(files))
		fs.writeFileSync(path.join(dir, name), text);
	const options = { strict: true, noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext, types: [] };
	const it = ts.createProgram(Object.keys(files).map(name => path.join(dir, name)), options);
	return ts.getPreEmitDiagnostics(it).map(d => `${path.basename(d.file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ')}`);
}

const use = `import type { components, operations, paths, webhooks } from './voice.js';
type Call = components['schemas']['Call'];
type Placed = paths['/calls']['post']['responses'][201]['content']['application/json'];
type Wish = NonNullable<operations['initiateCall']['requestBody']>['content']['application/json'];
const wish: Wish = { to: 'alice', from: '+15550009000', record: true };
export const id = (placed: Placed): string => placed.id;
export const same = (placed: Placed): Call => placed;
export const ended = (call: Call): boolean => call.status === 'completed' && call.end_time !== undefined;
export const pages = (page: paths['/calls']['get']['responses'][200]['content']['application/json']): string[] => (page.calls ?? []).map(call => call.id);
export const how = (tried: paths['/calls/try']['post']['responses'][200]['content']['application/json']): string | undefined => tried.route;
export const why = (problem: components['schemas']['Problem']): [string, string | undefined] => [problem.detail, problem.field];
export const told = (event: components['schemas']['Event']): Call => event.call;
type Webhook = webhooks['callEvent']['post']['requestBody']['content']['application/json'];
export const happened = (webhook: Webhook): string => webhook.type + webhook.call.status;
export const kept = (recording: components['schemas']['Recording']): boolean => recording.uploaded === true && recording.format === 'ogg';
export const query: NonNullable<paths['/calls']['get']['parameters']['query']> = { statuses: ['busy', 'failed'], page_size: 100, direction: 'inbound' };
export { wish };
`;

test('types of the Telefonie document compile, with a program that uses them', async () => {
	const types = astToString(await openapiTS(JSON.parse(served)));
	assert.deepEqual(complaints(types, use), []);
	const wrong = complaints(types, use.replace("to: 'alice'", 'to: 5').replace("=== 'completed'", "=== 'done'"));
	assert.equal(wrong.length, 2, wrong.join('\n'));
});

for (const dialect of ['twilio', 'vonage', 'vcita'])
	test(`types of the ${dialect} document compile`, async () => {
		const document = JSON.parse(fs.readFileSync(path.join(dialects, dialect, 'openapi.json'), 'utf8'));
		assert.deepEqual(complaints(astToString(await openapiTS(document)), "export type { paths } from './voice.js';\n"), []);
	});

// What a WebSocket is opened with is 101, which no linter knows for an answer.
const isSocket = where => where.startsWith('#/paths/~1socket/');

async function redocly(source, level = 'recommended') {
	const config = await createConfig({ extends: [level], rules: { 'operation-4xx-response': 'off', 'no-server-example.com': 'off' } });
	return (await lintFromString({ source, config })).filter(problem => !problem.ignored)
		.map(p => ({ rule: p.ruleId, where: p.location[0]?.pointer ?? '', message: p.message, error: p.severity === 'error' }));
}

async function stoplight(source) {
	const linter = new spectral.Spectral();
	linter.setRuleset({ extends: [[rulesets.oas, 'recommended']] });
	return (await linter.run(new spectral.Document(source, parsers.Json, 'openapi.json')))
		.map(p => ({ rule: p.code, where: `#/${p.path.map(part => String(part).replaceAll('/', '~1')).join('/')}`, message: p.message, error: p.severity === 0 }));
}

for (const [name, lint, rule] of [['Redocly', redocly, 'operation-2xx-response'], ['Stoplight', stoplight, 'operation-success-response']])
	test(`the linter of ${name} finds no fault in the Telefonie document, and one that is put in`, async () => {
		const found = await lint(served);
		assert.deepEqual(found.filter(problem => problem.rule !== rule || !isSocket(problem.where)), []);
		const broken = JSON.parse(served);
		broken.paths['/calls/{call_id}'].get.parameters = [];
		assert.notDeepEqual((await lint(JSON.stringify(broken))).filter(problem => problem.error), []);
	});

for (const dialect of ['twilio', 'vonage', 'vcita'])
	test(`the linters find no error in the ${dialect} document`, async () => {
		const source = fs.readFileSync(path.join(dialects, dialect, 'openapi.json'), 'utf8');
		const document = JSON.stringify({ servers: [{ url: 'http://127.0.0.1:8080' }], ...JSON.parse(source) }); // as it is served
		assert.deepEqual([...await redocly(document, 'minimal'), ...await stoplight(document)].filter(problem => problem.error), []);
	});
