// A call for a try: whom, as whom, and what it does when it is answered.
import { post, voice } from './api.js';
import { h, run } from './dom.js';

export const title = 'Place a call';

const SCRIPT = '<Response>\n  <Say>Hello. This is a test call.</Say>\n  <Pause length="1"/>\n  <Say>Goodbye.</Say>\n</Response>\n';

export function show(main, { isShown }) {
	const to = h('input', { id: 'to', required: true, autocomplete: 'off', list: 'users', 'aria-describedby': 'refused' }), users = h('datalist', { id: 'users' });
	const from = h('input', { id: 'from', required: true, autocomplete: 'off', list: 'numbers' }), numbers = h('datalist', { id: 'numbers' });
	const script = h('textarea', { id: 'script', spellcheck: 'false' }), record = h('input', { type: 'checkbox', id: 'record' });
	const refused = h('p.bad', { id: 'refused', role: 'alert' }), button = h('button.main', { type: 'submit' }, 'Call');
	script.value = SCRIPT;
	main.append(h('h1', {}, 'Place a call'), h('form.form', { onsubmit: event => {
		event.preventDefault();
		run(button, async () => {
			refused.textContent = '';
			try {
				const call = await post('calls', { to: to.value.trim(), from: from.value.trim(), script: script.value, ...(record.checked && { record: true }) });
				if (isShown())
					location.hash = `#/call/${call.id}`;
			} catch (error) {
				refused.textContent = error.message;
				({ to, from, script }[error.field] ?? button).focus();
			}
		});
	} }, h('label', { for: 'to' }, 'To: a number, a user, or a SIP URI'), to, users, h('label', { for: 'from' }, 'From: a number of the account'), from, numbers,
	h('label', { for: 'script' }, 'What it does when it is answered (TwiML or NCCO)'), script, h('p', {}, record, ' ', h('label', { for: 'record' }, 'Record it')), refused, h('div.row', {}, button)));
	Promise.all([voice('users'), voice('numbers')]).then(([known, own]) => {
		users.append(...known.users.map(user => h('option', { value: user.name })));
		numbers.append(...own.numbers.map(one => h('option', { value: one.number })));
		from.value ||= own.numbers[0]?.number ?? '';
	}).catch(() => {}); // they only help with the typing
}
