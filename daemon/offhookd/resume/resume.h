/* resume: answered calls outlive the switch's process.
 *
 * Concept. With conf { resume } each answered call is written down as it changes (slots.h): its dialog, where
 * its audio comes from and goes to, its keys, what it costs, whom it is connected with. A process that was
 * killed leaves them, and the next one, on the same addresses, takes them up: the same calls with the same
 * ids and records, on the same ports, each told by a re-INVITE. The far ends hear each other again as soon as
 * it runs; who does not answer the re-INVITE is gone, and its call ends.
 *
 * What goes on: calls that are connected with each other, calls of a program (its script goes on, by the
 * events), and calls to a number that we answer ourselves (they arrive there anew: the echo, the recording,
 * the conference). What does not: a call that was not answered yet; a recording, sound or stream that ran (it
 * ends there and then).
 *
 * Main thread only. An orderly end of the switch ends the calls, and leaves nothing to take up. */
#ifndef OFFHOOK_RESUME_RESUME_H
#define OFFHOOK_RESUME_RESUME_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct money;
struct place;
struct resume;

struct resume_params {
	struct event_base *base;
	const char *file;
	size_t calls_max; /* how many are kept at a time */
	struct place *place;
	struct money *money;
};

/* Reads what an earlier process has left. Returns 0 or an errno. */
int resume_alloc(struct resume **out, const struct resume_params *params) __attribute__((warn_unused_result));
/* NULL is ignored. */
void resume_free(struct resume *resume);

/* Takes up the call that was live when the process before ended; `snapshot` is what that has told of it last.
 * False: it cannot be, and is over. With NULL always. */
bool resume_take(struct resume *resume, const json_t *snapshot);
/* All have been: connects them, and tells their far ends. NULL is ignored. */
void resume_finish(struct resume *resume);

#endif
