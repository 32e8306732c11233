#include "daemon/api/dialect/twilio/dates.h"

#include "lib/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

/* "Tue, 14 Nov 2023 ": lists have the same day again and again, so that the last one is kept. */
static const char *day_text(int64_t day)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static char text[DATE_TEXT_SIZE]; /* main thread */
	static int64_t kept = INT64_MIN;
	time_t seconds = (time_t)(day * (DAY_MS / 1000));
	struct tm tm = { 0 };

	if (kept == day)
		return text;
	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof text, "%s, %02d %s %d ", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
		 tm.tm_year + 1900);
	kept = day;
	return text;
}

static void write_two(char *at, int64_t value)
{
	at[0] = (char)('0' + value / 10);
	at[1] = (char)('0' + value % 10);
}

char *date_write(int64_t utc_ms, char out[DATE_TEXT_SIZE])
{
	int64_t day = utc_ms / DAY_MS - (utc_ms % DAY_MS < 0), second = (utc_ms - day * DAY_MS) / 1000;
	const char *text = day_text(day);
	char rest[] = "00:00:00 +0000";

	write_two(rest, second / 3600);
	write_two(rest + 3, second / 60 % 60);
	write_two(rest + 6, second % 60);
	snprintf(out, DATE_TEXT_SIZE, "%s%s", text, rest);
	return out;
}

json_t *date_json(int64_t utc_ms)
{
	char text[DATE_TEXT_SIZE];

	return json_string(date_write(utc_ms, text));
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
