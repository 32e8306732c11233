#include "media/conceal.h"

#include <stdint.h>
#include <string.h>

enum {
	PITCH_MAX_HZ = 400,
	PITCH_MIN_HZ = 66,
	SPAN_MS = 20, /* compared to find the pitch */
	FULL_MS = 10, /* at full level */
	GONE_MS = 60, /* then fading until here */
	BLEND_MS = 5,
};

void conceal_init(struct conceal *c, unsigned rate)
{
	memset(c, 0, sizeof *c);
	c->rate = rate < CONCEAL_RATE_MAX ? rate : CONCEAL_RATE_MAX;
	c->size = c->rate / 25;
}

/* The lag at which the end of the history differs least from what was before. */
static size_t find_period(const struct conceal *c)
{
	size_t span = c->rate / 1000 * SPAN_MS, best = c->rate / PITCH_MAX_HZ, last = c->rate / PITCH_MIN_HZ;
	const int16_t *end = c->history + c->size - span;
	uint64_t least = UINT64_MAX;
	for (size_t lag = best; lag <= last && lag + span <= c->size; lag++) {
		uint64_t difference = 0;
		for (size_t i = 0; i < span; i += 2) {
			int d = end[i] - (end - lag)[i];
			difference += (uint64_t)(d < 0 ? -d : d);
		}
		if (difference < least) {
			least = difference;
			best = lag;
		}
	}
	return best;
}

/* One period, its end blended into what was before its beginning, so that it can be repeated. */
static void take_period(struct conceal *c)
{
	size_t n = find_period(c), blend = n / 4;
	const int16_t *from = c->history + c->size - n;
	memcpy(c->period, from, n * sizeof *from);
	for (size_t i = 0; i < blend; i++) {
		int before = (from - blend)[i], own = from[n - blend + i];
		c->period[n - blend + i] = (int16_t)((own * (int)(blend - i) + before * (int)i) / (int)blend);
	}
	c->period_size = n;
	c->at = 0;
}

static int16_t next(struct conceal *c)
{
	size_t full = c->rate / 1000 * FULL_MS, gone = c->rate / 1000 * GONE_MS;
	int sample = c->period[c->at];
	c->at = c->at + 1 < c->period_size ? c->at + 1 : 0;
	size_t made = c->made++;
	if (made < full)
		return (int16_t)sample;
	if (made >= gone)
		return 0;
	return (int16_t)(sample * (int)(gone - made) / (int)(gone - full));
}

static void remember(struct conceal *c, const int16_t *samples, size_t count)
{
	if (count >= c->size) {
		memcpy(c->history, samples + count - c->size, c->size * sizeof *samples);
		return;
	}
	memmove(c->history, c->history + count, (c->size - count) * sizeof *samples);
	memcpy(c->history + c->size - count, samples, count * sizeof *samples);
}

void conceal_heard(struct conceal *c, int16_t *samples, size_t count)
{
	size_t blend = c->rate / 1000 * BLEND_MS;
	for (size_t i = 0; c->made > 0 && i < blend && i < count; i++)
		samples[i] = (int16_t)((next(c) * (int)(blend - i) + samples[i] * (int)i) / (int)blend);
	c->made = 0;
	remember(c, samples, count);
}

void conceal_make(struct conceal *c, int16_t *out, size_t count)
{
	if (c->made == 0)
		take_period(c);
	for (size_t i = 0; i < count; i++)
		out[i] = next(c);
	remember(c, out, count);
}
