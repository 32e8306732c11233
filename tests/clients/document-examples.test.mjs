// The documents of the vendors' dialects: an example of each JSON reply and of each body that is taken, which its schema allows.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { exampleFaults } from './support/document.mjs';

const read = dialect => JSON.parse(fs.readFileSync(new URL(`../../daemon/api/dialect/${dialect}/openapi.json`, import.meta.url)));

for (const dialect of ['twilio', 'vonage', 'vcita'])
	test(`the ${dialect} document has an example of each reply and request, and its schema allows it`, () => assert.deepEqual(exampleFaults(read(dialect)), []));

test('an example that is missing, or is none, is found', () => {
	const document = read('vonage'), { requestBody, responses } = document.paths['/v1/calls'].post;
	delete requestBody.content['application/json'].example;
	responses[201].content['application/json'].example.uuid = 7;
	assert.equal(exampleFaults(document).length, 2);
});
