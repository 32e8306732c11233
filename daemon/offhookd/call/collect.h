/* collect: gathering digits for call.collect: until there are enough, a finishing digit, or a pause. One at a
 * time for a call; call.collect_done says how it ended. Main thread only. */
#ifndef OFFHOOK_CALL_COLLECT_H
#define OFFHOOK_CALL_COLLECT_H

#include <stddef.h>

struct call;

enum { COLLECT_DIGITS_MAX = 63, COLLECT_FINISH_MAX = 16 };

struct collect_params {
	size_t max;		       /* digits, 1 to COLLECT_DIGITS_MAX */
	const char *finish_on;	       /* digits that end it, at most COLLECT_FINISH_MAX */
	unsigned first_ms, between_ms; /* pauses that end it: before the first digit, and between them */
};

/* In place of the one that runs, which ends as "stopped". Returns 0 or ENOMEM. */
int call_collect_start(struct call *call, const struct collect_params *params)
    __attribute__((warn_unused_result));
/* A digit was pressed. */
void call_collect_digit(struct call *call, char digit);
/* Ends it: "stopped" and the like. Nothing happens when none runs. */
void call_collect_end(struct call *call, const char *end);
/* Forgets it without a word. */
void call_collect_free(struct call *call);

#endif
