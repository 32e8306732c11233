// Scripts of Vonage's: NCCO by the builder of its package, real calls, each request's token checked by its verifySignature.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { MARK, press, talk, tone } from '../sip/support/script.mjs';
import { level, readWav, toneShares } from '../sip/support/rtp.mjs';
import { story, token } from './support/vonage.mjs';

const { NCCOBuilder, Stream, Input, Record, Connect, Conversation } = createRequire(import.meta.url)('@vonage/voice');
const build = (...actions) => actions.reduce((builder, action) => builder.addAction(action), new NCCOBuilder()).build();
const json = (...actions) => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(build(...actions)) });

// A story whose web server has sounds, too. `pages`: by path a function of the hook that gives actions (an array), or nothing.
function app(name, users, pages, run) {
	story(name, users, async (caller, phones, world) => {
		const take = caller.take.bind(caller), { url } = caller.web;
		caller.take = request => tone(request.url) ?? take(request);
		caller.answer = hook => {
			const actions = pages(url)[hook.path]?.(hook);
			return actions && json(...actions);
		};
		const carrier = await world.trunk();
		const it = {
			caller, world, url,
			bodies: path => caller.hooks.filter(h => h.path === path).map(h => h.body),
			call: () => carrier.call('+15550009000'),
			async agent(phone, ...actions) {
				await caller.dial({ to: [{ type: 'app', user: phone.user }], ncco: build(...actions) });
				return (await phone.incoming()).accept();
			},
			async restart() {
				await world.apiProcess.kill();
				await world.startApi();
			},
		};
		await run(it, phones);
	});
}

const sound = (url, frequency, seconds) => new Stream(`${url}/tone/${frequency}${seconds ? `/${seconds}` : ''}`, undefined, !seconds, seconds ? 1 : 0);
const keys = (url, path, dtmf = { maxDigits: 1, timeOut: 2 }) => new Input(dtmf, undefined, `${url}${path}`, 'POST');
// startOnEnter: false is more than the builder can say
const room = members => ({ action: 'conversation', name: 'standup', ...members, serializeToNCCO: () => ({ action: 'conversation', name: 'standup', ...members }) });

const menu = url => ({
	'/answer': () => [sound(url, 400), keys(url, '/menu')],
	'/menu': ({ body: { dtmf } }) => dtmf.digits === '1' ? [sound(url, 500), keys(url, '/account', { maxDigits: 4, submitOnHash: true, timeOut: 2 })]
		: [sound(url, 300, 0.4), sound(url, 400), keys(url, '/menu')],
	'/account': ({ body: { dtmf } }) => dtmf.digits === '1234' ? [sound(url, MARK)]
		: [sound(url, 600, 0.4), sound(url, 500), keys(url, '/account', { maxDigits: 4, submitOnHash: true, timeOut: 2 })],
});

app('a menu of two levels, with wrong keys', [], menu, async ({ call: dial, bodies }) => {
	const call = await dial(), hears = hz => call.rtp.hear(hz);
	await hears(400);
	press(call, '9');
	await hears(300);
	await hears(400);
	press(call, '1');
	await hears(500);
	press(call, '12#');
	await hears(600);
	await hears(500);
	press(call, '1234');
	await hears(MARK);
	assert.deepEqual(bodies('/menu').map(({ dtmf }) => dtmf.digits), ['9', '1']);
	assert.deepEqual(bodies('/account').map(({ dtmf }) => dtmf), [{ digits: '12', timed_out: false }, { digits: '1234', timed_out: false }]);
	await call.bye();
});

app('input that is cut by kill -9 between two keys asks for no key twice', [], menu, async ({ call: dial, bodies, restart }) => {
	const call = await dial();
	await call.rtp.hear(400);
	press(call, '1');
	await call.rtp.hear(500);
	press(call, '12');
	await call.rtp.hearSilence();
	await restart();
	press(call, '34');
	await call.rtp.hear(MARK);
	assert.deepEqual(bodies('/account').map(({ dtmf }) => dtmf.digits), ['1234']);
	await call.bye();
});

const message = url => ({
	'/answer': () => [sound(url, 400, 0.4), new Record('wav', undefined, undefined, undefined, '#', 60, true, `${url}/recorded`, 'POST'), sound(url, MARK)],
});

for (const killed of [false, true])
	app(`a message is recorded${killed ? ', kill -9 in the middle of it' : ''}`, [], message, async ({ call: dial, caller, bodies, restart }) => {
		const call = await dial();
		await call.rtp.hear(1000, 'the beep', 800);
		call.rtp.sendTone(700);
		await call.rtp.hearSilence();
		if (killed)
			await restart();
		await call.rtp.further(60);
		press(call, '#');
		await call.rtp.hear(MARK);
		const { body } = await caller.hook(h => h.path === '/recorded', 'the recording');
		assert.ok(Date.parse(body.start_time) < Date.parse(body.end_time));
		const reply = await fetch(body.recording_url, { headers: { authorization: `Bearer ${token()}` } });
		assert.equal(reply.status, 200);
		const file = Buffer.from(await reply.arrayBuffer()), { channels: [samples], rate } = readWav(file);
		assert.equal(body.size, file.length);
		assert.ok(toneShares([...samples], 700, rate).some(share => share > 0.8), 'what was said is in the file');
		assert.equal(bodies('/recorded').length, 1);
		await call.bye();
	});

const forward = url => ({
	'/answer': () => [new Connect({ type: 'app', user: 'bob' }, '15550009000', undefined, 'synchronous', 20, undefined, undefined, `${url}/connected`, 'POST'), sound(url, MARK)],
	'/connected': ({ body: { status } }) => status === 'busy' ? [sound(url, 300)] : undefined,
});

app('connect: busy, and what the answer says goes on', ['bob'], forward, async ({ call: dial, caller }, { bob }) => {
	const call = await dial();
	await (await bob.incoming()).reply(486);
	await caller.hook(h => h.path === '/connected' && h.body.status === 'busy', 'that it is busy');
	await call.rtp.hear(300);
	await call.bye();
});

for (const killed of [false, true])
	app(`connect: they talk${killed ? ', also through kill -9' : ''}, and the script goes on behind it`, ['bob'], forward, async ({ call: dial, bodies, restart }, { bob }) => {
		const call = await dial(), callee = await (await bob.incoming()).accept();
		await call.response(200);
		await talk(call, callee);
		if (killed) {
			await restart();
			await talk(call, callee);
		}
		await callee.bye();
		await call.rtp.hear(MARK);
		const statuses = bodies('/connected').map(({ status }) => status);
		assert.equal(statuses.filter(status => status === 'completed').length, 1, `${statuses}`);
		assert.equal(bob.calls.length, 1);
		await call.bye();
	});

const meeting = url => ({ '/answer': () => [room({ startOnEnter: false, musicOnHoldUrl: [`${url}/tone/600`] }), sound(url, MARK)] });

for (const killed of [false, true])
	app(`conversation: it begins and ends with its moderator${killed ? ', also through kill -9' : ''}`, ['bob', 'carol'], meeting, async ({ call: dial, url, agent, restart }, { bob, carol }) => {
		const first = await dial();
		await first.rtp.hear(600, 'what those hear who wait');
		const second = await agent(bob, room({ startOnEnter: false, musicOnHoldUrl: [`${url}/tone/600`] }), sound(url, MARK));
		await second.rtp.hear(600);
		if (killed)
			await restart();
		const moderator = await agent(carol, new Conversation('standup', undefined, true, true));
		first.rtp.sendTone(440);
		moderator.rtp.sendTone(1000);
		await Promise.all([first.rtp.hear(1000), moderator.rtp.hear(440), second.rtp.signal.until(() => level(second.rtp.samples.slice(-1600)) > 1000, 'both others')]);
		if (killed) {
			await restart();
			first.rtp.forget();
			await first.rtp.hear(1000);
		}
		await moderator.bye();
		await Promise.all([first.rtp.hear(MARK), second.rtp.hear(MARK)]);
		await Promise.all([first.bye(), second.bye()]);
	});
