// Types made of our OpenAPI document by openapi-typescript compile, and a program that uses them in the way of their users does, too; what such a program must not do is
// an error of the compiler. Redocly's linter, which comes with it, finds no fault in the documents.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createConfig, lintFromString } from '@redocly/openapi-core';
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

const use = `import type { components, operations, paths } from './voice.js';
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

test('the linter finds no fault in the Telefonie document', async () => {
	const config = await createConfig({ extends: ['recommended'], rules: { 'info-license': 'off', 'operation-4xx-response': 'off', 'no-server-example.com': 'off' } });
	const problems = (await lintFromString({ source: served, config })).filter(problem => !problem.ignored)
		.filter(problem => problem.ruleId !== 'operation-2xx-response' || !problem.location[0].pointer.startsWith('#/paths/~1socket/')); // 101 is what a WebSocket is opened with
	assert.deepEqual(problems.map(p => `${p.ruleId} ${p.message} ${p.location[0]?.pointer ?? ''}`), []);
});
