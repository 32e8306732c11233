#include "daemon/api/http/range.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Reads digits; false without any or above 10^18. */
static bool read_number(const char **at, int64_t *out)
{
	const char *s = *at;
	int64_t value = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (value > INT64_C(100000000000000000))
			return false;
		value = value * 10 + (*s - '0');
	}
	*at = s;
	*out = value;
	return true;
}

enum range_result range_parse(const char *header, int64_t size, int64_t *first, int64_t *last)
{
	int64_t from, to = size - 1;

	if (!header || strncasecmp(header, "bytes=", 6))
		return RANGE_WHOLE;
	header += 6;
	if (*header == '-') {
		header++;
		if (!read_number(&header, &from) || *header)
			return RANGE_WHOLE;
		if (!from || !size)
			return RANGE_UNSATISFIABLE;
		*first = from < size ? size - from : 0;
		*last = size - 1;
		return RANGE_PART;
	}
	if (!read_number(&header, &from) || *header++ != '-')
		return RANGE_WHOLE;
	if (*header && (!read_number(&header, &to) || *header || to < from))
		return RANGE_WHOLE;
	if (from >= size)
		return RANGE_UNSATISFIABLE;
	*first = from;
	*last = to < size ? to : size - 1;
	return RANGE_PART;
}
