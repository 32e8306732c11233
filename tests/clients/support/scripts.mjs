// An application for calls as its vendor's package writes it: documents by the builder, requests checked by the validator.
import assert from 'node:assert/strict';
import { script } from '../../sip/support/script.mjs';
import { lookAtReplies, vendors } from './vendors.mjs';

// A scenario for each vendor. `write(it, page)` gives the pages, each a function (document, form) that writes into the document; run(it, phones).
// `it` has the line, the vendor and its client.
export function application(name, users, pages, run, { only = vendors.filter(v => v.name !== 'twilio5') } = {}) {
	for (const vendor of only) {
		script(`${vendor.name}: ${name}`, { users, number: `dialect = "${vendor.dialect}"` }, async (line, phones, world) => {
			const it = { line, vendor, world, client: lookAtReplies(vendor.open(world.api)), faults: [] };
			const checked = write => (form, { method, url, headers }) => {
				const signed = vendor.validate(headers, world.web + url, method === 'GET' ? {} : form);
				if (!signed || form.AccountSid !== vendor.account)
					it.faults.push(`${method} ${url} is not signed as ${vendor.name} signs, or not of its account`);
				const document = vendor.document();
				return write(document, form) === null ? { status: 204 } : { headers: { 'content-type': 'text/xml' }, body: document.toString() };
			};
			for (const [path, write] of Object.entries(pages))
				line.pages[path] = checked(write);
			await run(it, phones);
			assert.deepEqual(it.faults, []);
		});
	}
}
