// Conferences: who is in them and who is talking.
import { all, post, remove, voice } from './api.js';
import { h, lasting, loading, moment, nothing, party, renewing, run, runConfirmed, state, table } from './dom.js';

export const title = 'Conferences';

// One participant, whose state is changed in place when it talks.
function participantRow(one, call, marks) {
	const who = call ? `${party(call, 'from')} → ${party(call, 'to')}` : one.call_id;
	const mark = h('td');
	const show = talking => mark.replaceChildren(state(talking ? 'talking' : one.hold ? 'held' : one.muted ? 'muted' : 'silent'));
	marks.set(one.call_id, show);
	show(one.talking);
	const at = `conferences/${one.conference_id}/participants/${one.call_id}`;
	return h('tr', {}, h('td', {}, h('a', { href: `#/call/${one.call_id}` }, who)), h('td', {}, call?.user ?? call?.trunk ?? ''), mark,
		h('td', {}, h('div.row', {},
			h('button.small', { 'aria-label': `${one.muted ? 'Unmute' : 'Mute'} ${who}`, onclick: event => run(event.currentTarget, () => post(at, { muted: !one.muted })) }, one.muted ? 'Unmute' : 'Mute'),
			h('button.small', { 'aria-label': `Remove ${who}`, onclick: event => runConfirmed(event.currentTarget, `Remove ${who} from the conference?`, 'Remove', () => remove(at)) }, 'Remove'))));
}

async function conferenceSection(conference, marks) {
	const { participants } = await voice(`conferences/${conference.id}/participants`);
	const calls = await Promise.all(participants.map(one => voice(`calls/${one.call_id}`).catch(() => undefined)));
	const name = conference.friendly_name || conference.id;
	return h('section', { 'aria-label': `Conference ${name}` },
		h('h2', {}, name),
		h('div.row', {}, state(conference.status), h('span', {}, `${participants.length} in it since `, moment(conference.date_created), `, ${lasting((Date.now() - Date.parse(conference.date_created)) / 1000)}`),
			h('button.danger.small', { 'aria-label': `End ${name}`, onclick: event => runConfirmed(event.currentTarget, `End the conference ${name}? Everybody leaves it.`, 'End it',
				() => remove(`conferences/${conference.id}`)) }, 'End')),
		participants.length ? table(`Participants of ${name}`, ['Call', 'With', 'State', h('span.unseen', {}, 'Act')], participants.map((one, i) => participantRow(one, calls[i], marks))) : nothing('Nobody is in it.'));
}

export function show(main, { live, isShown }) {
	const out = loading();
	let marks = new Map();
	main.append(h('h1', {}, 'Conferences'), out);
	const renew = renewing(async () => {
		const lists = await Promise.all(['in-progress', 'init'].map(status => all(`conferences?status=${status}`, 'conferences', 200)));
		const conferences = lists.flatMap(({ items }) => items), fresh = new Map();
		const sections = await Promise.all(conferences.map(one => conferenceSection(one, fresh)));
		if (!isShown())
			return;
		marks = fresh;
		out.replaceChildren(...sections.length ? sections : [nothing('There is no conference now.')]);
	}, isShown);
	return live.watch({
		begin: renew,
		event: event => {
			if (event.type === 'conference.talking')
				marks.get(event.call_id)?.(event.talking);
			else if (event.type.startsWith('conference.'))
				renew();
		},
	});
}
