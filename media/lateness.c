#include "media/lateness.h"

static unsigned bucket(uint32_t us)
{
	if (us < 4)
		return us;
	unsigned octave = 31 - (unsigned)__builtin_clz(us);
	unsigned b = 4 * (octave - 1) + (us >> (octave - 2) & 3);
	return b < LATENESS_BUCKETS ? b : LATENESS_BUCKETS - 1;
}

static uint32_t upper(unsigned b)
{
	if (b < 4)
		return b;
	unsigned octave = b / 4 + 1;
	return ((4 + b % 4 + 1) << (octave - 2)) - 1;
}

static void add(atomic_uint_fast64_t *counter, uint32_t value)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + value,
			      memory_order_relaxed);
}

void lateness_add(struct lateness *l, uint32_t us)
{
	add(&l->counts[bucket(us)], 1);
	add(&l->ticks, 1);
	add(&l->sum_us, us);
	if (us > atomic_load_explicit(&l->max_us, memory_order_relaxed))
		atomic_store_explicit(&l->max_us, us, memory_order_relaxed);
}

void lateness_join(struct lateness *to, const struct lateness *from)
{
	for (unsigned i = 0; i < LATENESS_BUCKETS; i++)
		to->counts[i] += atomic_load_explicit(&from->counts[i], memory_order_relaxed);
	to->ticks += atomic_load_explicit(&from->ticks, memory_order_relaxed);
	to->sum_us += atomic_load_explicit(&from->sum_us, memory_order_relaxed);
	to->skipped += atomic_load_explicit(&from->skipped, memory_order_relaxed);
	uint32_t max_us = (uint32_t)atomic_load_explicit(&from->max_us, memory_order_relaxed);
	if (max_us > to->max_us)
		to->max_us = max_us;
}

uint32_t lateness_quantile(const struct lateness *l, unsigned permille)
{
	uint64_t total = 0, seen = 0;
	uint32_t max_us = (uint32_t)atomic_load_explicit(&l->max_us, memory_order_relaxed);
	for (unsigned i = 0; i < LATENESS_BUCKETS; i++)
		total += atomic_load_explicit(&l->counts[i], memory_order_relaxed);
	for (unsigned i = 0; i < LATENESS_BUCKETS; i++) {
		seen += atomic_load_explicit(&l->counts[i], memory_order_relaxed);
		if (seen * 1000 >= total * permille && seen > 0)
			return upper(i) < max_us ? upper(i) : max_us;
	}
	return 0;
}

uint64_t lateness_within(const struct lateness *l, uint32_t us)
{
	uint64_t within = 0;
	for (unsigned i = 0; i < LATENESS_BUCKETS && upper(i) <= us; i++)
		within += atomic_load_explicit(&l->counts[i], memory_order_relaxed);
	return within;
}
