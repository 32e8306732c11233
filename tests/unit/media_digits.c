/* Digits in and out: RFC 4733 and in the audio. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(media_digits, .timeout = 60, .fini = scratch_sweep);

static struct media_session *call(struct world *w, struct far **out, const char *codec)
{
	struct media_session *s = world_session(w, "s", 0);
	*out = world_far(w, codec);
	far_meets(*out, s);
	far_tone(*out, 440, -10);
	cr_assert(world_wait_said(w, MEDIA_FIRST_PACKET, NULL));
	return s;
}

Test(media_digits, one_event_a_press)
{
	struct world *w = world_new(1);
	struct far *f;
	call(w, &f, "PCMU");
	far_silent(f);
	uint32_t at = f->timestamp;
	for (unsigned i = 1; i <= 5; i++)
		far_send_event(f, 5, 160 * i, false, at, i == 1);
	for (unsigned i = 0; i < 3; i++)
		far_send_event(f, 5, 960, true, at, false);
	for (unsigned i = 0; i < 3; i++) /* the next press */
		far_send_event(f, 11, 800, i > 0, at + 2000, i == 0);
	far_send_event(f, 5, 960, true, at, false);	   /* overtaken */
	far_send_event(f, 16, 800, true, at + 9000, true); /* flash */
	far_tone(f, 440, -10);
	world_pass(w, f, 30);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 2);
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->digit, '5');
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->duration_ms, 120);
	cr_expect_eq(w->said[w->said_count - 1].digit, '#');
	world_free(w);
}

Test(media_digits, a_press_whose_end_is_lost)
{
	struct world *w = world_new(1);
	struct far *f;
	call(w, &f, "PCMU");
	far_silent(f);
	far_send_event(f, 1, 320, false, f->timestamp, true);
	cr_assert(world_wait_said(w, MEDIA_DIGIT, NULL), "it is said when nothing more comes");
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->digit, '1');
	w->said_count = 0;
	far_send_event(f, 2, 320, false, f->timestamp + 1600, true);
	far_send_event(f, 2, 320, false, f->timestamp + 4800, true);
	far_send_event(f, 2, 480, true, f->timestamp + 4800, false);
	far_tone(f, 440, -10);
	world_pass(w, f, 30);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 2, "the same key twice is two digits");
	world_free(w);
}

Test(media_digits, a_long_press_is_one)
{
	struct world *w = world_new(1);
	struct far *f;
	call(w, &f, "PCMU");
	uint32_t at = f->timestamp;
	far_send_event(f, 9, 60000, false, at, true);
	far_send_event(f, 9, 0xffff, false, at, false);
	far_send_event(f, 9, 800, false, at + 0xffff, false);
	far_send_event(f, 9, 1600, true, at + 0xffff, false);
	far_send_event(f, 9, 1600, true, at + 0xffff, false);
	world_pass(w, f, 20);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 1);
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->duration_ms, (0xffff + 1600) / 8);
	world_free(w);
}

static bool has_digits(struct world *w, void *arg)
{
	struct far *f = arg;
	(void)w;
	return f->digit_count >= 6;
}

Test(media_digits, sent_as_events)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f, "PCMU");
	cr_assert_eq(media_session_send_digits(s, "19w0*#A", 100), 0);
	cr_assert(world_wait(w, has_digits, f));
	cr_expect_str_eq(f->digits, "190*#A");
	world_pass(w, f, 10);
	cr_expect_eq(f->event_ends, 6 * 3, "each end three times");
	cr_expect_eq(f->seq_gaps, 0);
	cr_expect_eq(world_stats(w, s).tx_digits, 6);
	cr_expect_eq(media_session_send_digits(s, "1x", 100), EINVAL);
	cr_expect_eq(media_session_send_digits(s, "", 100), EINVAL);
	world_free(w);
}

static bool hears_5(struct world *w, void *arg)
{
	(void)w;
	return far_level(arg, 770, 100) > -20 && far_level(arg, 1336, 100) > -20;
}

Test(media_digits, sent_in_the_audio)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMA");
	f->dtmf_pt = -1;
	far_meets(f, s);
	cr_assert_eq(media_session_send_digits(s, "5", 300), 0);
	cr_expect(world_wait(w, hears_5, f));
	cr_expect_eq(f->events, 0);
	cr_expect(far_hears_nothing(f));
	world_free(w);
}

static bool has_three(struct world *w, void *arg)
{
	struct far *f = arg;
	(void)w;
	return f->digit_count >= 3;
}

static void press(struct world *w, struct far *f, unsigned event)
{
	uint32_t at = f->timestamp;
	for (unsigned i = 1; i <= 4; i++)
		far_send_event(f, event, 160 * i, i == 4, at, i == 1);
	far_send_event(f, event, 640, true, at, false);
	world_pass(w, f, 10);
}

static void through(const char *codec_a, const char *codec_b)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, codec_a), *fb = world_far(w, codec_b);
	fb->dtmf_pt = 96;
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	world_pass(w, fa, 10);
	press(w, fa, 1);
	press(w, fa, 1);
	press(w, fa, 4);
	cr_expect(world_wait(w, has_three, fb));
	cr_expect_str_eq(fb->digits, "114");
	cr_expect_eq(fb->seq_gaps, 0);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 3, "we are told too");
	world_free(w);
}

Test(media_digits, through_a_relay)
{
	through("PCMU", "PCMU");
}

Test(media_digits, through_frames)
{
	through("PCMU", "PCMA");
}

Test(media_digits, from_events_into_the_audio)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	fb->dtmf_pt = -1;
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	media_session_bridge(a, b);
	world_pass(w, fa, 10);
	press(w, fa, 5);
	cr_expect(world_wait(w, hears_5, fb));
	world_free(w);
}

Test(media_digits, clocks_of_8_and_48_khz)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "opus");
	fb->dtmf_clock_hz = 48000;
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	world_pass(w, fa, 10);
	press(w, fa, 1);
	press(w, fa, 2);
	press(w, fa, 3);
	cr_expect(world_wait(w, has_three, fb));
	cr_expect_str_eq(fb->digits, "123");
	cr_expect_eq(fb->digit_duration, 640 * 6);
	fb->digit_count = 0;
	memset(fb->digits, 0, sizeof fb->digits);
	cr_assert_eq(media_session_send_digits(b, "456", 2000), 0);
	cr_expect(world_wait(w, has_three, fb));
	cr_expect_str_eq(fb->digits, "456");
	world_pass(w, fa, 5);
	cr_expect_eq(fb->digit_duration, 2000 * 48 - 0xffff, "a press of two seconds needs a second segment");
	world_free(w);
}
