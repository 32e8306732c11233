/* simulate: a script run without a switch: the same engine as for a call, with a stage in place of the
 * switch, an empty database in memory, and a clock that only moves when everything waits.
 *
 * What the documents ask for is answered with what is given, or fetched, with the rules of conf for
 * addresses. Nothing is kept, nobody is called or told. It freezes lib/clock and runs its own event loop
 * until the end: for a process of its own (runner.h) and for tests. */
#ifndef OFFHOOK_API_SIMULATE_H
#define OFFHOOK_API_SIMULATE_H

#include "daemon/api/script/form.h"
#include "daemon/api/simulate/story.h"
#include "lib/conf.h"

struct simulate_setup {
	const struct conf *conf;
	const struct script_form *const *forms; /* as for scripts_alloc() */
	const char *account;			/* whose call it is: its name */
	unsigned patience_ms;			/* how long it may take, by the real clock; 0: for ever */
};

/* Runs what is asked for (doc/scripts.md). *out is a new reference. Returns 0, EINVAL with *fault, or another
 * errno. */
int simulate(json_t **out, const struct simulate_setup *setup, const json_t *request,
	     struct story_fault *fault) __attribute__((warn_unused_result));

#endif
