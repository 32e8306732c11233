/* link: the switch, or all that conf's switch sections name: connections that are subscribed to events,
 * reconnecting by themselves, reconciled after every loss (one.h).
 *
 * With several, each call and conference is at one of them, whose name its record has. What is asked of it
 * goes there; lists are gathered from all; a new call goes to the switch where the user who is called has
 * registered, else to the least full one that is not draining (link_route.c). Calls of different switches
 * cannot be joined.
 *
 * A stage in place of the switch (link_alloc_stage()) is always ready.
 *
 * Events go to an ingest, and are acknowledged to the switch once they are on disk. Requests are possible
 * while link_is_ready(): connected and reconciled. Threads: the event base's thread. */
#ifndef OFFHOOK_API_LINK_H
#define OFFHOOK_API_LINK_H

#include "daemon/api/switch/ingest.h"
#include "lib/control_client.h"

struct conf;
struct link;

/* `conf` may be NULL; without switch sections `socket` is the path of the control socket; `dialect` and
 * `store_h` as in ingest_handlers. `ready` (may be NULL) is called each time that the switch can be talked to
 * again and all that was missed has been published, `reloaded` (may be NULL) when it has read the conf again.
 */
struct link_setup {
	struct event_base *base;
	const struct conf *conf;
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

/* Whether there is a switch that can be asked; the one that has that call, or conference. */
bool link_is_ready(const struct link *link);
bool link_is_ready_for(const struct link *link, const char *call);
bool link_is_ready_for_conference(const struct link *link, const char *conference);
/* Within ready(): whether the call is at the switch that is ready again. */
bool link_is_back(const struct link *link, const char *call);
/* Where a new call to `to`, or to a participant of that conference (id, or NULL), is to be placed: the name
 * for its record. NULL: there is only one, or none that takes calls. */
const char *link_choose(struct link *link, const char *to, const char *conference);
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
