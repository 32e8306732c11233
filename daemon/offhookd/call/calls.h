/* calls: all calls, live and lately ended, what they need of the switch, and who listens to their changes.
 *
 * Concept. calls_add() makes a call live; when it has ended it stays in a second table until its media has
 * said its last word and a minute has passed. Whoever counts, bills or tells is a listener of this one list;
 * they are told in the order in which they came.
 *
 * Main thread only. Whoever is above fills the first members; calls_free() after the media engine has gone.
 */
#ifndef OFFHOOK_CALL_CALLS_H
#define OFFHOOK_CALL_CALLS_H

#include "lib/call_state.h"
#include "lib/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct event_base;
struct json_text;
struct media_engine;
struct media_headers;
struct media_stats;

/* Each function may be NULL. */
struct call_listener {
	/* It is new, or its status has changed, its times with it; not published yet. */
	void (*state)(struct call *call, void *arg);
	/* One call more (+1) or less (-1) goes through the trunk of this name. */
	void (*trunk)(const char *trunk, int by, void *arg);
	/* Event `method` about it; `members` is its params without braces, as text. */
	void (*event)(const struct call *call, const char *method, const struct json_text *members,
		      void *arg);
	/* Its media has ended: all that was counted of it. The call is over, or has none any more. */
	void (*media)(struct call *call, const struct media_stats *stats, void *arg);
	/* Likewise the RTP headers of its first and last packets, when conf wants them
	 * (media_headers_each()). */
	void (*headers)(const struct call *call, const struct media_headers *headers, void *arg);
	/* Its description, what is spoken, who hears whom, or what was paid for it is another one. */
	void (*changed)(struct call *call, void *arg);
	/* A dialog of it has begun: its Call-ID. */
	void (*dialog)(const struct call *call, const char *sip_call_id, void *arg);
	/* It is live no more. */
	void (*gone)(void *arg);
	void *arg;
	struct call_listener *next;
};

struct calls {
	struct event_base *base;
	const struct conf *conf; /* in force */
	struct media_engine *media;

	struct call *live;		  /* by id; in the order in which they came */
	size_t count;			  /* of them */
	uint64_t total;			  /* since the start */
	struct call *ended_table, *ended; /* by id; oldest first */
	size_t ended_count;
	struct call_listener *listeners;
};

/* What a new call is. Strings are copied; absent ones NULL. */
struct call_params {
	const char *id; /* NULL: a new one */
	const char *parent_id;
	enum call_direction direction;
	const char *account, *from, *to, *from_name, *user, *trunk, *number, *tag, *source;
	json_t *headers; /* a reference is taken */
	bool emergency;	 /* to an emergency number: no limit counts for it */
};

/* `listener` stays the caller's. */
void calls_listen(struct calls *calls, struct call_listener *listener);
/* It is told nothing more. */
void calls_unlisten(struct calls *calls, struct call_listener *listener);

/* Makes a queued call and publishes it. *out is borrowed: the table holds it until it has ended. Returns 0;
 * EAGAIN when max-calls is reached; EEXIST when there is such an id; ENOMEM. */
int calls_add(struct call **out, struct calls *calls, const struct call_params *params)
    __attribute__((warn_unused_result));

/* A call that is made already, of which all know: it is live from now on, and the table has its reference. */
void calls_take_up(struct call *call);

/* Live, or ended a short while ago. NULL: unknown. */
struct call *calls_find(const struct calls *calls, const char *id);
/* The live one whose dialog has this Call-ID, or NULL. */
struct call *calls_find_dialog(const struct calls *calls, const char *sip_call_id);
/* The same of those that have ended a short while ago. */
struct call *calls_find_ended_dialog(const struct calls *calls, const char *sip_call_id);

/* How many live calls a user has, a trunk has. */
size_t calls_of_user(const struct calls *calls, const char *user);
size_t calls_of_trunk(const struct calls *calls, const char *trunk);

/* Snapshots of the live ones: a new array. */
json_t *calls_list(const struct calls *calls);

/* A call that has ended moves over to those that have. */
void calls_retire(struct call *call);
/* Forgets the ended ones. */
void calls_free(struct calls *calls);

#endif
