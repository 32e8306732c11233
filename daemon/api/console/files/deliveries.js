// Webhooks: what became of each delivery, its attempts, and sending one again.
import { post, voice } from './api.js';
import { facts, h, loading, moment, neighbours, nothing, renewing, run, scroll, state, table, tell } from './dom.js';

export const title = 'Deliveries';

const STATES = ['failed', 'ready', 'waiting', 'sending', 'delivered'];
const PAGE = 50;

const again = (one, isShown, after) => ['failed', 'delivered', 'ready'].includes(one.state) && h('button.small', { 'aria-label': `Send again: event ${one.sequence} to ${one.url}`, onclick: event => run(event.currentTarget, async () => {
	await post(`webhooks/deliveries/${one.id}/redeliver`);
	tell('It is sent again.');
	if (isShown())
		after();
}) }, 'Send again');

const about = one => one.call_id ? h('a', { href: `#/call/${one.call_id}` }, `call ${one.call_id.slice(0, 8)}`) : `conference ${one.conference_id?.slice(0, 8)}`;

// The deliveries in a state, or all.
function showList(main, { args, isShown }) {
	const wanted = STATES.includes(args[0]) ? args[0] : '', at = Math.max(1, Number(args[1]) || 1);
	const choice = h('select', { id: 'state', onchange: () => { location.hash = `#/deliveries/${choice.value || 'all'}`; } },
		h('option', { value: '' }, 'all'), STATES.map(name => h('option', { value: name }, name)));
	choice.value = wanted;
	const out = loading();
	main.append(h('h1', {}, 'Deliveries'), h('div.filters', {}, h('label', { for: 'state' }, 'State'), choice), out);
	const renew = renewing(async () => {
		const { deliveries, total } = await voice(`webhooks/deliveries?page=${at}&page_size=${PAGE}${wanted ? `&state=${wanted}` : ''}`);
		if (!isShown())
			return;
		const last = Math.max(1, Math.ceil(total / PAGE)), address = page => `#/deliveries/${wanted || 'all'}/${page}`;
		out.replaceChildren(h('p', { role: 'status' }, `${total} ${total === 1 ? 'delivery' : 'deliveries'}, page ${at} of ${last}`),
			deliveries.length ? table('Deliveries', ['Made', 'About', 'Event', 'To', 'State', 'Attempts', 'Next', h('span.unseen', {}, 'Act')], deliveries.map(one => [
				h('a', { href: `#/delivery/${one.id}` }, moment(one.date_created)), about(one), String(one.sequence), one.url, state(one.state), String(one.attempts), moment(one.next_attempt),
				again(one, isShown, renew)])) : nothing('There is none.'),
			neighbours(at, last, address));
	}, isShown);
	renew();
}

// One delivery: what was sent, and what each attempt came to.
function showOne(main, { args: [id], isShown }) {
	const out = loading();
	main.append(h('h1', {}, 'A delivery'), out);
	const renew = renewing(async () => {
		const one = await voice(`webhooks/deliveries/${id}`);
		if (!isShown())
			return;
		out.replaceChildren(h('div.row', {}, state(one.state), again(one, isShown, renew), h('button.small', { onclick: renew }, 'Look again')),
			facts([['About', about(one)], ['Event', one.sequence], ['To', one.url], ['Made', moment(one.date_created)], ['Next attempt', one.next_attempt && moment(one.next_attempt)]]),
			h('h2', {}, 'Attempts'), one.log.length ? table('Attempts', ['Attempt', 'At', 'Took', 'Answer'], one.log.map(attempt => [String(attempt.attempt), moment(attempt.time), `${attempt.duration_ms} ms`,
				attempt.error ?? String(attempt.status ?? '')])) : nothing('None yet.'),
			h('h2', {}, 'What is sent'), scroll('What is sent', h('pre', {}, JSON.stringify(one.body, null, 2))));
	}, isShown);
	renew();
}

export function show(main, context) {
	return context.name === 'delivery' ? showOne(main, context) : showList(main, context);
}
