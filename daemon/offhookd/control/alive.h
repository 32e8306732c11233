/* alive: until when an earlier process of this switch has run, by a clock that nobody sets.
 *
 * Concept. Once a second a thread writes down how long we run by the monotonic clock, and what the wall clock
 * said when it was last set: a small file beside the journal. A process that was killed has left its last
 * second there, and the next one learns from it when calls have ended that nobody saw end, in the time that
 * each call counts by: UTC when it was made, and the monotonic clock from then on. Neither a clock that was
 * set meanwhile nor the time until the next start counts.
 *
 * Threads. alive_begin() starts one, alive_free() ends it; everything else is the main thread's. */
#ifndef OFFHOOK_CONTROL_ALIVE_H
#define OFFHOOK_CONTROL_ALIVE_H

#include <stdint.h>

struct alive;

/* Reads what the process before has left in `path`, and keeps it in mind. Returns 0 (also where there is
 * nothing of use), or ENOMEM. */
int alive_alloc(struct alive **out, const char *path) __attribute__((warn_unused_result));

/* From now on the file tells of this process. One that cannot be written is warned of, and does no harm. */
void alive_begin(struct alive *alive);

/* Writes it down now; the thread does it once a second. */
void alive_note(struct alive *alive);

/* Without the last word about this process: it is as if it had been killed. NULL is ignored. */
void alive_free(struct alive *alive);

/* When the process before was last seen alive: UTC ms in the time of what began at `began`, UTC ms. −1: that
 * is not known. */
int64_t alive_end_of(const struct alive *alive, int64_t began);

#endif
