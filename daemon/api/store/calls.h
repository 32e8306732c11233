/* calls: the records of calls in the store. */
#ifndef OFFHOOK_API_STORE_CALLS_H
#define OFFHOOK_API_STORE_CALLS_H

#include "daemon/api/store/rows.h"
#include "lib/call_state.h"

#include <jansson.h>

/* One record; everything in it is owned by it. Times are UTC ms, 0 for "not (yet)". */
struct call_row {
	int64_t nr;
	char *id, *account, *parent, *direction, *status, *from, *to, *recording;
	char *dialect;	  /* in whose words it is told of */
	char *conference; /* id of the one that it is in, or was in last; or NULL */
	char *on;	  /* the switch that has it, by its name in the conf; NULL: the only one */
	int64_t created, answered, ended;
	int64_t duration_ms;
	int64_t last_event; /* number of its newest event, 0 for none */
	bool pending;	    /* the switch has not accepted it yet: nobody sees it */
	bool again;	    /* not of the record: its request has been answered before (Idempotency-Key) */
	json_t *snapshot;   /* as the switch last told it, or NULL */
	json_t *options;    /* what the API was asked for, or NULL */
};

void call_row_clear(struct call_row *row);
bool call_row_is_over(const struct call_row *row);
/* Brings `row` in memory up to what the switch just said, ahead of the event. */
void call_row_overlay(struct call_row *row, const json_t *snapshot);
/* Makes `row` what it was when `logged`, the call of an event in the log, was written. */
void call_row_rewind(struct call_row *row, const json_t *logged);

/* Reads one record. Returns 0, ENOENT (then *out is empty) or EIO. */
int calls_get(struct store *store, const char *id, struct call_row *out) __attribute__((warn_unused_result));
/* The same without its snapshot, for an event that leaves the call as it is: with one event more, that
 * events_add() is to write. Returns also EAGAIN: the switch has not told of it yet, and *out is empty. */
int calls_count_event(struct store *store, const char *id, struct call_row *out)
    __attribute__((warn_unused_result));

/* A new record that is about to be placed (id, account, from, to, dialect, options and on are read): pending,
 * queued, outbound. */
int calls_insert_pending(struct store *store, const struct call_row *row) __attribute__((warn_unused_result));
enum { CALLS_DIGEST_SIZE = 65 };
/* Remembers that a request with `key`, of that digest (hex), made the call `id`. */
int calls_key_put(struct store *store, const char *account, const char *key, const char *digest,
		  const char *id) __attribute__((warn_unused_result));
/* Returns 0, ENOENT or EIO. */
int calls_key_get(struct store *store, const char *account, const char *key, char digest[CALLS_DIGEST_SIZE],
		  char id[40]) __attribute__((warn_unused_result));

/* Forgets a record that the switch refused, and its key. */
int calls_delete(struct store *store, const char *id) __attribute__((warn_unused_result));

/* What a snapshot comes with: nothing, an event, or an event that tells of a new state. */
enum calls_event { CALLS_NO_EVENT, CALLS_EVENT, CALLS_STATE };

/* In whose words a call is told of that came in without having been asked for: the name of a dialect. */
struct calls_dialect {
	const char *(*of)(const struct call_row *row, void *arg);
	void *arg;
};

/* Writes what the switch says of a call: a new record, of that dialect (NULL: our own), or an update of one;
 * but for CALLS_NO_EVENT with one event more, that events_add() is to write. *out (cleared first, owned by
 * the caller) is the record after it. A move that the states do not allow changes nothing and is logged.
 * Returns 0, EINVAL (no call), EALREADY (CALLS_STATE of a call that is over: a call ends once, whoever tells
 * it again; nothing is written and *out is empty), EIO or ENOMEM. */
int calls_apply(struct store *store, const json_t *snapshot, enum calls_event event,
		const struct calls_dialect *dialect, struct call_row *out)
    __attribute__((warn_unused_result));

/* The same where the snapshot is at hand as JSON, too: `length` bytes. */
int calls_apply_text(struct store *store, const json_t *snapshot, const char *text, size_t length,
		     enum calls_event event, const struct calls_dialect *dialect, struct call_row *out)
    __attribute__((warn_unused_result));

/* The calls of a conversation: the call `id`, those that were dialled for it, and those that are in the
 * conference `id` now; newest first. Returns 0 or EIO. */
int calls_conversation(struct store *store, const char *account, const char *id,
		       bool (*each)(const struct call_row *row, void *arg), void *arg)
    __attribute__((warn_unused_result));

int calls_set_options(struct store *store, const char *id, const json_t *options)
    __attribute__((warn_unused_result));
/* The conference that it has come to. */
int calls_set_conference(struct store *store, const char *id, const char *conference)
    __attribute__((warn_unused_result));
/* The switch that has it: its name in the conf. The second returns 0, ENOENT or EIO; "": the only one. */
int calls_set_switch(struct store *store, const char *id, const char *name)
    __attribute__((warn_unused_result));
int calls_switch_of(struct store *store, const char *id, char name[SWITCH_NAME_SIZE])
    __attribute__((warn_unused_result));
int calls_set_recording(struct store *store, const char *id, const char *recording)
    __attribute__((warn_unused_result));

/* Calls `each` for every record that is not over; false from it ends the walk. */
typedef bool call_row_h(const struct call_row *row, void *arg);
int calls_each_live(struct store *store, call_row_h *each, void *arg) __attribute__((warn_unused_result));

/* Why a call was not answered, or failed. */
enum calls_cause {
	CALLS_ANY_CAUSE,
	CALLS_REFUSED,	   /* by who was called: 403, 603, 607 */
	CALLS_NOT_REFUSED, /* failed for another reason */
	CALLS_UNREACHED,   /* 408, 480 */
	CALLS_RANG_OUT,	   /* nobody answered in time */
};

struct calls_filter {
	const char *account;
	enum calls_cause cause;
	const char *statuses[CALL_STATUS_COUNT + 1]; /* any of these, ends with NULL; none: any */
	const char *direction, *from, *to, *parent;  /* NULL: any; of the parent the id */
	const char *conference;		  /* its id or name: calls that are or were in it; NULL: any */
	const char *tag;		  /* that it was placed with; NULL: any */
	const char *id;			  /* its id, or the beginning of it; NULL: any */
	int64_t started_from, started_to; /* inclusive, exclusive; 0: any */
	int64_t page, page_size;	  /* page counts from 1 */
	int64_t skip;			  /* so many more before the page */
};

/* Newest first. *total is how many there are over all pages. */
int calls_list(struct store *store, const struct calls_filter *filter, call_row_h *each, void *arg,
	       int64_t *total) __attribute__((warn_unused_result));

/* A page of calls that begins behind a record (calls_page.c). */
struct calls_page {
	const char *account;
	const char *status, *from, *to, *parent; /* NULL: any; of the parent the id */
	int64_t started_from, started_to;	 /* UTC ms, inclusive and exclusive; 0: any */
	int64_t ended_from, ended_to;
	struct rows_page rows;
	const char *const *members; /* of the snapshots: the rows have these alone; NULL: all, NULL ends */
};
int calls_page(struct store *store, const struct calls_page *page, call_row_h *each, void *arg)
    __attribute__((warn_unused_result));

/* Hides the record of a call that is over: nobody sees it any more, and what happens to it late changes
 * nothing of that. Retention takes it away. */
int calls_forget(struct store *store, const char *id) __attribute__((warn_unused_result));

#endif
