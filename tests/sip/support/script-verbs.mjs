// A call in the middle of each verb. `voice` is what the number's script begins with, `pages` what else there is (a function gets the line),
// `users` who is needed; `inside` resolves in the middle of it, `after` does what ends it, `end` looks at what it has come to. `hungUp` is what is
// told of it when the caller hangs up instead.
import assert from 'node:assert/strict';
import { readWav, toneShares } from './rtp.mjs';
import { doc, mark, press, script, talk } from './script.mjs';
import { StreamServer } from './stream-server.mjs';

export const verbs = {
	Say: {
		voice: '<Say>One two three four five six seven eight.</Say>',
		inside: ({ call }) => call.rtp.hearAnything('what is said'),
	},
	Play: {
		voice: '<Play>/tone/440/2</Play>',
		inside: ({ call }) => call.rtp.hear(440),
	},
	'Pause after the answer': {
		voice: '<Play>/tone/440/0.5</Play><Pause length="2"/>',
		inside: async ({ call }) => {
			await call.rtp.hear(440);
			await call.rtp.hearSilence();
		},
	},
	'Pause before the answer': {
		voice: '<Pause length="2"/>',
		answered: false,
		inside: ({ line }) => line.begun('Pause'),
	},
	'Gather, in its prompts': {
		voice: '<Gather numDigits="2" action="/keys"><Play>/tone/440</Play></Gather>',
		inside: async ({ call }) => {
			await call.rtp.hear(440);
			press(call, '1');
			await call.rtp.hearSilence();
		},
		after: ({ call }) => press(call, '2'),
		end: async ({ line }) => assert.deepEqual(line.forms('/keys').map(({ Digits }) => Digits), ['12']),
	},
	'Gather, when it waits for a key that does not come': {
		voice: '<Gather timeout="2"><Play>/tone/440/0.5</Play></Gather>',
		inside: async ({ call }) => {
			await call.rtp.hear(440);
			await call.rtp.hearSilence();
		},
	},
	'Gather, when it waits for the next key': {
		voice: '<Gather timeout="2" action="/keys"><Play>/tone/440/0.5</Play></Gather>',
		inside: async ({ call }) => {
			await call.rtp.hear(440);
			await call.rtp.hearSilence();
			press(call, '7');
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/keys').map(({ Digits }) => Digits), ['7']),
	},
	Record: {
		voice: '<Record action="/recorded" finishOnKey="#"/>',
		inside: async ({ call }) => {
			await call.rtp.hearAnything('the beep');
			call.rtp.sendTone(700);
			await call.rtp.hearSilence();
		},
		after: async ({ call }) => {
			await call.rtp.further(50);
			press(call, '#');
		},
		end: async ({ line }) => {
			assert.equal(line.forms('/recorded').length, 1);
			const [{ RecordingUrl, RecordingDuration, Digits }] = line.forms('/recorded');
			assert.equal(Digits, '#');
			assert.ok(Number(RecordingDuration) >= 1, RecordingDuration);
			const { channels: [samples], rate } = readWav(await line.sound(RecordingUrl));
			assert.ok(toneShares([...samples], 700, rate).some(share => share > 0.8), 'the tone is in the recording');
		},
		hungUp: async ({ line }) => {
			const { Digits, CallStatus } = await line.reached('/recorded');
			assert.deepEqual([Digits, CallStatus], ['hangup', 'completed']);
		},
	},
	'Dial, while it rings': {
		voice: '<Dial action="/dialled">bob</Dial>',
		users: ['bob'],
		inside: async it => {
			it.callee = await it.bob.incoming();
			await it.callee.reply(180);
		},
		after: async it => {
			await it.callee.accept();
			await talk(it.call, it.callee);
			await it.callee.bye();
		},
		end: async ({ line, bob }) => {
			assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']);
			assert.equal(bob.calls.length, 1);
		},
		hungUp: async ({ line, callee }) => {
			await callee.request('CANCEL');
			assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'canceled');
		},
	},
	'Dial, while they talk': {
		voice: '<Dial action="/dialled">bob</Dial>',
		users: ['bob'],
		inside: async it => {
			it.callee = await (await it.bob.incoming()).accept();
			await talk(it.call, it.callee);
		},
		after: async it => {
			await talk(it.call, it.callee);
			await it.callee.bye();
		},
		end: async ({ line, bob }) => {
			assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']);
			assert.equal(bob.calls.length, 1);
		},
		hungUp: async ({ line, callee }) => {
			await callee.ended();
			assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'completed');
		},
	},
	'Dial, while the callee is asked': {
		voice: '<Dial action="/dialled"><Number url="/screen">bob</Number></Dial>',
		pages: { '/screen': doc('<Gather numDigits="1" action="/take"><Play>/tone/800</Play></Gather><Hangup/>'), '/take': doc('') },
		users: ['bob'],
		inside: async it => {
			it.callee = await (await it.bob.incoming()).accept();
			await it.callee.rtp.hear(800);
		},
		after: async it => {
			press(it.callee, '1');
			await talk(it.call, it.callee);
			await it.callee.bye();
		},
		end: async ({ line }) => {
			assert.deepEqual(line.forms('/take').map(({ Digits }) => Digits), ['1']);
			assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']);
		},
		hungUp: async ({ line, callee }) => {
			await callee.ended();
			assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'no-answer');
		},
	},
	Enqueue: {
		voice: '<Enqueue waitUrl="/wait" action="/left">help</Enqueue>',
		pages: { '/wait': doc('<Play>/tone/800</Play>') },
		users: ['carol'],
		inside: ({ call }) => call.rtp.hear(800),
		after: async it => {
			const agent = await it.line.agent(it.carol, '<Dial><Queue>help</Queue></Dial>');
			await talk(it.call, agent);
			await agent.bye();
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/left').map(({ QueueResult }) => QueueResult), ['bridged']),
		hungUp: async ({ line }) => assert.deepEqual((await line.reached('/left')).QueueResult, 'hangup'),
	},
	'Dial Queue, while nobody waits': {
		voice: '<Dial action="/dialled"><Queue>help</Queue></Dial>',
		users: ['carol'],
		inside: ({ call }) => call.rtp.hearAnything('the ringing'),
		after: async it => {
			const waiting = await it.line.agent(it.carol, '<Enqueue>help</Enqueue>');
			await talk(it.call, waiting);
			await waiting.bye();
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']),
		hungUp: async ({ line }) => assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'canceled'),
	},
	'Dial Queue, while they talk': {
		voice: '<Dial action="/dialled"><Queue>help</Queue></Dial>',
		users: ['carol'],
		inside: async it => {
			it.other = await it.line.agent(it.carol, '<Enqueue>help</Enqueue>');
			await talk(it.call, it.other);
		},
		after: async it => {
			await talk(it.call, it.other);
			await it.other.bye();
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']),
		hungUp: async ({ line, other }) => {
			await other.ended();
			assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'completed');
		},
	},
	'Dial of an application': {
		voice: '<Dial action="/dialled"><Application>APPLICATION</Application></Dial>',
		pages: { '/menu': doc('<Gather numDigits="1" action="/chosen"><Play>/tone/800</Play></Gather>'), '/chosen': doc('') },
		inside: ({ call }) => call.rtp.hear(800),
		after: ({ call }) => press(call, '4'),
		end: async ({ line }) => {
			assert.deepEqual(line.forms('/chosen').map(({ Digits }) => Digits), ['4']);
			assert.deepEqual(line.forms('/dialled').map(({ DialCallStatus }) => DialCallStatus), ['completed']);
		},
		hungUp: async ({ line }) => assert.deepEqual((await line.reached('/dialled')).DialCallStatus, 'completed'),
	},
	Conference: {
		voice: '<Dial action="/dialled"><Conference>room</Conference></Dial>',
		users: ['carol'],
		inside: async it => {
			it.other = await it.line.agent(it.carol, '<Dial><Conference endConferenceOnExit="true">room</Conference></Dial>');
			await talk(it.call, it.other);
		},
		after: async it => {
			await talk(it.call, it.other);
			await it.other.bye();
		},
		end: async ({ line }) => assert.equal(line.forms('/dialled').length, 1),
		hungUp: async ({ other }) => {
			other.rtp.stop();
			await other.bye();
		},
	},
	'Conference, while it waits for others': {
		voice: '<Dial action="/dialled"><Conference waitUrl="/wait">room</Conference></Dial>',
		pages: { '/wait': doc('<Play>/tone/800</Play>') },
		users: ['carol'],
		inside: ({ call }) => call.rtp.hear(800),
		after: async it => {
			const other = await it.line.agent(it.carol, '<Dial><Conference endConferenceOnExit="true">room</Conference></Dial>');
			await talk(it.call, other);
			await other.bye();
		},
		end: async ({ line }) => assert.equal(line.forms('/dialled').length, 1),
	},
	'what is recorded beside other verbs': {
		voice: '<Start><Recording recordingStatusCallback="/kept"/></Start><Play>/tone/440/2</Play><Stop><Recording/></Stop>',
		pages: { '/kept': doc('') },
		inside: async ({ call }) => {
			call.rtp.sendTone(700);
			await call.rtp.hear(440);
			await call.rtp.further(50);
		},
		end: async ({ line }) => {
			const { RecordingStatus, RecordingUrl } = await line.reached('/kept');
			assert.deepEqual([RecordingStatus, line.forms('/kept').length], ['completed', 1]);
			const { channels: [samples], rate } = readWav(await line.sound(RecordingUrl));
			assert.ok(toneShares([...samples], 700, rate).some(share => share > 0.3), 'the tone is in the recording');
		},
		hungUp: async ({ line }) => assert.equal((await line.reached('/kept')).RecordingStatus, 'completed'),
	},
	'Connect of a stream': {
		voice: '<Connect action="/streamed"><Stream url="STREAM"/></Connect>',
		inside: async it => {
			it.end = await it.server.end();
			await it.end.event('media');
		},
		after: ({ end }) => end.close(),
		end: async ({ line }) => assert.equal(line.forms('/streamed').length, 1),
		hungUp: ({ end }) => end.event('stop'),
	},
	'a stream beside other verbs': {
		voice: '<Start><Stream url="STREAM"/></Start><Play>/tone/440/2</Play><Stop><Stream/></Stop>',
		inside: async it => {
			it.end = await it.server.end();
			await it.end.event('media');
			await it.call.rtp.hear(440);
		},
		end: async ({ end, server }) => {
			await end.event('stop');
			assert.equal(server.ends.length, 1);
		},
	},
	'the request of an action': {
		voice: '<Gather numDigits="1" action="/slow"><Play>/tone/440</Play></Gather>',
		pages: {
			'/slow': line => line.forms('/slow').length > 1 ? doc(mark) : new Promise(() => {}),
		},
		inside: async ({ line, call }) => {
			await call.rtp.hear(440);
			press(call, '6');
			await line.reached('/slow');
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/slow').map(({ Digits }) => Digits), ['6', '6']),
	},
	'Redirect, while its document is fetched': {
		voice: '<Redirect>/slow</Redirect><Play>/tone/440</Play>',
		answered: false,
		pages: {
			'/slow': line => line.forms('/slow').length > 1 ? doc(mark) : new Promise(() => {}),
		},
		inside: ({ line }) => line.reached('/slow'),
		end: async ({ line }) => assert.equal(line.forms('/slow').length, 2),
	},
	Refer: {
		voice: '<Refer action="/told"><Sip>sip:desk@elsewhere.example</Sip></Refer>',
		inside: async ({ line, call }) => {
			const request = await call.phone.signal.until(() => call.requests.find(({ method }) => method === 'REFER'), 'REFER');
			assert.match(request.get('refer-to'), /desk@elsewhere\.example/);
			call.phone.respond(request, request.response(202, 'Accepted', { toTag: call.localTag }));
			await line.begun('Refer');
		},
		after: async ({ call }) => {
			const { status } = await call.phone.send(call.inDialog('NOTIFY', { body: 'SIP/2.0 486 Busy Here\r\n',
				headers: [['Event', 'refer'], ['Subscription-State', 'terminated;reason=noresource'], ['Content-Type', 'message/sipfrag']] }));
			assert.equal(status, 200);
		},
		end: async ({ line }) => assert.deepEqual(line.forms('/told').map(form => [form.ReferCallStatus, form.ReferSipResponseCode]), [['failed', '486']]),
	},
	Echo: {
		voice: '<Echo/>',
		inside: async ({ call }) => {
			call.rtp.sendTone(700);
			await call.rtp.hear(700);
		},
		after: async ({ call, line }) => {
			call.rtp.forget();
			await call.rtp.hear(700);
			call.rtp.stop();
			const { status } = await line.world.http('POST', `/v1/voice/calls/${line.forms('/voice')[0].CallSid}`, { url: `${line.world.web}/then` });
			assert.equal(status, 200);
		},
	},
};

// The sid of an application whose document is at /menu.
async function makeApplication(world) {
	const account = 'b3877c40-da60-4998-90ad-b792e98472af';
	const reply = await fetch(`${world.api}/2010-04-01/Accounts/${account}/Applications.json`, { method: 'POST', headers: { authorization: `Basic ${btoa(`${account}:token`)}` },
		body: new URLSearchParams({ FriendlyName: 'menu', VoiceUrl: `${world.web}/menu` }) });
	assert.equal(reply.status, 201);
	return (await reply.json()).sid;
}

// A scenario whose call is in the middle of that verb: run(it), where `it` has the line, the call, the phones and what `inside` has left there.
export function within(name, { voice, pages = {}, users = [], answered = true, inside }, run) {
	script(name, { users }, async (line, phones) => {
		const server = await StreamServer.start();
		const application = voice.includes('APPLICATION') && await makeApplication(line.world);
		line.pages['/voice'] = doc(`${voice.replace('STREAM', server.url).replace('APPLICATION', application)}${mark}`);
		for (const path of ['/then', '/keys', '/recorded', '/dialled', '/left', '/told', '/streamed'])
			line.pages[path] = doc(mark);
		for (const [path, page] of Object.entries(pages))
			line.pages[path] = typeof page === 'function' ? () => page(line) : page;
		try {
			const it = { line, server, ...phones, call: answered ? await line.answered() : await line.call() };
			await inside(it);
			await run(it);
		} finally {
			server.close();
		}
	});
}
