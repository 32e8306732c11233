/* clock: the only place that asks the system for the time, so that tests can own it. */
#ifndef OFFHOOK_LIB_CLOCK_H
#define OFFHOOK_LIB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* UTC, milliseconds since 1970. */
int64_t clock_utc_ms(void);

/* The same in microseconds. */
int64_t clock_utc_us(void);

/* Monotonic microseconds since an arbitrary start. */
int64_t clock_mono_us(void);

/* For tests, and for programs that simulate: both clocks start at these values and then move only by
 * clock_test_advance(). Not thread safe.
 */
void clock_test_freeze(int64_t utc_ms, int64_t mono_us);
void clock_test_advance(int64_t ms);
void clock_test_thaw(void);

enum { CLOCK_TEXT_SIZE = 32 };

/* Writes `utc_ms` as RFC 3339 with milliseconds, "2026-11-20T09:22:01.123Z". Returns `out`. */
char *clock_format_rfc3339(int64_t utc_ms, char out[CLOCK_TEXT_SIZE]);

/* Parses an RFC 3339 date-time (any offset, optional fraction), or a date alone (midnight UTC).
 * Returns 0, or EINVAL and leaves *out_utc_ms. */
int clock_parse_rfc3339(const char *text, int64_t *out_utc_ms);

#endif
