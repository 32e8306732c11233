/* Taps: what another thread hears of a session, and says to it. */
#include "media/stream.h"
#include "media/tap.h"
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

TestSuite(media_tap, .timeout = 60);

static const double HEARD = -13.14;

enum { KEPT_MAX = 8000 * 20 };

/* The other thread. */
struct reader {
	struct media_tap *tap;
	int bell;
	pthread_t thread;
	atomic_uint tone_hz; /* that it says; 0: nothing */
	atomic_bool stop;
	unsigned phase;
	atomic_size_t count;
	int16_t said[KEPT_MAX], heard[KEPT_MAX];
};

static void say_tone(struct reader *r, unsigned hz)
{
	int16_t frame[160];
	while (tap_room(r->tap) > TAP_SPOKEN_MAX - 3) {
		for (unsigned i = 0; i < 160; i++, r->phase++)
			frame[i] = (int16_t)(7217 * sin(2 * M_PI * hz * r->phase / 8000));
		tap_speak(r->tap, frame, 160);
	}
}

static void *read_on(void *arg)
{
	struct reader *r = arg;
	struct pollfd poll_bell = { .fd = r->bell, .events = POLLIN };
	while (!atomic_load(&r->stop) && !tap_over(r->tap)) {
		struct tap_frame f;
		uint64_t rung;
		if (poll(&poll_bell, 1, 20) == 1)
			(void)!read(r->bell, &rung, sizeof rung);
		for (; tap_peek(r->tap, &f); tap_next(r->tap)) {
			size_t at = atomic_load(&r->count);
			if (f.count != 160 || f.rate != 8000 || at + 160 > KEPT_MAX)
				continue;
			memcpy(r->said + at, f.said, sizeof(int16_t) * 160);
			memcpy(r->heard + at, f.heard, sizeof(int16_t) * 160);
			atomic_store(&r->count, at + 160);
		}
		if (atomic_load(&r->tone_hz))
			say_tone(r, atomic_load(&r->tone_hz));
	}
	return NULL;
}

static struct reader *reader_new(struct media_session *session, bool speaks)
{
	struct reader *r = calloc(1, sizeof *r);
	r->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	cr_assert_eq(media_session_tap(&r->tap, session, speaks, r->bell), 0);
	cr_assert_eq(pthread_create(&r->thread, NULL, read_on, r), 0);
	return r;
}

static void reader_free(struct reader *r)
{
	atomic_store(&r->stop, true);
	pthread_join(r->thread, NULL);
	tap_release(r->tap);
	close(r->bell);
	free(r);
}

static bool has_second(struct world *w, void *arg)
{
	const struct reader *r = arg;
	(void)w;
	return atomic_load(&r->count) >= 8000;
}

static bool over(struct world *w, void *arg)
{
	(void)w;
	return tap_over(((struct reader *)arg)->tap);
}

static double last_half(const struct reader *r, const int16_t *samples, double hz)
{
	return level_of_most(samples + atomic_load(&r->count) - 4000, 4000, hz, 8000);
}

static void two(struct world *w, struct media_session *s[2], struct far *f[2])
{
	for (int i = 0; i < 2; i++) {
		s[i] = world_session(w, i ? "b" : "a", 0);
		f[i] = world_far(w, "PCMU");
		far_meets(f[i], s[i]);
		far_tone(f[i], i ? 620 : 440, -10);
	}
	media_session_bridge(s[0], s[1]);
	cr_assert(far_hears(f[0], 620, HEARD) && far_hears(f[1], 440, HEARD));
}

Test(media_tap, hears_both_sides_of_a_bridge_that_goes_on)
{
	struct world *w = world_new(1);
	struct media_session *s[2];
	struct far *f[2];
	two(w, s, f);
	struct reader *r = reader_new(s[0], false);
	cr_assert(world_wait(w, has_second, r), "a second of the call is heard");
	cr_expect_float_eq(last_half(r, r->said, 440), HEARD, 1.5, "what a says");
	cr_expect_float_eq(last_half(r, r->heard, 620), HEARD, 1.5, "what a hears");
	cr_expect_lt(last_half(r, r->said, 620), -45);
	cr_expect(far_hears(f[0], 620, HEARD) && far_hears(f[1], 440, HEARD), "the bridge is as it was");
	media_session_untap(s[0], r->tap);
	cr_expect(world_wait(w, over, r));
	reader_free(r);
	cr_expect(far_hears(f[0], 620, HEARD) && far_hears(f[1], 440, HEARD), "and is so afterwards");
	world_free(w);
}

Test(media_tap, says_something_in_place_of_the_bridge_and_is_silenced)
{
	struct world *w = world_new(1);
	struct media_session *s[2];
	struct far *f[2];
	two(w, s, f);
	struct reader *r = reader_new(s[0], true);
	atomic_store(&r->tone_hz, 1000);
	cr_expect(far_hears(f[0], 1000, HEARD), "a hears the reader");
	cr_expect(far_hears(f[1], 440, HEARD), "b still hears a");
	atomic_store(&r->tone_hz, 0);
	cr_expect(far_hears(f[0], 620, HEARD), "when the reader says nothing, a hears b");
	media_session_untap(s[0], r->tap);
	reader_free(r);
	world_free(w);
}

Test(media_tap, is_a_far_end_and_strangers_at_its_port_are_nobody)
{
	struct world *w = world_new(1);
	struct media_session *phone = world_session(w, "phone", 0), *program = world_session(w, "program", 1);
	struct far *f = world_far(w, "PCMU"), *stranger = world_far(w, "PCMU");
	const struct media_remote by_tap = { .codec = media_codec_find("L16", 8000),
					     .pt = 96,
					     .dtmf_pt = -1,
					     .send = true,
					     .receive = true,
					     .by_tap = true };
	far_meets(f, phone);
	far_tone(f, 440, -10);
	cr_assert_eq(media_session_set_remote(program, &by_tap), 0);
	stranger->to = f->to;
	((struct sockaddr_in *)&stranger->to)->sin_port = htons(media_session_port(program));
	far_tone(stranger, 620, -10);
	struct reader *r = reader_new(program, true);
	media_session_bridge(program, phone);
	atomic_store(&r->tone_hz, 1000);
	cr_expect(far_hears(f, 1000, HEARD), "the phone hears the program");
	world_pass(w, f, 75); /* longer than any far end that is no program may be silent here */
	cr_assert(world_wait(w, has_second, r));
	cr_expect_float_eq(last_half(r, r->heard, 440), HEARD, 1.5, "the program hears the phone");
	cr_expect_float_eq(last_half(r, r->said, 1000), HEARD, 1.5, "what the program says is what is said");
	cr_expect_lt(far_level(f, 620, 200), -45, "nobody hears the stranger");
	cr_expect_eq(world_count(w, MEDIA_TIMEOUT, NULL), 0);
	struct media_stats stats = world_stats(w, program);
	cr_expect_eq(stats.tx_packets + stats.rx_packets, 0);
	cr_expect_gt(stats.rx_foreign, 20);
	media_session_untap(program, r->tap);
	reader_free(r);
	world_free(w);
}

Test(media_tap, what_was_given_is_dropped_at_once_and_counted)
{
	int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* it outlives the engine */
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	struct media_tap *tap;
	cr_assert_eq(media_session_tap(&tap, s, true, bell), 0);
	int16_t frame[160] = { 0 };
	unsigned given = 0;
	while (tap_speak(tap, frame, 160)) /* no far end yet: nothing is taken */
		given++;
	cr_expect_eq(given, TAP_SPOKEN_MAX);
	cr_expect_eq(tap_taken(tap), 0);
	tap_drop(tap);
	far_meets(f, s);
	far_tone(f, 440, -10);
	world_pass(w, f, 10);
	cr_expect_eq(tap_taken(tap), given, "all of it at the first tick");
	cr_expect_eq(tap_room(tap), TAP_SPOKEN_MAX);
	media_session_untap(s, tap);
	tap_release(tap);
	world_free(w);
	close(bell);
}

/* Says and takes back what it said, all the time. */
static void *say_and_drop(void *arg)
{
	struct reader *r = arg;
	int16_t frame[160] = { 0 };
	while (!atomic_load(&r->stop)) {
		tap_speak(r->tap, frame, 160);
		tap_drop(r->tap);
	}
	return NULL;
}

enum { TAKES = 10000000 };

Test(media_tap, nothing_is_taken_that_was_not_given)
{
	struct reader *r = calloc(1, sizeof *r);
	r->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* it outlives the engine */
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	cr_assert_eq(media_session_tap(&r->tap, s, true, r->bell), 0);
	media_session_untap(s, r->tap); /* it is nobody's but ours: this thread takes its worker's place */
	cr_assert(world_wait(w, over, r));
	struct stream *stream = calloc(1, sizeof *stream);
	stream->taps = r->tap;
	cr_assert_eq(pthread_create(&r->thread, NULL, say_and_drop, r), 0);
	int16_t out[160];
	unsigned wrong = 0;
	for (unsigned i = 0; i < TAKES && !wrong; i++) {
		(void)tap_take(stream, out, 160, 8000);
		wrong += (int)(tap_given(r->tap) - tap_taken(r->tap)) < 0;
	}
	cr_expect_eq(wrong, 0, "more is taken than was given: it would never be heard again");
	free(stream);
	struct media_tap *tap = r->tap;
	atomic_store(&r->stop, true);
	pthread_join(r->thread, NULL);
	tap_release(tap);
	world_free(w);
	close(r->bell);
	free(r);
}

Test(media_tap, a_reader_that_is_late_loses_and_the_call_goes_on)
{
	int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* it outlives the engine */
	struct world *w = world_new(1);
	struct media_session *s[2];
	struct far *f[2];
	two(w, s, f);
	struct media_tap *tap;
	cr_assert_eq(media_session_tap(&tap, s[0], false, bell), 0);
	world_pass(w, f[0], 60);
	cr_expect_gt(tap_lost(tap), 10);
	struct tap_frame frame;
	unsigned kept = 0;
	for (; kept < 1000 && tap_peek(tap, &frame); kept++)
		tap_next(tap);
	cr_expect_geq(kept, TAP_HEARD_MAX);
	cr_expect(far_hears(f[0], 620, HEARD));
	media_session_untap(s[0], tap);
	tap_release(tap);
	world_free(w);
	close(bell);
}

Test(media_tap, is_over_with_the_session_and_bounded)
{
	int bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); /* it outlives the engine */
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct media_tap *taps[TAPS_MAX], *more;
	for (int i = 0; i < TAPS_MAX; i++)
		cr_assert_eq(media_session_tap(&taps[i], s, i == 0, bell), 0);
	cr_expect_eq(media_session_tap(&more, s, false, bell), EBUSY);
	media_session_untap(s, taps[1]);
	tap_release(taps[1]);
	cr_expect_eq(media_session_tap(&more, s, true, bell), EBUSY, "one speaks");
	media_session_close(s);
	cr_assert(world_wait_closed(w));
	for (int i = 0; i < TAPS_MAX; i++) {
		if (i == 1)
			continue;
		cr_expect(tap_over(taps[i]));
		tap_release(taps[i]);
	}
	world_free(w);
	close(bell);
}
