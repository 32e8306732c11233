// One call, every pair of dialects: made in the one, read in all at every state, ended in the other. Its callbacks come in the words of the one that made it, and in no other's.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { server } from '../api/harness.mjs';
import { scenario } from '../sip/support/harness.mjs';
import { poll } from '../sip/support/wait.mjs';
import { tongues, vcita } from './support/tongues.mjs';
import { APPLICATION, SECRET, keys } from './support/vonage.mjs';

const TO = '+15550001002', FROM = '+15550009000';
const HEADERS = { telefonie: ['offhook-signature'], twilio: ['x-twilio-signature'], twilio5: ['x-twilio-signature'], signalwire: ['x-signalwire-signature', 'x-twilio-signature'], vonage: ['authorization'] };
const SIGNATURES = [...new Set(Object.values(HEADERS).flat())].sort();

// Each reader sees the call, in its own word for this state.
async function seen(readers, id, status) {
	for (const reader of readers)
		await poll(async () => {
			const call = await reader.read(id);
			assert.deepEqual({ ...call, status: undefined }, { id, status: undefined, to: TO, from: FROM, outbound: true }, reader.name);
			return call.status === reader.words[status];
		}, `${reader.name} to see ${reader.words[status]}`);
}

// The callbacks at `path` once as many have come as there should be, each looked at by its vendor's validator.
async function told(web, path, maker, count) {
	const all = await poll(() => {
		const here = web.requests.filter(r => r.url === path);
		return here.length >= count && here;
	}, `${count} callbacks of ${maker.name}`);
	return all.map(request => {
		assert.deepEqual(SIGNATURES.filter(name => request.headers[name]), HEADERS[maker.name].toSorted(), `who has signed a callback of ${maker.name}`);
		return maker.told(request, web.url + request.url);
	});
}

function story(name, run) {
	const account = world => {
		writeFileSync(join(world.dir, 'vonage.pem'), keys.publicKey);
		return `vonage-application = "${APPLICATION}" vonage-public-key-file = "${world.dir}/vonage.pem" vonage-signature-secret = "${SECRET}"`;
	};
	scenario(name, { start: false, account, numbers: world => `number "${FROM}" { status-callback = "${world.web}/number" voice-url = "${world.web}/number" }` }, async world => {
		const web = await server(() => ({ status: 200 }));
		world.web = web.url;
		try {
			await world.startSwitch();
			const bob = await world.registered('bob');
			await world.startApi();
			const makers = await Promise.all(tongues.map(open => open(world)));
			await run({ web, bob, makers, readers: [...makers, await vcita(world)] });
		} finally {
			await web.stop();
		}
	});
}

for (const { name, answers, path } of [
	{ name: 'is up', answers: true, path: ['queued', 'ringing', 'in-progress', 'completed'] },
	{ name: 'rings', answers: false, path: ['queued', 'ringing', 'canceled'] },
])
	story(`made in one dialect and ended in another while it ${name}: all see the same`, async ({ web, bob, makers, readers }) => {
		let n = 0;
		const made = [];
		for (const maker of makers) {
			for (const ender of makers) {
				const at = `/told/${n++}`, id = await maker.create(TO, web.url + at);
				made.unshift(id);
				const callee = await bob.incoming();
				await callee.reply(180);
				await seen(readers, id, 'ringing');
				if (answers) {
					await callee.accept();
					await seen(readers, id, 'in-progress');
				}
				await ender.end(id);
				await (answers ? callee.ended() : callee.request('CANCEL'));
				await seen(readers, id, path.at(-1));
				assert.deepEqual(await told(web, at, maker, path.length), path.map(status => ({ id, status: maker.words[status] })), `${maker.name}, ended by ${ender.name}`);
			}
		}
		for (const reader of readers)
			assert.deepEqual(await reader.listed(), made, `the list of ${reader.name}`);
		assert.equal(web.requests.length, n * path.length, 'nobody else was told, and nobody twice');
	});

story('however a call comes to nothing, each dialect has its word for it', async ({ bob, makers, readers }) => {
	for (const [code, words] of [[486, { all: 'busy', vonage: 'busy' }], [480, { all: 'no-answer', vonage: 'unanswered' }], [408, { all: 'no-answer', vonage: 'unanswered' }],
		[603, { all: 'failed', vonage: 'rejected' }], [403, { all: 'failed', vonage: 'rejected' }], [500, { all: 'failed', vonage: 'failed' }]]) {
		const id = await makers[code % makers.length].create(TO);
		await (await bob.incoming()).reply(code);
		for (const reader of readers)
			await poll(async () => (await reader.read(id)).status === (words[reader.name] ?? reader.words[words.all]), `${code} in the words of ${reader.name}`);
	}
});

story('what is noted in one dialect and forgotten in another', async ({ bob, makers, readers }) => {
	const notes = readers.at(-1);
	for (const maker of makers) {
		const id = await maker.create(TO);
		await (await bob.incoming()).reply(486);
		await seen(readers, id, 'busy');
		assert.equal((await notes.note(id, { call_summary: `By ${maker.name}.` })).call_summary, `By ${maker.name}.`);
		await notes.forget(id); // that API's own list
		assert.ok(!(await notes.listed()).includes(id));
		for (const reader of makers)
			assert.ok((await reader.listed()).includes(id), `${reader.name} has it still`);
	}
});

story('what is only logged in one dialect is no call in the others', async ({ makers, readers, bob }) => {
	const logs = readers.at(-1), id = await logs.log({ direction: 'inbound', status: 'missed', from_number: '15557770000', to_number: FROM.slice(1), duration: 0 });
	assert.deepEqual(await logs.listed(), [id]);
	for (const maker of makers) {
		assert.deepEqual(await maker.listed(), [], maker.name);
		await assert.rejects(maker.read(id), undefined, `${maker.name} does not know it`);
		await assert.rejects(maker.end(id), undefined, `${maker.name} cannot end it`);
	}
	// between those that were made here, by its time
	const made = await makers[0].create(TO);
	await (await bob.incoming()).reply(486);
	await seen(readers, made, 'busy');
	assert.deepEqual(await logs.listed(), [made, id]);
});
