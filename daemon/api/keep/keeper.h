/* keeper: what becomes of recordings when they are complete, as conf's section recordings says: another
 * format, encryption, and a store that speaks S3, tried again until it has them; what is left over is
 * deleted.
 *
 * What is to be done stands in the database (recordings_kept.h), one step at a time, so that nothing is lost
 * when the process ends in the middle of it. The steps are done by a thread, one after the other; what goes
 * wrong is tried again after 1, 2, 4 … seconds, at last every 15 minutes. A recording that is encrypted with
 * another key of the key file than the first gets the first (rotation).
 *
 * Threads: all functions on the event base's thread; a thread of its own for files and network. Shutdown:
 * keeper_free() waits for the step that is under way to stop, which is done again after the next start. */
#ifndef OFFHOOK_API_KEEPER_H
#define OFFHOOK_API_KEEPER_H

#include "daemon/api/keep/keep_job.h"
#include "daemon/api/switch/bus.h"
#include "lib/histogram.h"

struct event_base;
struct keeper;
struct link;

struct keeper_setup {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	const struct key_ring *ring; /* has to stay; empty: nothing is encrypted */
};

/* Whether recordings that are complete are its business, whatever they were begun with. */
bool keeper_wants(const struct conf *conf);

int keeper_alloc(struct keeper **out, const struct keeper_setup *setup) __attribute__((warn_unused_result));
void keeper_free(struct keeper *keeper);

/* From now on it can tell what it did by that link; and begins, at the latest some seconds after its start.
 */
void keeper_ready(struct keeper *keeper, struct link *link);
/* One was deleted: it may be left over elsewhere. What nobody tells it of is found within a minute. */
void keeper_wake(struct keeper *keeper);
/* An event: a recording may be complete. For bus_subscribe(); `arg` is the keeper. */
void keeper_on_event(const struct bus_event *event, void *arg);

/* Since the start. */
struct keeper_stats {
	uint64_t done[KEEP_KINDS], failed[KEEP_KINDS]; /* steps, by what they were */
	uint64_t uploaded_bytes;
	struct histogram upload_s;
};
extern const struct histogram_bounds keeper_seconds_bounds;
const struct keeper_stats *keeper_get_stats(const struct keeper *keeper);

#endif
