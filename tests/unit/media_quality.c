/* How good it sounds, and whether we say so: the E-model, seconds kept, events, and a matrix of what networks
 * do. */
#include "tests/unit/media_support.h"

#include "media/lateness.h"
#include "media/quality.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(media_quality, .timeout = 60, .fini = scratch_sweep);

/* ITU-T G.107: R 93.2 is 4.41; G.711 with concealment and 5 % loss about 3.7; a second of delay is bad
 * whatever else. */
Test(media_quality, e_model)
{
	cr_expect_float_eq(quality_mos(0, 25.1f, 0, 0), 4.41, 0.01);
	cr_expect_float_eq(quality_mos(0, 25.1f, 5, 0), 3.95, 0.05, "%f", quality_mos(0, 25.1f, 5, 0));
	cr_expect_float_eq(quality_mos(0, 25.1f, 20, 0), 2.65, 0.1, "%f", quality_mos(0, 25.1f, 20, 0));
	cr_expect_float_eq(quality_mos(0, 25.1f, 100, 1000), 1, 0.01);
	cr_expect_lt(quality_mos(0, 25.1f, 0, 400), quality_mos(0, 25.1f, 0, 150) - 0.5);
	for (float loss = 0; loss < 100; loss += 1)
		cr_expect_leq(quality_mos(13, 14, loss + 1, 100), quality_mos(13, 14, loss, 100));
}

Test(media_quality, lateness_has_quantiles)
{
	static struct lateness l;
	cr_expect_eq(lateness_quantile(&l, 500), 0);
	for (unsigned i = 0; i < 990; i++)
		lateness_add(&l, 100);
	for (unsigned i = 0; i < 10; i++)
		lateness_add(&l, 50000);
	cr_expect(lateness_quantile(&l, 500) >= 100 && lateness_quantile(&l, 500) < 128);
	cr_expect(lateness_quantile(&l, 999) >= 50000 && lateness_quantile(&l, 999) < 64000);
	cr_expect_eq(l.max_us, 50000);
	lateness_add(&l, UINT32_MAX);
	cr_expect_eq(l.ticks, 1001);
}

Test(media_quality, seconds_are_kept_and_handed_over)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	far_tone(f, 440, -10);
	media_session_echo(s, true);
	world_pass(w, f, 200);
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	cr_expect(w->second_count >= 3 && w->second_count <= 5, "%zu", w->second_count);
	for (size_t i = 1; i < w->second_count; i++) {
		const struct media_second *m = &w->seconds[i];
		cr_expect(m->packets_in >= 40 && m->packets_in <= 60, "%u", m->packets_in);
		cr_expect_eq(m->lost_in, 0);
		cr_expect_gt(m->mos_in, 4.0 * 50);
		cr_expect(m->buffer_ms > 0);
	}
	const struct media_stats *stats = &world_said(w, MEDIA_CLOSED, NULL)->stats;
	cr_expect_gt(stats->mos_in, 4.0);
	cr_expect_eq(stats->rx_ptime_us, 20000);
	cr_expect_gt(stats->buffer_mean_ms, 0);
	struct media_load load;
	media_engine_get_load(w->engine, &load);
	cr_expect_gt(load.ticks, 100);
	cr_expect_eq(load.sessions, 0);
	cr_expect_eq(load.events_lost, 0);
	cr_expect_leq(load.late_p50_us, load.late_p99_us);
	world_free(w);
}

struct bad {
	const char *what;
};

static bool was_bad(struct world *w, void *arg)
{
	const struct bad *bad = arg;
	for (size_t i = 0; i < w->said_count; i++)
		if (w->said[i].kind == MEDIA_QUALITY && strcmp(w->said[i].what, bad->what) == 0)
			return true;
	return false;
}

static size_t times(struct world *w, const char *what)
{
	size_t n = 0;
	for (size_t i = 0; i < w->said_count; i++)
		n += w->said[i].kind == MEDIA_QUALITY && strcmp(w->said[i].what, what) == 0;
	return n;
}

static void says(struct world *w, const char *what)
{
	struct bad bad = { what };
	cr_expect(world_wait(w, was_bad, &bad), "%s", what);
	cr_expect_eq(times(w, what), 1, "%s is said once", what);
}

Test(media_quality, what_is_bad_is_said)
{
	struct world *w =
	    world_new_limits(1, &(struct media_limits){ .silence_s = 2, .one_way_s = 1, .jitter_ms = 5 });
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	says(w, "one-way"); /* it sends silence and hears nothing */
	far_tone(f, 440, -90);
	says(w, "silence");
	far_tone(f, 440, -10);
	f->impairment.loss_permille = 300;
	says(w, "loss-in");
	f->impairment.loss_permille = 0;
	f->impairment.jitter_ms = 60;
	says(w, "jitter");
	world_free(w);
}

/* Silence is noticed while relayed too, of the codecs in which it can be seen. */
Test(media_quality, silence_on_a_relay_is_said)
{
	static const char *const codecs[] = { "PCMU", "PCMA", "L16", "opus" };
	for (int i = 0; i < 4; i++) {
		struct world *w = world_new_limits(1, &(struct media_limits){ .silence_s = 1 });
		struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
		struct far *fa = world_far(w, codecs[i]), *fb = world_far(w, codecs[i]);
		far_meets(fa, a);
		far_meets(fb, b);
		far_tone(fa, 440, -20);
		far_tone(fb, 440, -20);
		media_session_bridge(a, b);
		world_pass(w, fa, 160);
		cr_expect_eq(times(w, "silence"), 0, "%s", codecs[i]);
		if (i < 3) {
			far_tone(fa, 440, -70);
			says(w, "silence");
			cr_expect_str_eq(world_said(w, MEDIA_QUALITY, NULL)->arg, "a");
		}
		cr_expect_eq(world_stats(w, a).buffer_max_ms, 0, "it was relayed");
		world_free(w);
	}
}

static size_t first_loud(const struct far *f, size_t from)
{
	for (size_t i = from; i < f->heard_count; i++)
		if (abs(f->heard[i]) > 1000)
			return i;
	return f->heard_count;
}

/* The far end's packets are held up for 240 ms, once: afterwards the delay comes down again. */
Test(media_quality, a_hold_up_is_made_good)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	far_tone(f, 440, -90);
	media_session_echo(s, true);
	world_pass(w, f, 50);
	f->impairment.jitter_ms = 240;
	world_pass(w, f, 12);
	f->impairment.jitter_ms = 0;
	unsigned held_up = 0, later = 0;
	for (int round = 0; round < 2; round++) {
		world_pass(w, f, round ? 400 : 10);
		far_forget(f);
		unsigned sent = f->sent;
		far_tone(f, 440, -10);
		world_pass(w, f, 60);
		cr_assert_lt(first_loud(f, 0), f->heard_count);
		*(round ? &later : &held_up) = (unsigned)first_loud(f, 0) / 8;
		far_tone(f, 440, -90);
		(void)sent;
	}
	struct media_stats stats = world_stats(w, s);
	cr_log_info("hold-up: delay %u ms, later %u ms, buffer %u to %u ms", held_up, later,
		    stats.buffer_min_ms, stats.buffer_max_ms);
	cr_expect_lt(later, 160, "%u ms", later);
	cr_expect_eq(stats.rx_lost, 0);
	world_free(w);
}
