// The log-in: an API key for a session. The key is forgotten as soon as it is sent.
import { logIn } from './api.js';
import { h, run } from './dom.js';

export function showLogin(app, onDone) {
	const key = h('input', { type: 'password', id: 'key', name: 'key', autocomplete: 'current-password', required: true, 'aria-describedby': 'refused' });
	const refused = h('p.bad', { id: 'refused', role: 'alert' });
	const button = h('button.main', { type: 'submit' }, 'Log in');
	const form = h('form.login', {
		onsubmit: event => {
			event.preventDefault();
			run(button, async () => {
				refused.textContent = '';
				try {
					const who = await logIn(key.value);
					key.value = '';
					onDone(who);
				} catch (error) {
					refused.textContent = error.message;
					key.select();
				}
			});
		},
	}, h('h1', {}, 'Offhook console'), h('label', { for: 'key' }, 'API key'), key, refused, button,
	h('p.small', {}, 'One of the ', h('code', {}, 'api-keys'), ' of an account in the conf file.'));
	app.replaceChildren(h('main', {}, form));
	document.title = 'Log in · Offhook';
	key.focus();
}
