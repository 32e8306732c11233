// The caller hangs up in the middle of each verb: the script ends, who was dialled is let go, and what the step has come to is told. The same when
// offhook-api is not there to hear of it.
import assert from 'node:assert/strict';
import { doc, mark, press } from './support/script.mjs';
import { verbs, within } from './support/script-verbs.mjs';

for (const [name, verb] of Object.entries(verbs).filter(([, verb]) => verb.answered !== false)) {
	within(`the caller hangs up in the middle of ${name}`, verb, async it => {
		const { line, call } = it, before = line.asked.length;
		assert.equal((await call.bye()).status, 200);
		const { CallSid } = line.forms('/voice')[0], record = await line.over(CallSid);
		assert.deepEqual([record.status, record.ended_by], ['completed', 'caller']);
		await verb.hungUp?.(it);
		const asked = line.asked.slice(before).map(({ path }) => path), events = await line.events(CallSid);
		assert.ok(asked.length <= (verb.hungUp ? 1 : 0), `asked afterwards: ${asked}`);
		assert.deepEqual(events.filter(({ type }) => type === 'script.error'), []);
	});
}

for (const [name, verb] of Object.entries(verbs).filter(([, verb]) => verb.answered === false)) {
	within(`the caller gives up in the middle of ${name}`, verb, async ({ line, call }) => {
		assert.equal((await call.cancel()).status, 200);
		await call.response(487);
		const { CallSid } = line.forms('/voice')[0];
		assert.equal((await line.over(CallSid)).status, 'canceled');
		assert.deepEqual((await line.events(CallSid)).filter(({ type }) => type === 'script.error'), []);
	});
}

// While nobody was there to hear of it.
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

for (const [name, { fits, times = 1, ...verb }] of Object.entries(ends)) {
	within(`kill -9 in the middle of ${name}, and the caller hangs up: the action is told`, verb, async ({ line, call }) => {
		await line.world.apiProcess.kill();
		await call.bye();
		await line.world.startApi();
		await line.reached('/told', fits, times);
		assert.equal(line.forms('/told').length, times);
		await line.over(line.forms('/voice')[0].CallSid);
	});
}
