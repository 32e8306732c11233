/* Finding a beep: see amd.h. */
#include "media/amd.h"

#include <math.h>
#include <string.h>

enum {
	LEAST_HZ = 380,
	MOST_HZ = 2650,
	LOW_HZ = 600,	/* below, voices have such tones for a moment */
	LONG_MS = 150,	/* so long it must last there */
	SHORT_MS = 100, /* and here */
	LEAST_DB = -45,
	SWING_DB = 6, /* that its level may change by */
};

static const float RESIDUAL = 0.0316f; /* −15 dB of the whole */
static const float STEADY = 0.02f;

/* A sinusoid obeys x[n+lag] + x[n−lag] = a·x[n]: the best `a` for a piece, and what is left over, of the
 * whole. */
static float fit(const int16_t *x, int lag, float *power, float *left)
{
	float xx = 0, xy = 0, rest = 0, whole = 0, a;

	for (int i = 0; i < AMD_PIECE; i++) {
		float y = (float)x[i - lag] + (float)x[i + lag], v = x[i];
		xx += v * v;
		xy += v * y;
	}
	a = xx > 0 ? xy / xx : 0;
	for (int i = 0; i < AMD_PIECE; i++) {
		float y = (float)x[i - lag] + (float)x[i + lag], v = x[i], r = y - a * v;
		rest += r * r;
		whole += y * y + v * v;
	}
	*power = xx / AMD_PIECE;
	*left = whole > 0 ? rest / whole : 1;
	return a;
}

/* Whether a piece is one sinusoid; then *hz and *db are of it. At low frequencies neighbours are so alike
 * that two tones pass for one: it must hold over a quarter of a wave, too. */
static bool is_tone(const int16_t *x, float *hz, float *db)
{
	float power, left, a = fit(x, 1, &power, &left);
	int lag;

	if (power < 1 || left > RESIDUAL || fabsf(a) >= 2)
		return false;
	*db = 10 * log10f(power / (32768.0f * 32768.0f));
	*hz = acosf(a / 2) * AMD_RATE / (2 * (float)M_PI);
	if (*db < LEAST_DB || *hz < LEAST_HZ || *hz > MOST_HZ)
		return false;
	lag = (int)lroundf(AMD_RATE / 4 / *hz);
	if (lag <= 1)
		return true;
	(void)fit(x, lag < AMD_LAG ? lag : AMD_LAG, &power, &left);
	return left < RESIDUAL;
}

static bool goes_on(const struct amd_beep *b, float hz, float db)
{
	return fabsf(hz - b->hz) <= STEADY * b->hz + 8 && fabsf(db - b->db) <= SWING_DB;
}

static bool take_piece(struct amd_beep *b, const int16_t *x)
{
	float hz, db;
	unsigned before = b->run_ms, least;

	if (!is_tone(x, &hz, &db)) {
		b->run_ms = 0;
		return false;
	}
	if (before && goes_on(b, hz, db)) {
		b->hz += 0.2f * (hz - b->hz);
	} else {
		b->hz = hz;
		b->db = db;
		before = b->run_ms = 0;
	}
	b->run_ms += AMD_PIECE_MS;
	least = b->hz < LOW_HZ ? LONG_MS : SHORT_MS;
	return b->run_ms >= least && before < least;
}

bool amd_beep_hear(struct amd_beep *b, const int16_t *piece)
{
	const size_t kept = 2 * AMD_LAG;
	bool found;
	/* the last samples have no neighbours yet: what is looked at is behind by so much */
	memcpy(b->last + kept, piece, AMD_PIECE * sizeof *piece);
	found = b->begun && take_piece(b, b->last + AMD_LAG);
	memmove(b->last, b->last + AMD_PIECE, kept * sizeof *piece);
	b->begun = true;
	return found;
}
