// Debian's Chromium, driven by playwright-core, for the pages of the console.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { KEY } from '../../sip/support/harness.mjs';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const missing = fs.existsSync(CHROMIUM) ? false : `${CHROMIUM} is not there: no browser to try the console in`;

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

// A browser at work: {page, visit, axe, close}. What the page complains of, what it asks elsewhere, and what its policy forbids is kept in
// `faults`: close() fails when there is anything.
export async function browse(world, options = {}) {
	const { chromium } = await import('playwright-core');
	const browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
	const context = await browser.newContext(options);
	const page = await context.newPage();
	const faults = [], expected = [];
	page.setDefaultTimeout(60000);
	page.on('pageerror', error => faults.push(String(error)));
	page.on('console', message => {
		if (message.type() === 'error')
			faults.push(`${message.text()} (${message.location().url})`);
	});
	page.on('request', request => {
		if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).host !== new URL(world.api).host)
			faults.push(`asks ${request.url()}`);
	});
	return {
		browser, context, page,
		// What is to be complained of, since the test provokes it: a regular expression.
		expect: pattern => expected.push(pattern),
		visit: (hash = '') => page.goto(`${world.api}/console${hash}`),
		async logIn(key = KEY) {
			await page.getByLabel('API key').fill(key);
			await page.getByRole('button', { name: 'Log in' }).click();
		},
		// What axe finds, as a list of sentences: nothing.
		async axe() {
			await page.evaluate(fs.readFileSync(axe, 'utf8')); // not as a script element, which the policy forbids
			const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
			return violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(node => node.html).join(' ')}`);
		},
		async close() {
			await browser.close();
			const left = faults.filter(fault => !expected.some(pattern => pattern.test(fault)));
			if (left.length)
				throw new Error(`the page: ${left.join('; ')}`);
		},
	};
}
