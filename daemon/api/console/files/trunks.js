// Trunks: carriers and other switches, and whether calls get through.
import { voice } from './api.js';
import { h, lasting, loading, moment, nothing, renewing, state, table } from './dom.js';

export const title = 'Trunks';

// Of the calls that have gone out since the switch was started: how many were answered (ASR), how long those lasted in the mean (ACD).
const answered = one => one.calls_ended ? `${one.asr_percent} % of ${one.calls_ended}${one.acd_s === undefined ? '' : `, ${lasting(one.acd_s)}`}` : '';

const trunkRow = one => [one.name, one.address ?? '', state(one.state ?? 'unknown'), String(one.calls ?? 0), answered(one), moment(one.registered_until), (one.servers ?? []).join(', '),
	one.reason ?? (one.asked === false ? 'It is not asked: nothing is known against it.' : '')];

export function show(main, { live, isShown }) {
	const out = loading();
	main.append(h('h1', {}, 'Trunks'), out);
	const renew = renewing(async () => {
		const { trunks } = await voice('trunks');
		if (isShown())
			out.replaceChildren(trunks.length ? table('Trunks', ['Trunk', 'Address', 'State', 'Calls', 'ASR, ACD', 'Registered until', 'Servers', 'Why'], trunks.map(trunkRow)) : nothing('The account has no trunk.'));
	}, isShown);
	return live.watch({
		begin: renew,
		event: event => {
			if (event.type.startsWith('trunk.') || (event.type === 'call.state' && event.call?.trunk))
				renew();
		},
	});
}
