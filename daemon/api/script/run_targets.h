/* run_targets: inside of the engine: whom a Dial rings, and as whom. */
#ifndef OFFHOOK_API_RUN_TARGETS_H
#define OFFHOOK_API_RUN_TARGETS_H

#include "daemon/api/script/run_steps.h"

enum { TARGETS_TEXT_SIZE = 256, TARGETS_HEADERS_MAX = 16 };

/* Whom the callee shall see: `out` is "" for the caller's own number. Only the caller's, or one of the
 * account's may be shown: false for another. */
bool targets_caller(const struct run *run, const struct step *step, char out[TARGETS_TEXT_SIZE]);

/* Whether who answers there is not connected at once. */
bool targets_holds_back(const struct step_target *target);

/* The places as call.dial takes them; the ids of their calls are added to `calls`, each with what was
 * dialled, and their records are written. A place that cannot be rung is left out, with a note. */
json_t *targets_make(struct run *run, const struct step_target *list, size_t count, const char *from,
		     json_t *calls);

/* Params of call.dial for them (stolen), by what the step says and its memo remembers ("held", "files"). */
json_t *targets_request(struct run *run, const struct step *step, json_t *targets, const char *from);

#endif
