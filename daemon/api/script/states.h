/* states: where the scripts of calls stand, in the store. */
#ifndef OFFHOOK_API_STATES_H
#define OFFHOOK_API_STATES_H

#include "daemon/api/store/store.h"

#include <jansson.h>

/* `state`: JSON. */
int states_put(struct store *store, const char *call, const char *state) __attribute__((warn_unused_result));
int states_delete(struct store *store, const char *call) __attribute__((warn_unused_result));

/* How far the log of events has been acted on, in the order over all; states are written with it. -1: not
 * known. */
int states_put_seen(struct store *store, int64_t nr) __attribute__((warn_unused_result));
int states_seen(struct store *store, int64_t *nr) __attribute__((warn_unused_result));

typedef void states_h(const char *call, const json_t *state, void *arg);
/* Calls `each` for all of them; it may write. */
int states_each(struct store *store, states_h *each, void *arg) __attribute__((warn_unused_result));

#endif
