/* Playing: WAV and MP3 files, tones, silence, lists, loops, barge-in, and what cannot be played. */
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(media_play, .timeout = 60, .fini = scratch_sweep);

static const double HEARD = -13.14;

static struct media_session *call(struct world *w, struct far **out)
{
	struct media_session *s = world_session(w, "s", 0);
	*out = world_far(w, "PCMU");
	far_meets(*out, s);
	return s;
}

static void plays(const char *file, double hz)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	uint32_t id;
	struct media_play play = { .files = &file, .count = 1, .loops = 1 };
	cr_assert_eq(media_session_play(s, &play, &id), 0);
	cr_expect(far_hears(f, hz, HEARD), "%s: %.1f dB", file, far_level(f, hz, 200));
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->id, id);
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->end, MEDIA_END_COMPLETED, "%s",
		     world_said(w, MEDIA_PLAY_DONE, NULL)->text);
	cr_expect(far_hears_nothing(f));
	world_free(w);
}

Test(media_play, plays_louder_and_softer)
{
	const char *file = make_wav("a.wav", 8000, 1, 500, 2);

	for (int gain = -20; gain <= 5; gain += 5) {
		struct world *w = world_new(1);
		struct far *f;
		struct media_session *s = call(w, &f);
		struct media_play play = { .files = &file, .count = 1, .loops = 0, .gain_db = gain };

		cr_assert_eq(media_session_play(s, &play, NULL), 0);
		cr_expect(far_hears(f, 500, HEARD + gain), "%d dB: %.1f", gain, far_level(f, 500, 200));
		world_free(w);
	}
}

Test(media_play, plays_8000_mono)
{
	plays(make_wav("a.wav", 8000, 1, 500, 1), 500);
}

Test(media_play, plays_44100_stereo)
{
	plays(make_wav("a.wav", 44100, 2, 500, 1), 500);
}

Test(media_play, plays_48000_of_six_channels)
{
	plays(make_wav("a.wav", 48000, 6, 700, 1), 700);
}

Test(media_play, wav_of_any_rate)
{
	static const struct {
		unsigned rate, channels;
	} kinds[] = { { 4000, 1 }, { 11025, 1 }, { 16000, 2 }, { 22050, 1 }, { 32000, 3 }, { 96000, 2 } };
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		plays(make_wav("a.wav", kinds[i].rate, kinds[i].channels, 600, 0.6), 600);
}

/* As telephone systems keep their prompts. */
Test(media_play, wav_of_other_encodings)
{
	static const int formats[] = { SF_FORMAT_ULAW, SF_FORMAT_ALAW, SF_FORMAT_GSM610, SF_FORMAT_FLOAT,
				       SF_FORMAT_PCM_24 };
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		plays(make_sound("a.wav", SF_FORMAT_WAV | formats[i], 8000, 1, 700, 0.6), 700);
}

Test(media_play, mp3_of_any_rate)
{
	static const struct {
		unsigned rate, channels;
	} kinds[] = { { 8000, 1 },  { 11025, 2 }, { 16000, 1 }, { 22050, 2 },
		      { 24000, 1 }, { 32000, 2 }, { 44100, 1 }, { 48000, 2 } };
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *path = make_sound("a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
					      kinds[i].rate, kinds[i].channels, 500, 0.8);
		if (path) /* else this libsndfile reads MP3 and does not write it */
			plays(path, 500);
	}
}

Test(media_play, plays_a_list_as_often_as_told)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *const files[] = { make_wav("a.wav", 8000, 1, 500, 0.3), "silence:200",
				      make_wav("b.wav", 16000, 1, 900, 0.3) };
	struct media_play play = { .files = files, .count = 3, .loops = 2 };
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_expect(far_hears(f, 500, HEARD));
	cr_expect(far_hears(f, 900, HEARD));
	cr_expect_null(world_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect(far_hears(f, 500, HEARD));
	cr_expect(far_hears(f, 900, HEARD));
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	size_t loud = 0;
	for (size_t i = 0; i < f->heard_count; i++)
		loud += abs(f->heard[i]) > 100;
	cr_expect(loud > 8000 && loud < 8000 * 1.25, "%zu samples of 1.2 s sound", loud);
	world_free(w);
}

Test(media_play, tones_of_countries_by_any_name)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	static const struct {
		const char *tone;
		double hz;
	} tones[] = {
		{ "tone:dial/Germany", 425 }, { "tone:dial/DE", 425 }, { "tone:dial/France", 440 },
		{ "tone:dial/at", 420 },      { "tone:dial/cn", 450 }, { "tone:dial/New Zealand", 400 }
	};
	for (size_t i = 0; i < sizeof tones / sizeof tones[0]; i++) {
		struct media_play play = { .files = &tones[i].tone, .count = 1, .loops = 0 };
		cr_assert_eq(media_session_play(s, &play, NULL), 0);
		cr_expect(far_hears(f, tones[i].hz, HEARD), "%s", tones[i].tone);
	}
	for (size_t i = 0; i < w->said_count; i++)
		cr_expect(w->said[i].kind != MEDIA_PLAY_DONE || w->said[i].end == MEDIA_END_STOPPED);
	world_free(w);
}

Test(media_play, tones_by_country)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *us = "tone:ringback", *de = "tone:ringback/de", *beep = "tone:beep";
	struct media_play play = { .files = &us, .count = 1, .loops = 0 };
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_expect(far_hears(f, 440, HEARD - 3) && far_hears(f, 480, HEARD - 3));
	play.files = &de;
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_expect(far_hears(f, 425, HEARD));
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->end, MEDIA_END_STOPPED, "the second replaced it");
	w->said_count = 0;
	play.files = &beep;
	play.loops = 1;
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL)); /* the German one */
	w->said_count = 0;
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(w->said[0].end, MEDIA_END_COMPLETED);
	world_free(w);
}

Test(media_play, stop_and_barge_in)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *dial = "tone:dial";
	struct media_play play = { .files = &dial, .count = 1 };
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_expect(far_hears(f, 440, HEARD - 3));
	far_send_event(f, 3, 800, true, 1000, true);
	cr_assert(world_wait_said(w, MEDIA_DIGIT, NULL));
	far_forget(f);
	cr_expect(far_hears(f, 440, HEARD - 3), "a digit does not stop this one");
	media_session_play_stop(s);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->end, MEDIA_END_STOPPED);
	cr_expect(far_hears_nothing(f));
	w->said_count = 0;
	play.barge_in = true;
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_expect(far_hears(f, 440, HEARD - 3));
	far_send_event(f, 3, 800, true, 9000, true);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->end, MEDIA_END_STOPPED);
	cr_expect(far_hears_nothing(f));
	world_free(w);
}

static void fails_to_play(const char *file)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *const files[] = { "silence:20", file };
	struct media_play play = { .files = files, .count = 2, .loops = 1 };
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(world_said(w, MEDIA_PLAY_DONE, NULL)->end, MEDIA_END_FAILED);
	cr_expect_gt(strlen(world_said(w, MEDIA_PLAY_DONE, NULL)->text), 10);
	far_forget(f);
	cr_expect(far_hears_nothing(f), "the call goes on");
	world_free(w);
}

Test(media_play, missing_file)
{
	fails_to_play("/nonexistent/file.wav");
}

Test(media_play, broken_file)
{
	const char *path = scratch_file("broken.wav");
	FILE *f = fopen(path, "w");
	fputs("RIFF this is no sound at all, whatever its first letters say", f);
	fclose(f);
	fails_to_play(path);
}

Test(media_play, things_that_are_no_files)
{
	fails_to_play("/tmp");
	fails_to_play("/dev/zero");
	fails_to_play("tone:trumpet");
	fails_to_play("silence:-1");
	fails_to_play("silence:");
}

Test(media_play, an_empty_file_for_ever_ends)
{
	struct world *w = world_new(1);
	struct far *f;
	struct media_session *s = call(w, &f);
	const char *file = make_wav("empty.wav", 8000, 1, 500, 0);
	struct media_play play = { .files = &file, .count = 1, .loops = 0 };
	cr_assert_eq(media_session_play(s, &play, NULL), 0);
	cr_assert(world_wait_said(w, MEDIA_PLAY_DONE, NULL));
	cr_expect_eq(media_session_play(s, &(struct media_play){ .files = &file, .count = 0 }, NULL), EINVAL);
	world_free(w);
}
