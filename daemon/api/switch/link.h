/* link: the connection to the switch: subscribed to its events, reconnecting by itself, reconciled after
 * every loss.
 *
 * A stage in place of the switch (link_alloc_stage()) is always ready.
 *
 * Events go to an ingest, and are acknowledged to the switch once they are on disk. Requests are possible
 * while link_is_ready(): connected and reconciled. Threads: the event base's thread. */
#ifndef OFFHOOK_API_LINK_H
#define OFFHOOK_API_LINK_H

#include "daemon/api/switch/ingest.h"
#include "lib/control_client.h"

struct link;

/* `socket` is the path of the control socket; `dialect` and `store_h` as in ingest_handlers. `ready` (may
 * be NULL) is called each time that the switch can be talked to again and all that was missed has been
 * published, `reloaded` (may be NULL) when it has read the conf again. */
struct link_setup {
	struct event_base *base;
	const char *socket;
	struct store *store;
	struct bus *bus;
	struct calls_dialect dialect;
	ingest_store_h *store_h;
	void *store_arg;
	bool keep_recordings; /* as in ingest_handlers */
	void (*ready)(void *arg);
	void *ready_arg;
	void (*reloaded)(void *arg);
	void *reloaded_arg;
};

int link_alloc(struct link **out, const struct link_setup *setup) __attribute__((warn_unused_result));
void link_free(struct link *link);

/* A request to a stage: `params` is stolen; `reply` (may be NULL) is called once, not from inside of it.
 * Returns 0 or ENOMEM. */
typedef int link_stage_h(const char *method, json_t *params, control_client_reply_h *reply, void *reply_arg,
			 void *arg);
/* A link to no switch: `stage` takes the requests, link_tell() gives the events. Of `setup`, base, store,
 * bus, dialect and store_h are read. */
int link_alloc_stage(struct link **out, const struct link_setup *setup, link_stage_h *stage, void *arg)
    __attribute__((warn_unused_result));
/* An event of the stage, as a switch has them (doc/control-protocol.md). */
void link_tell(struct link *link, const char *method, const json_t *params);

bool link_is_ready(const struct link *link);
/* Why it is not ready, in one sentence, static. */
const char *link_trouble(const struct link *link);
/* As control_client_call(); params are stolen, `reply` may be NULL. */
int link_call(struct link *link, const char *method, json_t *params, control_client_reply_h *reply,
	      void *arg);
/* As ingest_note(); NULL link: nothing is said. */
void link_note(struct link *link, const char *call, const char *type, json_t *data);
/* As ingest_remark(), likewise. */
void link_remark(struct link *link, const char *call, const char *type, json_t *data);

#endif
