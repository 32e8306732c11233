/* Audio is cut into what is said between pauses. */
#include "daemon/hear/piece.h"

#include <criterion/criterion.h>
#include <math.h>

/* So much of a tone, or of silence; returns how many pieces were whole. */
static unsigned hear(struct piece *p, unsigned ms, int level)
{
	int16_t samples[PIECE_RATE / 100];
	unsigned whole = 0;

	for (unsigned t = 0; t < ms; t += VOICE_PIECE_MS) {
		for (unsigned i = 0; i < p->rate / 100; i++)
			samples[i] = (int16_t)(level * sin(2 * 3.14159265 * 300 * i / p->rate));
		if (piece_hear(p, samples) == PIECE_WHOLE) {
			whole++;
			piece_begin(p);
		}
	}
	return whole;
}

static void check(unsigned rate)
{
	struct piece p;

	cr_assert_eq(piece_init(&p, rate), 0);
	cr_expect_eq(hear(&p, 3000, 0), 0u);
	cr_expect_leq(p.count, (size_t)PIECE_RATE * PIECE_BEFORE_MS / 1000, "of silence a little is kept");
	cr_expect_eq(hear(&p, 500, 8000), 0u);
	cr_expect(piece_has_speech(&p));
	cr_expect_eq(hear(&p, 1000, 0), 1u);
	cr_expect(!piece_has_speech(&p));
	cr_expect_eq(hear(&p, 40, 8000) + hear(&p, 1000, 0), 0u, "a click");
	cr_expect_eq(hear(&p, 300, 8000) + hear(&p, 200, 0) + hear(&p, 300, 8000) + hear(&p, 1000, 0), 1u,
		     "a short pause");
	piece_clear(&p);
}

Test(piece, what_is_said_between_pauses)
{
	check(8000);
	check(16000);
}

Test(piece, who_does_not_stop_is_cut)
{
	struct piece p;

	cr_assert_eq(piece_init(&p, 8000), 0);
	hear(&p, 500, 0);
	/* louder and softer, so that it is no line's noise */
	unsigned whole = 0;
	for (unsigned i = 0; i < 100; i++)
		whole += hear(&p, 300, 8000) + hear(&p, 100, 0);
	cr_expect_geq(whole, 2u);
	cr_expect_leq(whole, 3u);
	piece_clear(&p);
}

Test(piece, other_rates_are_refused)
{
	struct piece p;

	cr_expect_neq(piece_init(&p, 44100), 0);
	cr_expect_neq(piece_init(&p, 0), 0);
	piece_clear(&p);
}
