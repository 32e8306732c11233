#include "media/voice.h"

#include <math.h>

enum {
	SETTLE_MS = 100, /* until the line's noise is known */
	GAP_MS = 60,	 /* between the sounds of a word */
	TENTH = 100 / VOICE_PIECE_MS,
};

static const float QUIETEST = 70; /* RMS that is speech at all: about −53 dBFS */
static const float ABOVE = 2.5f;  /* speech stands out by so much (8 dB) */

void line_noise_init(struct line_noise *n)
{
	for (unsigned i = 0; i < VOICE_MINIMA; i++)
		n->minima[i] = INFINITY;
	n->tenth_minimum = INFINITY;
	n->minimum_at = n->in_tenth = 0;
}

float line_noise_hear(struct line_noise *n, float level)
{
	float least = n->tenth_minimum = fminf(n->tenth_minimum, level);

	if (++n->in_tenth == TENTH) {
		n->minima[n->minimum_at++ % VOICE_MINIMA] = n->tenth_minimum;
		n->tenth_minimum = INFINITY;
		n->in_tenth = 0;
	}
	for (unsigned i = 0; i < VOICE_MINIMA; i++)
		least = fminf(least, n->minima[i]);
	return least;
}

float voice_level(const int16_t *piece, size_t count)
{
	float sum = 0, squares = 0;

	for (size_t i = 0; i < count; i++) {
		sum += (float)piece[i];
		squares += (float)piece[i] * (float)piece[i];
	}
	const float mean = sum / (float)count;
	return sqrtf(fmaxf(squares / (float)count - mean * mean, 0));
}

bool voice_stands_out(float level, float noise)
{
	return level > QUIETEST && level > ABOVE * noise;
}

void voice_init(struct voice *v, unsigned begin_ms, unsigned end_ms)
{
	*v = (struct voice){ .begin_ms = begin_ms ? begin_ms : VOICE_BEGIN_MS,
			     .end_ms = end_ms ? end_ms : VOICE_END_MS };
	line_noise_init(&v->noise);
}

static enum voice_change loud(struct voice *v)
{
	if (!v->loud_ms && !v->talking)
		v->began_ms = v->ms - VOICE_PIECE_MS;
	v->loud_ms += VOICE_PIECE_MS;
	v->quiet_ms = 0;
	v->last_ms = v->ms;
	if (v->talking || v->loud_ms < v->begin_ms)
		return VOICE_SAME;
	v->talking = true;
	return VOICE_BEGAN;
}

static enum voice_change quiet(struct voice *v)
{
	v->quiet_ms += VOICE_PIECE_MS;
	if (!v->talking) {
		if (v->quiet_ms >= GAP_MS)
			v->loud_ms = 0;
		return VOICE_SAME;
	}
	if (v->quiet_ms < v->end_ms)
		return VOICE_SAME;
	v->talking = false;
	v->loud_ms = 0;
	return VOICE_ENDED;
}

enum voice_change voice_hear(struct voice *v, const int16_t *piece, size_t count)
{
	const float level = voice_level(piece, count), noise = line_noise_hear(&v->noise, level);

	v->ms += VOICE_PIECE_MS;
	return v->ms > SETTLE_MS && voice_stands_out(level, noise) ? loud(v) : quiet(v);
}
