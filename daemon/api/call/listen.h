/* listen: who is told, key by key, what the far end of a call presses. */
#ifndef OFFHOOK_API_LISTEN_H
#define OFFHOOK_API_LISTEN_H

#include "daemon/api/call/desk.h"

/* From now on each key is delivered to `url` like a webhook, in the words of the call's dialect, by POST or
 * GET, in place of whom it was told to before; NULL: to nobody any more. The call may not be over. */
void call_listen(const struct asker *by, const char *id, const char *url, bool post, call_h *handler,
		 void *arg);

#endif
