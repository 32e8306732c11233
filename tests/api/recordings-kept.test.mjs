// What becomes of recordings that are complete: formats, encryption with a key file, a store that speaks S3; and that they are heard as before.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Api, KEY, until } from './harness.mjs';
import { Store } from './s3.mjs';

// A second of a tone, as the switch writes it.
function wav(seconds = 1, channels = 1) {
	const samples = 8000 * seconds * channels, out = Buffer.alloc(44 + samples * 2);
	out.write('RIFF', 0);
	out.writeUInt32LE(36 + samples * 2, 4);
	out.write('WAVEfmt ', 8);
	out.writeUInt32LE(16, 16);
	out.writeUInt16LE(1, 20);
	out.writeUInt16LE(channels, 22);
	out.writeUInt32LE(8000, 24);
	out.writeUInt32LE(16000 * channels, 28);
	out.writeUInt16LE(2 * channels, 32);
	out.writeUInt16LE(16, 34);
	out.write('data', 36);
	out.writeUInt32LE(samples * 2, 40);
	for (let i = 0; i < samples; i++)
		out.writeInt16LE(Math.round(8000 * Math.sin(i * 2 * Math.PI * 400 / 8000)), 44 + 2 * i);
	return out;
}

const sound = wav();
const starts = { wav: 'RIFF', ogg: 'OggS' };
const is = (bytes, format) => (format === 'mp3' ? bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0 || bytes.subarray(0, 3).toString() === 'ID3' : bytes.subarray(0, 4).toString() === starts[format]);
let files = 0;

// A call that was recorded; `wish`: what the request for it says, else the switch began it.
async function recorded(api, { content = sound, wish } = {}) {
	const { id } = await api.create();
	const name = wish ? undefined : `rec-${++files}`;
	api.mock.answer(id);
	let recording = name;
	if (wish) {
		const begun = await api.post(`/v1/voice/calls/${id}/recordings`, wish);
		assert.equal(begun.status, 201, begun.text);
		recording = begun.json.id;
	}
	const folder = path.join(api.dir, 'state/recordings/2026-01-01');
	fs.mkdirSync(folder, { recursive: true });
	const file = path.join(folder, `${recording}.wav`);
	fs.writeFileSync(file, content);
	api.mock.recorded(id, { id: recording, file, bytes: content.length });
	api.mock.end(id);
	await api.record(id, c => c.recording_url);
	return { call: id, id: recording, file, url: `/v1/voice/recordings/${recording}` };
}

const became = (api, it, what) => until(async () => {
	const { status, json } = await api.get(it.url);
	assert.equal(status, 200);
	return what(json) && json;
}, `recording ${it.id} as wanted`);

async function heard(api, it, query = '', headers = {}) {
	const response = await fetch(`${api.base}${it.url}/media${query}`, { headers: { 'x-api-key': KEY, ...headers } });
	return { status: response.status, type: response.headers.get('content-type'), etag: response.headers.get('etag'), bytes: Buffer.from(await response.arrayBuffer()) };
}

const filesOf = (api, it) => fs.readdirSync(path.dirname(it.file)).filter(name => name.startsWith(it.id)).sort();
const only = (api, it, name) => until(() => filesOf(api, it).join() === name, `${name} alone`);
const keyFile = (api, ...keys) => fs.writeFileSync(path.join(api, 'key'), `# keys\n${keys.join('\n')}\n`);
const newKey = () => randomBytes(32).toString('hex');

async function running(options, use) {
	const api = await Api.start(options);
	try {
		await use(api);
	} finally {
		await api.stop();
	}
}

for (const [format, type] of [['mp3', 'audio/mpeg'], ['ogg', 'audio/ogg']])
	test(`recordings are kept as ${format}, by conf`, () => running({ extra: `recordings { format = "${format}" }` }, async api => {
		const it = await recorded(api);
		const kept = await became(api, it, r => r.format === format);
		assert.deepEqual([kept.encrypted, kept.uploaded], [false, false]);
		await only(api, it, `${it.id}.${format}`);
		assert.equal(kept.size, fs.statSync(it.file.replace('.wav', `.${format}`)).size);
		const got = await heard(api, it);
		assert.equal(got.type, type);
		assert.ok(is(got.bytes, format));
		const back = await heard(api, it, '?format=wav');
		assert.deepEqual([back.status, back.type], [200, 'audio/wav']);
		assert.ok(is(back.bytes, 'wav') && back.bytes.length > sound.length / 2);
		assert.equal((await heard(api, it, '?format=flac')).status, 400);
		const events = await until(async () => {
			const { json } = await api.get(`/v1/voice/calls/${it.call}/events`);
			return json.events.some(e => e.type === 'call.record_stored') && json.events;
		}, 'the event');
		assert.equal(events.filter(e => e.type === 'call.record_stored').length, 1);
		assert.equal((await api.delete(it.url)).status, 204);
		assert.deepEqual(filesOf(api, it), []);
	}));

test('one is kept as its request says; what is no format is refused', () => running({}, async api => {
	const it = await recorded(api, { wish: { format: 'ogg' } });
	await became(api, it, r => r.format === 'ogg');
	await only(api, it, `${it.id}.ogg`);
	const plain = await recorded(api, { wish: {} });
	assert.equal((await became(api, plain, r => r.status === 'completed')).format, 'wav');
	assert.deepEqual((await heard(api, plain)).bytes, sound);
	assert.ok(is((await heard(api, plain, '?format=mp3')).bytes, 'mp3'));
	assert.equal((await api.post(`/v1/voice/calls/${it.call}/recordings`, { format: 'flac' })).status, 400);
	assert.deepEqual(filesOf(api, plain), [`${plain.id}.wav`]);
}));

test('what is no sound is kept as it is', () => running({ extra: 'recordings { format = "mp3" }' }, async api => {
	const it = await recorded(api, { content: Buffer.from('no sound at all') });
	const { json } = await api.get(it.url);
	assert.equal(json.format, 'wav');
	assert.equal((await heard(api, it)).bytes.toString(), 'no sound at all');
}));

// A folder that a conf can name before offhook-api is started in it.
const folder = () => fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'offhook-kept-'));

test('encrypted: unreadable on the disk, heard as before, and a byte that was changed is found out', async () => {
	const dir = folder(), key = newKey();
	keyFile(dir, key);
	await running({ dir, extra: `recordings { key-file = "${dir}/key" }` }, async api => {
		const long = wav(20, 2); // more than one chunk
		const it = await recorded(api, { content: long });
		const kept = await became(api, it, r => r.encrypted);
		assert.deepEqual([kept.format, kept.size], ['wav', long.length]);
		await only(api, it, `${it.id}.wav.sealed`);
		const sealed = `${it.file}.sealed`, bytes = fs.readFileSync(sealed);
		assert.equal(bytes.subarray(0, 8).toString(), 'OFFHOOK1');
		assert.equal(bytes.indexOf('WAVEfmt'), -1);
		assert.equal(bytes.indexOf(long.subarray(44, 108)), -1);
		assert.ok(bytes.length > long.length && bytes.length < long.length + 400);
		const got = await heard(api, it);
		assert.deepEqual([got.status, got.type], [200, 'audio/wav']);
		assert.ok(got.bytes.equals(long));
		const part = await heard(api, it, '', { range: 'bytes=65500-65600' });
		assert.equal(part.status, 206);
		assert.ok(part.bytes.equals(long.subarray(65500, 65601)));
		assert.equal((await heard(api, it)).etag, got.etag);
		assert.ok(is((await heard(api, it, '?format=mp3')).bytes, 'mp3'));

		for (const change of [b => { b[b.length - 1] ^= 1; return b; }, b => { b[30] ^= 1; return b; }, b => b.subarray(0, 76 + 65552), b => b.subarray(0, 40)]) {
			const other = await recorded(api, { content: long });
			await became(api, other, r => r.encrypted);
			fs.writeFileSync(`${other.file}.sealed`, change(fs.readFileSync(`${other.file}.sealed`)));
			const answer = await heard(api, other);
			assert.equal(answer.status, 404, answer.bytes.toString().slice(0, 200));
		}
	});
});

test('another key: files of the one before are heard, and get the new one', async () => {
	const dir = folder(), first = newKey(), second = newKey();
	keyFile(dir, first);
	const api = await Api.start({ dir, extra: `recordings { key-file = "${dir}/key" }` });
	try {
		const it = await recorded(api);
		await became(api, it, r => r.encrypted);
		await only(api, it, `${it.id}.wav.sealed`);
		const head = () => fs.readFileSync(`${it.file}.sealed`).subarray(8, 16).toString('hex'), before = head();
		keyFile(dir, second, first);
		api.process.kill('SIGHUP'); // a reload is enough
		const listens = await until(() => api.log.filter(line => / api\.listening /.test(line))[1], 'it to listen anew');
		api.base = `http://127.0.0.1:${/ port=(\d+)/.exec(listens)[1]}`;
		await api.ready();
		await until(() => head() !== before, 'the new key');
		assert.ok((await heard(api, it)).bytes.equals(sound));
		await until(async () => (await api.get('/metrics')).text.includes('offhook_recordings_with_other_keys 0'), 'nothing left with the old one');
		keyFile(dir, second); // the old one is of no use any more
		api.process.kill('SIGTERM');
		await api.exited;
		await api.launch();
		await api.ready();
		assert.ok((await heard(api, it)).bytes.equals(sound));
		keyFile(dir, newKey());
		api.process.kill('SIGTERM');
		await api.exited;
		await api.launch();
		await api.ready();
		const lost = await heard(api, it);
		assert.equal(lost.status, 404);
		assert.match(lost.bytes.toString(), /encrypted with a key that is not in the key file/);
	} finally {
		await api.stop();
	}
});

test('uploaded: signed, then here no more; heard through us; deleted there too', async () => {
	const store = await Store.start();
	await running({ extra: `recordings { format = "mp3" ${store.conf('prefix = "site-1/"')} }` }, async api => {
		const it = await recorded(api);
		const kept = await became(api, it, r => r.uploaded);
		assert.equal(kept.format, 'mp3');
		const name = `/calls/site-1/${kept.start_time.slice(0, 10)}/${it.id}.mp3`;
		assert.deepEqual([...store.objects.keys()], [name]);
		assert.equal(store.objects.get(name).type, 'audio/mpeg');
		await only(api, it, '');
		assert.deepEqual(store.requests.filter(r => r.fault), []);
		const got = await heard(api, it);
		assert.deepEqual([got.status, got.type], [200, 'audio/mpeg']);
		assert.ok(got.bytes.equals(store.objects.get(name).body));
		assert.equal((await heard(api, it, '', { range: 'bytes=0-9' })).status, 206);
		assert.ok(is((await heard(api, it, '?format=wav')).bytes, 'wav'));
		const { text } = await api.get('/metrics');
		assert.match(text, /^offhook_recording_steps_total\{step="upload"\} 1$/m);
		assert.match(text, /^offhook_recording_backlog\{step="upload"\} 0$/m);
		assert.equal((await api.delete(it.url)).status, 204);
		await until(() => store.objects.size === 0, 'the deletion in the store');
	});
	await store.stop();
});

test('a store that is away: kept here, tried again over a restart', async () => {
	const store = await Store.start();
	await store.stop();
	const api = await Api.start({ extra: `recordings { ${store.conf()} }` });
	try {
		const it = await recorded(api);
		await until(async () => /offhook_recording_steps_failed_total\{step="upload"\} [1-9]/.test((await api.get('/metrics')).text), 'an attempt in vain');
		assert.deepEqual((await heard(api, it)).bytes, sound);
		assert.equal((await api.get(it.url)).json.uploaded, false);
		await api.kill();
		store.refuse = 503;
		await store.listen();
		await api.launch();
		await api.ready();
		await until(() => store.requests.length >= 1, 'an attempt after the restart');
		assert.deepEqual(filesOf(api, it), [`${it.id}.wav`]);
		store.refuse = undefined;
		await became(api, it, r => r.uploaded);
		await only(api, it, '');
		const [object] = store.objects.values();
		assert.ok(object.body.equals(sound));
		await store.stop();
		const away = await heard(api, await recorded(api)); // here still
		assert.equal(away.status, 200);
		const gone = await fetch(`${api.base}${it.url}/media?format=ogg`, { headers: { 'x-api-key': KEY } });
		assert.equal(gone.status, 503);
		assert.match(await gone.text(), /store that the recording is in/);
	} finally {
		await api.stop();
		await store.stop().catch(() => {});
	}
});

test('encrypted and uploaded: the store has nothing that it can read; with a copy here', async () => {
	const dir = folder(), store = await Store.start();
	keyFile(dir, newKey());
	await running({ dir, extra: `recordings { format = "ogg" key-file = "${dir}/key" ${store.conf('keep-local = yes')} }` }, async api => {
		const it = await recorded(api);
		await became(api, it, r => r.uploaded && r.encrypted);
		await only(api, it, `${it.id}.ogg.sealed`);
		const [object] = store.objects.values();
		assert.equal(object.body.subarray(0, 8).toString(), 'OFFHOOK1');
		assert.equal(object.body.indexOf('OggS'), -1);
		fs.rmSync(it.file.replace('.wav', '.ogg.sealed')); // the copy is lost
		const got = await heard(api, it);
		assert.deepEqual([got.status, got.type], [200, 'audio/ogg']);
		assert.ok(is(got.bytes, 'ogg'));
	});
	await store.stop();
});

test('what signs wrongly is refused, and said', async () => {
	const store = await Store.start();
	const conf = store.conf();
	store.secret = 'another one';
	await running({ extra: `recordings { ${conf} }` }, async api => {
		const it = await recorded(api);
		await until(() => api.log.some(line => /recording\.keep_failed .*what=upload.*SignatureDoesNotMatch/.test(line)), 'a line in the log');
		assert.equal(store.objects.size, 0);
		assert.deepEqual((await heard(api, it)).bytes, sound);
	});
	await store.stop();
});

test('killed in the middle of it, again and again: nothing is lost, and nothing is left over', async () => {
	const dir = folder(), store = await Store.start();
	keyFile(dir, newKey());
	const api = await Api.start({ dir, extra: `recordings { format = "ogg" key-file = "${dir}/key" ${store.conf()} }` });
	try {
		const all = [];
		for (let round = 0; round < 6; round++) {
			const seen = store.requests.length;
			for (let i = 0; i < 3; i++)
				all.push(await recorded(api, { content: wav(2 + i) }));
			await until(() => store.requests.length > seen + round % 3, 'an upload'); // another moment each time
			await api.kill();
			await api.launch();
			await api.ready();
		}
		for (const it of all)
			await became(api, it, r => r.uploaded && r.encrypted && r.format === 'ogg');
		const [it] = all;
		await until(() => fs.readdirSync(path.dirname(it.file)).length === 0, 'an empty folder');
		assert.equal(store.objects.size, all.length);
		for (const it of all) {
			const got = await heard(api, it);
			assert.equal(got.status, 200, got.bytes.toString().slice(0, 200));
			assert.ok(is(got.bytes, 'ogg'));
		}
		for (const it of all)
			assert.equal((await api.delete(it.url)).status, 204);
		await until(() => store.objects.size === 0, 'the deletions in the store');
		await until(async () => [...(await api.get('/metrics')).text.matchAll(/^offhook_recording_backlog\{.*\} (\d+)$/gm)].every(([, n]) => n === '0'), 'nothing to be done any more');
	} finally {
		await api.stop();
		await store.stop();
	}
});
