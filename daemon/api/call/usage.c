#include "daemon/api/call/usage.h"

#include <errno.h>
#include <time.h>

bool usage_of(const struct asker *by, int64_t from_day, int64_t to_day, struct usage_sum out[USAGE_KINDS],
	      struct fault *fault)
{
	return !usage_read(by->desk->store, by->account->name, from_day, to_day, out) ||
	       fault_store_failed(fault);
}

bool usage_begins(const struct asker *by, int64_t otherwise, int64_t *day, struct fault *fault)
{
	int err = usage_first_day(by->desk->store, by->account->name, day);

	if (err == ENOENT)
		*day = otherwise;
	return !err || err == ENOENT || fault_store_failed(fault);
}

int64_t usage_period_begins(enum usage_period period, int64_t day)
{
	time_t seconds = (time_t)(day * 86400);
	struct tm tm = { 0 };

	if (period == USAGE_EVER || !gmtime_r(&seconds, &tm))
		return 0;
	if (period != USAGE_OF_DAY)
		tm.tm_mday = 1;
	if (period == USAGE_OF_YEAR)
		tm.tm_mon = 0;
	return timegm(&tm) / 86400;
}
