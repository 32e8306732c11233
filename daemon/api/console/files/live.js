// The socket with everything that happens: one for all pages, made anew when it breaks.
import { voiceUrl, session } from './api.js';

const TYPES = ['call.*', 'script.*', 'conference.*', 'registration.*', 'trunk.*', 'recording.*'];
const WAIT_MIN = 500, WAIT_MAX = 15000;

export class Live {
	#handlers = new Set();
	#socket;
	#wait = WAIT_MIN;
	#timer;
	#over = false;
	isUp = false;

	// `onState(isUp)`: the connection has come or gone. `onLoggedOut`: the session is over.
	constructor(onState, onLoggedOut) {
		this.onState = onState;
		this.onLoggedOut = onLoggedOut;
		this.#open();
	}

	// handler.event(event) for each event; handler.begin() when events come from now on: what was before is to be asked for. Returns the end.
	watch(handler) {
		this.#handlers.add(handler);
		if (this.isUp)
			handler.begin?.();
		return () => this.#handlers.delete(handler);
	}

	close() {
		this.#over = true;
		clearTimeout(this.#timer);
		this.#socket.close();
	}

	#open() {
		const url = voiceUrl('socket');
		url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
		this.#socket = new WebSocket(url);
		this.#socket.onopen = () => this.#socket.send(JSON.stringify({ id: 1, action: 'subscribe', params: { types: TYPES } }));
		this.#socket.onmessage = message => this.#take(JSON.parse(message.data));
		this.#socket.onclose = () => this.#closed();
	}

	#take(message) {
		if (message.type === 'event') {
			for (const handler of [...this.#handlers])
				handler.event(message.event);
		} else if (message.id === 1 && message.status === 200) {
			this.#wait = WAIT_MIN;
			this.#tellState(true);
			for (const handler of [...this.#handlers])
				handler.begin?.();
		}
	}

	#tellState(isUp) {
		if (this.isUp !== isUp)
			this.onState(isUp);
		this.isUp = isUp;
	}

	#closed() {
		if (this.#over)
			return;
		this.#tellState(false);
		this.#timer = setTimeout(() => this.#again(), this.#wait);
		this.#wait = Math.min(this.#wait * 2, WAIT_MAX);
	}

	// A browser does not say why a socket was refused: the session may be over, or the server away.
	async #again() {
		let who;
		try {
			who = await session();
		} catch {
			this.#closed();
			return;
		}
		if (this.#over)
			return;
		if (who)
			this.#open();
		else
			this.onLoggedOut();
	}
}
