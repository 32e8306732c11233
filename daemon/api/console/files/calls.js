// Calls: those that are live, as they change; those that were.
import { all, remove, voice } from './api.js';
import { clock, h, lasting, loading, neighbours, nothing, party, runConfirmed, state, table, tell } from './dom.js';

export const title = 'Calls';

const LIVE = ['queued', 'ringing', 'in-progress'];
const SHOWN_MAX = 1000, KNOWN_MAX = 5000, TRIES = 3;

export const isLive = call => LIVE.includes(call.status);

export function hangUp(call, button) {
	return runConfirmed(button, `Hang up the call from ${party(call, 'from')} to ${party(call, 'to')}?`, 'Hang up', async () => {
		await remove(`calls/${call.id}`);
		tell('The call is being ended.');
	});
}

// Whom a call is with, beside its numbers.
const withWhom = call => call.user ?? (call.trunk ? `trunk ${call.trunk}` : '');

const words = call => [call.id, party(call, 'from'), party(call, 'to'), call.from_name, call.user, call.trunk, call.tag, call.status, call.direction, call.conference, call.codec]
	.filter(Boolean).join(' ').toLowerCase();

// One line of the table, changed in place: at a thousand calls a table made anew for each event would do nothing else.
class Row {
	constructor(call) {
		this.link = h('a', { href: `#/call/${call.id}` });
		this.cells = { from: h('td'), to: h('td'), status: h('td'), withWhom: h('td.more'), codec: h('td.more'), time: h('td.number') };
		this.button = h('button.small', { onclick: () => hangUp(this.call, this.button) }, 'Hang up');
		this.element = h('tr', {}, h('td', {}, this.link), this.cells.from, this.cells.to, this.cells.status, this.cells.withWhom, this.cells.codec, this.cells.time, h('td', {}, this.button));
		this.set(call);
	}

	set(call) {
		this.call = call;
		this.words = words(call);
		this.link.textContent = clock(call.date_created);
		this.cells.from.textContent = party(call, 'from');
		this.cells.to.textContent = party(call, 'to');
		this.cells.status.replaceChildren(state(call.held || call.on_hold ? 'held' : call.status));
		this.cells.withWhom.textContent = withWhom(call);
		this.cells.codec.textContent = call.codec ?? '';
		this.button.setAttribute('aria-label', `Hang up ${party(call, 'from')} to ${party(call, 'to')}`);
		this.tick(Date.now());
	}

	tick(now) {
		const text = lasting((now - Date.parse(this.call.answer_time ?? this.call.date_created)) / 1000);
		if (this.cells.time.textContent !== text)
			this.cells.time.textContent = text;
	}
}

class LiveCalls {
	rows = new Map(); // by id, the newest last
	#drawing = 0;
	#loading = 0;

	constructor(body, count, filters) {
		Object.assign(this, { body, count, filters });
	}

	// What is there now; what events say meanwhile is newer. A page of the list moves up when calls end as it is read: then once more.
	async load(isShown) {
		const turn = ++this.#loading;
		this.told = new Set();
		for (let i = 0; i < TRIES; i++) {
			const { items, total } = await all(`calls?statuses=${LIVE.join(',')}`, 'calls', KNOWN_MAX);
			if (turn !== this.#loading || !isShown())
				return;
			const here = new Set(items.map(call => call.id));
			for (const id of this.rows.keys())
				if (!here.has(id) && !this.told.has(id))
					this.#drop(id);
			for (const call of items.reverse())
				if (!this.told.has(call.id))
					this.#put(call);
			this.draw();
			if (items.length >= Math.min(total, KNOWN_MAX))
				break;
		}
	}

	take(call) {
		this.told?.add(call.id);
		if (isLive(call))
			this.#put(call);
		else
			this.#drop(call.id);
		this.draw();
	}

	#put(call) {
		const row = this.rows.get(call.id);
		if (row)
			row.set(call);
		else
			this.rows.set(call.id, new Row(call));
	}

	#drop(id) {
		this.rows.get(id)?.element.remove();
		this.rows.delete(id);
	}

	// Soon, once for all that has changed until then.
	draw() {
		this.#drawing ||= requestAnimationFrame(() => {
			this.#drawing = 0;
			this.#drawNow();
		});
	}

	#drawNow() {
		const { text, status, direction } = this.filters();
		const wanted = [...this.rows.values()].reverse().filter(row => (!text || text.split(/\s+/).every(word => row.words.includes(word)))
			&& (!status || row.call.status === status) && (!direction || row.call.direction === direction));
		const shown = wanted.slice(0, SHOWN_MAX);
		const keep = new Set(shown.map(row => row.element));
		for (const element of [...this.body.children])
			if (!keep.has(element))
				element.remove();
		let at = this.body.firstElementChild;
		for (const { element } of shown)
			if (element === at)
				at = at.nextElementSibling;
			else
				this.body.insertBefore(element, at);
		this.count.textContent = this.rows.size === 0 ? 'No call is live.'
			: `${this.rows.size} live${wanted.length < this.rows.size ? `, ${wanted.length} of them fit the filter` : ''}`
				+ (wanted.length > SHOWN_MAX ? `; the newest ${SHOWN_MAX} are shown` : '');
	}

	tick() {
		const now = Date.now();
		for (const row of this.rows.values())
			if (row.element.isConnected)
				row.tick(now);
	}
}

const options = (all, names) => [h('option', { value: '' }, all), names.map(name => h('option', { value: name }, name))];

// Up and down go from call to call, Delete hangs the one up that has the focus.
function onKey(event) {
	const row = event.target.closest('tr');
	const to = event.key === 'ArrowDown' ? row?.nextElementSibling : event.key === 'ArrowUp' ? row?.previousElementSibling : null;
	if (to)
		to.querySelector('a').focus();
	else if (event.key === 'Delete' && row)
		row.querySelector('button').click();
	else
		return;
	event.preventDefault();
}

const tabs = now => h('p.tabs', {}, [['calls', 'Live'], ['calls/past', 'All that were']]
	.map(([name, text]) => h('a', { href: `#/${name}`, 'aria-current': name === now ? 'true' : undefined }, text)));

function showLive(main, { live, isShown }) {
	const text = h('input', { type: 'search', id: 'filter', placeholder: 'number, user, trunk, tag, codec', autocomplete: 'off' });
	const status = h('select', { id: 'status' }, options('any', LIVE));
	const direction = h('select', { id: 'direction' }, options('any', ['inbound', 'outbound']));
	const count = h('p', { id: 'count', role: 'status' }, 'Loading …');
	const list = table('Live calls', ['Since', 'From', 'To', 'State', h('span', {}, 'With'), h('span', {}, 'Codec'), 'Time', h('span.unseen', {}, 'Act')], []);
	for (const at of [4, 5])
		list.querySelectorAll('th')[at].className = 'more';
	const calls = new LiveCalls(list.querySelector('tbody'), count,
		() => ({ text: text.value.trim().toLowerCase(), status: status.value, direction: direction.value }));
	for (const field of [text, status, direction])
		field.addEventListener('input', () => calls.draw());
	list.addEventListener('keydown', onKey);
	main.append(h('h1', {}, 'Calls'), tabs('calls'),
		h('div.filters', {}, h('label', { for: 'filter' }, 'Filter'), text, h('label', { for: 'status' }, 'State'), status,
			h('label', { for: 'direction' }, 'Direction'), direction),
		count, list, h('p.small', {}, 'In the table ', h('kbd', {}, '↑'), ' ', h('kbd', {}, '↓'), ' go from call to call, ', h('kbd', {}, 'Delete'), ' hangs up.'));
	const timer = setInterval(() => calls.tick(), 1000);
	const end = live.watch({
		begin: () => calls.load(isShown).catch(error => tell(error.message, true)),
		event: event => {
			if (event.call && event.type.startsWith('call.'))
				calls.take(event.call);
		},
	});
	return () => {
		clearInterval(timer);
		end();
	};
}

// Those that were

const PAGE = 50;

function pastRow(call) {
	return [h('a', { href: `#/call/${call.id}` }, new Date(call.date_created).toLocaleString([], { hour12: false })), party(call, 'from'), party(call, 'to'),
		state(call.status), call.duration === undefined ? '' : lasting(call.duration), call.reason ?? ''];
}

function showPast(main, { args, isShown }) {
	const at = Math.max(1, Number(args[1]) || 1);
	const [status, from, to] = [2, 3, 4].map(i => args[i] ?? '');
	const fields = {
		status: h('select', { id: 'status' }, options('any', [...LIVE, 'completed', 'failed', 'busy', 'no-answer', 'canceled'])),
		from: h('input', { id: 'from', value: from, autocomplete: 'off' }), to: h('input', { id: 'to', value: to, autocomplete: 'off' }),
	};
	const address = page => `#/calls/past/${page}/${[fields.status, fields.from, fields.to].map(f => encodeURIComponent(f.value.trim())).join('/')}`;
	const out = loading();
	fields.status.value = status;
	main.append(h('h1', {}, 'Calls'), tabs('calls/past'),
		h('form.filters', { onsubmit: event => { event.preventDefault(); location.hash = address(1); } },
			h('label', { for: 'from' }, 'From'), fields.from, h('label', { for: 'to' }, 'To'), fields.to, h('label', { for: 'status' }, 'State'), fields.status,
			h('button', { type: 'submit' }, 'Find')), out);
	const query = Object.entries({ status, from, to }).filter(([, value]) => value).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join('');
	voice(`calls?page=${at}&page_size=${PAGE}${query}`).then(({ calls, total }) => {
		if (!isShown())
			return;
		const last = Math.max(1, Math.ceil(total / PAGE));
		out.replaceChildren(h('p', { role: 'status' }, `${total} ${total === 1 ? 'call' : 'calls'}, page ${at} of ${last}`),
			calls.length ? table('Calls', ['Time', 'From', 'To', 'State', 'Length', 'Why'], calls.map(pastRow)) : nothing('No call fits.'),
			neighbours(at, last, address));
	}).catch(error => out.replaceChildren(h('p.bad', { role: 'alert' }, error.message)));
}

export function show(main, context) {
	return context.args[0] === 'past' ? showPast(main, context) : showLive(main, context);
}
