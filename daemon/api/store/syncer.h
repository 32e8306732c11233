/* syncer: makes a database's write-ahead log durable, in a thread of its own, so that the event loop never
 * waits for a disk.
 *
 * The loop commits without syncing and asks for a sync of "everything up to turn n"; one fdatasync serves all
 * turns that were committed before it began.
 *
 * A sync that fails ends the process: nothing may be told as safe that may not be, and a new start finds what
 * is really there.
 *
 * Threads: the functions and the handler on the event base's thread. Shutdown: syncer_free() syncs what was
 * asked for, without calling the handler. */
#ifndef OFFHOOK_API_SYNCER_H
#define OFFHOOK_API_SYNCER_H

#include <stdint.h>

struct event_base;
struct syncer;

/* Everything up to turn `turn` is on disk. */
typedef void syncer_h(uint64_t turn, void *arg);

/* `file` is an open database in WAL mode. Returns 0, ENOMEM or the errno of opening its log. */
int syncer_alloc(struct syncer **out, struct event_base *base, const char *file, syncer_h *done, void *arg)
    __attribute__((warn_unused_result));
void syncer_free(struct syncer *syncer);

/* Turn `turn` has been committed. */
void syncer_request(struct syncer *syncer, uint64_t turn);
/* Blocks until everything asked for is on disk, and calls the handler. */
void syncer_wait(struct syncer *syncer);

#endif
