/* usage: what the account has used in a time. */
#ifndef OFFHOOK_API_CALL_USAGE_H
#define OFFHOOK_API_CALL_USAGE_H

#include "daemon/api/call/desk.h"
#include "daemon/api/store/usage.h"

/* Days (UTC) count from 1970, both are in it. False: *fault says why. */
bool usage_of(const struct asker *by, int64_t from_day, int64_t to_day, struct usage_sum out[USAGE_KINDS],
	      struct fault *fault);
/* What comes round: a trigger is told once in each (triggers.h). */
enum usage_period { USAGE_EVER, USAGE_OF_DAY, USAGE_OF_MONTH, USAGE_OF_YEAR, USAGE_PERIODS };
/* The first day of the one that `day` is in; 0 for USAGE_EVER. */
int64_t usage_period_begins(enum usage_period period, int64_t day);
/* The first day with any usage; `otherwise` when there is none. */
bool usage_begins(const struct asker *by, int64_t otherwise, int64_t *day, struct fault *fault);

#endif
