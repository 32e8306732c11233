// The examples with real calls: each application, in each language, is started by its one command, and a phone calls its number.
import assert from 'node:assert/strict';
import { languages } from '../api/example_apps.mjs';
import { scenario } from './support/harness.mjs';
import { talk, press } from './support/script.mjs';
import { poll } from './support/wait.mjs';

const number = i => `+1555000900${i}`, agent = i => `+1555000901${i}`;

// One world for an application in all languages, a number for each. `act` gets what the test needs of it.
function example(name, run) {
	scenario(`example: ${name}`, { start: false, numbers: ({ apps }) => apps.map(({ url }, i) =>
		`number "${number(i)}" { voice-url = "${url('')}" } number "${agent(i)}" { voice-url = "${url('agent')}" }`).join('\n') }, async world => {
		world.apps = await Promise.all(Object.values(languages).map(open => open(name)));
		await world.startSwitch();
		await world.startApi();
		const known = new Set(), carrier = await world.trunk(), alice = await world.registered('alice');
		const steps = id => [...world.apiProcess.text().matchAll(/script\.step call=(\S+) verb=(\w+)/g)].filter(([, call]) => call === id).map(([, , verb]) => verb);
		// A call to a number, one at a time; it can be waited for to be in a verb, and to hear what is said there.
		const dial = async to => {
			const call = await carrier.call(to), { id } = await world.control.someCall(one => one.number === to && !known.has(one.id));
			known.add(id);
			return Object.assign(call, { id, in: (verb, times = 1) => poll(() => steps(id).filter(v => v === verb).length >= times, `${verb} ${times} of ${to}; there were ${steps(id)}`),
				async hears(verb, times) {
					await this.in(verb, times);
					this.rtp.forget(); // what was before
					await this.rtp.hearAnything(`what is said in ${verb}`);
				} });
		};
		await run({ world, alice, dial, steps });
	});
}

example('ivr', async ({ world, alice, dial, steps }) => {
	await Promise.all(world.apps.map(async (app, i) => {
		const call = await dial(number(i));
		await call.hears('Gather');
		press(call, '9');
		await call.hears('Gather', 2);
		press(call, '1');
		await call.hears('Gather', 3);
		press(call, '1234');
		await call.ended();
		assert.deepEqual(steps(call.id), ['Gather', 'Say', 'Redirect', 'Gather', 'Gather', 'Say', 'Hangup']);
	}));
	const person = await dial(number(0));
	await person.hears('Gather');
	press(person, '0');
	const callee = await (await alice.incoming()).accept();
	await talk(person, callee);
	await callee.bye();
	await person.ended();
});

example('voicemail', async ({ world, alice, dial, steps }) => {
	await Promise.all(world.apps.map(async (app, i) => {
		const call = await dial(number(i));
		await (await alice.incoming()).reply(486);
		await call.in('Record');
		call.rtp.sendTone(700);
		await call.rtp.hear(1000, 'the beep', 800);
		await call.rtp.further(75);
		press(call, '#');
		await call.ended();
		assert.deepEqual(steps(call.id), ['Dial', 'Say', 'Record', 'Say', 'Hangup']);
		await poll(() => /message of [1-9]\d* s.*http/.test(app.output()), 'the line about the message');
	}));
});

example('queue', async ({ world, dial }) => {
	for (const i of world.apps.keys()) {
		const call = await dial(number(i));
		await call.in('Pause'); // behind what it hears of its place
		const person = await dial(agent(i));
		await person.response(200);
		await talk(call, person);
		await call.bye();
		await person.in('Queue', 2);
		await person.bye();
	}
});
