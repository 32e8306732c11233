/* clock: see clock.h. */
#include "lib/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static bool frozen;
static int64_t frozen_utc_ms, frozen_mono_us;

int64_t clock_utc_ms(void)
{
	struct timespec now;

	if (frozen)
		return frozen_utc_ms;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_utc_us(void)
{
	struct timespec now;

	if (frozen)
		return frozen_utc_ms * 1000;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_mono_us(void)
{
	struct timespec now;

	if (frozen)
		return frozen_mono_us;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_test_freeze(int64_t utc_ms, int64_t mono_us)
{
	frozen_utc_ms = utc_ms;
	frozen_mono_us = mono_us;
	frozen = true;
}

void clock_test_advance(int64_t ms)
{
	frozen_utc_ms += ms;
	frozen_mono_us += ms * 1000;
}

void clock_test_thaw(void)
{
	frozen = false;
}

char *clock_format_rfc3339(int64_t utc_ms, char out[CLOCK_TEXT_SIZE])
{
	/* RFC 3339 has years of four digits. */
	static const int64_t first = INT64_C(-62167219200000), last = INT64_C(253402300799999);
	struct tm tm;
	time_t seconds;
	int64_t ms;

	utc_ms = utc_ms < first ? first : utc_ms > last ? last : utc_ms;
	ms = utc_ms % 1000;
	if (ms < 0)
		ms += 1000;
	seconds = (time_t)((utc_ms - ms) / 1000);
	gmtime_r(&seconds, &tm);
	snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100, (unsigned)ms % 1000);
	return out;
}

/* Reads exactly `digits` decimal digits. */
static bool read_digits(const char **text, int digits, int *out)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)**text))
			return false;
		value = value * 10 + (*(*text)++ - '0');
	}
	*out = value;
	return true;
}

static bool read_char(const char **text, char a, char b)
{
	if (**text != a && **text != b)
		return false;
	(*text)++;
	return true;
}

static bool read_date(const char **text, struct tm *tm)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, month_days;

	if (!read_digits(text, 4, &year) || !read_char(text, '-', '-') || !read_digits(text, 2, &month) ||
	    !read_char(text, '-', '-') || !read_digits(text, 2, &day))
		return false;
	if (month < 1 || month > 12)
		return false;
	month_days = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		month_days = 29;
	if (day < 1 || day > month_days)
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* Digits after the third are dropped, not rounded. */
static bool read_fraction(const char **text, int *ms)
{
	int weight = 100;

	*ms = 0;
	if (**text != '.')
		return true;
	(*text)++;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++, weight /= 10)
		*ms += (**text - '0') * weight;
	return true;
}

static bool read_offset(const char **text, int *minutes)
{
	int sign = **text == '-' ? -1 : 1;
	int hour, minute;

	*minutes = 0;
	if (read_char(text, 'Z', 'z'))
		return true;
	if (!read_char(text, '+', '-') || !read_digits(text, 2, &hour) || !read_char(text, ':', ':') ||
	    !read_digits(text, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

int clock_parse_rfc3339(const char *text, int64_t *out_utc_ms)
{
	struct tm tm = { 0 };
	int ms = 0, offset = 0;

	if (!text || !read_date(&text, &tm))
		return EINVAL;
	if (*text) {
		if (*text != ' ' && !read_char(&text, 'T', 't'))
			return EINVAL;
		if (*text == ' ')
			text++;
		if (!read_digits(&text, 2, &tm.tm_hour) || !read_char(&text, ':', ':') ||
		    !read_digits(&text, 2, &tm.tm_min) || !read_char(&text, ':', ':') ||
		    !read_digits(&text, 2, &tm.tm_sec))
			return EINVAL;
		/* A second 60 is a leap second. */
		if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
			return EINVAL;
		if (!read_fraction(&text, &ms) || !read_offset(&text, &offset) || *text)
			return EINVAL;
	}
	*out_utc_ms = ((int64_t)timegm(&tm) - offset * 60) * 1000 + ms;
	return 0;
}
