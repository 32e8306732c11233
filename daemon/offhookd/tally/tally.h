/* tally: what calls come to, counted for metrics: by account, trunk and direction how many were answered and
 * how they ended, how long they took to be set up, how good their audio was.
 *
 * It listens to the list of all calls, and does a look-up and a few additions for each change of a call's
 * state. Labels are names that the conf has, or "other": neither numbers nor ids, so what there is to read
 * grows with the conf and not with the calls. All of it begins at 0 with the process.
 *
 * Main thread only. */
#ifndef OFFHOOK_TALLY_TALLY_H
#define OFFHOOK_TALLY_TALLY_H

#include "daemon/offhookd/call/calls.h"

#include <jansson.h>

struct tally;

/* Returns 0 or ENOMEM. `calls` (its conf is read whenever something is counted) lasts longer than the tally,
 * and tells it from now on. */
int tally_alloc(struct tally **out, struct calls *calls) __attribute__((warn_unused_result));
/* After the last change of a call. */
void tally_free(struct tally *tally);

/* Adds "calls_ended" to one of trunk.list: calls that have gone out by it and are over; where there are any,
 * "asr_percent", how many of them were answered, and where some were, "acd_s", how long these lasted in the
 * mean. */
void tally_add_trunk(const struct tally *tally, json_t *trunk);

/* Adds "live", "ended", "trunks" and "causes" of switch.metrics (doc/control-protocol.md). Goes through all
 * live calls. */
void tally_report(const struct tally *tally, json_t *out);

#endif
