/* histogram: how often a measured value was in which of some fixed ranges, as Prometheus counts it. One
 * thread. */
#ifndef OFFHOOK_LIB_HISTOGRAM_H
#define OFFHOOK_LIB_HISTOGRAM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 14 };

/* The upper bounds of the ranges, rising; what is more than the last is counted behind it. */
struct histogram_bounds {
	size_t count; /* up to HISTOGRAM_BOUNDS_MAX */
	double at[HISTOGRAM_BOUNDS_MAX];
};

/* A zeroed one is empty. */
struct histogram {
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1];
	double sum;
};

/* A value that is no number or less than nothing counts as 0. */
void histogram_add(struct histogram *histogram, const struct histogram_bounds *bounds, double value);
/* {"bounds": […], "counts": [one more than bounds], "sum"}: new, or NULL without memory. */
json_t *histogram_json(const struct histogram *histogram, const struct histogram_bounds *bounds);

#endif
