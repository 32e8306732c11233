import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Api, KEY, OTHER_KEY } from './harness.mjs';

let api, media, content;
before(async () => {
	api = await Api.start();
	content = Buffer.alloc(100000, 'RIFF0123456789');
	const file = path.join(api.dir, 'state/one.wav');
	fs.writeFileSync(file, content);
	const { id } = await api.create({ record: true });
	assert.equal((await api.mock.request('call.originate', p => p.id === id)).record, true);
	api.mock.answer(id);
	api.mock.end(id);
	await api.record(id, c => c.status === 'completed' && !c.recording_url);
	api.mock.recorded(id, { id: 'rec-1', file, bytes: content.length });
	const record = await api.record(id, c => c.recording_url);
	assert.equal(record.recording_url, 'http://127.0.0.1:8080/v1/voice/recordings/rec-1/media');
	media = new URL(record.recording_url).pathname;
});
after(() => api.stop());

const get = (headers = {}, key = KEY) => fetch(api.base + media, { headers: { 'x-api-key': key, ...headers } });
const bytes = async response => Buffer.from(await response.arrayBuffer());

test('the whole file', async () => {
	const response = await get();
	assert.equal(response.status, 200);
	assert.equal(response.headers.get('content-type'), 'audio/wav');
	assert.equal(response.headers.get('accept-ranges'), 'bytes');
	assert.deepEqual(await bytes(response), content);
});

test('the key is needed, and the right account', async () => {
	assert.equal((await fetch(api.base + media)).status, 401);
	assert.equal((await get({}, OTHER_KEY)).status, 404);
	assert.equal((await api.get('/v1/voice/recordings/nothing/media')).status, 404);
});

for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=99990-', 99990, 100000], ['bytes=-5', 99995, 100000], ['bytes=5-999999', 5, 100000]]) {
	test(`Range ${range}`, async () => {
		const response = await get({ range });
		assert.equal(response.status, 206);
		assert.equal(response.headers.get('content-range'), `bytes ${from}-${to - 1}/100000`);
		assert.deepEqual(await bytes(response), content.subarray(from, to));
	});
}

test('ranges that cannot be had, or are none', async () => {
	const beyond = await get({ range: 'bytes=100000-' });
	assert.equal(beyond.status, 416);
	assert.equal(beyond.headers.get('content-range'), 'bytes */100000');
	await beyond.arrayBuffer();
	for (const range of ['bytes=a-b', 'lines=1-2', 'bytes=5-2', 'bytes=0-1,3-4'])
		assert.equal((await bytes(await get({ range }))).length, 100000);
});

test('ETag', async () => {
	const etag = (await get()).headers.get('etag');
	const same = await get({ 'if-none-match': etag });
	assert.equal(same.status, 304);
	assert.equal((await same.arrayBuffer()).byteLength, 0);
	assert.equal((await get({ range: 'bytes=0-9', 'if-range': etag })).status, 206);
	assert.equal((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
});

test('HEAD has the length and no body', async () => {
	const response = await fetch(api.base + media, { method: 'HEAD', headers: { 'x-api-key': KEY } });
	assert.equal(response.status, 200);
	assert.equal(response.headers.get('content-length'), '100000');
	assert.equal((await get()).status, 200);
});

test('a failed recording gives no url', async () => {
	const { id } = await api.create();
	api.mock.answer(id);
	api.mock.recorded(id, { id: 'rec-bad', file: '/nowhere', status: 'failed', error: 'disk full' });
	api.mock.end(id);
	assert.equal((await api.record(id, 'completed')).recording_url, undefined);
});
