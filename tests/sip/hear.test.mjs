// Speech in without a server: offhook-hear recognises what a voice says on real calls. On a busy machine its packets are late, and words are lost: then the script
// asks again, and the caller says it again, as people do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { join } from 'node:path';
import { doc, mark, MARK, NUMBER, press, script } from './support/script.mjs';
import { voice } from './support/voice.mjs';
import { poll } from './support/wait.mjs';

const built = existsSync(join(process.env.OFFHOOK_BUILD ?? 'build', 'bin/offhook-hear'));
if (!built)
	test('offhook-hear is not built', { skip: 'configure found no pocketsphinx' }, () => {});

// A call whose number's script is `page`, and whose caller is silent until it says something.
function heard(name, page, run, { api = '', dialect = 'twilio', wanted } = {}) {
	if (!built)
		return;
	const numbers = world => `number "${NUMBER}" { voice-url = "${world.web}/voice"  dialect = "${dialect}" }`;
	script(name, { numbers, api }, async (line, phones, world) => {
		line.pages['/voice'] = page;
		line.pages['/done'] = fields => wanted && fields.SpeechResult !== wanted ? page : doc(mark);
		line.answer = () => line.reached('/done', fields => fields.SpeechResult === wanted);
		line.pages['/partial'] = { status: 204 };
		const call = await line.answered();
		call.rtp.sendTone(0, 0);
		await run(line, call, world);
	});
}

const idOf = line => line.forms('/voice')[0].CallSid.slice(2).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const eventsOf = async (line, type) => (await line.events(idOf(line))).filter(event => event.type === type).map(event => event.data ?? event);
const event = (line, type, fits = () => true) => poll(async () => (await eventsOf(line, type)).find(fits), type);
const listens = line => event(line, 'call.stream', ({ stream }) => stream.state === 'started');

heard('one of the phrases that are expected, as the script wrote it, with how sure it is',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60" hints="Sales, Support Desk, I want billing"/>'), async (line, call) => {
		await listens(line);
		call.rtp.sendVoice(voice('support desk'));
		const said = await line.answer();
		assert.ok(said.Confidence > 0.3 && said.Confidence <= 1, said.Confidence);
		await call.rtp.hear(MARK);
		await call.bye();
	}, { wanted: 'Support Desk' });

heard('without hints yes and no, which the call is told of; and who speaks ends the prompt',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60"><Play loop="0">/tone/880</Play></Gather>'), async (line, call) => {
		await listens(line);
		await call.rtp.hear(880);
		call.rtp.sendVoice(voice('yes please'));
		await event(line, 'call.speech', ({ speech }) => speech.begun);
		await event(line, 'call.play_done', ({ end }) => end === 'stopped');
		await line.answer();
		assert.match((await event(line, 'script.warning')).message, /hints/);
		await call.rtp.hear(MARK);
		await call.bye();
	}, { wanted: 'yes' });

heard('a built-in type: digits are written as digits',
	doc('<Gather input="dtmf speech" action="/done" speechTimeout="auto" timeout="60" hints="$digits:4, operator"/>'), async (line, call) => {
		await listens(line);
		call.rtp.sendVoice(voice('four two seven one'));
		await line.answer();
		await call.rtp.hear(MARK);
		await call.bye();
	}, { wanted: '4271' });

heard('partial results come while it is said',
	doc('<Gather input="speech" action="/done" speechTimeout="auto" timeout="60" partialResultCallback="/partial" hints="please connect me with the billing department in london"/>'), async (line, call) => {
		await listens(line);
		call.rtp.sendVoice(voice('please connect me with the billing department in london'));
		await line.answer();
		assert.ok(line.forms('/partial').some(part => part.UnstableSpeechResult.startsWith('please')), JSON.stringify(line.forms('/partial')));
		await call.rtp.hear(MARK);
		await call.bye();
	}, { wanted: 'please connect me with the billing department in london' });

heard('what is none of the phrases is no answer',
	doc(`<Gather input="speech" action="/done" speechTimeout="auto" timeout="6" hints="check my balance, opening hours"/>${mark}`), async (line, call) => {
		await listens(line);
		call.rtp.sendVoice(voice('no'));
		await call.rtp.hear(MARK);
		assert.equal(line.forms('/done').length, 0);
		await call.bye();
	});

for (const [what, gather, api, why] of [
	['another language', 'language="de-DE" hints="ja, nein"', '', /English/],
	['one that conf has turned off', 'hints="yes"', 'hear = false', /hear/],
	['hints that cannot be said', 'hints="\u65e5\u672c"', '', /hints/],
])
	heard(`${what}: the error is an event, and the keys still work`,
		doc(`<Gather input="dtmf speech" action="/done" numDigits="1" timeout="60" ${gather}/>`), async (line, call) => {
			assert.match((await event(line, 'call.speech_error')).message, why);
			press(call, '7');
			assert.equal((await line.reached('/done')).Digits, '7');
			await call.rtp.hear(MARK);
			await call.bye();
		}, { api });

heard('kill -9 of offhook-api while somebody speaks: what he says is heard, and reaches the script',
	doc('<Gather input="dtmf speech" action="/done" speechTimeout="auto" timeout="60" hints="check my balance, opening hours"/>'), async (line, call, world) => {
		await line.begun('Gather');
		await listens(line);
		call.rtp.sendVoice(voice('opening hours', { before: 0.1 }));
		await event(line, 'call.speech', ({ speech }) => speech.begun);
		await world.apiProcess.kill();
		await world.startApi();
		await line.answer();
		await call.rtp.hear(MARK);
		await call.bye();
	}, { wanted: 'opening hours' });

const asks = { headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify([{ action: 'input', type: ['speech'], eventUrl: ['/asked'], speech: { language: 'en-GB', context: ['sales', 'support'], startTimeout: 60 } }]) };

heard('an NCCO: what was said, and how sure it is', asks, async (line, call, world) => {
	let told;
	line.pages['/asked'] = (fields, request) => {
		told = JSON.parse(request.body);
		if (told.speech.results?.[0]?.text !== 'sales')
			return asks;
		return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify([{ action: 'stream', streamUrl: [`${world.web}/tone/1200`], loop: 0 }]) };
	};
	await poll(() => world.switch.text().includes('call.stream_started'), 'the stream');
	call.rtp.sendVoice(voice('sales', { before: 0.5 }));
	await call.rtp.hear(MARK);
	assert.equal(told.speech.timeout_reason, 'end_on_silence_timeout');
	assert.equal(told.speech.results[0].text, 'sales');
	assert.ok(Number(told.speech.results[0].confidence) > 0.3);
	await call.bye();
}, { dialect: 'vonage' });
