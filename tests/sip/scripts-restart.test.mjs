// offhook-api is killed in the middle of each verb: the script goes on where it was. No digit is asked for twice, no verb is left out or done again.
import assert from 'node:assert/strict';
import { MARK } from './support/script.mjs';
import { verbs, within } from './support/script-verbs.mjs';

for (const [name, verb] of Object.entries(verbs)) {
	within(`kill -9 in the middle of ${name}: the script goes on`, verb, async it => {
		await it.line.restartApi();
		await verb.after?.(it);
		await it.call.response(200);
		await it.call.rtp.hear(MARK, `the script to go on behind ${name}`);
		await verb.end?.(it);
		assert.equal(it.line.forms('/voice').length, 1, 'the script is fetched once');
		await it.call.bye();
	});
}
