/* Tone in, tone out: each codec × how each side has its digits × relay, frames, or frames because it is
 * recorded. What a hears of b and b of a, what the recording has of both, how a's digit comes to b, and what
 * we are told. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <sndfile.h>

TestSuite(media_matrix, .timeout = 120, .fini = scratch_sweep);

enum way { RELAY, FRAMES, RECORDED };

struct cell {
	const char *codec;
	bool events_a, events_b; /* telephone-event, or tones in the audio */
	enum way way;
};

static const double HEARD = -13.14, TOLERANCE = 2.5;

static const char *const ways[] = { "relay", "frames", "recorded" };

/* The cell, for a message (the stand-in for Criterion prints none). */
__attribute__((unused)) static const char *name(const struct cell *c)
{
	static char text[80];
	snprintf(text, sizeof text, "%s, %s to %s, %s", c->codec, c->events_a ? "events" : "audio",
		 c->events_b ? "events" : "audio", ways[c->way]);
	return text;
}

static bool has_digit(struct world *w, void *arg)
{
	const struct far *f = arg;
	(void)w;
	return f->digit_count > 0;
}

/* Somewhere in the last 600 ms: −9 dBm0 a tone. */
static bool heard_5(struct world *w, void *arg)
{
	const struct far *f = arg;
	unsigned rate = f->codec->sample_hz;
	size_t piece = rate / 25, span = rate / 10 * 6, n = f->heard_count;
	(void)w;
	for (size_t at = n > span ? n - span : 0; at + piece <= n; at += piece / 4) {
		double low = level(f->heard + at, piece, 770, rate);
		double high = level(f->heard + at, piece, 1336, rate);
		if (low > -15 && low < -9.5 && high > -15 && high < -9.5)
			return true;
	}
	return false;
}

static void press_5(struct world *w, struct far *f, bool events)
{
	if (!events) {
		tones_start_digit(&f->tone, '5', f->codec->sample_hz);
		world_pass(w, f, 10);
		far_tone(f, 440, -10);
		return;
	}
	uint32_t at = f->timestamp;
	far_silent(f);
	for (unsigned i = 1; i <= 10; i++)
		far_send_event(f, 5, 160 * i, i > 7, at, i == 1);
}

static void recorded(const char *path, const struct far *fa, const struct cell *c)
{
	SF_INFO info = { 0 };
	(void)c;
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	cr_assert_not_null(file);
	cr_expect_eq((unsigned)info.samplerate, fa->codec->sample_hz);
	static int16_t both[2 * 48000], one[48000];
	sf_count_t n = sf_readf_short(file, both, info.samplerate);
	sf_close(file);
	for (unsigned channel = 0; channel < 2; channel++) {
		for (sf_count_t i = 0; i < n; i++)
			one[i] = both[2 * i + (int)channel];
		double said = level_of_most(one, (size_t)n, channel ? 620 : 440, (unsigned)info.samplerate);
		double other = level_of_most(one, (size_t)n, channel ? 440 : 620, (unsigned)info.samplerate);
		cr_expect_float_eq(said, HEARD, TOLERANCE, "%s: channel %u has %.1f dB", name(c), channel,
				   said);
		cr_expect_lt(other, -40, "%s: channel %u has the other's, %.1f dB", name(c), channel, other);
	}
}

static void try(const struct cell *c)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, c->codec), *fb = world_far(w, c->codec);
	fa->dtmf_pt = c->events_a ? 101 : -1;
	fb->dtmf_pt = c->events_b ? 96 : -1;
	if (c->way == FRAMES)
		fb->ptime_ms = 40;
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 620, -10);
	media_session_bridge(a, b);
	const char *path = scratch_file("matrix.wav");
	struct media_record record = { .file = path, .channels = 2, .max_ms = 800 };
	cr_expect(far_hears_about(fb, 440, HEARD, TOLERANCE), "%s", name(c));
	cr_expect(far_hears_about(fa, 620, HEARD, TOLERANCE), "%s", name(c));
	cr_expect_lt(far_level(fa, 440, 200), -40, "%s: it hears itself", name(c));
	cr_expect_lt(far_level(fb, 620, 200), -40, "%s: it hears itself", name(c));
	if (c->way == RECORDED) {
		cr_assert_eq(media_session_record(a, &record, NULL), 0);
		cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL), "%s", name(c));
		cr_expect_eq(world_said(w, MEDIA_RECORD_DONE, NULL)->end, MEDIA_END_COMPLETED);
		recorded(path, fa, c);
		record.file = scratch_file("again.wav"); /* so that the digit finds it on frames */
		record.max_ms = 0;
		cr_assert_eq(media_session_record(a, &record, NULL), 0);
		world_pass(w, fa, 5);
	}
	press_5(w, fa, c->events_a);
	if (c->events_b)
		cr_expect(world_wait(w, has_digit, fb) && fb->digits[0] == '5', "%s", name(c));
	else
		cr_expect(world_wait(w, heard_5, fb), "%s", name(c));
	far_tone(fa, 440, -10);
	cr_expect(world_wait_said(w, MEDIA_DIGIT, NULL), "%s", name(c));
	cr_expect(far_hears_about(fb, 440, HEARD, TOLERANCE), "%s: and the tone again", name(c));
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->digit, '5');
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->inband, !c->events_a);
	if (!fa->held_up) { /* else a press may have been two */
		cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 1, "%s: told once", name(c));
		cr_expect_leq(fb->digit_count, 1, "%s: passed on once", name(c));
	}
	world_free(w);
}

static void all_cells(const char *codec)
{
	for (int i = 0; i < 12; i++) {
		struct cell c = { codec, i & 1, i & 2, (enum way)(i / 4) };
		if (c.way != RELAY || c.events_a == c.events_b)
			try(&c);
	}
}

Test(media_matrix, pcmu)
{
	all_cells("PCMU");
}

Test(media_matrix, pcma)
{
	all_cells("PCMA");
}

Test(media_matrix, g722)
{
	all_cells("G722");
}

Test(media_matrix, opus)
{
	all_cells("opus");
}

Test(media_matrix, l16)
{
	all_cells("L16");
}

Test(media_matrix, l16_of_16_khz)
{
	all_cells("L16/16000");
}
