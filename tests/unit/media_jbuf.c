/* The jitter buffer, with a clock of the test's own. */
#include "media/jbuf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(media_jbuf, .timeout = 60);

enum { PER_MS = 8, TICK = 20 * PER_MS, ROOM = 9600, MINIMUM = 40 };

Test(media_jbuf, puts_in_order)
{
	struct jbuf *j;
	cr_assert_eq(jbuf_alloc(&j, 8000, 60, 9600), 0);
	static const unsigned order[] = { 0, 1, 3, 2, 4, 6, 5, 7, 9, 8 };
	uint16_t next = 65530;
	unsigned got = 0;
	for (unsigned i = 0; i < 30; i++) {
		uint8_t payload[160];
		unsigned n = i < 10 ? order[i] : i;
		memset(payload, (int)n, sizeof payload);
		struct jbuf_packet p = {
			.payload = payload,
			.size = sizeof payload,
			.seq = (uint16_t)(65530 + n),
			.timestamp = 4294967000u + 160 * n,
		};
		jbuf_put(j, &p, i * 160);
		while (jbuf_get(j, i * 160, &p)) {
			cr_expect_eq(p.seq, next, "%u instead of %u", p.seq, next);
			cr_expect_eq(p.payload[0], (uint8_t)(p.seq - 65530));
			cr_expect_eq(p.size, 160);
			next = (uint16_t)(p.seq + 1);
			got++;
		}
	}
	cr_expect_geq(got, 24);
	struct jbuf_packet p;
	while (jbuf_flush(j, &p)) {
		cr_expect_eq(p.seq, next++);
		got++;
	}
	cr_expect_eq(got, 30, "%u", got);
	jbuf_free(j);
}

/* How late packet number `i` comes [ms]; negative: never. */
typedef double way(unsigned i);

struct outcome {
	unsigned played, late, missed; /* missed: ticks with nothing to play, once something was */
	unsigned delay_max, delay_end; /* [ms] */
};

struct flight {
	uint32_t arrival;
	unsigned number;
};

static int by_arrival(const void *a, const void *b)
{
	const struct flight *x = a, *y = b;
	return x->arrival < y->arrival ? -1 : x->arrival > y->arrival;
}

/* `count` packets of 20 ms over this way; the far end's clock is faster by `drift_ppm`. Each tick takes one.
 */
static struct outcome run(way *late_ms, unsigned count, int drift_ppm)
{
	static const uint8_t payload[160];
	struct flight *flights = calloc(count, sizeof *flights);
	struct outcome o = { 0 };
	struct jbuf *j;
	unsigned n = 0, put = 0;
	cr_assert_eq(jbuf_alloc(&j, PER_MS * 1000, MINIMUM, ROOM), 0);
	for (unsigned i = 0; i < count; i++) {
		double ms = late_ms(i);
		if (ms >= 0)
			flights[n++] =
			    (struct flight){ (uint32_t)(i * TICK * (1 - drift_ppm / 1e6) + ms * PER_MS), i };
	}
	qsort(flights, n, sizeof *flights, by_arrival);
	for (uint32_t now = 0; put < n; now += TICK) {
		struct jbuf_packet p = { .payload = payload, .size = sizeof payload };
		for (; put < n && flights[put].arrival <= now; put++) {
			p.seq = (uint16_t)(65500 + flights[put].number);
			p.timestamp = 4294960000u + TICK * flights[put].number;
			jbuf_put(j, &p, flights[put].arrival);
		}
		bool some = jbuf_get(j, now, &p);
		o.played += some;
		o.missed += !some && o.played > 0;
		while (jbuf_get(j, now - TICK, &p)) /* overdue: what catching up would leave out */
			o.played++;
		if (jbuf_delay_ms(j) > o.delay_max)
			o.delay_max = jbuf_delay_ms(j);
	}
	o.delay_end = jbuf_delay_ms(j);
	o.late = (unsigned)jbuf_late(j);
	jbuf_free(j);
	free(flights);
	return o;
}

static double punctual(unsigned i)
{
	return i % 3; /* some wait for the tick is always there */
}

Test(media_jbuf, a_clean_way)
{
	struct outcome o = run(punctual, 1000, 0);
	cr_expect_eq(o.late, 0);
	cr_expect_eq(o.missed, 0);
	cr_expect_eq(o.delay_max, MINIMUM);
}

static double overtaken_first(unsigned i)
{
	return i == 0 ? 25 : 0;
}

static double overtaken_often(unsigned i)
{
	return i % 10 == 0 ? 30 : 0;
}

/* The first packet that comes is not the first one. */
Test(media_jbuf, packets_that_overtake)
{
	struct outcome o = run(overtaken_first, 500, 0);
	cr_expect_eq(o.played, 500 - 2); /* those that still wait at the end */
	cr_expect_eq(o.late, 0);
	cr_expect_leq(o.delay_max, MINIMUM);
	o = run(overtaken_often, 500, 0);
	cr_expect_eq(o.late, 0);
	cr_expect_eq(o.missed, 0);
	cr_expect_leq(o.delay_max, MINIMUM);
}

static double hash(unsigned i)
{
	uint32_t x = i * 2654435761u;
	x ^= x >> 15;
	x *= 2246822519u;
	x ^= x >> 13;
	return x / 4294967296.0;
}

static double jitter_of_100_ms_for_a_while(unsigned i)
{
	return i >= 250 && i < 500 ? hash(i) * 100 : 0;
}

Test(media_jbuf, the_delay_follows_the_jitter_and_comes_back)
{
	struct outcome o = run(jitter_of_100_ms_for_a_while, 1500, 0);
	cr_expect(o.delay_max >= 95 && o.delay_max <= 115, "%u ms", o.delay_max);
	cr_expect_leq(o.delay_end, MINIMUM + 20, "%u ms", o.delay_end);
	cr_expect_leq(o.late, 8, "only those that show how late they may be: %u", o.late);
}

static double a_longer_way(unsigned i)
{
	return i < 300 ? 0 : 500;
}

static double a_shorter_way(unsigned i)
{
	return i < 300 ? 500 : 0;
}

static double a_somewhat_longer_way(unsigned i)
{
	return i < 300 ? 0 : 150;
}

Test(media_jbuf, the_way_changes)
{
	struct outcome o = run(a_longer_way, 1500, 0);
	cr_expect_leq(o.late, 8, "%u", o.late);
	cr_expect_leq(o.delay_end, MINIMUM + 20);
	o = run(a_somewhat_longer_way, 1500, 0);
	cr_expect_leq(o.late, 8, "%u", o.late);
	cr_expect_leq(o.delay_end, MINIMUM + 20);
	o = run(a_shorter_way, 1500, 0);
	cr_expect_leq(o.delay_end, MINIMUM + 20);
}

/* An hour with a clock that is off by more than any is. */
Test(media_jbuf, clocks_drift_for_an_hour)
{
	for (int ppm = -500; ppm <= 500; ppm += 1000) {
		struct outcome o = run(punctual, 180000, ppm);
		cr_expect_eq(o.late, 0, "%d: %u", ppm, o.late);
		cr_expect_leq(o.delay_max, MINIMUM + 25, "%d: %u ms", ppm, o.delay_max);
		cr_expect_leq(o.missed, 100, "%d: %u of 90 frames that the clocks differ by", ppm, o.missed);
	}
}

static double a_pause(unsigned i)
{
	return i >= 300 && i < 800 ? -1 : hash(i) * 10;
}

Test(media_jbuf, after_a_pause_it_goes_on)
{
	struct outcome o = run(a_pause, 1500, 0);
	cr_expect_eq(o.late, 0);
	cr_expect_geq(o.played, 1000 - 4);
	cr_expect_leq(o.delay_max, MINIMUM + 10);
}

/* Sizes of all kinds, more than there is room for, in any order: what comes out is what went in. */
Test(media_jbuf, its_room_is_bounded)
{
	uint8_t payload[1400];
	struct jbuf *j;
	unsigned in = 0, out = 0;
	cr_assert_eq(jbuf_alloc(&j, 8000, 40, 4000), 0);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned n = i ^ (hash(i) < 0.2); /* neighbours change places */
		size_t size = 1 + (size_t)(hash(n) * (n % 400 < 100 ? 1399 : 200));
		memset(payload, (int)(n * 7), size);
		struct jbuf_packet p = {
			.payload = payload, .size = size, .seq = (uint16_t)n, .timestamp = n * 160
		};
		jbuf_put(j, &p, i * 160);
		in++;
		if (i % 50 < 20)
			continue; /* nobody takes any for a while */
		while (jbuf_get(j, i * 160, &p)) {
			unsigned number = p.timestamp / 160;
			cr_assert_eq(p.seq, (uint16_t)number);
			cr_assert_eq(p.size, 1 + (size_t)(hash(number) * (number % 400 < 100 ? 1399 : 200)));
			for (size_t k = 0; k < p.size; k++)
				cr_assert_eq(p.payload[k], (uint8_t)(number * 7));
			out++;
		}
	}
	cr_expect_gt(jbuf_late(j), 0);
	cr_expect_gt(out, in / 2);
	struct jbuf_packet huge = { .payload = payload, .size = 4000, .seq = 1, .timestamp = 1 };
	jbuf_put(j, &huge, 0);
	jbuf_restart(j);
	cr_expect_not(jbuf_peek(j, &huge));
	jbuf_free(j);
}
