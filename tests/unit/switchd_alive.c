/* Until when a process before has run, whoever has set the clock. */
#include "daemon/offhookd/control/alive.h"

#include "lib/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t noon = INT64_C(1795176000000), hour = 3600000;
static char folder[32], path[64];
static struct alive *alive;
static int64_t utc, mono;

static void set_clock(int64_t to)
{
	utc = to;
	clock_test_freeze(utc, mono * 1000);
}

static void pass(int64_t ms)
{
	mono += ms;
	set_clock(utc + ms);
	alive_note(alive);
}

static void begin(void)
{
	strcpy(folder, "/tmp/offhook-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/alive", folder);
	mono = 5000;
	set_clock(noon);
	cr_assert_eq(alive_alloc(&alive, path), 0);
	cr_expect_eq(alive_end_of(alive, noon), -1, "nothing is known at first");
	alive_note(alive);
}

static void end(void)
{
	alive_free(alive);
	unlink(path);
	cr_expect_eq(rmdir(folder), 0);
	clock_test_thaw();
}

TestSuite(alive, .init = begin, .fini = end);

/* The next start, at any time by any clock. */
static void start_again(int64_t at)
{
	alive_free(alive);
	mono = 77;
	set_clock(at);
	cr_assert_eq(alive_alloc(&alive, path), 0);
}

Test(alive, the_last_second_is_known_however_late_the_next_start_is)
{
	pass(60000);
	start_again(noon + 9 * hour);
	cr_expect_eq(alive_end_of(alive, noon + 10000), noon + 60000);
	cr_expect_eq(alive_end_of(alive, noon), noon + 60000);
	cr_expect_eq(alive_end_of(alive, noon - hour), -1, "it was not there then");
	cr_expect_eq(alive_end_of(alive, noon + hour), -1);
}

Test(alive, a_clock_that_is_set_while_it_runs_lengthens_no_call)
{
	pass(10000);
	set_clock(utc + 2 * hour); /* a call is up since noon + 5000 */
	pass(5000);
	start_again(noon);
	cr_expect_eq(alive_end_of(alive, noon + 5000), noon + 15000, "it counts by the clock of then");
	cr_expect_eq(alive_end_of(alive, noon + 2 * hour + 12000), noon + 2 * hour + 15000,
		     "and a later one by the new");
}

Test(alive, a_clock_that_is_set_back_neither)
{
	pass(10000);
	set_clock(utc - 4 * hour);
	pass(5000);
	pass(5000);
	start_again(noon - 4 * hour);
	cr_expect_eq(alive_end_of(alive, noon + 5000), noon + 20000);
	cr_expect_eq(alive_end_of(alive, noon - 4 * hour + 16000), noon - 4 * hour + 20000);
}

Test(alive, where_two_times_may_be_meant_the_shorter_counts)
{
	pass(60000);
	set_clock(noon);
	pass(30000);
	start_again(noon + hour);
	cr_expect_eq(alive_end_of(alive, noon + 10000), noon + 30000);
}

Test(alive, a_clock_that_is_set_again_and_again_leaves_the_newest)
{
	for (int i = 0; i < 100; i++) {
		set_clock(utc + hour);
		pass(1000);
	}
	start_again(noon);
	cr_expect_eq(alive_end_of(alive, noon), -1);
	cr_expect_eq(alive_end_of(alive, noon + 100 * hour + 99500), noon + 100 * hour + 100000);
}

Test(alive, a_file_that_is_damaged_says_nothing)
{
	FILE *f;

	pass(60000);
	cr_assert_eq(truncate(path, 100), 0);
	start_again(noon);
	cr_expect_eq(alive_end_of(alive, noon), -1);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	for (int i = 0; i < 4096; i++)
		fputc(0xff, f);
	fclose(f);
	start_again(noon);
	cr_expect_eq(alive_end_of(alive, noon), -1);
	alive_note(alive); /* and is good again */
	pass(1000);
	start_again(noon);
	cr_expect_eq(alive_end_of(alive, noon), noon + 1000);
}

Test(alive, a_thread_keeps_it)
{
	int64_t before;

	clock_test_thaw();
	before = clock_utc_ms();
	alive_begin(alive);
	for (int i = 0; i < 5000 && alive_end_of(alive, before) < 0; i++) { /* until it has written */
		struct alive *next;

		usleep(1000);
		cr_assert_eq(alive_alloc(&next, path), 0);
		if (alive_end_of(next, before) >= before)
			i = 5000;
		alive_free(next);
	}
	alive_free(alive);
	cr_assert_eq(alive_alloc(&alive, path), 0);
	cr_expect_geq(alive_end_of(alive, before), before);
}
