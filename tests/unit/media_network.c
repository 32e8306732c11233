/* A matrix of what networks do: loss, jitter, reordering, duplication, drifting clocks, each alone and
 * together. For each: what we count, how much of the audio is made up, how much of it is gaps, and the MOS.
 * All are tried at once, twelve calls at a time. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(media_network, .timeout = 120, .fini = scratch_sweep);

struct bounds {
	double lost[2];	     /* percent */
	double concealed[2]; /* percent of the time */
	double quiet;	     /* percent of 10 ms pieces that are gaps, at most */
	double mos[2];
};

struct trial {
	const char *name;
	struct impairment way;
	struct bounds bounds;
};

/* A trial under way. */
struct call {
	struct media_session *a, *b;
	struct far *fa, *fb; /* fa's way to us is what is tried; fb hears the outcome */
};

enum {
	TOGETHER = FAR_MAX / 2,
	SETTLE = 25,
	PACKETS = 250,
	HELD_UP = 3, /* percent of the time that a busy machine may hold us up, beside what is tried */
};

static struct call start(struct world *w, const struct trial *t)
{
	struct call c;
	c.a = world_session(w, t->name, 0);
	c.b = world_session(w, "b", 0);
	c.fa = world_far(w, "PCMU");
	c.fb = world_far(w, "PCMA"); /* another codec, so that it is the frame path */
	c.fa->impairment = t->way;
	c.fa->seed = 42;
	c.fa->seq = 100;
	c.fa->timestamp = 1000;
	far_meets(c.fa, c.a);
	far_meets(c.fb, c.b);
	far_tone(c.fa, 440, -10);
	far_tone(c.fb, 620, -10);
	media_session_bridge(c.a, c.b);
	return c;
}

static double quiet_percent(const struct far *f)
{
	size_t quiet = 0, pieces = 0;
	for (size_t at = 0; at + 80 <= f->heard_count; at += 80, pieces++) {
		int peak = 0;
		for (size_t i = at; i < at + 80; i++)
			peak = abs(f->heard[i]) > peak ? abs(f->heard[i]) : peak;
		quiet += peak < 1000;
	}
	return pieces ? 100.0 * (double)quiet / (double)pieces : 100;
}

static void judge(const struct trial *t, const struct media_stats *s, const struct far *hearer)
{
	const struct bounds *b = &t->bounds;
	double expected = (double)(s->rx_packets - s->rx_duplicate + s->rx_lost);
	double lost = 100.0 * (double)s->rx_lost / expected;
	double concealed = (double)s->rx_concealed_ms / 10 / ((PACKETS + SETTLE) * 0.02);
	double quiet = quiet_percent(hearer);
	cr_log_info("%s: lost %.1f %% late %u duplicate %u concealed %.1f %% quiet %.1f %% mos %.2f jitter "
		    "%u ms buffer %u ms",
		    t->name, lost, (unsigned)s->rx_late, (unsigned)s->rx_duplicate, concealed, quiet,
		    (double)s->mos_in, s->jitter_max_us / 1000, s->buffer_max_ms);
	cr_expect(lost >= b->lost[0] && lost <= b->lost[1], "%s: lost %.1f %%", t->name, lost);
	cr_expect(concealed >= b->concealed[0] && concealed <= b->concealed[1] + HELD_UP,
		  "%s: concealed %.1f %%", t->name, concealed);
	cr_expect_leq(quiet, b->quiet + HELD_UP, "%s: quiet %.1f %%", t->name, quiet);
	cr_expect((double)s->mos_in >= b->mos[0] - 0.1 * HELD_UP && (double)s->mos_in <= b->mos[1],
		  "%s: MOS %.2f", t->name, (double)s->mos_in);
	if (t->way.duplicate_permille)
		cr_expect_geq(s->rx_duplicate, t->way.duplicate_permille * PACKETS / 2000);
	else
		cr_expect_eq(s->rx_duplicate, 0, "%s", t->name);
	if (t->way.jitter_ms >= 30)
		cr_expect_gt(s->jitter_max_us, 3000, "%s", t->name);
}

static void try_all(const struct trial *trials, size_t count)
{
	struct world *w = world_new(1);
	struct call calls[TOGETHER];
	struct media_stats stats[TOGETHER];
	cr_assert_leq(count, (size_t)TOGETHER);
	for (size_t i = 0; i < count; i++)
		calls[i] = start(w, &trials[i]);
	world_pass(w, calls[0].fa, SETTLE);
	for (size_t i = 0; i < count; i++)
		far_forget(calls[i].fb);
	world_pass(w, calls[0].fa, PACKETS);
	for (size_t i = 0; i < count; i++)
		stats[i] = world_stats(w, calls[i].a);
	for (size_t i = 0; i < count; i++)
		judge(&trials[i], &stats[i], calls[i].fb);
	world_free(w);
}

/* Nothing is lost where something is only late; what is under way while we look is not here yet. */
Test(media_network, one_thing_at_a_time)
{
	static const struct trial trials[] = {
		{ "clean", { 0 }, { { 0, 0 }, { 0, 2 }, 2, { 4.0, 4.5 } } },
		{ "loss of 1 %", { .loss_permille = 10 }, { { 0, 4 }, { 0, 6 }, 2, { 3.9, 4.5 } } },
		{ "loss of 5 %", { .loss_permille = 50 }, { { 2, 10 }, { 2, 14 }, 3, { 3.2, 4.35 } } },
		{ "loss of 20 %", { .loss_permille = 200 }, { { 13, 28 }, { 13, 36 }, 12, { 1.5, 3.4 } } },
		{ "jitter of 20 ms", { .jitter_ms = 20 }, { { 0, 1.2 }, { 0, 5 }, 3, { 3.8, 4.5 } } },
		{ "jitter of 40 ms", { .jitter_ms = 40 }, { { 0, 1.2 }, { 0, 9 }, 4, { 3.6, 4.45 } } },
		{ "jitter of 80 ms", { .jitter_ms = 80 }, { { 0, 1.2 }, { 0, 20 }, 12, { 2.8, 4.4 } } },
		{ "reordering", { .reorder_permille = 100 }, { { 0, 1.2 }, { 0, 6 }, 3, { 3.8, 4.5 } } },
		{ "duplicates", { .duplicate_permille = 300 }, { { 0, 0 }, { 0, 2 }, 2, { 4.0, 4.5 } } },
		{ "a fast clock", { .drift_ppm = 5000 }, { { 0, 0 }, { 0, 5 }, 3, { 3.8, 4.5 } } },
		{ "a slow clock", { .drift_ppm = -5000 }, { { 0, 0 }, { 0, 5 }, 3, { 3.8, 4.5 } } },
	};
	try_all(trials, sizeof trials / sizeof trials[0]);
}

Test(media_network, things_together)
{
	static const struct trial trials[] = {
		{ "loss and jitter",
		  { .loss_permille = 50, .jitter_ms = 30 },
		  { { 2, 10 }, { 2, 18 }, 5, { 3.0, 4.35 } } },
		{ "loss and reordering",
		  { .loss_permille = 50, .reorder_permille = 50 },
		  { { 2, 10 }, { 2, 18 }, 5, { 3.0, 4.35 } } },
		{ "loss and duplicates",
		  { .loss_permille = 50, .duplicate_permille = 300 },
		  { { 2, 10 }, { 2, 14 }, 3, { 3.2, 4.35 } } },
		{ "loss and a fast clock",
		  { .loss_permille = 50, .drift_ppm = 2000 },
		  { { 2, 10 }, { 2, 16 }, 4, { 3.1, 4.35 } } },
		{ "jitter and reordering",
		  { .jitter_ms = 30, .reorder_permille = 100 },
		  { { 0, 1.2 }, { 0, 12 }, 5, { 3.4, 4.45 } } },
		{ "jitter and duplicates",
		  { .jitter_ms = 30, .duplicate_permille = 200 },
		  { { 0, 1.2 }, { 0, 9 }, 4, { 3.6, 4.45 } } },
		{ "jitter and a slow clock",
		  { .jitter_ms = 30, .drift_ppm = -2000 },
		  { { 0, 1.2 }, { 0, 12 }, 5, { 3.4, 4.45 } } },
		{ "jitter and a fast clock",
		  { .jitter_ms = 30, .drift_ppm = 2000 },
		  { { 0, 1.2 }, { 0, 12 }, 5, { 3.4, 4.45 } } },
		{ "reordered duplicates",
		  { .reorder_permille = 100, .duplicate_permille = 200 },
		  { { 0, 1.2 }, { 0, 8 }, 4, { 3.6, 4.5 } } },
		{ "a bad line",
		  { .loss_permille = 100, .jitter_ms = 60, .duplicate_permille = 50, .reorder_permille = 50 },
		  { { 5, 16 }, { 5, 36 }, 20, { 1.5, 3.9 } } },
		{ "all of it",
		  { .loss_permille = 30,
		    .jitter_ms = 30,
		    .duplicate_permille = 30,
		    .reorder_permille = 30,
		    .drift_ppm = 300 },
		  { { 0.5, 8 }, { 0, 16 }, 6, { 3.0, 4.4 } } },
	};
	try_all(trials, sizeof trials / sizeof trials[0]);
}
