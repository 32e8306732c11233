/* amdbench: how well people and machines are told apart (make bench-amd). Greetings of greetings.c, with
 * silence, beeps, music and noise around them, through codecs; all from a seed. Prints what became of them,
 * and how long after a person's greeting it is known. */
#include "media/amd.h"
#include "media/codec.h"
#include "tests/bench/greetings.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_MAX = GREETING_RATE * 45, TAIL_MS = 7000, LEVELS = 3, CODECS = 3, LATE_MAX = 4096 };

static uint32_t state = 20261128;

static uint32_t draw(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static const double noise_db[LEVELS] = { -90, -55, -42 };
static const char *const codecs[CODECS] = { "PCMU", "opus", "PCMA" };

static int16_t sample[SAMPLE_MAX];
static size_t size;

static void silence(unsigned ms)
{
	size_t n = (size_t)ms * GREETING_RATE / 1000;

	memset(sample + size, 0, n * sizeof *sample);
	size += n;
}

static void tone(double hz, double hz2, double amplitude, unsigned ms)
{
	size_t n = (size_t)ms * GREETING_RATE / 1000;

	for (size_t i = 0; i < n; i++, size++)
		sample[size] =
		    (int16_t)(amplitude * (sin(2 * M_PI * hz * (double)i / GREETING_RATE) +
					   (hz2 > 0 ? sin(2 * M_PI * hz2 * (double)i / GREETING_RATE) : 0)));
}

/* Chords, as of waiting. */
static void music(unsigned ms)
{
	static const double roots[] = { 262, 330, 392, 294, 349, 440 };

	for (unsigned done = 0; done < ms; done += 250) {
		double root = roots[draw(6)];

		tone(root, root * 1.5, 2500, 250);
	}
}

static void add_noise(double db)
{
	double amplitude = 32768 * pow(10, db / 20) * 1.73;

	for (size_t i = 0; i < size; i++) {
		double v = sample[i] + amplitude * ((double)draw(65536) / 32768 - 1);

		sample[i] = (int16_t)fmax(-32768, fmin(32767, v));
	}
}

/* There and back; Opus at its own rate by leaving samples in and out. */
static void through(const char *name)
{
	const struct media_codec *codec = media_codec_find(name, 0);
	const struct codec_ops *ops = codec_ops(codec);
	unsigned times = codec->sample_hz / GREETING_RATE;
	size_t frame = GREETING_RATE / 50;
	void *encoder = NULL, *decoder = NULL;

	if ((ops->encoder_alloc && ops->encoder_alloc(&encoder, codec)) ||
	    (ops->decoder_alloc && ops->decoder_alloc(&decoder, codec)))
		exit(1);
	for (size_t at = 0; at + frame <= size; at += frame) {
		int16_t wide[FRAME_MAX], back[FRAME_MAX * 6];
		uint8_t payload[CODEC_MAX_PAYLOAD];

		for (size_t i = 0; i < frame * times; i++) {
			double part = (double)(i % times) / times;
			int16_t a = sample[at + i / times],
				b = at + i / times + 1 < size ? sample[at + i / times + 1] : a;

			wide[i] = (int16_t)(a + (b - a) * part);
		}
		size_t n = ops->encode(encoder, payload, sizeof payload, wide, frame * times);
		n = ops->decode(decoder, back, sizeof back / sizeof *back, payload, n);
		for (size_t i = 0; i < frame; i++)
			sample[at + i] = i * times < n ? back[i * times] : 0;
	}
	if (encoder)
		ops->encoder_free(encoder);
	if (decoder)
		ops->decoder_free(decoder);
}

struct outcome {
	struct media_machine first, last;
};

static struct outcome judge(void)
{
	const struct media_amd how = { .message_end = true };
	struct outcome out = { 0 };
	struct amd *amd;

	if (amd_alloc(&amd, &how))
		exit(1);
	for (size_t at = 0; at + AMD_PIECE <= size && !amd->over; at += AMD_PIECE)
		if (amd_hear(amd, sample + at)) {
			if (!out.first.is)
				out.first = amd->so_far;
			out.last = amd->so_far;
		}
	amd_free(amd);
	return out;
}

static double beep_hz;
static unsigned late[LATE_MAX], late_count;
static unsigned table[3][5]; /* person, machine, machine with a beep; as what */
static unsigned beeps, beeps_found, by_noise[LEVELS][2], by_codec[CODECS][2];

static int by_value(const void *a, const void *b)
{
	return (int)*(const unsigned *)a - (int)*(const unsigned *)b;
}

/* Returns where the greeting ends [ms]. */
static unsigned make(unsigned voice, int machine, const char *text, unsigned *beep_at)
{
	static int16_t speech[GREETING_MAX];
	size_t n = greeting_speak(speech, voice, text);
	unsigned end;

	size = *beep_at = 0;
	silence(150 + draw(1100));
	if (machine && draw(8) == 0)
		music(1500 + draw(3000));
	memcpy(sample + size, speech, n * sizeof *speech);
	size += n;
	end = (unsigned)(size * 1000 / GREETING_RATE);
	if (machine && draw(2)) {
		silence(draw(3) ? 100 + draw(600) : 600 + draw(1000));
		*beep_at = (unsigned)(size * 1000 / GREETING_RATE);
		beep_hz = 420 + draw(2000);
		tone(beep_hz, 0, 3000 + draw(6000), 150 + draw(700));
	}
	silence(TAIL_MS);
	return end;
}

static void try(unsigned voice, int machine, const char *text, unsigned level, unsigned codec)
{
	unsigned beep_at, end = make(voice, machine, text, &beep_at);
	bool right;

	add_noise(noise_db[level]);
	through(codecs[codec]);
	struct outcome out = judge();
	table[machine + (beep_at > 0)][out.first.is]++;
	right = out.first.is == (machine ? MEDIA_MACHINE_MACHINE : MEDIA_MACHINE_HUMAN);
	by_noise[level][right]++;
	by_codec[codec][right]++;
	if (!machine && right && late_count < LATE_MAX)
		late[late_count++] = out.first.after_ms > end ? out.first.after_ms - end : 0;
	if (beep_at && out.last.end != MEDIA_MACHINE_END_SILENCE) {
		beeps++;
		beeps_found += out.last.end == MEDIA_MACHINE_END_BEEP && out.last.after_ms >= beep_at &&
			       out.last.after_ms < beep_at + 500;
	}
	if (beep_at && getenv("AMD_BEEPS") &&
	    (out.last.end != MEDIA_MACHINE_END_BEEP || out.last.after_ms < beep_at ||
	     out.last.after_ms > beep_at + 500))
		printf("beep of %.0f Hz at %u ms: %s %s after %u (%u Hz), noise %.0f %s\n", beep_hz, beep_at,
		       media_machine_name(&out.last), out.last.end ? media_machine_end_name(&out.last) : "-",
		       out.last.after_ms, out.last.beep_hz, noise_db[level], codecs[codec]);
	if (!right && getenv("AMD_VERBOSE"))
		printf("%s \"%.60s\" noise %.0f dB %s: %s, %s, after %u ms (greeting ends %u), speech %u ms, "
		       "%u words, silence %u\n",
		       greeting_voice(voice), text, noise_db[level], codecs[codec],
		       media_machine_name(&out.first), out.first.reason ? out.first.reason : "-",
		       out.first.after_ms, end, out.first.speech_ms, out.first.words,
		       out.first.initial_silence_ms);
}

int main(void)
{
	static const char *const rows[] = { "person", "machine", "machine, beep" };
	unsigned right, all = 0;

	codec_g711_init();
	greetings_init();
	for (unsigned voice = 0; greeting_voice(voice); voice++)
		for (int machine = 0; machine < 2; machine++)
			for (unsigned i = 0; greeting_text(voice, machine, i); i++)
				for (unsigned level = 0; level < LEVELS; level++) {
					try(voice, machine, greeting_text(voice, machine, i), level,
					    draw(CODECS));
					all++;
				}
	printf("%-14s %7s %7s %7s %7s %7s\n", "", "none", "human", "machine", "fax", "unknown");
	for (unsigned row = 0; row < 3; row++)
		printf("%-14s %7u %7u %7u %7u %7u\n", rows[row], table[row][0], table[row][1], table[row][2],
		       table[row][3], table[row][4]);
	right =
	    table[0][MEDIA_MACHINE_HUMAN] + table[1][MEDIA_MACHINE_MACHINE] + table[2][MEDIA_MACHINE_MACHINE];
	printf("right: %u of %u, %.1f %%\n", right, all, 100.0 * right / all);
	for (unsigned i = 0; i < LEVELS; i++)
		printf("noise at %.0f dBFS: %.1f %%\n", noise_db[i],
		       100.0 * by_noise[i][1] / (by_noise[i][0] + by_noise[i][1]));
	for (unsigned i = 0; i < CODECS; i++)
		printf("%s: %.1f %%\n", codecs[i],
		       100.0 * by_codec[i][1] / (by_codec[i][0] + by_codec[i][1]));
	qsort(late, late_count, sizeof *late, by_value);
	if (late_count)
		printf("a person is known after the greeting: p50 %u ms, p95 %u ms, max %u ms\n",
		       late[late_count / 2], late[late_count * 95 / 100], late[late_count - 1]);
	printf("beeps waited for and found within 500 ms: %u of %u\n", beeps_found, beeps);
	return 0;
}
