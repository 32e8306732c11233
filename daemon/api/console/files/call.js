// One call: why it is as it is, what happened in order, how it sounded, what was recorded and who was told.
import { all, voice, voiceUrl } from './api.js';
import { clock, facts, h, lasting, moment, nothing, party, renewing, state, table } from './dom.js';
import { Ladder } from './ladder.js';
import { hangUp, isLive } from './calls.js';
import { recordingElement } from './sound.js';
import { showQuality } from './quality.js';

export const title = 'Call';

const EVENTS_PAGE = 1000, EVENTS_MAX = 5000;

// What an event says beside what every event has, in one line.
const usual = ['sequence', 'time', 'type', 'call_id', 'conference_id', 'call', 'conference', 'delivery', 'stats'];

function plain(value) {
	if (Array.isArray(value))
		return value.map(plain).join(', ');
	if (value && typeof value === 'object')
		return Object.entries(value).map(([name, one]) => `${name.replaceAll('_', ' ')} ${plain(one)}`).join(', ');
	return String(value);
}

const saying = {
	'call.state': ({ call }) => [state(call.status), call.reason && call.end_time ? ` ${call.reason}` : ''],
	'call.record_started': ({ recording }) => `recording ${recording?.id ?? ''}`,
	'call.record_done': ({ recording }) => recording?.error ?? `recording ${recording?.id ?? ''}, ${lasting(recording?.duration ?? 0)}`,
	'call.digit': event => `digit ${event.digit ?? ''}`,
	'script.error': event => event.message,
	'script.warning': event => event.message,
	'script.step': event => `${event.verb}, line ${event.line}`,
	'script.request': event => `${event.method} ${event.url}: ${event.error ?? event.status}${event.location ? ` to ${event.location}` : ''}, ${event.duration_ms} ms`,
};

function said(event) {
	const own = saying[event.type]?.(event);
	if (own)
		return own;
	return Object.entries(event).filter(([name]) => !usual.includes(name)).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${plain(value)}`).join('; ');
}

const eventRow = (event, first) => h('tr', { 'data-kind': event.type.split('.')[0], 'data-bad': /error|timeout|undelivered|failed/.test(event.type) || undefined },
	h('td.number', { title: event.time }, `${((Date.parse(event.time) - first) / 1000).toFixed(3)} s`), h('td.number', {}, clock(event.time)), h('td.number', {}, h('code', {}, event.type)), h('td', {}, said(event)));

async function eventsOf(id) {
	const events = [];
	for (let after = 0, more = true; more && events.length < EVENTS_MAX;) {
		const page = await voice(`calls/${id}/events?after=${after}&limit=${EVENTS_PAGE}`);
		events.push(...page.events);
		more = page.more && page.last > after;
		after = page.last;
	}
	return events;
}

// Webhooks stand in the timeline where they were made.
const deliveryRow = (delivery, first) => h('tr', { 'data-kind': 'webhook', 'data-bad': delivery.state === 'failed' || undefined },
	h('td.number', { title: delivery.date_created }, `${((Date.parse(delivery.date_created) - first) / 1000).toFixed(3)} s`), h('td.number', {}, clock(delivery.date_created)),
	h('td.number', {}, h('code', {}, 'webhook')),
	h('td', {}, state(delivery.state), ` event ${delivery.sequence} to ${delivery.url}, ${delivery.attempts} ${delivery.attempts === 1 ? 'attempt' : 'attempts'}`));

async function showTimeline(out, id, isShown) {
	const [events, { items: deliveries }] = await Promise.all([eventsOf(id), all(`webhooks/deliveries?call_id=${id}`, 'deliveries', 500)]);
	if (!isShown())
		return;
	const first = Date.parse(events[0]?.time ?? deliveries[0]?.date_created);
	const rows = [...events.map(event => [Date.parse(event.time), 0, eventRow(event, first)]), ...deliveries.map(one => [Date.parse(one.date_created), one.sequence, deliveryRow(one, first)])]
		.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , row]) => row);
	out.replaceChildren(h('h2', {}, 'What happened'), rows.length ? table('What happened, in order', ['After', 'At', 'What', 'In short'], rows) : nothing('No event is kept.'));
}

async function showWhy(out, id, isShown) {
	const { why, facts: known } = await voice(`calls/${id}/why`);
	if (!isShown())
		return;
	out.replaceChildren(h('h2', {}, 'Why'), h('p.why', {}, why),
		h('details', {}, h('summary', {}, `${known.length} facts`), facts(known.map(({ fact, value }) => [fact, plain(value)]))));
}

async function showRecordings(out, id, isShown) {
	const { recordings } = await voice(`recordings?call_id=${id}&page_size=100`);
	if (isShown())
		out.replaceChildren(...recordings.length ? [h('h2', {}, 'Recordings'), ...recordings.map(recordingElement)] : []);
}

// Listening in: both sides as they are said, left and right, a tenth of a second late. [s]
const EAR_RATE = 16000, EAR_CUSHION = 0.1, EAR_LATE_MAX = 0.5;

class Ears {
	#socket;
	#context;
	#next = 0; // when the next piece is to be heard

	constructor(id) {
		this.url = voiceUrl(`calls/${id}/audio?track=both&rate=${EAR_RATE}`);
		this.url.protocol = this.url.protocol === 'https:' ? 'wss:' : 'ws:';
		this.button = h('button', { 'aria-pressed': 'false', onclick: () => this.#socket ? this.stop() : this.#begin() }, 'Listen in');
	}

	#begin() {
		this.#context = new AudioContext();
		this.#next = 0;
		this.#socket = new WebSocket(this.url);
		this.#socket.binaryType = 'arraybuffer';
		this.#socket.onmessage = ({ data }) => typeof data === 'string' ? this.#began() : this.#hear(new Int16Array(data));
		this.#socket.onclose = () => this.stop();
		this.button.setAttribute('aria-pressed', 'true');
	}

	#began() {
		this.button.textContent = 'Listening: stop';
	}

	// What comes too late has its cushion again; what has piled up is left out.
	#hear(samples) {
		const now = this.#context.currentTime, sound = this.#context.createBuffer(2, samples.length / 2, EAR_RATE);
		if (this.#next > now + EAR_LATE_MAX)
			return;
		if (this.#next < now)
			this.#next = now + EAR_CUSHION;
		for (const channel of [0, 1])
			sound.getChannelData(channel).forEach((_, i, out) => { out[i] = samples[2 * i + channel] / 32768; });
		const source = this.#context.createBufferSource();
		source.buffer = sound;
		source.connect(this.#context.destination);
		source.start(this.#next);
		this.#next += sound.duration;
	}

	stop() {
		if (!this.#socket)
			return;
		this.#socket.onclose = this.#socket.onmessage = null;
		this.#socket.close();
		this.#context.close();
		this.#socket = this.#context = undefined;
		this.button.setAttribute('aria-pressed', 'false');
		this.button.textContent = 'Listen in';
	}
}

function head(call, ears) {
	if (call.status !== 'in-progress')
		ears.stop();
	const button = h('button.danger', { onclick: event => hangUp(call, event.currentTarget) }, 'Hang up');
	return [h('h1', {}, `${party(call, 'from')} → ${party(call, 'to')}`),
		h('div.row', {}, state(call.held || call.on_hold ? 'held' : call.status), isLive(call) && button, call.status === 'in-progress' && ears.button),
		facts([['Direction', call.direction], ['Created', moment(call.date_created)], ['Answered', moment(call.answer_time)], ['Ended', moment(call.end_time)],
			['Length', call.duration === undefined ? undefined : lasting(call.duration)], ['Name', call.from_name], ['User', call.user], ['Trunk', call.trunk], ['Number', call.number],
			['Codec', call.codec], ['Encryption', call.srtp], ['SIP code', call.sip_code], ['Q.850 cause', call.q850], ['Ended by', call.ended_by], ['Tag', call.tag],
			['Price', call.price ? `${call.price} ${call.price_unit ?? ''}` : undefined], ['Conference', call.conference],
			['Caller’s call', call.parent_call_id && h('a', { href: `#/call/${call.parent_call_id}` }, call.parent_call_id)],
			['Bridged with', call.bridge && h('a', { href: `#/call/${call.bridge}` }, call.bridge)], ['Id', h('code', {}, call.id)]])];
}

export function show(main, { args: [id], live, isShown }) {
	const ears = new Ears(id);
	const parts = { head: h('section', { 'aria-label': 'The call' }), why: h('section', { 'aria-label': 'Why' }), timeline: h('section', { 'aria-label': 'What happened' }),
		recordings: h('section', { 'aria-label': 'Recordings' }), quality: h('section', { 'aria-label': 'Quality' }),
		sip: h('section', { 'aria-label': 'SIP' }) };
	const ladder = new Ladder(parts.sip);
	const fill = (out, what) => what().catch(error => {
		if (isShown())
			out.replaceChildren(h('p.bad', { role: 'alert' }, error.message));
	});
	const read = renewing(() => Promise.all([
		fill(parts.head, async () => {
			const call = await voice(`calls/${id}`);
			if (isShown())
				parts.head.replaceChildren(...head(call, ears));
		}),
		fill(parts.why, () => showWhy(parts.why, id, isShown)), fill(parts.timeline, () => showTimeline(parts.timeline, id, isShown)),
		fill(parts.recordings, () => showRecordings(parts.recordings, id, isShown)), fill(parts.quality, () => showQuality(parts.quality, id)),
		fill(parts.sip, () => ladder.show(id, isShown)),
	]), isShown);
	main.append(...Object.values(parts));
	const end = live.watch({
		begin: read,
		event: event => {
			if (event.call_id === id || event.delivery?.call_id === id)
				read();
		},
	});	return () => {
		end();
		ears.stop();
		ladder.stop();
	};
}
