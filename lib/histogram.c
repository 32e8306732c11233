/* See histogram.h. */
#include "lib/histogram.h"

void histogram_add(struct histogram *histogram, const struct histogram_bounds *bounds, double value)
{
	size_t i = 0;

	if (!(value > 0))
		value = 0;
	while (i < bounds->count && value > bounds->at[i])
		i++;
	histogram->counts[i]++;
	histogram->sum += value;
}

json_t *histogram_json(const struct histogram *histogram, const struct histogram_bounds *bounds)
{
	json_t *at = json_array(), *counts = json_array();

	for (size_t i = 0; i < bounds->count; i++)
		json_array_append_new(at, json_real(bounds->at[i]));
	for (size_t i = 0; i <= bounds->count; i++)
		json_array_append_new(counts, json_integer((json_int_t)histogram->counts[i]));
	return json_pack("{s:o,s:o,s:f}", "bounds", at, "counts", counts, "sum", histogram->sum);
}
