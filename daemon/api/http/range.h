/* range: one byte range of a Range header (RFC 9110, section 14). */
#ifndef OFFHOOK_API_RANGE_H
#define OFFHOOK_API_RANGE_H

#include <stdint.h>

enum range_result {
	RANGE_WHOLE,	     /* no header, not bytes, several ranges, or malformed: send everything */
	RANGE_PART,	     /* 206 with *first to *last, inclusive */
	RANGE_UNSATISFIABLE, /* 416 */
};

/* `header` is the value, or NULL; `size` the length of the content [bytes]. */
enum range_result range_parse(const char *header, int64_t size, int64_t *first, int64_t *last);

#endif
