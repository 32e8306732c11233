// offhook-api is killed in the middle of each verb: the script goes on where it was. No digit is asked for twice, no verb is left out or done again.
import assert from 'node:assert/strict';
import { readWav, toneShares } from './support/rtp.mjs';
import { MARK, doc, mark, press, script, talk } from './support/script.mjs';

const verbs = {
	Say: {
		voice: '<Say>One two three four five six seven eight nine ten eleven twelve.</Say>',
		inside: ({ call }) => call.rtp.hearAnything('what is said'),
	},
	Play: {
		voice: '<Play>/tone/440/3</Play>',
		inside: ({ call }) => call.rtp.hear(440),
	},
	'Pause after the answer': {
		voice: '<Play>/tone/440/0.5</Play><Pause length="3"/>',
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
		voice: '<Gather timeout="3"><Play>/tone/440/0.5</Play></Gather>',
		inside: async ({ call }) => {
			await call.rtp.hear(440);
			await call.rtp.hearSilence();
		},
	},
	'Gather, when it waits for the next key': {
		voice: '<Gather timeout="3" action="/keys"><Play>/tone/440/0.5</Play></Gather>',
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
			assert.ok(toneShares([...samples], 700, rate).filter(share => share > 0.8).length >= 3, 'the tone is in the recording');
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

for (const [name, verb] of Object.entries(verbs)) {
	script(`kill -9 in the middle of ${name}: the script goes on`, { users: verb.users }, async (line, phones) => {
		Object.assign(line.pages, {
			'/voice': doc(`${verb.voice}${mark}`),
			'/then': doc(mark), '/keys': doc(mark), '/recorded': doc(mark), '/dialled': doc(mark), '/left': doc(mark),
		});
		for (const [path, page] of Object.entries(verb.pages ?? {}))
			line.pages[path] = typeof page === 'function' ? () => page(line) : page;
		const call = verb.answered === false ? await line.call() : await line.answered();
		const it = { line, call, ...phones };
		await verb.inside(it);
		await line.restartApi();
		await verb.after?.(it);
		await call.response(200);
		await call.rtp.hear(MARK, `the script to go on behind ${name}`);
		await verb.end?.(it);
		assert.equal(line.forms('/voice').length, 1, 'the script is fetched once');
		await call.bye();
	});
}

// Everything that a step has come to is told, though the caller has hung up while nobody was there to hear of it.
const ends = {
	Record: {
		voice: '<Record action="/told"/>',
		inside: async it => {
			await verbs.Record.inside(it);
			await it.call.rtp.further(60);
		},
		fits: form => form.Digits === 'hangup' && Number(form.RecordingDuration) >= 1,
	},
	'Dial, while they talk': { ...verbs['Dial, while they talk'], voice: '<Dial action="/told">bob</Dial>', fits: form => form.DialCallStatus === 'completed' },
	Enqueue: { ...verbs.Enqueue, voice: '<Enqueue waitUrl="/wait" action="/told">help</Enqueue>', fits: form => form.QueueResult === 'hangup' },
	'the request of an action': {
		pages: { '/told': line => line.forms('/told').length > 1 ? doc(mark) : new Promise(() => {}) },
		voice: '<Record action="/told" finishOnKey="#"/>',
		inside: async it => {
			await verbs.Record.inside(it);
			await it.call.rtp.further(50);
			press(it.call, '#');
			await it.line.reached('/told');
		},
		fits: form => Number(form.RecordingDuration) >= 1,
		times: 2,
	},
};

for (const [name, { voice, pages = {}, users, inside, fits, times = 1 }] of Object.entries(ends)) {
	script(`kill -9 in the middle of ${name}, and the caller hangs up: the action is told`, { users }, async (line, phones, world) => {
		line.pages['/voice'] = doc(`${voice}${mark}`);
		line.pages['/told'] = doc(mark);
		for (const [path, page] of Object.entries(pages))
			line.pages[path] = typeof page === 'function' ? () => page(line) : page;
		const call = await line.answered();
		await inside({ line, call, ...phones });
		await world.apiProcess.kill();
		await call.bye();
		await world.startApi();
		await line.reached('/told', fits, times);
		assert.equal(line.forms('/told').length, times);
		await line.over(line.forms('/voice')[0].CallSid);
	});
}
