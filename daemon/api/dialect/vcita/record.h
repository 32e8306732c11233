/* record: a call as vcita's API shows it. */
#ifndef OFFHOOK_API_VCITA_RECORD_H
#define OFFHOOK_API_VCITA_RECORD_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/voice_calls.h"

extern const char *const vcita_statuses[], *const vcita_directions[];

/* A call with its notes, all sixteen properties, null where there is nothing; new. One of them may be NULL:
 * `row` of a call that was made elsewhere, `note` where nothing is noted. */
json_t *vcita_record(const struct desk *desk, const struct call_row *row, const struct voice_call *note);
/* Tells the account's vcita-webhook; `data` is stolen. */
void vcita_tell(const struct desk *desk, const char *account, const char *what, json_t *data);

#endif
