// The console in a browser, with real calls behind it.
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Api, KEY as API_KEY } from '../api/harness.mjs';
import { KEY, scenario } from '../sip/support/harness.mjs';
import { poll } from '../sip/support/wait.mjs';
import { browse, missing } from './support/browser.mjs';

const SHOTS = process.env.OFFHOOK_SHOTS; // a folder for pictures to look at
const shot = (page, name) => SHOTS && page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });

// A scenario with a browser at the log-in page.
const inBrowser = (name, options, run) => scenario(name, { ...options, skip: missing }, async world => {
	await world.startApi();
	const it = await browse(world, options.browser);
	try {
		await it.visit();
		await run(world, it);
	} catch (error) {
		await shot(it.page, 'failed');
		await it.close().catch(more => { error.message += `; ${more.message}`; });
		throw error;
	}
	await it.close();
});

inBrowser('log in with a key, be known by a cookie that no script reads, log out', {}, async (world, it) => {
	const { page, context } = it;
	it.expect(/401/);
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'login');
	await it.logIn('not-a-key');
	await page.getByRole('alert').getByText('The key is missing or wrong.').waitFor();
	await it.logIn();
	await page.getByRole('heading', { name: 'Calls' }).waitFor();
	await page.getByText('live', { exact: true }).waitFor();
	const [cookie] = await context.cookies();
	assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
	assert.equal(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })), '{}');
	assert.ok(!(await page.content()).includes(KEY), 'the page has not kept the key');
	await page.reload();
	await page.getByText('live', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByLabel('API key').waitFor();
	// the session is over on the server, not in the browser alone
	await context.addCookies([cookie]);
	await page.reload();
	await page.getByLabel('API key').waitFor();
});

inBrowser('live calls come, change and go; one is filtered for and hung up', {}, async (world, it) => {
	const { page } = it;
	const alice = await world.registered('alice'), bob = await world.registered('bob');
	const echo = await alice.call('+15550009004');
	assert.equal((await echo.final()).status, 200);
	await it.logIn();
	await page.getByRole('link', { name: /^\d/ }).first().waitFor();
	await page.getByText('1 live').waitFor();
	// a call that comes while the page is there
	const ringing = await alice.call('bob');
	const atBob = await bob.incoming();
	await atBob.reply(180);
	await page.getByText('3 live').waitFor();
	await page.getByRole('cell', { name: 'ringing' }).first().waitFor();
	await atBob.accept();
	assert.equal((await ringing.final()).status, 200);
	await page.getByRole('cell', { name: 'ringing' }).first().waitFor({ state: 'detached' });
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'calls');
	await page.getByLabel('Filter').fill('9004');
	await page.getByText('3 live, 1 of them fit the filter').waitFor();
	await page.getByRole('button', { name: 'Hang up +15550001001 to +15550009004' }).click();
	await page.getByRole('dialog').waitFor();
	assert.deepEqual(await it.axe(), []);
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await page.getByText('3 live, 1 of them fit the filter').waitFor();
	// by the keyboard alone
	await page.getByRole('link', { name: /^\d/ }).focus();
	await page.keyboard.press('Delete');
	await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
	await echo.ended();
	await page.getByText('2 live, 0 of them fit the filter').waitFor();
	await ringing.bye();
	await page.getByText('No call is live.').waitFor();
	await page.getByRole('link', { name: 'All that were' }).click();
	await page.getByText('3 calls, page 1 of 1').waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'past');
});

inBrowser('one call: why, what happened, who was told, how it sounded, what was recorded', {
	numbers: world => `number "+15550009005" { record = true  status-callback = "http://${world.host}:1/told" }`,
}, async (world, it) => {
	const { page } = it;
	it.expect(/status of 404 .*\/(quality|trace)\)/); // between the end and what is told of it
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009005');
	assert.equal((await call.final()).status, 200);
	await it.logIn();
	await page.getByRole('link', { name: /^\d/ }).first().click();
	await page.getByRole('heading', { name: '+15550001001 → +15550009005' }).waitFor();
	await page.getByText(/The call has been up for/).waitFor();
	call.rtp.sendTone(440, 4000);
	await call.rtp.further(150);
	await call.bye();
	// the page follows without being asked again
	await page.getByText('The caller hung up.').first().waitFor();
	await page.getByRole('img', { name: /^Quality over \d+ seconds/ }).waitFor();
	await page.getByRole('heading', { name: 'Recordings' }).waitFor();
	await page.locator('canvas.shape:visible').waitFor();
	await poll(() => page.locator('audio').evaluate(player => player.duration > 1), 'the player to know the length');
	await page.locator('tr[data-kind="webhook"]').first().waitFor();
	await page.getByRole('img', { name: /^Ladder of \d+ SIP messages/ }).waitFor();
	await poll(() => page.locator('img.ladder').evaluate(image => image.complete && image.naturalWidth > 0), 'the ladder to be drawn');
	await page.getByText(/^\d+ messages$/).click();
	await page.getByRole('table', { name: 'SIP messages, in order' }).getByText('407 Proxy Authentication Required', { exact: true }).waitFor();
	for (const type of ['call.state', 'call.record_done'])
		await page.getByText(type, { exact: true }).first().waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'call');
	await page.getByText('In numbers').click();
	await page.getByRole('table', { name: 'Quality, second by second' }).waitFor();
	assert.equal(await page.getByRole('button', { name: 'Hang up' }).count(), 0);
});

const menu = (page, name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();

inBrowser('a conference: who is in it, who talks, mute, remove, end', { numbers: 'number "+15550009003" { conference = "standup" }' }, async (world, it) => {
	const { page } = it;
	const phones = await Promise.all(['alice', 'bob'].map(name => world.registered(name)));
	await it.logIn();
	await menu(page, 'Conferences');
	await page.getByText('There is no conference now.').waitFor();
	const calls = [];
	for (const phone of phones) {
		calls.push(await phone.call('+15550009003'));
		assert.equal((await calls.at(-1).final()).status, 200);
	}
	const row = who => page.getByRole('row').filter({ has: page.getByRole('cell', { name: who, exact: true }) });
	await row('alice').getByText('silent').waitFor();
	await row('bob').getByText('silent').waitFor();
	calls[0].rtp.sendTone(440, 60000);
	await row('alice').getByText('talking').waitFor();
	assert.equal(await row('bob').getByText('talking').count(), 0);
	// who comes later sees it too
	await page.reload();
	await row('alice').getByText('talking').waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'conferences');
	await row('alice').getByRole('button', { name: /^Mute/ }).click();
	await row('alice').getByRole('button', { name: /^Unmute/ }).waitFor();
	await row('bob').getByRole('button', { name: /^Remove/ }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await row('bob').waitFor({ state: 'detached' });
	await page.getByRole('button', { name: 'End standup' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
	await page.getByText('There is no conference now.').waitFor();
	for (const call of calls)
		if (!call.requests.some(request => request.method === 'BYE'))
			await call.bye();
});

inBrowser('phones, trunks and bans, as they change', { extra: 'guard { exempt = {"none"} }' }, async (world, it) => {
	const { page } = it;
	await it.logIn();
	await menu(page, 'Phones');
	await page.getByText('0 registered, 3 users').waitFor();
	await world.registered('alice');
	await page.getByText('1 registered, 3 users').waitFor();
	await page.getByRole('table', { name: 'Phones that are registered' }).getByRole('cell', { name: 'alice', exact: true }).waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'phones');
	await menu(page, 'Trunks');
	await page.getByRole('cell', { name: 'carrier', exact: true }).waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'trunks');
	await menu(page, 'Bans');
	await page.getByText('No address is banned.').waitFor();
	const scanner = await world.phone('mallory', { host: '127.0.0.77', transport: 'tcp' });
	scanner.transmit(scanner.request('OPTIONS', `sip:${scanner.domain}`, { headers: [['User-Agent', 'friendly-scanner']] }));
	await world.control.event('guard.banned');
	await page.reload();
	await page.getByRole('cell', { name: '127.0.0.77', exact: true }).waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'bans');
	await page.getByRole('button', { name: 'Lift the ban of 127.0.0.77' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Lift the ban' }).click();
	await page.getByText('No address is banned.').waitFor();
});

inBrowser('a webhook that failed is looked at and sent again', {
	numbers: world => `number "+15550009004" { echo = true  status-callback = "http://${world.host}:9000/told"  status-callback-events = {"completed"} }`,
	api: 'webhook-retry = 0',
}, async (world, it) => {
	const { page } = it;
	const alice = await world.registered('alice');
	const call = await alice.call('+15550009004');
	assert.equal((await call.final()).status, 200);
	await call.bye();
	await it.logIn();
	await menu(page, 'Deliveries');
	await poll(async () => {
		await page.reload();
		await page.getByText(/^\d+ deliver/).waitFor();
		return await page.locator('[data-state="failed"]').count() > 0;
	}, 'the delivery to fail');
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'deliveries');
	const heard = [];
	const server = http.createServer((request, response) => {
		heard.push(request.url);
		response.end();
	});
	await new Promise(ok => server.listen(9000, world.host, ok));
	try {
		await page.getByRole('button', { name: /^Send again: event \d+ to / }).first().click();
		await poll(() => heard.length > 0, 'the webhook');
		await page.getByRole('table', { name: 'Deliveries' }).getByRole('link').first().click();
		await poll(async () => {
			await page.getByRole('button', { name: 'Look again' }).click();
			return await page.locator('[data-state="delivered"]').count() > 0;
		}, 'the delivery to be seen as delivered');
		await page.getByText('"call_id"').waitFor();
		assert.deepEqual(await it.axe(), []);
		await shot(page, 'delivery');
	} finally {
		server.close();
	}
});

inBrowser('a call is placed, listened to, and hung up from its page', {}, async (world, it) => {
	const { page } = it;
	const alice = await world.registered('alice');
	await it.logIn();
	await menu(page, 'Place a call');
	await poll(() => page.getByLabel('From: a number of the account').inputValue(), 'a number of the account');
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'place');
	await page.getByLabel(/^To:/).fill('+1999');
	await page.getByLabel(/^From:/).fill('+15550009000');
	it.expect(/status of 4\d\d/);
	await page.getByRole('button', { name: 'Call', exact: true }).click();
	await poll(() => page.getByRole('alert').textContent(), 'the refusal');
	await page.getByLabel(/^To:/).fill('alice');
	await page.getByLabel('What it does').fill('<Response><Pause length="60"/></Response>');
	await page.getByRole('button', { name: 'Call', exact: true }).click();
	const call = await alice.incoming();
	await page.getByRole('heading', { name: /→ \+15550001001/ }).waitFor();
	await call.accept();
	await page.evaluate(() => { // the loudest sample that is put out
		const start = AudioBufferSourceNode.prototype.start;
		globalThis.heardMost = 0;
		AudioBufferSourceNode.prototype.start = function (when) {
			globalThis.heardMost = Math.max(globalThis.heardMost, ...this.buffer.getChannelData(0));
			return start.call(this, when);
		};
	});
	await page.getByRole('button', { name: 'Listen in' }).click();
	call.rtp.sendTone(440, 60000);
	await page.getByRole('button', { name: 'Listening: stop' }).waitFor();
	await poll(async () => (await page.evaluate(() => globalThis.heardMost)) > 0.05, 'that something is heard');
	await page.getByRole('button', { name: 'Listening: stop' }).click();
	await page.getByRole('button', { name: 'Listen in' }).waitFor();
	await page.getByRole('button', { name: 'Hang up' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
	await call.ended();
	await page.getByText('The call was hung up through the API.').first().waitFor();
});

inBrowser('a script is checked as it is written, in the dark and on a phone', { browser: { colorScheme: 'dark', viewport: { width: 360, height: 740 } } }, async (world, it) => {
	const { page } = it;
	await it.logIn();
	await menu(page, 'Scripts');
	await page.getByText(/^It runs: \d+ steps?\.$/).waitFor();
	await page.getByLabel('TwiML, or NCCO in JSON').fill('<Response>\n  <Say>Hello</Say>\n  <Pley>x.wav</Pley>\n</Response>');
	await page.getByRole('listitem').filter({ hasText: /^Line 3 warning, Pley: / }).waitFor();
	await shot(page, 'script');
	await page.getByLabel('TwiML, or NCCO in JSON').fill('[{"action": "talk", "text": "Hello"}]');
	await page.getByText('It runs: 1 step.').waitFor();
	await page.getByLabel('TwiML, or NCCO in JSON').fill('[{"action": "talk"');
	await page.getByText(/^It does not run/).waitFor();
	for (const name of ['Scripts', 'Place a call', 'Deliveries', 'Bans', 'Trunks', 'Phones', 'Conferences', 'Calls']) {
		await menu(page, name);
		await page.getByRole('heading', { name, level: 1 }).waitFor();
		assert.deepEqual(await it.axe(), [], name);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is as wide as the screen`);
	}
	await shot(page, 'dark');
});

test('a thousand live calls: all are there, change, are found, and go', { skip: missing }, async () => {
	const LIVE = 1000, AT_ONCE = 50;
	const api = await Api.start({ logLevel: 'info' });
	const it = await browse({ api: api.base });
	const { page } = it;
	try {
		const ids = [];
		const more = async (n, members = {}) => {
			for (let i = 0; i < n; i += AT_ONCE)
				ids.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, n - i) }, () => api.create(members)))).map(call => call.id));
		};
		await more(LIVE - 100);
		await it.visit();
		await it.logIn(API_KEY);
		await page.getByText(`${LIVE - 100} live`).waitFor();
		await more(99);
		await more(1, { tag: 'needle' });
		await page.getByText(`${LIVE} live`, { exact: true }).waitFor();
		assert.equal(await page.locator('tbody tr').count(), LIVE);
		for (const id of ids)
			api.mock.answer(id);
		await poll(async () => await page.locator('tbody [data-state="in-progress"]').count() === LIVE, 'all to be answered');
		await page.getByLabel('Filter').fill('needle');
		await page.getByText(`${LIVE} live, 1 of them fit the filter`).waitFor();
		assert.equal(await page.locator('tbody tr').count(), 1);
		assert.deepEqual(await it.axe(), []);
		await page.getByLabel('Filter').fill('');
		await poll(async () => await page.locator('tbody tr').count() === LIVE, 'all to be shown again');
		await shot(page, 'thousand');
		for (const id of ids.slice(0, LIVE - 3))
			api.mock.end(id);
		await page.getByText('3 live', { exact: true }).waitFor();
		assert.equal(await page.locator('tbody tr').count(), 3);
		// without a server, and with one again, which knows no session
		it.expect(/WebSocket connection|ERR_CONNECTION_REFUSED|status of 401/);
		await api.kill();
		await page.getByText('not connected').waitFor();
	} finally {
		await it.close();
		await api.stop();
	}
});
