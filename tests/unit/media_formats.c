/* What may come under which payload type, at any packet; presses of senders whose timestamps are odd. */
#include "tests/unit/media_support.h"

#include "media/rtp.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(media_formats, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static void over(struct world *w, struct media_session *a, struct media_session *b)
{
	media_session_close(a);
	if (b)
		media_session_close(b);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

static struct media_format audio(const char *name, uint8_t pt, int8_t send_pt)
{
	const struct media_codec *codec = media_codec_find(name, 0);
	return (struct media_format){ codec, codec->clock_hz, pt, send_pt, false };
}

/* The far end may send any of these besides its own. */
static void meets_with(struct far *f, struct media_session *s, const struct media_format *formats,
		       unsigned count)
{
	far_meets(f, s);
	struct media_remote remote = far_remote(f);
	memcpy(remote.formats, formats, count * sizeof *formats);
	remote.format_count = count;
	cr_assert_eq(media_session_set_remote(s, &remote), 0);
}

/* It speaks like another one from now on. */
static void turns_into(struct far *f, const struct far *other, int pt)
{
	f->codec = other->codec;
	f->encoder = other->encoder;
	f->decoder = other->decoder; /* though what comes back is not for it */
	f->pt = pt;
}

static void changes_on_a_bridge(const char *to, int pt, int8_t send_pt)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU"), *other = world_far(w, to);
	const struct media_format formats[] = { audio("PCMU", 0, 0), audio(to, (uint8_t)pt, send_pt) };
	meets_with(fa, a, formats, 2);
	far_meets(fb, b);
	media_session_bridge(a, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 1000, -10);
	cr_expect(far_hears(fb, 440, HEARD));
	const struct media_codec *codec = fa->codec;
	void *encoder = fa->encoder;
	turns_into(fa, other, pt);
	if (fa->codec->sample_hz != codec->sample_hz)
		far_tone(fa, 440, -10);
	far_forget(fb);
	cr_expect(far_hears_about(fb, 440, HEARD, 2), "%s", to);
	cr_expect_eq(world_stats(w, a).rx_malformed, 0);
	fa->codec = codec; /* and back */
	fa->encoder = encoder;
	fa->decoder = NULL;
	fa->pt = 0;
	far_tone(fa, 620, -10);
	far_forget(fb);
	cr_expect(far_hears(fb, 620, HEARD), "back from %s", to);
	over(w, a, b);
}

Test(media_formats, a_codec_that_our_description_names_comes_instead)
{
	changes_on_a_bridge("PCMA", 8, -1);
}

Test(media_formats, one_of_another_rate)
{
	changes_on_a_bridge("G722", 9, -1);
}

Test(media_formats, one_with_another_clock_under_a_number_of_ours)
{
	changes_on_a_bridge("opus", 96, -1);
}

Test(media_formats, what_comes_is_what_goes_where_the_far_end_has_it)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU"), *other = world_far(w, "PCMA");
	const struct media_format formats[] = { audio("PCMU", 0, 0), audio("PCMA", 8, 8) };
	media_session_echo(s, true);
	meets_with(f, s, formats, 2);
	far_tone(f, 440, -10);
	cr_expect(far_hears(f, 440, HEARD));
	turns_into(f, other, 8);
	world_pass(w, f, 70);
	cr_expect_eq(f->last_pt, 8);
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD));
	over(w, s, NULL);
}

Test(media_formats, a_far_end_that_changes_with_each_packet_is_heard)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU"), *other = world_far(w, "PCMA");
	const struct media_format formats[] = { audio("PCMU", 0, 0), audio("PCMA", 8, -1) };
	const struct media_codec *codecs[] = { f->codec, other->codec };
	media_session_echo(s, true);
	meets_with(f, s, formats, 2);
	far_tone(f, 440, -10);
	/* it decodes what comes back, always PCMU, by what it spoke last: only levels of what is decoded
	 * right count */
	for (unsigned i = 0; i < 60; i++) {
		f->codec = codecs[i % 2];
		f->pt = i % 2 ? 8 : 0;
		world_pass(w, f, 1);
	}
	cr_expect_eq(world_stats(w, s).rx_malformed, 0);
	f->codec = codecs[0];
	f->pt = 0;
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD));
	over(w, s, NULL);
}

static bool has_noise(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->last_pt == 13;
}

/* ---- digits ---- */

static void hears_digits(const char *digits, void (*press)(struct far *f))
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	far_meets(f, s);
	world_stats(w, s);
	press(f);
	for (size_t i = 0; i < 2; i++) {
		far_tone(f, 440, -10);
		world_pass(w, f, 20);
		world_stats(w, s);
	}
	char heard[32] = "";
	for (size_t i = 0, n = 0; i < w->said_count; i++)
		if (w->said[i].kind == MEDIA_DIGIT && n + 1 < sizeof heard)
			heard[n++] = w->said[i].digit;
	cr_expect_str_eq(heard, digits, "%s", heard);
	over(w, s, NULL);
}

static void press(struct far *f, unsigned event, uint32_t timestamp, uint32_t grows, bool marker)
{
	for (unsigned i = 1; i <= 6; i++)
		far_send_event(f, event, (i < 4 ? i : 4) * 160, i > 3, timestamp + i * grows,
			       marker && i == 1);
}

static void two_with_one_timestamp(struct far *f)
{
	press(f, 1, 1000, 0, true);
	press(f, 2, 1000, 0, true);
	press(f, 2, 1000, 0, true);
}

Test(media_formats, presses_with_the_same_timestamp)
{
	hears_digits("122", two_with_one_timestamp);
}

static void growing(struct far *f)
{
	press(f, 5, 1000, 160, true);
	press(f, 5, 5000, 160, true);
	press(f, 6, 9000, 160, false);
}

Test(media_formats, presses_whose_timestamps_grow)
{
	hears_digits("556", growing);
}

static void marked_throughout(struct far *f)
{
	for (unsigned i = 1; i <= 6; i++)
		far_send_event(f, 7, i * 160, i > 3, 1000, true);
	for (unsigned i = 1; i <= 3; i++)
		far_send_event(f, 7, i * 160, i > 2, 4000, false);
}

Test(media_formats, markers_on_all_packets)
{
	hears_digits("77", marked_throughout);
}

static void under_our_number(struct far *f)
{
	f->dtmf_pt = 110;
	press(f, 8, 1000, 0, true);
}

Test(media_formats, an_event_under_the_number_of_our_description)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	const struct media_format formats[] = { audio("PCMU", 0, 0), { NULL, 8000, 110, -1, false } };
	meets_with(f, s, formats, 2);
	world_stats(w, s);
	under_our_number(f);
	cr_assert(world_wait_said(w, MEDIA_DIGIT, NULL));
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->digit, '8');
	over(w, s, NULL);
}

static unsigned digits_under(int pt, int said)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	const struct media_format formats[] = { audio("PCMU", 0, 0), { NULL, 8000, 101, -1, false } };
	f->dtmf_pt = said;
	meets_with(f, s, formats, 2);
	world_stats(w, s);
	f->dtmf_pt = pt;
	press(f, 9, 1000, 0, true);
	far_tone(f, 440, -10);
	world_pass(w, f, 20);
	unsigned n = world_said(w, MEDIA_DIGIT, NULL) ? 1 : 0;
	cr_expect_eq(world_stats(w, s).rx_malformed, n ? 0 : 6);
	over(w, s, NULL);
	return n;
}

Test(media_formats, an_event_that_nobody_has_named)
{
	cr_expect_eq(digits_under(96, -1), 1, "of one that never said that it would send any");
	cr_expect_eq(digits_under(96, 101), 0, "of one that has said under which number");
	cr_expect_eq(digits_under(77, -1), 0, "no number for such things");
}

Test(media_formats, comfort_noise_under_a_number_of_its_own)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, "PCMU"), *fb = world_far(w, "PCMU");
	const struct media_format formats[] = { audio("PCMU", 0, 0), { NULL, 8000, 97, -1, true } };
	uint8_t noise[RTP_HEADER + 1];
	meets_with(fa, a, formats, 2);
	far_meets(fb, b);
	media_session_bridge(a, b);
	far_tone(fa, 440, -10);
	cr_expect(far_hears(fb, 440, HEARD));
	fa->dtx = true;
	rtp_write_header(noise, 97, false, fa->seq++, fa->timestamp, fa->ssrc);
	noise[RTP_HEADER] = 50;
	far_send_raw(fa, noise, sizeof noise);
	cr_expect(world_wait(w, has_noise, fb), "the partner gets it as 13");
	cr_expect_eq(world_stats(w, a).rx_malformed, 0);
	cr_expect_null(world_said(w, MEDIA_DIGIT, NULL));
	over(w, a, b);
}
