// The SIP messages of a call: the ladder as a picture, and each message as it was.
import { voice } from './api.js';
import { h, scroll, table } from './dom.js';

const firstWord = message => message.code ? `${message.code} ${message.phrase ?? ''}` : message.method; // an answer has the method that it answers

function messageRow(message, first) {
	const text = h('details', {}, h('summary', {}, firstWord(message)), h('pre', {}, message.text ?? ''));
	return [h('span', { title: message.time }, `${((Date.parse(message.time) - first) / 1000).toFixed(3)} s`),
		message.direction === 'sent' ? `${message.local} → ${message.remote}` : `${message.remote} → ${message.local}`, message.transport ?? '', text];
}

// Fills `out`, and does so again as often as it is asked.
export class Ladder {
	#picture;

	constructor(out) {
		this.out = out;
	}

	async show(id, isShown) {
		let trace, drawn;
		try {
			[trace, drawn] = await Promise.all([voice(`calls/${id}/trace`), voice(`calls/${id}/trace`, { accept: 'image/svg+xml' })]);
		} catch (error) {
			if (error.status !== 404)
				throw error;
			this.out.replaceChildren(); // none is kept
			return;
		}
		if (!isShown())
			return;
		this.stop();
		this.#picture = URL.createObjectURL(new Blob([drawn], { type: 'image/svg+xml' }));
		const open = this.out.querySelector('details.messages')?.open, first = Date.parse(trace.messages[0]?.time);
		this.out.replaceChildren(h('h2', {}, 'SIP'),
			scroll('Ladder',
				h('img.ladder', { src: this.#picture, alt: `Ladder of ${trace.messages.length} SIP messages, which are listed below.` })),
			h('details.messages', { open }, h('summary', {}, `${trace.messages.length} messages${trace.truncated ? ', the first of them' : ''}`),
				table('SIP messages, in order', ['After', 'Way', 'By', 'Message'], trace.messages.map(message => messageRow(message, first)))));
	}

	stop() {
		if (this.#picture)
			URL.revokeObjectURL(this.#picture);
		this.#picture = undefined;
	}
}
