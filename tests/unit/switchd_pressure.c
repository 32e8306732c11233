/* Who is turned away when there is too much, and when there no longer is. */
#include "daemon/offhookd/place/pressure.h"

#include "lib/clock.h"

#include <criterion/criterion.h>

static const int64_t ms = 1000;
static const struct pressure_limits limits = { .calls_per_second = 100, .max_delay_us = 100000 };
static struct pressure p;

static const struct pressure_request known_call = { PRESSURE_CALL, true, NULL },
				     strange_call = { PRESSURE_CALL, false, NULL },
				     known_register = { PRESSURE_REGISTER, true, NULL },
				     strange_register = { PRESSURE_REGISTER, false, NULL },
				     known_other = { PRESSURE_OTHER, true, NULL },
				     strange_other = { PRESSURE_OTHER, false, NULL };

static void begin(void)
{
	clock_test_freeze(1000000, 1000000);
	pressure_begin(&p, &limits);
}

static void end(void)
{
	clock_test_thaw();
}

TestSuite(pressure, .init = begin, .fini = end);

static bool is_taken(const struct pressure_request *request)
{
	return !pressure_why(&p, &limits, request);
}

static unsigned take_all(const struct pressure_request *request)
{
	unsigned n = 0;

	while (n < 100000 && is_taken(request) && pressure_take_call(&p, &limits))
		n++;
	return n;
}

/* All that comes in `for_ms` has waited as long. */
static void wait_long(int64_t delay_us, int64_t for_ms)
{
	for (int64_t t = 0; t < for_ms; t += 10) {
		pressure_note_delay(&p, &limits, delay_us + t % 20); /* each another datagram's */
		clock_test_advance(10);
	}
	pressure_note_delay(&p, &limits, delay_us + 1);
}

Test(pressure, a_tenth_of_the_calls_of_a_second_is_for_whom_we_know)
{
	cr_expect_not(pressure_is_near(&p, &limits));
	cr_expect_eq(take_all(&strange_call), 91);
	cr_expect(pressure_is_near(&p, &limits));
	cr_expect_eq(take_all(&known_call), 9);
	cr_expect(is_taken(&strange_register) && is_taken(&strange_other));
	clock_test_advance(1000);
	cr_expect_not(pressure_is_near(&p, &limits));
	cr_expect_eq(take_all(&known_call), 100);
	clock_test_advance(60000);
	cr_expect_eq(take_all(&known_call), 100, "a second's worth is all that is saved up");
}

Test(pressure, three_times_what_there_is_leaves_what_there_is)
{
	unsigned taken = 0;

	take_all(&known_call);
	for (int i = 0; i < 3000; i++) { /* ten seconds, 300 a second */
		clock_test_advance(i % 3 ? 3 : 4);
		taken += is_taken(&known_call) && pressure_take_call(&p, &limits);
	}
	cr_expect(taken >= 990 && taken <= 1000, "%u", taken);
}

Test(pressure, no_room_is_for_calls_alone)
{
	struct pressure_request full = known_call;

	full.full = "max-calls is reached";
	cr_expect_str_eq(pressure_why(&p, &limits, &full), "max-calls is reached");
	cr_expect(is_taken(&known_register) && is_taken(&known_other));
}

Test(pressure, what_has_piled_up_for_a_moment_is_no_overload)
{
	pressure_note_delay(&p, &limits, 400 * ms);
	cr_expect(pressure_is_near(&p, &limits));
	clock_test_advance(99);
	pressure_note_delay(&p, &limits, 300 * ms);
	cr_expect(is_taken(&strange_call));
	pressure_note_delay(&p, &limits, 50 * ms);
	cr_expect_not(pressure_is_near(&p, &limits));
	clock_test_advance(50);
	pressure_note_delay(&p, &limits, 400 * ms);
	cr_expect(is_taken(&strange_call), "it began anew");
}

Test(pressure, the_longer_the_delay_the_fewer_are_taken)
{
	wait_long(60 * ms, 200);
	cr_expect_eq(pressure_delay_us(&p, &limits), 60 * ms + 1);
	cr_expect(!is_taken(&strange_call) && !is_taken(&strange_other));
	cr_expect(is_taken(&known_call) && is_taken(&known_register) && is_taken(&known_other));
	wait_long(120 * ms, 10);
	cr_expect(!is_taken(&known_call));
	cr_expect(is_taken(&known_register) && is_taken(&known_other));
	wait_long(310 * ms, 10);
	cr_expect(!is_taken(&known_register) && !is_taken(&known_other));
	wait_long(10 * ms, 10);
	cr_expect(is_taken(&strange_call) && is_taken(&strange_other));
	cr_expect_eq(pressure_delay_us(&p, &limits), 0);
}

Test(pressure, the_last_delay_is_old_news_after_a_second)
{
	wait_long(200 * ms, 200);
	cr_expect_not(is_taken(&known_call));
	clock_test_advance(1001);
	cr_expect(is_taken(&known_call) && is_taken(&strange_call));
}

Test(pressure, phones_that_a_restart_made_strangers_come_back_while_it_lasts)
{
	unsigned taken = 0;

	for (int i = 0; i < 10; i++) { /* ten seconds with 100 REGISTERs each */
		wait_long(500 * ms, 1000);
		for (int k = 0; k < 100; k++)
			taken += is_taken(&strange_register);
		cr_expect_not(is_taken(&strange_other));
	}
	cr_expect(taken >= 95 && taken <= 110, "a tenth of the calls: %u", taken);
}

Test(pressure, delays_that_are_not_known_or_told_twice_say_nothing)
{
	wait_long(200 * ms, 200);
	pressure_note_delay(&p, &limits, 0);
	cr_expect_eq(pressure_delay_us(&p, &limits), 200 * ms + 1);
	clock_test_advance(900);
	pressure_note_delay(&p, &limits, 200 * ms + 1);
	clock_test_advance(900);
	cr_expect_eq(pressure_delay_us(&p, &limits), 0);
}
