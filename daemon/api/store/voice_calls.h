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

/* Each call of the account, ours and logged ones, newest first; false ends the walk. */
typedef bool voice_call_h(const char *uid, bool logged, void *arg);
int voice_calls_each(struct store *store, const char *account, bool with_deleted, voice_call_h *each,
		     void *arg) __attribute__((warn_unused_result));

#endif
