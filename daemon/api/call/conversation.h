/* conversation: the calls that talk with each other: those in a conference, or a call and those that were
 * dialled for it. Its id is that of the conference, or of the call. */
#ifndef OFFHOOK_API_CONVERSATION_H
#define OFFHOOK_API_CONVERSATION_H

#include "daemon/api/call/desk.h"

/* Its calls, newest first; some may have gone to another conversation since. */
bool conversation_list(const struct asker *by, const char *id, call_row_h *each, void *arg,
		       struct fault *fault);

#endif
