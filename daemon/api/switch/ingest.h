/* ingest: what the switch tells, written to the store first and published after the commit.
 *
 * Each event gets its number within its call and is stored with the call's new record in one transaction;
 * events that came before (a replay after a lost connection) are known by the switch's own counter and
 * dropped. Threads: the event base's thread. */
#ifndef OFFHOOK_API_INGEST_H
#define OFFHOOK_API_INGEST_H

#include "daemon/api/switch/bus.h"

struct ingest;

/* After a commit: everything of that start of the switch up to `seq` is safe. `err`: the transaction was
 * rolled back, and the events of it must be asked for again. */
typedef void ingest_safe_h(int err, const char *switch_id, int64_t seq, void *arg);
/* In the transaction of an event: write what must be stored together with it (webhooks to deliver). */
typedef void ingest_store_h(const struct bus_event *event, void *arg);

struct ingest_handlers {
	const char *name; /* of the switch, in the conf; "": the only one */
	/* Whether what a switch of that name (or "") has had is this one's to speak of; NULL: everything is.
	 */
	bool (*owns)(const char *on, void *arg);
	void *owns_arg;
	struct calls_dialect dialect;
	ingest_safe_h *safe;
	void *safe_arg;
	ingest_store_h *store;
	void *store_arg;
	bool keep_recordings; /* those that are complete are to be kept otherwise: recordings_put() */
};

int ingest_alloc(struct ingest **out, struct store *store, struct bus *bus,
		 const struct ingest_handlers *handlers) __attribute__((warn_unused_result));
/* One event notification of the switch. `text`: its params as JSON, or NULL. */
void ingest_event(struct ingest *ingest, const char *method, const json_t *params, const char *text);
/* Something that this process has to say of a call that the switch has told of: into the log like an event of
 * the switch, and published when it is on disk. `data` is stolen; "call" is added. Of other calls nothing is
 * said. */
void ingest_note(struct ingest *ingest, const char *call, const char *type, json_t *data);
/* The same, cheaply, of what leaves the call as it is: of that is told how far it is, and no more. */
void ingest_remark(struct ingest *ingest, const char *call, const char *type, json_t *data);
/* The snapshot of a switch that could not replay: calls that the store holds as live and the switch does not
 * know are ended, calls that differ are brought up to date. */
void ingest_snapshot(struct ingest *ingest, const json_t *params);
/* The switch has gone: all its calls and conferences have ended now; `why`, a sentence. */
void ingest_gone(struct ingest *ingest, const char *why);
/* Events that are stored and not yet on disk are published when they are; `safe` is not called for them. */
void ingest_free(struct ingest *ingest);

#endif
