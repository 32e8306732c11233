#include "daemon/api/dialect/twilio/dates.h"

#include "lib/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

char *date_write(int64_t utc_ms, char out[DATE_TEXT_SIZE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)(utc_ms / 1000);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	snprintf(out, DATE_TEXT_SIZE, "%s, %02d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday], tm.tm_mday,
		 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return out;
}

bool date_read(const char *text, int64_t *from, int64_t *to)
{
	int64_t at;

	if (clock_parse_rfc3339(text, &at))
		return false;
	at -= at % 1000;
	*from = at;
	*to = at + (strchr(text, 'T') || strchr(text, 't') || strchr(text, ' ') ? 1000 : DAY_MS);
	return true;
}
