/* format: times, ages and members of JSON objects as text for people. Pure functions, but for the local time
 * zone. */
#ifndef OFFHOOK_CTL_FORMAT_H
#define OFFHOOK_CTL_FORMAT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { FORMAT_SIZE = 64, SHORT_ID_SIZE = 9 };

/* "7s", "3m05s", "2h14m", "3d04h" for a span [ms]; "0s" for a negative one. Returns `out`. */
char *format_span(int64_t ms, char out[FORMAT_SIZE]);

/* "09:22:01.123" in local time for UTC milliseconds. Returns `out`. */
char *format_time(int64_t utc_ms, char out[FORMAT_SIZE]);

/* "2026-11-20 09:22:01 (3m05s ago)" in local time. Returns `out`. */
char *format_moment(int64_t utc_ms, int64_t now_ms, char out[FORMAT_SIZE]);

/* "512 B", "1.4 KB", "23.0 MB". Returns `out`. */
char *format_bytes(int64_t bytes, char out[FORMAT_SIZE]);

/* The first eight characters of a call's id: enough to name it. Returns `out`. */
char *format_short_id(const char *id, char out[SHORT_ID_SIZE]);

/* A string member, or "" when it is absent or no string. Borrowed. */
const char *format_member(const json_t *object, const char *name);

/* An integer member, or `otherwise`. */
int64_t format_member_int(const json_t *object, const char *name, int64_t otherwise);

#endif
