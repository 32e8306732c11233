// Addresses that are not listened to, since they guessed passwords or names.
import { remove, voice } from './api.js';
import { h, loading, moment, nothing, renewing, runConfirmed, table, tell } from './dom.js';

export const title = 'Bans';

export function show(main, { isShown }) {
	const out = loading();
	main.append(h('h1', {}, 'Bans'), out);
	const lift = one => h('button.small', { 'aria-label': `Lift the ban of ${one.address}`, onclick: event => runConfirmed(event.currentTarget, `Listen to ${one.address} again?`, 'Lift the ban', async () => {
		await remove(`bans/${encodeURIComponent(one.address)}`);
		tell(`${one.address} is listened to again.`);
		renew();
	}) }, 'Lift');
	const renew = renewing(async () => {
		const { bans } = await voice('bans').catch(error => {
			if (error.status === 403)
				return { bans: undefined };
			throw error;
		});
		if (isShown())
			out.replaceChildren(!bans ? nothing('Bans are of the whole switch: the first account of the conf sees them.') : bans.length
				? table('Addresses that are banned', ['Address', 'Why', 'Since', 'Until', 'Messages dropped', h('span.unseen', {}, 'Act')], bans.map(one => [one.address, one.reason, moment(one.since), moment(one.until), String(one.dropped), lift(one)]))
				: nothing('No address is banned.'));
	}, isShown);
	renew();
}
