// The examples: each is started as its first lines say, and asked what a call would ask it; the answers are the same in all languages.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { languages } from './example_apps.mjs';
import { Api, until } from './harness.mjs';

// What it answers, without its declaration; addresses of steps are written alike for all languages.
async function ask(app, step, parameters = {}, method = 'POST') {
	const body = new URLSearchParams({ CallSid: 'c1', CallStatus: 'in-progress', ...parameters });
	const url = app.url(step);
	const response = method === 'POST' ? await fetch(url, { method, body }) : await fetch(`${url}${url.includes('?') ? '&' : '?'}${body}`);
	assert.equal(response.status, 200);
	assert.match(response.headers.get('content-type'), /^text\/xml/);
	return (await response.text()).replace(/^<\?xml.*\?>\n?/, '').replace(/\/cgi-bin\/\w+(\?step=)?/g, '/').replace(/> </g, '><');
}

for (const [language, open] of Object.entries(languages)) {
	test(`a menu in ${language}`, async () => {
		const app = await open('ivr');
		for (const method of ['POST', 'GET'])
			assert.match(await ask(app, '', {}, method), /^<Response><Gather numDigits="1" timeout="5" action="\/menu"><Say>Welcome\. .*<\/Say><\/Gather><Say>We did not hear a key\.<\/Say><Redirect>\/<\/Redirect><\/Response>$/);
		assert.match(await ask(app, 'menu', { Digits: '1' }), /<Gather numDigits="4" timeout="10" action="\/account">/);
		assert.match(await ask(app, 'menu', { Digits: '2' }), /nine to five.*<Redirect>\/</);
		assert.match(await ask(app, 'menu', { Digits: '0' }), /<Dial timeout="20" action="\/after">alice<\/Dial>/);
		for (const Digits of ['9', '*', ''])
			assert.match(await ask(app, 'menu', { Digits }), /none of the choices/);
		assert.equal(await ask(app, 'account', { Digits: '1234' }), '<Response><Say>Thank you, customer 1 2 3 4. Goodbye.</Say><Hangup/></Response>');
		assert.doesNotMatch(await ask(app, 'account', { Digits: '<Hangup/>' }), /customer .*<Hangup\/>.*Goodbye/);
		assert.equal(await ask(app, 'after', { DialCallStatus: 'completed' }), '<Response><Hangup/></Response>');
		assert.match(await ask(app, 'after', { DialCallStatus: 'busy' }), /Nobody can take your call/);
	});

	test(`a voicemail in ${language}`, async () => {
		const app = await open('voicemail');
		assert.equal(await ask(app, ''), '<Response><Dial timeout="15" answerOnBridge="true" action="/after">alice</Dial></Response>');
		assert.equal(await ask(app, 'after', { DialCallStatus: 'completed' }), '<Response><Hangup/></Response>');
		assert.match(await ask(app, 'after', { DialCallStatus: 'no-answer' }), /<Record maxLength="120" finishOnKey="#" action="\/thanks" recordingStatusCallback="\/ready"\/>/);
		assert.match(await ask(app, 'thanks'), /Thank you/);
		await ask(app, 'ready', { RecordingUrl: 'http://127.0.0.1/r?a=1', RecordingDuration: '7' });
		await until(() => /message of 7 s.*http:\/\/127\.0\.0\.1\/r\?a=1/.test(app.output()), 'the line about the message');
	});

	test(`a queue in ${language}`, async () => {
		const app = await open('queue');
		assert.match(await ask(app, ''), /<Enqueue waitUrl="\/wait" action="\/left" maxQueueSize="50">support<\/Enqueue>/);
		assert.match(await ask(app, 'wait', { QueuePosition: '3', QueueTime: '20' }), /<Say>You are number 3\.<\/Say><Pause length="10"\/>/);
		assert.equal(await ask(app, 'wait', { QueuePosition: '1', QueueTime: '601' }), '<Response><Leave/></Response>');
		assert.match(await ask(app, 'left', { QueueResult: 'queue-full' }), /Too many/);
		assert.equal(await ask(app, 'left', { QueueResult: 'bridged' }), '<Response><Hangup/></Response>');
		assert.match(await ask(app, 'agent'), /<Dial action="\/next"><Queue url="\/announce">support<\/Queue><\/Dial>/);
		assert.match(await ask(app, 'announce'), /connected now/);
		assert.match(await ask(app, 'next'), /<Redirect>\/agent<\/Redirect>/);
	});
}

for (const [language, open] of Object.entries(languages).filter(([name]) => name !== 'cgi')) {
	test(`signed webhooks in ${language}`, async () => {
		process.env.OFFHOOK_TOKEN = 'secret-of-default'; // of the account that the harness makes
		const app = await open('webhooks'), api = await Api.start();
		try {
			const { id } = await api.create({ status_callback: app.url('') });
			await until(() => app.output().includes(`1 call.state queued ${id}`), 'a webhook that is believed');
			const now = Math.floor(Date.now() / 1000);
			for (const signature of [undefined, 'x', `t=${now},v1=${'0'.repeat(64)}`, `t=${now - 4000},v1=${'0'.repeat(64)}`]) {
				const reply = await fetch(app.url(''), { method: 'POST', body: '{}', headers: signature ? { 'offhook-signature': signature } : {} });
				assert.equal(reply.status, 403);
			}
			assert.match(app.output(), /refused: not signed by Offhook/);
		} finally {
			await api.stop();
		}
	});
}
