/* conferences: the records of conferences in the store. */
#ifndef OFFHOOK_API_STORE_CONFERENCES_H
#define OFFHOOK_API_STORE_CONFERENCES_H

#include "daemon/api/store/rows.h"

#include <jansson.h>

/* One record; everything in it is owned by it. Times are UTC ms, 0 for "not yet". */
struct conference_row {
	int64_t nr;
	char *id, *account, *name, *status;
	char *recording; /* the newest complete one, or NULL */
	char *why,
	    *ended_by; /* it ended, as the switch has it: "api" …; the call whose leaving did; or NULL */
	int64_t created, updated, ended, max_participants, participants;
	int64_t last_event; /* number of its newest event that was told */
	bool pending;
	char *on;	 /* the switch that has it, by its name in the conf; NULL: the only one */
	bool kicked;	 /* that call did not leave of itself: it was removed, or hung up by a program */
	json_t *options; /* or NULL */
};

/* Among the options of a call: the conference that it was removed from last. */
#define CONFERENCES_REMOVED_FROM "removed_from"

void conference_row_clear(struct conference_row *row);
/* Returns 0, ENOENT or EIO. */
int conferences_get(struct store *store, const char *id, struct conference_row *out)
    __attribute__((warn_unused_result));
/* A record that is about to be made by the switch: pending (id, account, name, max_participants, options
 * and on are read). */
int conferences_insert_pending(struct store *store, const struct conference_row *row)
    __attribute__((warn_unused_result));
/* As calls_set_switch() and calls_switch_of(). */
int conferences_set_switch(struct store *store, const char *id, const char *name)
    __attribute__((warn_unused_result));
int conferences_switch_of(struct store *store, const char *id, char name[SWITCH_NAME_SIZE])
    __attribute__((warn_unused_result));
int conferences_delete(struct store *store, const char *id) __attribute__((warn_unused_result));
/* By what the switch says it: an answer, or an event, of which there is one more then; one of its state that
 * says its end comes once. */
enum conferences_told { CONFERENCES_ANSWER, CONFERENCES_EVENT, CONFERENCES_STATE };
/* Writes what the switch says of a conference; *out is the record after it. Returns 0, EINVAL, EIO; EALREADY:
 * its state was told when it was over, and nothing is changed. */
int conferences_apply(struct store *store, const json_t *snapshot, enum conferences_told told,
		      struct conference_row *out) __attribute__((warn_unused_result));

/* Brings `out`, which may be zeroed, up to what the switch says. Returns 0, EINVAL (no conference) or ENOMEM.
 */
int conference_row_overlay(struct conference_row *out, const json_t *snapshot)
    __attribute__((warn_unused_result));
int conferences_set_recording(struct store *store, const char *id, const char *recording)
    __attribute__((warn_unused_result));

typedef bool conference_row_h(const struct conference_row *row, void *arg);
/* Newest first; `status` may be NULL for any. */
int conferences_list(struct store *store, const char *account, const char *status, int64_t limit,
		     int64_t offset, conference_row_h *each, void *arg, int64_t *total)
    __attribute__((warn_unused_result));
/* The one of that name that is alive. Returns 0, ENOENT or EIO. */
int conferences_get_named(struct store *store, const char *account, const char *name,
			  struct conference_row *out) __attribute__((warn_unused_result));

/* A page that begins behind a record. */
struct conferences_page {
	const char *account, *status, *name; /* of the last two NULL: any */
	int64_t created_from, created_to;    /* UTC ms, inclusive and exclusive; 0: any */
	int64_t updated_from, updated_to;
	struct rows_page rows;
};
int conferences_page(struct store *store, const struct conferences_page *page, conference_row_h *each,
		     void *arg) __attribute__((warn_unused_result));
/* What the API was asked for, from now on. */
int conferences_set_options(struct store *store, const char *id, const json_t *options)
    __attribute__((warn_unused_result));
/* Those that are not over, of all accounts. */
int conferences_each_live(struct store *store, conference_row_h *each, void *arg)
    __attribute__((warn_unused_result));

#endif
