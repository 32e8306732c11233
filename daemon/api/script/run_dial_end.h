/* run_dial_end: how a Dial came out, and who is told. It begins and rings nobody (run_dial.c does). */
#ifndef OFFHOOK_API_RUN_DIAL_END_H
#define OFFHOOK_API_RUN_DIAL_END_H

#include "daemon/api/script/run_steps.h"

/* A call that was dialled has ended: of several that nobody took, that one counts which says most. */
void dial_count_end(struct run *run, const struct call_row *row);

/* The step is over: what is recorded ends first (its length comes as an event, after which this is called
 * again), then the action, or who takes Dial's place, is asked; the script goes on where there is none. */
void dial_finish(struct run *run, const struct step *step);

#endif
