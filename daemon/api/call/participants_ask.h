/* participants_ask: inside of participants: the question who is in a conference; for participants*.c alone.
 */
#ifndef OFFHOOK_API_PARTICIPANTS_ASK_H
#define OFFHOOK_API_PARTICIPANTS_ASK_H

#include "daemon/api/call/participants.h"

/* Reads both. False: *fault says why, and both are empty; also while the switch is away. */
bool participants_find(const struct asker *by, const char *conference_id, const char *call_id,
		       struct conference_row *conference, struct call_row *call, struct fault *fault);
/* Asks who is in the conference, and tells all, or the one whose call is named (else ""). */
void participants_ask(const struct desk *desk, const char *conference, const char *call,
		      participants_h *handler, void *arg);

#endif
