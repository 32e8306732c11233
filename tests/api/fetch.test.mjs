// What we ask others for (webhooks, scripts, prompts): HTTP/2, certificates, addresses that are denied.
import { test, before, after, afterEach } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http2 from 'node:http2';
import { Authority } from '../sip/support/certificates.mjs';
import { Api, server, until } from './harness.mjs';

let authority, secure, wrong, web, answer, api;
const seen = [];
before(async () => {
	authority = new Authority();
	const listen = async files => {
		const it = http2.createSecureServer({ key: fs.readFileSync(files.key), cert: fs.readFileSync(files.certificate), allowHTTP1: true });
		it.on('request', (request, response) => {
			let body = '';
			request.setEncoding('utf8').on('data', t => { body += t; }).on('end', () => {
				seen.push({ version: request.httpVersion, url: request.url, signature: request.headers['offhook-signature'], body, session: request.stream?.session });
				response.statusCode = 200;
				response.setHeader('content-type', 'text/xml');
				response.end(request.url.startsWith('/script') ? '<Response><Hangup/></Response>' : '');
			});
		});
		await new Promise(ok => it.listen(0, '127.0.0.1', ok));
		return it;
	};
	secure = await listen(authority.issue('receiver', 'receiver', 'DNS:localhost,IP:127.0.0.1'));
	wrong = await listen(authority.issue('other.example', 'other', 'DNS:other.example'));
	web = await server(request => answer(request));
});
after(async () => {
	await web.stop();
	for (const it of [secure, wrong])
		it.close();
	for (const { session } of seen)
		session?.destroy();
	fs.rmSync(authority.dir, { recursive: true });
});
afterEach(async () => { await api?.stop(); api = null; });

async function started(text) {
	api = await Api.start({ api: text });
}

// Tells `url` of a call; resolves to the delivery's first attempt.
async function attempt(url) {
	const { id } = await api.create({ status_callback: url, status_callback_events: ['queued'] });
	return until(async () => {
		const { deliveries } = (await api.get(`/v1/voice/webhooks/deliveries?call_id=${id}`)).json;
		return deliveries[0]?.attempts && (await api.get(`/v1/voice/webhooks/deliveries/${deliveries[0].id}`)).json.log[0];
	}, `an attempt at ${url}`);
}

test('webhooks and scripts go over HTTP/2 where the server speaks it, over one connection', async () => {
	await started(`ca-file = "${authority.certificate}"`);
	const url = `https://127.0.0.1:${secure.address().port}`;
	assert.equal((await attempt(`${url}/hook`)).status, 200);
	const { id } = await api.create({ url: `${url}/script` });
	api.mock.answer(id);
	await api.record(id, 'completed');
	const [hook, script] = ['/hook', '/script'].map(path => seen.find(r => r.url === path));
	assert.equal(hook.version, '2.0');
	assert.equal(script.version, '2.0');
	assert.match(hook.signature, /^t=\d+,v1=[0-9a-f]{64}$/);
	assert.equal(JSON.parse(hook.body).call.status, 'queued');
	assert.equal(hook.session, script.session);
});

test('a certificate with another name, or of an unknown authority, is refused', async () => {
	await started(`ca-file = "${authority.certificate}"`);
	const before = seen.length;
	const other = await attempt(`https://127.0.0.1:${wrong.address().port}/`);
	assert.match(other.error, /name|subject/i);
	assert.equal(other.status, undefined);
	await api.stop();
	await started('');
	assert.match((await attempt(`https://127.0.0.1:${secure.address().port}/`)).error, /certificate/i);
	assert.equal(seen.length, before);
});

const denied = [['by its address', p => `http://127.0.0.1:${p}/`], ['by a name', p => `http://localhost:${p}/`], ['as a mapped address', p => `http://[::ffff:127.0.0.1]:${p}/`],
	['as one number', p => `http://2130706433:${p}/`], ['as any address', p => `http://0.0.0.0:${p}/`], ['through NAT64', p => `http://[64:ff9b::7f00:1]:${p}/`]];
for (const [name, url] of denied) {
	test(`a denied address is not asked: ${name}`, async () => {
		await started('deny-addresses = {"127.0.0.0/8", "::1"}');
		const before = web.requests.length;
		const { error } = await attempt(url(new URL(web.url).port));
		assert.match(error, /is denied by the conf \(api\/deny-addresses\)/);
		assert.equal(web.requests.length, before);
	});
}

test('metadata and link-local addresses are denied by default', async () => {
	await started('');
	for (const host of ['169.254.169.254', '[fe80::1]', '[fd00:ec2::254]', '100.100.100.200', '[::ffff:169.254.169.254]', '[fd20:ce::254]', '[fd00:c1::a9fe:a9fe]', '[64:ff9b:1::a9fe:a9fe]', '[2002:a9fe:a9fe::1]'])
		assert.match((await attempt(`http://${host}/latest/`)).error, new RegExp(`${host.replace(/[[\]]/g, '').split(':').at(-1)} is denied`), host);
});

test('"internal" denies what is not the internet, in every writing', async () => {
	await started('deny-addresses = {"internal"}');
	for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '0177.0.0.1', '2130706433', '10.1.2.3', '192.168.0.1', '100.64.1.1', '[::1]', '[::ffff:10.0.0.1]', '[fd12::1]', '[fec0::1]', '[ff02::1]'])
		assert.match((await attempt(`http://${host}/`)).error, /is denied by the conf/, host);
});

test('scripts too, also behind a redirect, with the reason', async () => {
	await started('deny-addresses = {"127.0.0.2"}');
	answer = () => ({ status: 302, headers: { location: web.url.replace('127.0.0.1', '127.0.0.2') } });
	const { id } = await api.create({ url: `${web.url}/script`, method: 'GET' });
	api.mock.answer(id);
	assert.match((await api.record(id, 'completed')).reason, /could not be fetched: 127\.0\.0\.2 is denied by the conf/);
});

test('"none" denies nothing', async () => {
	await started('deny-addresses = {"none"}');
	answer = () => ({ status: 200 });
	assert.equal((await attempt(web.url)).status, 200);
});
