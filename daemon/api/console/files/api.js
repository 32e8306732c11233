// Requests to the Voice API. The session's cookie says who asks; the header says that it is this page which does (and no form elsewhere).
const root = new URL('../', import.meta.url);

let onLoggedOut = () => {};

// What is to happen when a session is over.
export function whenLoggedOut(handler) {
	onLoggedOut = handler;
}

export const voiceUrl = path => new URL(`v1/voice/${path}`, root);

// What the server said, as an error with a sentence in it.
export class Refusal extends Error {
	constructor(status, problem) {
		super(problem?.detail ?? `The server answered ${status}.`);
		this.status = status;
		this.field = problem?.field;
	}
}

async function ask(url, { method = 'GET', body, type, accept } = {}) {
	const headers = { 'X-Offhook-Console': '1' };
	if (body !== undefined)
		headers['Content-Type'] = type ?? 'application/json';
	if (accept)
		headers.Accept = accept;
	let reply;
	try {
		reply = await fetch(url, { method, headers, body: body === undefined || type ? body : JSON.stringify(body) });
	} catch {
		throw new Refusal(0, { detail: 'The server cannot be reached.' });
	}
	const json = /json/.test(reply.headers.get('Content-Type') ?? '');
	const content = reply.status === 204 ? undefined : json ? await reply.json().catch(() => undefined) : await reply.text();
	if (!reply.ok)
		throw new Refusal(reply.status, json ? content : undefined);
	return content;
}

// Of the Voice API: `path` behind /v1/voice/. Throws a Refusal.
export async function voice(path, options) {
	try {
		return await ask(voiceUrl(path), options);
	} catch (error) {
		if (error.status === 401)
			onLoggedOut();
		throw error;
	}
}

export const post = (path, body, more) => voice(path, { method: 'POST', body, ...more });
export const remove = path => voice(path, { method: 'DELETE' });

// All pages of a list, up to `max` items: {items, total}.
export async function all(path, name, max = 1000) {
	const items = [];
	let total = 0;
	for (let page = 1; items.length < max; page++) {
		const one = await voice(`${path}${path.includes('?') ? '&' : '?'}page=${page}&page_size=100`);
		items.push(...one[name]);
		total = one.total;
		if (one[name].length < 100)
			break;
	}
	return { items, total };
}

// The session: who is logged in, or undefined.
const sessionUrl = new URL('console/session', root);
export const session = async () => {
	const who = await ask(sessionUrl);
	return who.account ? who : undefined;
};
export const logIn = key => ask(sessionUrl, { method: 'POST', body: { key } });
export const logOut = () => ask(sessionUrl, { method: 'DELETE' });
