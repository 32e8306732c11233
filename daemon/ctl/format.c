/* format: see format.h. */
#include "daemon/ctl/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

char *format_span(int64_t ms, char out[FORMAT_SIZE])
{
	int64_t s = ms > 0 ? ms / 1000 : 0;
	if (s < 60)
		snprintf(out, FORMAT_SIZE, "%" PRId64 "s", s);
	else if (s < 3600)
		snprintf(out, FORMAT_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, FORMAT_SIZE, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
	else
		snprintf(out, FORMAT_SIZE, "%" PRId64 "d%02" PRId64 "h", s / 86400, s / 3600 % 24);
	return out;
}

char *format_time(int64_t utc_ms, char out[FORMAT_SIZE])
{
	time_t seconds = (time_t)(utc_ms / 1000);
	struct tm local;
	localtime_r(&seconds, &local);
	size_t length = strftime(out, FORMAT_SIZE, "%H:%M:%S", &local);
	snprintf(out + length, FORMAT_SIZE - length, ".%03d", (int)(utc_ms % 1000));
	return out;
}

char *format_moment(int64_t utc_ms, int64_t now_ms, char out[FORMAT_SIZE])
{
	time_t seconds = (time_t)(utc_ms / 1000);
	struct tm local;
	char age[FORMAT_SIZE];
	localtime_r(&seconds, &local);
	size_t length = strftime(out, FORMAT_SIZE, "%Y-%m-%d %H:%M:%S", &local);
	snprintf(out + length, FORMAT_SIZE - length, " (%.20s ago)", format_span(now_ms - utc_ms, age));
	return out;
}

char *format_bytes(int64_t bytes, char out[FORMAT_SIZE])
{
	static const char *const units[] = { "KB", "MB", "GB", "TB" };
	if (bytes < 1024) {
		snprintf(out, FORMAT_SIZE, "%" PRId64 " B", bytes);
		return out;
	}
	double value = (double)bytes / 1024;
	size_t unit = 0;
	while (value >= 1024 && unit < 3) {
		value /= 1024;
		unit++;
	}
	snprintf(out, FORMAT_SIZE, "%.1f %s", value, units[unit]);
	return out;
}

char *format_short_id(const char *id, char out[SHORT_ID_SIZE])
{
	snprintf(out, SHORT_ID_SIZE, "%s", id);
	return out;
}

const char *format_member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

int64_t format_member_int(const json_t *object, const char *name, int64_t otherwise)
{
	const json_t *member = json_object_get(object, name);
	return json_is_integer(member) ? json_integer_value(member) : otherwise;
}
