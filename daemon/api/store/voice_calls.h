/* voice_calls: what is noted of calls by hand: summaries, who handled them; and calls that were made
 * elsewhere and are only logged here. */
#ifndef OFFHOOK_API_STORE_VOICE_CALLS_H
#define OFFHOOK_API_STORE_VOICE_CALLS_H

#include "daemon/api/store/store.h"

#include <jansson.h>

struct voice_call {
	char *uid;			   /* of a call of ours, or its own */
	bool logged;			   /* made elsewhere: nothing else is known of it */
	int64_t created, updated, deleted; /* UTC ms; 0: not */
	json_t *notes;			   /* an object, or NULL */
};

void voice_call_clear(struct voice_call *call);
/* Reads one. Returns 0, ENOENT (then *out is empty) or EIO. */
int voice_calls_get(struct store *store, const char *account, const char *uid, struct voice_call *out)
    __attribute__((warn_unused_result));
/* Writes one, new or not. */
int voice_calls_put(struct store *store, const char *account, const struct voice_call *call)
    __attribute__((warn_unused_result));

/* A uid, or a user's name; false ends the walk. */
typedef bool voice_call_h(const char *text, void *arg);

/* The users that talk, or have talked, in the call with that number, or in one that was dialled for it or
 * that it was dialled for. Returns 0 or EIO. */
int voice_calls_users(struct store *store, int64_t call_nr, voice_call_h *each, void *arg)
    __attribute__((warn_unused_result));

struct voice_calls_users {
	const char **names;
	size_t count;
};

enum voice_calls_state {
	VOICE_CALLS_ANY,
	VOICE_CALLS_COMING,
	VOICE_CALLS_MISSED,
	VOICE_CALLS_BY_STAFF, /* answered, and one of all_staff has talked */
	VOICE_CALLS_BY_OTHERS,
};

/* NULL: any. Numbers are without "+". */
struct voice_calls_filter {
	const char *account, *direction, *from, *to, *client, *staff;
	bool with_deleted;
	enum voice_calls_state state;
	const char *logged_status; /* `state` as it is noted of calls made elsewhere */
	struct voice_calls_users all_staff,
	    of_staff; /* users that are of the staff, and those that are `staff` */
	int64_t limit, offset;
};

/* Calls of the account, ours and logged ones, newest first: each uid. Returns 0 or EIO. */
int voice_calls_list(struct store *store, const struct voice_calls_filter *filter, voice_call_h *each,
		     void *arg) __attribute__((warn_unused_result));

#endif
