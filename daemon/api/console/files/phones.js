// Phones: the users of the account, and what each of them has registered.
import { voice } from './api.js';
import { h, lasting, loading, moment, nothing, renewing, state, table } from './dom.js';

export const title = 'Phones';

const phoneRow = one => [one.user, one.contact, one.source ?? '', state(one.state ?? 'registered'), one.rtt_ms === undefined ? '' : `${one.rtt_ms.toFixed(1)} ms`,
	one.agent ?? '', moment(one.registered), one.expires === undefined ? '' : lasting(one.expires), one.why ?? ''];

export function show(main, { live, isShown }) {
	const out = loading();
	main.append(h('h1', {}, 'Phones'), out);
	const renew = renewing(async () => {
		const [{ users }, { registrations }] = await Promise.all([voice('users'), voice('registrations')]);
		if (!isShown())
			return;
		const away = users.filter(user => !user.contacts);
		out.replaceChildren(h('p', { role: 'status' }, `${registrations.length} registered, ${users.length} ${users.length === 1 ? 'user' : 'users'}`),
			registrations.length ? table('Phones that are registered', ['User', 'Contact', 'From', 'State', 'Answers in', 'Phone', 'Since', 'Left', 'Why'], registrations.map(phoneRow))
				: nothing('No phone is registered.'),
			...away.length ? [h('h2', {}, 'Users without a phone'), table('Users without a phone', ['User', 'Number'], away.map(user => [user.name, user.number ?? '']))] : []);
	}, isShown);
	return live.watch({
		begin: renew,
		event: event => {
			if (event.type.startsWith('registration.'))
				renew();
		},
	});
}
