/* fnv: FNV-1a of 64 bits, for tables and sums of our own: not for what somebody may choose to make collide.
 */
#ifndef OFFHOOK_LIB_FNV_H
#define OFFHOOK_LIB_FNV_H

#include <stddef.h>
#include <stdint.h>

/* The sum of nothing. */
#define FNV_NONE UINT64_C(14695981039346656037)

/* The sum of what `sum` is of, and these bytes behind it. */
static inline uint64_t fnv_add(uint64_t sum, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * UINT64_C(1099511628211);
	return sum;
}

#endif
