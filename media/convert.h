/* convert: frames of one rate into frames of another (speexdsp). Made outside the tick, used in it. */
#ifndef OFFHOOK_MEDIA_CONVERT_H
#define OFFHOOK_MEDIA_CONVERT_H

#include <speex/speex_resampler.h>
#include <stddef.h>
#include <stdint.h>

struct convert {
	SpeexResamplerState *resampler; /* NULL: not made, or the rates are the same */
	unsigned from, to;
};

/* Makes it for these rates, if it is not made for them yet. Returns 0 or ENOMEM (and converts to silence
 * then). */
int convert_prepare(struct convert *convert, unsigned from, unsigned to);
void convert_free(struct convert *convert);

/* `count` samples of the one rate into exactly `made` of the other. */
void convert_frame(struct convert *convert, const int16_t *in, size_t count, int16_t *out, size_t made);

#endif
