/* Every codec with every other in a bridge, and what each does to digits and recordings. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>

TestSuite(media_codecs, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static void transcodes(const char *codec_a, const char *codec_b, unsigned ms_a, unsigned ms_b)
{
	struct world *w = world_new(1);
	struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
	struct far *fa = world_far(w, codec_a), *fb = world_far(w, codec_b);
	fa->ptime_ms = ms_a;
	fb->ptime_ms = ms_b;
	far_meets(fa, a);
	far_meets(fb, b);
	far_tone(fa, 440, -10);
	far_tone(fb, 1000, -10);
	media_session_bridge(a, b);
	cr_expect(far_hears_about(fa, 1000, HEARD, 2.5), "%s/%u hears %s/%u: %.1f dB", codec_a, ms_a, codec_b,
		  ms_b, far_level(fa, 1000, 200));
	cr_expect(far_hears_about(fb, 440, HEARD, 2.5), "%s/%u hears %s/%u: %.1f dB", codec_b, ms_b, codec_a,
		  ms_a, far_level(fb, 440, 200));
	cr_expect_lt(far_level(fa, 440, 200), -40);
	cr_expect_lt(far_level(fb, 1000, 200), -40);
	cr_expect_eq(world_stats(w, a).rx_malformed, 0);
	media_session_close(a);
	media_session_close(b);
	cr_assert(world_wait_closed(w));
	world_free(w);
}

static const char *const names[] = { "PCMU", "PCMA", "G722", "opus", "L16" };

static void with_all(const char *codec)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		transcodes(codec, names[i], 20, 20);
}

Test(media_codecs, pcmu_with_all)
{
	with_all("PCMU");
}

Test(media_codecs, g722_with_all)
{
	with_all("G722");
}

Test(media_codecs, opus_with_all)
{
	with_all("opus");
}

Test(media_codecs, l16_with_all)
{
	with_all("L16");
}

Test(media_codecs, packet_times)
{
	transcodes("PCMU", "opus", 30, 60);
	transcodes("G722", "PCMA", 10, 40);
	transcodes("opus", "L16", 40, 10);
	transcodes("opus", "G722", 10, 30);
	for (unsigned ms = 10; ms <= 60; ms += 10)
		transcodes("PCMU", "PCMA", ms, 70 - ms);
}

Test(media_codecs, l16_of_16_khz)
{
	transcodes("L16/16000", "PCMU", 20, 20);
	transcodes("L16/16000", "opus", 20, 20);
}

static bool has_digit(struct world *w, void *arg)
{
	struct far *f = arg;
	(void)w;
	return f->digit_count > 0;
}

static bool hears_5(struct world *w, void *arg)
{
	(void)w;
	return far_level(arg, 770, 100) > -20 && far_level(arg, 1336, 100) > -20;
}

/* A digit both ways, as events and in the audio. */
static void digits(const char *codec, bool events)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, codec);
	f->dtmf_pt = events ? 101 : -1;
	far_meets(f, s);
	cr_assert_eq(media_session_send_digits(s, "5", 300), 0);
	if (events)
		cr_expect(world_wait(w, has_digit, f), "%s", codec);
	else
		cr_expect(world_wait(w, hears_5, f), "%s", codec);
	far_silent(f);
	if (events) {
		for (unsigned i = 1; i <= 6; i++)
			far_send_event(f, 7, 160 * i, i == 6, 5000, i == 1);
	} else {
		tones_start_digit(&f->tone, '7', f->codec->sample_hz);
		f->sending = true;
		world_pass(w, f, 10);
		tones_start_pair(&f->tone, 0, 0, -90, f->codec->sample_hz);
	}
	cr_assert(world_wait_said(w, MEDIA_DIGIT, NULL), "%s", codec);
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->digit, '7');
	cr_expect_eq(world_said(w, MEDIA_DIGIT, NULL)->inband, !events);
	cr_expect(world_said(w, MEDIA_DIGIT, NULL)->duration_ms >= 20 &&
		      world_said(w, MEDIA_DIGIT, NULL)->duration_ms <= 400,
		  "%u ms", world_said(w, MEDIA_DIGIT, NULL)->duration_ms);
	world_stats(w, s);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 1);
	world_free(w);
}

Test(media_codecs, digits_as_events)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		digits(names[i], true);
}

Test(media_codecs, digits_in_the_audio)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		digits(names[i], false);
}

Test(media_codecs, speech_is_no_digit)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	f->dtmf_pt = -1;
	far_meets(f, s);
	far_tone(f, 697, -10);
	world_pass(w, f, 25);
	far_tone(f, 1209, -10);
	world_pass(w, f, 25);
	world_stats(w, s);
	cr_expect_eq(world_count(w, MEDIA_DIGIT, NULL), 0);
	world_free(w);
}

static void records(const char *codec)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, codec);
	far_meets(f, s);
	far_tone(f, 440, -10);
	media_session_echo(s, true);
	cr_expect(far_hears_about(f, 440, HEARD, 2.5));
	const char *path = scratch_file("codec.wav");
	struct media_record record = { .file = path, .channels = 2, .max_ms = 1000 };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	SF_INFO info = { 0 };
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	cr_assert_not_null(file);
	cr_expect_eq((unsigned)info.samplerate, f->codec->sample_hz);
	cr_expect_eq(info.frames, info.samplerate);
	static int16_t both[2 * 48000], one[48000];
	cr_assert_eq(sf_readf_short(file, both, info.frames), info.frames);
	sf_close(file);
	for (unsigned channel = 0; channel < 2; channel++) {
		for (int i = 0; i < info.frames; i++)
			one[i] = both[2 * i + (int)channel];
		double l = level_of_most(one, (size_t)info.frames, 440, (unsigned)info.samplerate);
		cr_expect_float_eq(l, HEARD, 2.5, "%s, channel %u: %.1f dB", codec, channel, l);
	}
	world_free(w);
}

Test(media_codecs, recordings)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		records(names[i]);
}

/* A digit in the audio, recorded: unless asked otherwise it is in the file. */
static double recorded_digit(bool mask, bool ours)
{
	struct world *w = world_new(1);
	struct media_session *s = world_session(w, "s", 0);
	struct far *f = world_far(w, "PCMU");
	f->dtmf_pt = -1;
	far_meets(f, s);
	far_tone(f, 350, -20);
	world_pass(w, f, 10);
	const char *path = scratch_file("digit.wav");
	struct media_record record = { .file = path, .channels = 1, .mask_digits = mask };
	cr_assert_eq(media_session_record(s, &record, NULL), 0);
	world_pass(w, f, 20);
	if (ours) {
		media_session_send_digits(s, "7", 200);
	} else {
		tones_start_digit(&f->tone, '7', 8000);
		world_pass(w, f, 10);
		far_tone(f, 350, -20);
	}
	world_pass(w, f, 30);
	media_session_record_stop(s, 0);
	cr_assert(world_wait_said(w, MEDIA_RECORD_DONE, NULL));
	SF_INFO info = { 0 };
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	static int16_t samples[16000];
	size_t n = (size_t)sf_readf_short(file, samples, info.frames < 16000 ? info.frames : 16000);
	sf_close(file);
	cr_expect_geq(n, 6000, "the rest is there");
	cr_expect_gt(level(samples, 1600, 350, 8000), -30);
	cr_expect_gt(level(samples + n - 1600, 1600, 350, 8000), -30);
	double loudest = -200;
	for (size_t at = 0; at + 400 <= n; at += 80) {
		double l = level(samples + at, 400, 1209, 8000);
		loudest = l > loudest ? l : loudest;
	}
	world_free(w);
	return loudest;
}

Test(media_codecs, digits_stay_out_of_recordings_when_asked)
{
	cr_expect_gt(recorded_digit(false, false), -16);
	cr_expect_gt(recorded_digit(false, true), -16);
	cr_expect_lt(recorded_digit(true, false), -35);
	cr_expect_lt(recorded_digit(true, true), -35);
}
