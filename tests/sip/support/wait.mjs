// Waiting for what happens: a Signal is told when something changed, and those who wait look again. A deadline is only ever a failure.

export const DEADLINE = 15000; // ms; generous, since machines are slow under sanitizers

export class Signal {
	#waiters = new Set();

	notify() {
		for (const waiter of [...this.#waiters])
			waiter();
	}

	// Resolves to the first truthy value of look(), tried now and at every notify(). `what` stands in the error otherwise.
	until(look, what, deadline = DEADLINE) {
		return new Promise((resolve, reject) => {
			const finish = (settle, value) => {
				clearTimeout(timer);
				this.#waiters.delete(attempt);
				settle(value);
			};
			const attempt = () => {
				let found;
				try {
					found = look();
				} catch (error) {
					return finish(reject, error);
				}
				if (found)
					finish(resolve, found);
			};
			const place = new Error(`waited ${deadline} ms in vain for ${what}`);
			const timer = setTimeout(() => finish(reject, place), deadline);
			this.#waiters.add(attempt);
			attempt();
		});
	}
}

// Asks again and again, for states that nobody announces. Returns the first truthy value.
export async function poll(look, what, deadline = DEADLINE) {
	const end = Date.now() + deadline;
	for (;;) {
		const found = await look();
		if (found)
			return found;
		if (Date.now() > end)
			throw new Error(`waited ${deadline} ms in vain for ${what}`);
		await new Promise(resolve => setTimeout(resolve, 25));
	}
}
