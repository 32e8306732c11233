/* Who has answered: the detector alone, over sounds made here, and on a session. */
#include "media/amd.h"
#include "tests/unit/media_support.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(media_amd, .timeout = 60);

enum { SOUND_MAX = AMD_RATE * 60 };

/* A sound that is put together. */
struct sound {
	int16_t samples[SOUND_MAX];
	size_t count;
	unsigned seed;
};

static double hiss(struct sound *s)
{
	s->seed = s->seed * 1664525 + 1013904223;
	return (double)(s->seed >> 8) / (1 << 23) - 1;
}

static void add_silence(struct sound *s, unsigned ms)
{
	for (unsigned i = 0; i < ms * AMD_RATE / 1000; i++)
		s->samples[s->count++] = (int16_t)(20 * hiss(s));
}

/* What has a voice's ups and downs: syllables of 150 ms of a buzz. */
static void add_speech(struct sound *s, unsigned ms)
{
	for (unsigned i = 0; i < ms * AMD_RATE / 1000; i++) {
		double t = (double)i / AMD_RATE, syllable = fabs(sin(M_PI * t / 0.15)), v = 0;
		for (unsigned k = 1; k < 12; k++)
			v += sin(2 * M_PI * 130 * k * t) / k;
		s->samples[s->count++] = (int16_t)(3000 * syllable * v + 20 * hiss(s));
	}
}

static void add_tone(struct sound *s, double hz, unsigned ms)
{
	for (unsigned i = 0; i < ms * AMD_RATE / 1000; i++)
		s->samples[s->count++] = (int16_t)(5000 * sin(2 * M_PI * hz * i / AMD_RATE) + 20 * hiss(s));
}

static struct media_machine hear(const struct sound *s, struct media_amd how, unsigned *verdicts)
{
	struct amd *amd;
	cr_assert_eq(amd_alloc(&amd, &how), 0);
	*verdicts = 0;
	for (size_t at = 0; at + AMD_PIECE <= s->count; at += AMD_PIECE)
		*verdicts += amd_hear(amd, s->samples + at);
	struct media_machine out = amd->so_far;
	amd_free(amd);
	return out;
}

static struct sound *sound(void)
{
	struct sound *s = calloc(1, sizeof *s);
	s->seed = 1;
	return s;
}

Test(media_amd, a_word_and_a_pause_is_a_person)
{
	struct sound *s = sound();
	unsigned verdicts;
	add_silence(s, 500);
	add_speech(s, 450);
	add_silence(s, 3000);
	struct media_machine m = hear(s, (struct media_amd){ 0 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_HUMAN);
	cr_expect_eq(verdicts, 1);
	cr_expect(m.after_ms <= 950 + 1200, "known after %u ms", m.after_ms);
	cr_expect(abs((int)m.initial_silence_ms - 500) < 60, "%u", m.initial_silence_ms);
	cr_expect(abs((int)m.speech_ms - 450) < 100, "%u", m.speech_ms);
	free(s);
}

Test(media_amd, who_goes_on_is_a_machine_whose_message_ends_with_a_beep_or_silence)
{
	struct sound *s = sound();
	unsigned verdicts;
	add_silence(s, 400);
	add_speech(s, 4000);
	add_silence(s, 700);
	size_t without_beep = s->count;
	add_tone(s, 1000, 400);
	add_silence(s, 4000);
	struct media_machine m = hear(s, (struct media_amd){ .message_end = true }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_MACHINE);
	cr_expect_eq(m.end, MEDIA_MACHINE_END_BEEP);
	cr_expect_eq(verdicts, 2);
	cr_expect(abs((int)m.beep_hz - 1000) < 30, "%u Hz", m.beep_hz);
	cr_expect(abs((int)m.beep_at_ms - 5100) < 60, "%u ms", m.beep_at_ms);
	cr_expect(m.after_ms - m.beep_at_ms <= 500);
	m = hear(s, (struct media_amd){ 0 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_MACHINE);
	cr_expect_eq(m.end, MEDIA_MACHINE_GOES_ON);
	cr_expect_eq(verdicts, 1);
	s->count = without_beep;
	add_silence(s, 4000);
	m = hear(s, (struct media_amd){ .message_end = true }, &verdicts);
	cr_expect_eq(m.end, MEDIA_MACHINE_END_SILENCE);
	free(s);
}

Test(media_amd, a_message_that_does_not_end_in_time)
{
	struct sound *s = sound();
	unsigned verdicts;
	add_speech(s, 20000);
	struct media_machine m =
	    hear(s, (struct media_amd){ .message_end = true, .timeout_ms = 10000 }, &verdicts);
	cr_expect_eq(m.end, MEDIA_MACHINE_END_OTHER);
	cr_expect_eq(m.after_ms, 10000);
	free(s);
}

Test(media_amd, silence_is_unknown_and_fax_machines_are_faxes)
{
	struct sound *s = sound();
	unsigned verdicts;
	add_silence(s, 8000);
	struct media_machine m = hear(s, (struct media_amd){ 0 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_UNKNOWN);
	cr_expect_eq(m.after_ms, 5000);
	s->count = 0;
	add_silence(s, 300);
	add_tone(s, 2100, 3000);
	m = hear(s, (struct media_amd){ 0 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_FAX, "an answering fax");
	s->count = 0;
	for (int i = 0; i < 3; i++) {
		add_tone(s, 1100, 500);
		add_silence(s, 3000);
	}
	m = hear(s, (struct media_amd){ 0 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_FAX, "a calling fax");
	free(s);
}

Test(media_amd, beeps_of_all_pitches_and_two_tones_are_none)
{
	for (unsigned hz = 400; hz <= 2600; hz += 100) {
		struct amd_beep beep = { 0 };
		struct sound *s = sound();
		bool found = false;
		add_tone(s, hz, 300);
		for (size_t at = 0; at + AMD_PIECE <= s->count; at += AMD_PIECE)
			found = amd_beep_hear(&beep, s->samples + at) || found;
		cr_expect(found, "%u Hz", hz);
		free(s);
	}
	for (unsigned hz = 262; hz < 500; hz += 20) {
		struct amd_beep beep = { 0 };
		int16_t piece[AMD_PIECE];
		bool found = false;
		for (unsigned n = 0; n < 100; n++) {
			for (unsigned i = 0; i < AMD_PIECE; i++) {
				double t = (double)(n * AMD_PIECE + i) / AMD_RATE;
				piece[i] =
				    (int16_t)(3000 * (sin(2 * M_PI * hz * t) + sin(2 * M_PI * hz * 1.5 * t)));
			}
			found = amd_beep_hear(&beep, piece) || found;
		}
		cr_expect_not(found, "a chord on %u Hz", hz);
	}
}

Test(media_amd, settings_count)
{
	struct sound *s = sound();
	unsigned verdicts;
	add_speech(s, 1500);
	add_silence(s, 3000);
	cr_expect_eq(hear(s, (struct media_amd){ 0 }, &verdicts).is, MEDIA_MACHINE_HUMAN);
	cr_expect_eq(hear(s, (struct media_amd){ .speech_ms = 1000 }, &verdicts).is, MEDIA_MACHINE_MACHINE);
	struct media_machine m = hear(s, (struct media_amd){ .speech_end_ms = 2000 }, &verdicts);
	cr_expect_eq(m.is, MEDIA_MACHINE_HUMAN);
	cr_expect(m.after_ms >= 3400, "%u", m.after_ms);
	free(s);
}

Test(media_amd, a_session_says_who_has_answered_while_it_is_bridged)
{
	static const char *const codecs[] = { "PCMU", "G722", "opus" };
	for (unsigned i = 0; i < sizeof codecs / sizeof *codecs; i++) {
		struct world *w = world_new(1);
		struct media_session *a = world_session(w, "a", 0), *b = world_session(w, "b", 0);
		struct far *fa = world_far(w, codecs[i]), *fb = world_far(w, codecs[i]);
		far_meets(fa, a);
		far_meets(fb, b);
		media_session_bridge(a, b);
		cr_assert_eq(
		    media_session_detect(a, &(struct media_amd){ .silence_ms = 2000, .timeout_ms = 20000 }),
		    0);
		far_silent(fa);
		far_silent(fb);
		cr_assert(world_wait_said(w, MEDIA_MACHINE, NULL), "%s", codecs[i]);
		media_session_detect_stop(a);
		cr_assert_eq(media_session_detect(a, &(struct media_amd){ 0 }), 0);
		far_tone(fa, 1000, -10);
		while (world_count(w, MEDIA_MACHINE, NULL) < 2)
			world_pass(w, fa, 10);
		far_tone(fb, 620, -10);
		cr_expect(far_hears_about(fa, 620, -13.14, 3), "the bridge goes on");
		world_free(w);
	}
}
