/* lib/histogram and lib/process: what is told to who watches us. */
#include "lib/clock.h"
#include "lib/histogram.h"
#include "lib/process.h"

#include <criterion/criterion.h>
#include <math.h>

static json_int_t count_at(const json_t *json, size_t i)
{
	return json_integer_value(json_array_get(json_object_get(json, "counts"), i));
}

Test(histogram, counts_up_to_and_with_a_bound)
{
	const struct histogram_bounds bounds = { 3, { 0.5, 1, 2 } };
	struct histogram h = { 0 };

	histogram_add(&h, &bounds, 0.5);
	histogram_add(&h, &bounds, 0.50001);
	histogram_add(&h, &bounds, 2);
	histogram_add(&h, &bounds, 1000);
	histogram_add(&h, &bounds, -1); /* a clock that was set back */
	histogram_add(&h, &bounds, NAN);
	json_t *json = histogram_json(&h, &bounds);

	cr_assert_eq(json_array_size(json_object_get(json, "bounds")), 3);
	cr_assert_eq(json_array_size(json_object_get(json, "counts")), 4);
	cr_expect_eq(count_at(json, 0), 3);
	cr_expect_eq(count_at(json, 1), 1);
	cr_expect_eq(count_at(json, 2), 1);
	cr_expect_eq(count_at(json, 3), 1);
	cr_expect_float_eq(json_real_value(json_object_get(json, "sum")), 1003.00001, 1e-9);
	json_decref(json);
}

Test(process, reads_itself)
{
	struct process_use first, second;
	FILE *more;

	process_read(&first);
	more = fopen("/proc/self/stat", "r");
	cr_assert(more);
	process_read(&second);
	fclose(more);
	cr_expect_gt(first.resident_bytes, 100000);
	cr_expect_geq(first.virtual_bytes, first.resident_bytes);
	cr_expect_geq(first.threads, 1);
	cr_expect_geq(first.max_fds, first.open_fds);
	cr_expect_eq(second.open_fds, first.open_fds + 1);
	cr_expect_geq(second.cpu_s, first.cpu_s);
	cr_expect_eq(second.started, first.started, "the start does not move");
	cr_expect_leq(first.started, (double)clock_utc_ms() / 1000 + 1);
	cr_expect_gt(first.started, (double)clock_utc_ms() / 1000 - 3600);
}
