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
	uint32_t at = fa->timestamp;
	for (unsigned i = 1; i <= 4; i++)
		far_send_event(fa, 5, 240 * i, i == 4, at, i == 1);
	cr_expect(world_wait(w, hears_5, fb), "however short the press was");
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

/* A key pressed in the far end's audio for so many packets, and let go for as many. Returns how long it was
 * [ms]: a busy machine makes it longer. */
static unsigned press_in_audio(struct world *w, struct far *f, char digit, unsigned packets)
{
	struct tones before = f->tone;
	unsigned sent = f->sent;
	tones_start_digit(&f->tone, digit, f->codec->sample_hz);
	world_pass(w, f, packets);
	f->tone = before;
	sent = f->sent - sent;
	world_pass(w, f, packets);
	return sent * f->ptime_ms;
}

static size_t reported(struct world *w, const char *digits)
{
	size_t n = 0;
	for (size_t i = 0; i < w->said_count; i++)
		if (w->said[i].kind == MEDIA_DIGIT && digits[n] == w->said[i].digit && w->said[i].inband)
			n++;
	return n;
}

struct pair {
	struct world *w;
	struct media_session *a, *b;
	struct far *fa, *fb;
};

/* Two far ends of one codec, bridged; `dtmf_b`: whether b takes telephone-events, as a does not. */
static struct pair deaf_to_events(const char *codec, int dtmf_b)
{
	struct pair p = { .w = world_new(1) };
	p.a = world_session(p.w, "a", 0);
	p.b = world_session(p.w, "b", 0);
	p.fa = world_far(p.w, codec);
	p.fb = world_far(p.w, codec);
	p.fa->dtmf_pt = -1;
	p.fb->dtmf_pt = dtmf_b;
	p.fa->seed = 7;
	far_meets(p.fa, p.a);
	far_meets(p.fb, p.b);
	far_tone(p.fa, 440, -20);
	far_tone(p.fb, 620, -20);
	media_session_bridge(p.a, p.b);
	return p;
}

static bool five_digits(struct world *w, void *arg)
{
	(void)arg;
	return world_count(w, MEDIA_DIGIT, NULL) >= 5;
}

/* Digits in the audio of a call that is relayed: told, and passed on as they are. */
static void heard_on_a_relay(const char *codec, unsigned loss_permille)
{
	struct pair p = deaf_to_events(codec, -1);
	unsigned ms[5];
	p.fa->impairment.loss_permille = loss_permille;
	world_pass(p.w, p.fa, 10);
	for (int i = 0; i < 5; i++)
		ms[i] = press_in_audio(p.w, p.fa, "19*0D"[i], 12);
	cr_expect(world_wait(p.w, five_digits, NULL), "%s: %zu", codec, world_count(p.w, MEDIA_DIGIT, NULL));
	world_pass(p.w, p.fa, 10);
	if (p.fa->held_up) { /* then a press may have been two */
		world_free(p.w);
		return;
	}
	cr_expect_eq(reported(p.w, "19*0D"), 5, "%s", codec);
	cr_expect_eq(world_count(p.w, MEDIA_DIGIT, NULL), 5, "%s: one event a press", codec);
	unsigned n = 0;
	for (size_t i = 0; i < p.w->said_count && n < 5; i++)
		if (p.w->said[i].kind == MEDIA_DIGIT) {
			int off = (int)p.w->said[i].duration_ms - (int)ms[n];
			cr_expect(off >= -60 && off <= 60, "%s: %u instead of %u ms", codec,
				  p.w->said[i].duration_ms, ms[n]);
			n++;
		}
	struct media_stats stats = world_stats(p.w, p.a);
	cr_expect_eq(stats.buffer_max_ms, 0, "it was relayed");
	cr_expect_eq(stats.rx_digits, 5);
	world_free(p.w);
}

Test(media_digits, heard_while_relayed)
{
	static const char *const codecs[] = { "PCMU", "PCMA", "G722", "opus", "L16" };
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		heard_on_a_relay(codecs[i], 0);
}

Test(media_digits, heard_while_relayed_with_losses)
{
	heard_on_a_relay("PCMU", 150);
	heard_on_a_relay("PCMA", 150);
}

Test(media_digits, one_event_a_press_on_frames_with_losses)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = world_session(w, "s", 0);
	f = world_far(w, "PCMU");
	f->dtmf_pt = -1;
	f->seed = 3;
	f->impairment.loss_permille = 150;
	far_meets(f, s);
	far_tone(f, 440, -20);
	world_pass(w, f, 20);
	for (int i = 0; i < 5; i++)
		press_in_audio(w, f, "19*0D"[i], 12);
	cr_expect(world_wait(w, five_digits, NULL));
	world_pass(w, f, 10);
	if (!f->held_up) { /* else a press may have been two */
		cr_expect_eq(reported(w, "19*0D"), 5);
		cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 5);
	}
	world_free(w);
}

Test(media_digits, a_press_in_the_audio_that_the_far_end_breaks_off)
{
	struct pair p = deaf_to_events("PCMU", -1);
	world_pass(p.w, p.fa, 10);
	tones_start_digit(&p.fa->tone, '8', 8000);
	world_pass(p.w, p.fa, 8);
	far_silent(p.fa); /* not one packet more */
	cr_assert(world_wait_said(p.w, MEDIA_DIGIT, NULL));
	cr_expect_eq(world_said(p.w, MEDIA_DIGIT, NULL)->digit, '8');
	world_free(p.w);
}

/* Of a far end whose digits go by signalling, tones are none of our business; a peer's events do not become
 * any. */
Test(media_digits, that_go_by_signalling_are_neither_heard_nor_sounded)
{
	struct pair p = deaf_to_events("PCMU", 96);
	struct media_remote r = far_remote(p.fa);
	r.digits_elsewhere = true;
	cr_assert_eq(media_session_set_remote(p.a, &r), 0);
	world_pass(p.w, p.fa, 20);
	press_in_audio(p.w, p.fa, '5', 10);
	cr_expect_eq(world_count(p.w, MEDIA_DIGIT, NULL), 0);
	far_silent(p.fb);
	far_forget(p.fa);
	uint32_t at = p.fb->timestamp;
	for (unsigned i = 1; i <= 10; i++) {
		far_send_event(p.fb, 9, 160 * i, i == 10, at, i == 1);
		world_pass(p.w, p.fa, 1);
	}
	cr_expect(world_wait_said(p.w, MEDIA_DIGIT, NULL), "the switch is told, and passes it on");
	world_pass(p.w, p.fa, 10);
	cr_expect_lt(far_level(p.fa, 852, 400), -50);
	cr_expect_eq(p.fb->digit_count, 0);
	world_free(p.w);
}

/* How long both tones of a digit sound in what the far end heard [ms]. */
static unsigned tone_ms(const struct far *f, double low, double high)
{
	unsigned ms = 0;
	for (size_t at = 0; at + 80 <= f->heard_count; at += 80)
		if (level(f->heard + at, 80, low, 8000) > -22 && level(f->heard + at, 80, high, 8000) > -22)
			ms += 10;
	return ms;
}

Test(media_digits, from_the_audio_into_events)
{
	struct pair p = deaf_to_events("PCMU", 96);
	world_pass(p.w, p.fa, 20);
	far_forget(p.fb);
	press_in_audio(p.w, p.fa, '5', 10);
	press_in_audio(p.w, p.fa, '5', 10);
	press_in_audio(p.w, p.fa, '9', 30);
	cr_expect(world_wait(p.w, has_three, p.fb));
	world_pass(p.w, p.fa, 10);
	cr_expect_str_eq(p.fb->digits, "559");
	cr_expect_eq(p.fb->event_ends, 9, "each end three times");
	cr_expect(p.fb->digit_duration >= 560 * 8 && p.fb->digit_duration <= 660 * 8, "%u",
		  p.fb->digit_duration);
	cr_expect_eq(p.fb->seq_gaps, 0);
	cr_expect_lt(tone_ms(p.fb, 770, 1336) / 2, 40, "nobody takes what is left of the tone for a digit");
	cr_expect_lt(tone_ms(p.fb, 852, 1477), 40);
	cr_expect_eq(reported(p.w, "559"), 3);
	cr_expect_eq(world_count(p.w, MEDIA_DIGIT, NULL), 3);
	cr_expect(far_hears(p.fb, 440, -23.14), "and the audio goes on");
	world_free(p.w);
}

Test(media_digits, a_tone_lasts_as_long_as_the_press)
{
	struct pair p = deaf_to_events("PCMU", 96);
	world_pass(p.w, p.fa, 20);
	far_forget(p.fa);
	uint32_t at = p.fb->timestamp;
	for (unsigned i = 1; i <= 25; i++) {
		far_send_event(p.fb, 9, 160 * i, i == 25, at, i == 1);
		world_pass(p.w, p.fa, 1);
	}
	world_pass(p.w, p.fa, 15);
	unsigned ms = tone_ms(p.fa, 852, 1477);
	cr_expect(ms >= 450 && ms <= 600, "%u ms", ms);
	cr_expect_eq(world_count(p.w, MEDIA_DIGIT, NULL), 1);
	far_forget(p.fa);
	at += 8000;
	far_send_event(p.fb, 9, 160, false, at, true); /* the rest is lost, the bridge with it */
	world_pass(p.w, p.fa, 3);
	media_session_unbridge(p.a);
	world_pass(p.w, p.fa, 25);
	ms = tone_ms(p.fa, 852, 1477);
	cr_expect(ms >= 60 && ms <= 200, "%u ms", ms);
	cr_expect(far_hears_nothing(p.fa));
	world_free(p.w);
}
