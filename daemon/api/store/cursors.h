/* cursors: how far those have got who read the log of events for others, by name. */
#ifndef OFFHOOK_API_STORE_CURSORS_H
#define OFFHOOK_API_STORE_CURSORS_H

#include "daemon/api/store/store.h"

/* The place in the order over all events that was handled last. Returns 0, ENOENT (none yet) or EIO. */
int cursor_get(struct store *store, const char *name, int64_t *nr) __attribute__((warn_unused_result));
int cursor_set(struct store *store, const char *name, int64_t nr) __attribute__((warn_unused_result));

#endif
