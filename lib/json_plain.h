/* json_plain: inside of json_read, json_write and json_text: text that needs no escape, eight bytes at a
 * time.
 */
#ifndef OFFHOOK_LIB_JSON_PLAIN_H
#define OFFHOOK_LIB_JSON_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#define JSON_PLAIN_TOPS UINT64_C(0x8080808080808080)

/* Whether one of these eight bytes is a quote, a backslash or a control character; there may be false alarms.
 * A byte that is not ASCII has its top bit in JSON_PLAIN_TOPS. */
static inline bool json_plain_ends(uint64_t x)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';

	/* a byte below 0x20, or one of those that these make nought */
	return ((x - ones * 0x20) | (quote - ones) | (slash - ones)) & JSON_PLAIN_TOPS;
}

#endif
