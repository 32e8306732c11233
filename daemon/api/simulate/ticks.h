/* ticks: a clock that stands still until it is moved to what is due next. It freezes lib/clock for the whole
 * process: there is one at a time. Threads: one. */
#ifndef OFFHOOK_API_TICKS_H
#define OFFHOOK_API_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* Something that becomes due; zeroed before its first use. */
struct tick {
	struct tick *next, **link; /* link NULL: it is not set */
	int64_t due_ms;
	void (*fire)(void *arg);
	void *arg;
};

struct ticks {
	struct tick *first; /* by time, those of one time in the order in which they were set */
	int64_t now_ms;
};

/* Freezes the clock. */
void ticks_begin(struct ticks *ticks);
/* Lets it go. What is set is forgotten. */
void ticks_end(struct ticks *ticks);

/* `fire` will be called in `ms`; one that is set already is set anew. */
void tick_set(struct ticks *ticks, struct tick *tick, int64_t ms, void (*fire)(void *arg), void *arg);
void tick_drop(struct tick *tick);

/* Moves the clock to what is due next, and calls it. False: nothing is, or only behind `limit_ms`. */
bool ticks_advance(struct ticks *ticks, int64_t limit_ms);

#endif
