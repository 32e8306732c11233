// The switch is killed in the middle of a verb, and started again with conf { resume }: the script goes on. What was being played or gathered is done
// again, since the process that had it is no more.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RESUME, restartSwitch } from './support/resume.mjs';
import { MARK, doc, mark, press, script, talk } from './support/script.mjs';
import { verbs } from './support/script-verbs.mjs';
import { poll } from './support/wait.mjs';

// In the middle of `verb` (as script-verbs.mjs has them) the switch is killed; `again` is what is done then.
function over(name, verb, again) {
	script(`kill -9 of the switch in the middle of ${name}: the script goes on`, { ...RESUME, users: verb.users }, async (line, phones, world) => {
		line.pages['/voice'] = doc(`${verb.voice}${mark}`);
		for (const path of ['/keys', '/recorded', '/dialled'])
			line.pages[path] = doc(mark);
		for (const phone of Object.values(phones))
			phone.answersOffers = true;
		const it = { line, ...phones, world, call: await line.answered() };
		it.call.phone.answersOffers = true;
		await verb.inside(it);
		const { calls } = await world.control.call('call.list');
		await restartSwitch(world, calls.map(({ id }) => id));
		for (const { rtp } of [it.call, it.callee].filter(Boolean))
			rtp.forget();
		await again?.(it);
		await it.call.rtp.hear(MARK, `the script to go on behind ${name}`);
		await verb.end?.(it);
		assert.equal(line.forms('/voice').length, 1, 'the script is fetched once');
		const { CallSid } = line.forms('/voice')[0];
		await it.call.bye();
		const record = await line.over(CallSid);
		assert.equal(record.status, 'completed');
		const types = (await line.events(CallSid)).map(({ type }) => type);
		assert.equal(types.filter(type => type === 'call.resumed').length, 1);
	});
}

over('Play', verbs.Play, ({ call }) => call.rtp.hear(440));
over('Pause', verbs['Pause after the answer']);
over('Gather', verbs['Gather, in its prompts'], async ({ call }) => {
	await call.rtp.hear(440);
	press(call, '12');
});
over('Record', {
	...verbs.Record,
	inside: async it => {
		await verbs.Record.inside(it);
		const folder = join(it.world.dir, 'state/recordings');
		await poll(() => readdirSync(folder, { recursive: true }).some(name => statSync(join(folder, name)).size > 10000), 'half a second on the disk');
	},
	end: ({ line }) => {
		const [{ RecordingDuration, RecordingUrl }] = line.forms('/recorded');
		assert.ok(RecordingUrl && Number(RecordingDuration) >= 0, 'what there was until then');
	},
});
over('Dial', verbs['Dial, while they talk'], async ({ call, callee }) => {
	await talk(call, callee);
	await callee.bye();
});
