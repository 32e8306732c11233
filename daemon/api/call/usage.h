/* usage: what the account has used in a time. */
#ifndef OFFHOOK_API_CALL_USAGE_H
#define OFFHOOK_API_CALL_USAGE_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/usage.h"

/* Days (UTC) count from 1970, both are in it. False: *fault says why. */
bool usage_of(const struct asker *by, int64_t from_day, int64_t to_day, struct usage_sum out[USAGE_KINDS],
	      struct fault *fault);
/* The first day with any usage; `otherwise` when there is none. */
bool usage_begins(const struct asker *by, int64_t otherwise, int64_t *day, struct fault *fault);

#endif
