/* lateness: how late the ticks of a worker were. One writer (the worker), any number of readers. */
#ifndef OFFHOOK_MEDIA_LATENESS_H
#define OFFHOOK_MEDIA_LATENESS_H

#include <stdatomic.h>
#include <stdint.h>

enum { LATENESS_BUCKETS = 80 };

struct lateness {
	atomic_uint_fast64_t
	    counts[LATENESS_BUCKETS]; /* four buckets an octave: bounds are at most 25 % apart */
	atomic_uint_fast64_t ticks, skipped, sum_us;
	atomic_uint_fast32_t max_us;
};

void lateness_add(struct lateness *lateness, uint32_t us);
/* Adds the counts of `from` to those of `to`, which nobody else uses. */
void lateness_join(struct lateness *to, const struct lateness *from);
/* Upper bound of the bucket in which the `permille`-th of all ticks is [µs]; 0 without ticks. */
uint32_t lateness_quantile(const struct lateness *lateness, unsigned permille);
/* How many ticks were not later than `us`: exact where us + 1 is a power of two. */
uint64_t lateness_within(const struct lateness *lateness, uint32_t us);

#endif
