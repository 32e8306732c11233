/* When somebody begins to speak, and when he is silent again. */
#include "media/voice.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

enum { RATE = 8000, PIECE = RATE / 100 };

struct heard {
	unsigned began, ended;
};

static void hear(struct voice *v, unsigned ms, int level, int noise, struct heard *out)
{
	int16_t piece[PIECE];

	for (unsigned t = 0; t < ms; t += VOICE_PIECE_MS) {
		for (unsigned i = 0; i < PIECE; i++)
			piece[i] = (int16_t)(level * sin(2 * 3.14159265 * 400 * i / RATE) +
					     (noise ? rand() % (2 * noise) - noise : 0) + 300);
		switch (voice_hear(v, piece, PIECE)) {
		case VOICE_BEGAN:
			out->began++;
			break;
		case VOICE_ENDED:
			out->ended++;
			break;
		default:
			break;
		}
	}
}

Test(voice, begins_and_ends_once_with_its_times)
{
	struct voice v;
	struct heard h = { 0 };

	voice_init(&v, 0, 0);
	hear(&v, 1000, 0, 20, &h);
	hear(&v, 700, 5000, 20, &h);
	cr_expect_eq(h.began, 1u);
	cr_expect_eq(h.ended, 0u);
	hear(&v, 300, 0, 20, &h);
	hear(&v, 500, 5000, 20, &h);
	cr_expect_eq(h.ended, 0u, "a short pause is no end");
	hear(&v, 2000, 0, 20, &h);
	cr_expect_eq(h.began, 1u);
	cr_expect_eq(h.ended, 1u);
	cr_expect_eq(v.began_ms, 1000u);
	cr_expect_eq(v.last_ms, 2500u);
}

Test(voice, clicks_and_noise_are_no_speech)
{
	struct voice v;
	struct heard h = { 0 };

	voice_init(&v, 0, 0);
	for (int i = 0; i < 20; i++) {
		hear(&v, 500, 0, 300, &h);
		hear(&v, 30, 9000, 300, &h);
	}
	cr_expect_eq(h.began, 0u);
}

Test(voice, what_is_steady_is_no_speech)
{
	struct voice v;
	struct heard h = { 0 };

	voice_init(&v, 0, 0);
	hear(&v, 5000, 8000, 20, &h);
	cr_expect_eq(h.began, 0u);
}

Test(voice, other_times)
{
	struct voice v;
	struct heard h = { 0 };

	voice_init(&v, 500, 1500);
	hear(&v, 500, 0, 10, &h);
	hear(&v, 400, 5000, 10, &h);
	hear(&v, 1000, 0, 10, &h);
	cr_expect_eq(h.began, 0u);
	hear(&v, 600, 5000, 10, &h);
	hear(&v, 1000, 0, 10, &h);
	cr_expect_eq(h.began, 1u);
	cr_expect_eq(h.ended, 0u);
	hear(&v, 600, 0, 10, &h);
	cr_expect_eq(h.ended, 1u);
}
