// Trunks: carriers and other switches, and whether calls get through.
import { voice } from './api.js';
import { h, loading, moment, nothing, renewing, state, table } from './dom.js';

export const title = 'Trunks';

const trunkRow = one => [one.name, one.address ?? '', state(one.state ?? 'unknown'), String(one.calls ?? 0), moment(one.registered_until), (one.servers ?? []).join(', '),
	one.reason ?? (one.asked === false ? 'It is not asked: nothing is known against it.' : '')];

export function show(main, { live, isShown }) {
	const out = loading();
	main.append(h('h1', {}, 'Trunks'), out);
	const renew = renewing(async () => {
		const { trunks } = await voice('trunks');
		if (isShown())
			out.replaceChildren(trunks.length ? table('Trunks', ['Trunk', 'Address', 'State', 'Calls', 'Registered until', 'Servers', 'Why'], trunks.map(trunkRow)) : nothing('The account has no trunk.'));
	}, isShown);
	return live.watch({
		begin: renew,
		event: event => {
			if (event.type.startsWith('trunk.') || (event.type === 'call.state' && event.call?.trunk))
				renew();
		},
	});
}
