// Elements, and what all pages say in the same way.

// h('a.wide', {href, onclick, …}, child, …): children are elements, texts, arrays, or nothing.
export function h(kind, properties, ...children) {
	const [tag, ...classes] = kind.split('.');
	const element = document.createElement(tag);
	if (classes.length)
		element.className = classes.join(' ');
	for (const [name, value] of Object.entries(properties ?? {})) {
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value);
		else if (value === true)
			element.setAttribute(name, '');
		else if (value !== undefined && value !== null && value !== false)
			element.setAttribute(name, value);
	}
	element.append(...children.flat(3).filter(child => child !== undefined && child !== null && child !== false));
	return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes, ...children) {
	const element = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes ?? {}))
		element.setAttribute(name, value);
	element.append(...children.flat(3).filter(child => child !== undefined));
	return element;
}

// Said to everybody, on the screen for a while and to a screen reader.
let toldTimer;
export function tell(text, isError = false) {
	const told = document.getElementById('told');
	told.className = isError ? 'bad' : '';
	told.textContent = text;
	clearTimeout(toldTimer);
	toldTimer = setTimeout(() => { told.textContent = ''; }, isError ? 12000 : 5000);
}

// Runs what a button is for; the button is off meanwhile, and what goes wrong is told.
export async function run(button, what) {
	button.disabled = true;
	try {
		return await what();
	} catch (error) {
		tell(error.message, true);
	} finally {
		button.disabled = false;
	}
}

// Asks before something is done that cannot be undone. Resolves to true or false.
function confirmed(question, yes) {
	return new Promise(resolve => {
		const dialog = h('dialog', { 'aria-labelledby': 'question' },
			h('p', { id: 'question' }, question),
			h('div.row', {},
				h('button.danger', { onclick: () => dialog.close('yes') }, yes),
				h('button', { onclick: () => dialog.close('no'), autofocus: true }, 'Cancel')));
		dialog.addEventListener('close', () => {
			resolve(dialog.returnValue === 'yes');
			dialog.remove();
		});
		document.body.append(dialog);
		dialog.showModal();
	});
}

// The same as run(), when that was confirmed.
export async function runConfirmed(button, question, yes, what) {
	if (await confirmed(question, yes))
		await run(button, what);
}

export const state = text => h('span.state', { 'data-state': text }, text);

// What may be wider than the page: it is moved by keys, too.
export const scroll = (caption, ...children) => h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': caption }, ...children);

// A table with a caption for those who do not see it. `rows` are arrays of cells, or elements.
export function table(caption, heads, rows) {
	return scroll(caption,
		h('table', {},
			h('caption.unseen', {}, caption),
			h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head)))),
			h('tbody', {}, rows.map(row => row instanceof Element ? row : h('tr', {}, row.map(cell => h('td', {}, cell)))))));
}

// Stands where the content of a page will be.
export const loading = () => h('div', {}, h('p', { role: 'status' }, 'Loading …'));

// From a page of a list to its neighbours, each at `address(page)`.
export const neighbours = (at, last, address) => h('nav.row', { 'aria-label': 'Pages of the list' },
	at > 1 && h('a', { href: address(at - 1) }, 'Newer'), at < last && h('a', { href: address(at + 1) }, 'Older'));

export const nothing = text => h('p.nothing', {}, text);

// Facts with their names.
export function facts(pairs) {
	return h('dl.facts', {}, pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
		.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value instanceof Element ? value : String(value)))));
}

export const clock = time => new Date(time).toLocaleTimeString([], { hour12: false });
export const moment = time => time ? h('time', { datetime: time, title: time }, new Date(time).toLocaleString([], { hour12: false })) : '';

export function lasting(seconds) {
	const s = Math.max(0, Math.floor(seconds)), pad = n => String(n).padStart(2, '0');
	return s < 3600 ? `${Math.floor(s / 60)}:${pad(s % 60)}` : `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
}

// A party of a call: an address stands beside a number that stands for none.
export const party = (call, side) => call[`${side}_address`] ?? call[side] ?? '';

// What is read anew as often as something happens: one time after another, and once more for all that happened meanwhile.
export function renewing(read, isShown) {
	let reading = false, again = false;
	return async function renew() {
		again = reading;
		if (reading)
			return;
		reading = true;
		try {
			await read();
		} catch (error) {
			if (isShown())
				tell(error.message, true);
		}
		reading = false;
		if (again && isShown())
			await renew();
	};
}
