// The console in a browser, with real calls behind it.
import assert from 'node:assert/strict';
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
	for (const type of ['call.state', 'call.record_done'])
		await page.getByText(type, { exact: true }).first().waitFor();
	assert.deepEqual(await it.axe(), []);
	await shot(page, 'call');
	await page.getByText('In numbers').click();
	await page.getByRole('table', { name: 'Quality, second by second' }).waitFor();
	assert.equal(await page.getByRole('button', { name: 'Hang up' }).count(), 0);
});
