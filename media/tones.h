/* tones: sine pairs with a cadence: call progress tones by country, the beep, and DTMF.
 *
 * A struct tones is plain data that one thread uses; nothing allocates. */
#ifndef OFFHOOK_MEDIA_TONES_H
#define OFFHOOK_MEDIA_TONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tones {
	float s1[2], s2[2], k1, k2; /* two resonators: last two samples, 2·cos(ω) */
	float amplitude;
	unsigned rate;
	const struct tones_cadence *cadence; /* NULL: sounds for ever */
	unsigned step, left;		     /* in the cadence; samples left of this step */
	bool round_over;		     /* the last read came to the end of a round */
};

/* Two frequencies [Hz] (the second may be 0) at `dbm0` each (−10 is common), for ever, at `rate` samples a
 * second. */
void tones_start_pair(struct tones *t, unsigned f1, unsigned f2, float dbm0, unsigned rate);

/* A named tone, "dial", "ringback", "busy", "congestion", "beep", "enter" or "exit", as in the country (its
 * ISO 3166 code or English name, in any case: "de", "Germany"; NULL or unknown: "us"). Returns 0, or ENOENT
 * for an unknown name. */
int tones_start(struct tones *t, const char *name, const char *country, unsigned rate);

/* The pair of a DTMF digit (0-9 * # A-D). Returns 0 or EINVAL. */
int tones_start_digit(struct tones *t, char digit, unsigned rate);

/* Writes at most `count` samples. Returns how many were written before a round of the cadence came to its
 * end; `round_over` says whether it did, and the next call begins the next round. */
size_t tones_read(struct tones *t, int16_t *out, size_t count);

#endif
