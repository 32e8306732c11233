/* conceal: makes up what a lost packet may have said, for codecs that have no way of their own.
 *
 * Concept, after ITU-T G.711 appendix I: the last pitch period is repeated, ever quieter, until after 60 ms
 * nothing is left; where the real sound sets in again, the two are blended. Plain data, used by one thread.
 */
#ifndef OFFHOOK_MEDIA_CONCEAL_H
#define OFFHOOK_MEDIA_CONCEAL_H

#include <stddef.h>
#include <stdint.h>

enum {
	CONCEAL_RATE_MAX = 16000,
	CONCEAL_HISTORY = CONCEAL_RATE_MAX / 25,
	CONCEAL_PERIOD = CONCEAL_RATE_MAX / 66
};

struct conceal {
	unsigned rate;
	size_t size;			  /* samples of history that count: 40 ms */
	int16_t history[CONCEAL_HISTORY]; /* oldest first */
	int16_t period[CONCEAL_PERIOD];	  /* what is repeated */
	size_t period_size, at;
	size_t made; /* samples since the last real one; 0: none is missing */
};

/* `rate`: at most CONCEAL_RATE_MAX samples a second. */
void conceal_init(struct conceal *conceal, unsigned rate);

/* Real samples; the first of them after a loss are changed. */
void conceal_heard(struct conceal *conceal, int16_t *samples, size_t count);

/* Made-up samples. */
void conceal_make(struct conceal *conceal, int16_t *out, size_t count);

#endif
