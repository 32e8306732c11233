// The console: who is logged in, and which page is shown. A page is a module with `title` and show(main, {args, live, go}), which returns what
// ends it. The address behind # names the page, so that it can be kept, sent to somebody, and gone back to.
import { logOut, session, whenLoggedOut } from './api.js';
import { h, run, tell } from './dom.js';
import { Live } from './live.js';
import { showLogin } from './login.js';
import * as calls from './calls.js';
import * as call from './call.js';
import * as conferences from './conferences.js';
import * as phones from './phones.js';
import * as trunks from './trunks.js';
import * as bans from './bans.js';
import * as deliveries from './deliveries.js';
import * as place from './place.js';
import * as script from './script.js';

// `link`: what the menu says.
const pages = {
	calls: { page: calls, link: 'Calls' },
	call: { page: call, under: 'calls' },
	conferences: { page: conferences, link: 'Conferences' },
	phones: { page: phones, link: 'Phones' },
	trunks: { page: trunks, link: 'Trunks' },
	bans: { page: bans, link: 'Bans' },
	deliveries: { page: deliveries, link: 'Deliveries' },
	delivery: { page: deliveries, under: 'deliveries' },
	place: { page: place, link: 'Place a call', acts: true },
	script: { page: script, link: 'Scripts' },
};

const app = document.getElementById('app');
let live, leave, main, shownFor = 0;

function frame(who) {
	const isUp = h('span.up', {}, 'connecting');
	live = new Live(up => {
		isUp.textContent = up ? 'live' : 'not connected';
		isUp.dataset.up = up;
	}, showLoggedOut);
	main = h('main', { id: 'main', tabindex: -1 });
	app.replaceChildren(
		h('a.skip', { href: '#main', onclick: event => { event.preventDefault(); main.focus(); } }, 'To the content'),
		h('header', {},
			h('strong', {}, 'Offhook'), isUp,
			h('nav', { 'aria-label': 'Pages' }, h('ul', {}, Object.entries(pages).filter(([, { link, acts }]) => link && !(acts && who.read_only))
				.map(([name, { link }]) => h('li', {}, h('a', { href: `#/${name}`, 'data-page': name }, link))))),
			h('span.who', {}, who.read_only ? `${who.account}, read only` : who.account),
			h('button', { onclick: event => run(event.currentTarget, async () => { await logOut(); showLoggedOut(); }) }, 'Log out')),
		main);
}

function show() {
	const [name, ...args] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
	const { page, under } = pages[name] ?? pages.calls;
	const turn = ++shownFor;
	leave?.();
	leave = undefined;
	for (const link of document.querySelectorAll('nav a'))
		if (link.dataset.page === (under ?? (pages[name] ? name : 'calls')))
			link.setAttribute('aria-current', 'page');
		else
			link.removeAttribute('aria-current');
	document.title = `${page.title} · Offhook`;
	main.replaceChildren();
	leave = page.show(main, { name, args, live, isShown: () => turn === shownFor });
	if (turn > 1)
		main.focus({ preventScroll: true });
}

function showLoggedOut() {
	shownFor++;
	leave?.();
	live?.close();
	leave = live = main = undefined;
	showLogin(app, start);
}

function start(who) {
	tell('');
	shownFor = 0;
	frame(who);
	show();
}

whenLoggedOut(() => {
	if (live)
		showLoggedOut();
});
addEventListener('hashchange', () => {
	if (main)
		show();
});
session().then(who => who ? start(who) : showLogin(app, start), error => showLogin(app, start) ?? tell(error.message, true));
