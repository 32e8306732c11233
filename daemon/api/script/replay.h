/* replay: events that are on disk, told once more to who may not have acted on them before the end of the
 * process.
 *
 * An event is committed before anybody acts on it, and what comes of it is committed later. Who keeps, with
 * what it writes, how far in the log it has acted on events, gets the rest from here at the next start.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_REPLAY_H
#define OFFHOOK_API_REPLAY_H

#include "daemon/api/switch/bus.h"
#include "lib/conf.h"

/* Calls `handler` for each event of a call behind `seen` in the order over all, in the order of each account,
 * with the call as it was. */
int replay_events(struct store *store, const struct conf *conf, int64_t seen, bus_h *handler, void *arg)
    __attribute__((warn_unused_result));

#endif
