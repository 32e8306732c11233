/* participants: inside of the operations on participants of conferences, for participants*.c alone. */
#ifndef OFFHOOK_API_PARTICIPANTS_H
#define OFFHOOK_API_PARTICIPANTS_H

#include "daemon/api/call/conferences.h"

/* The conference that a call was placed for, or NULL. */
const char *participant_conference(const struct call_row *row);
/* Whether it joins muted. */
bool participant_is_muted(const struct call_row *row);

/* Reads the conference and the call that args name; answers and returns false when they are none, or the
 * switch is away. */
bool participants_find(struct op *op, struct conference_row *conference, struct call_row *call);
/* Asks who is in the conference, and answers with all, or with the one whose call is named (else ""). */
void participants_ask(struct op *op, const char *conference, const char *call);

#endif
