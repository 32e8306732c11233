/* one: the connection to one switch: subscribed to its events, reconnecting by itself, reconciled after every
 * loss. All of them together are a link (link.h), which alone uses this.
 *
 * Of one that has a name in the conf, which may be on another machine, it is also known how loaded it is,
 * which users have registered there, and whether it answers (one_watch.c). A switch that has not answered for
 * `silence` counts as lost and is connected to anew; one that has been lost for `wait` is taken for dead: its
 * calls have failed. Should it come back with them all the same, they are hung up there. Threads: the event
 * base's thread. */
#ifndef OFFHOOK_API_ONE_H
#define OFFHOOK_API_ONE_H

#include "daemon/api/switch/link.h"

struct one;

struct one_setup {
	struct link_setup common;	   /* without where it is, whose it is, and its ready() */
	const struct control_place *place; /* borrowed until one_free() */
	const char *name;		   /* in the conf, borrowed; "": the only one */
	unsigned silence_ms, wait_ms;	   /* of one that has a name */
	bool (*owns)(const struct one *one, const char *on, void *arg); /* as in ingest_handlers; or NULL */
	void (*ready)(struct one *one, void *arg);
	void *arg;
};

int one_alloc(struct one **out, const struct one_setup *setup) __attribute__((warn_unused_result));
int one_alloc_stage(struct one **out, const struct one_setup *setup, link_stage_h *stage, void *arg)
    __attribute__((warn_unused_result));
void one_free(struct one *one);
const char *one_name(const struct one *one);

/* As the functions of link.h. */
void one_tell(struct one *one, const char *method, const json_t *params);
bool one_is_ready(const struct one *one);
int one_call(struct one *one, const char *method, json_t *params, control_client_reply_h *reply, void *arg);
void one_note(struct one *one, const char *call, const char *type, json_t *data);
void one_remark(struct one *one, const char *call, const char *type, json_t *data);

/* How full it is: `calls`, with those that were placed there since it said so, of `max_calls`. */
struct one_load {
	bool draining;
	int64_t calls, max_calls;
};
struct one_load one_load(const struct one *one);
/* A call has just been placed there. */
void one_placed(struct one *one);
/* Whether a phone of that user has registered there. */
bool one_has_user(const struct one *one, const char *user);

#endif
