/* codec: the table of audio codecs, and how frames become payloads and back.
 *
 * A codec is a const descriptor (struct media_codec) whose `ops` is a struct codec_ops. Encoder and decoder
 * states are made when a session enters the frame path and used by its worker alone; encode and decode
 * neither allocate nor fail. */
#ifndef OFFHOOK_MEDIA_CODEC_H
#define OFFHOOK_MEDIA_CODEC_H

#include "media/media.h"

enum {
	CODEC_MAX_RATE = 48000,
	CODEC_MAX_MS = 120,   /* the longest packet that is decoded */
	CODEC_MAX_PTIME = 60, /* the longest packet that is sent [ms] */
	CODEC_MAX_PAYLOAD = CODEC_MAX_RATE / 1000 * CODEC_MAX_PTIME * 2,
	FRAME_MS = 20,
	FRAME_MAX = CODEC_MAX_RATE / 1000 * FRAME_MS, /* samples of a frame at the highest rate */
};

struct codec_ops {
	/* NULL where a codec has no state. Return 0 or ENOMEM. */
	int (*encoder_alloc)(void **out, const struct media_codec *codec);
	void (*encoder_free)(void *encoder);
	size_t encoder_size; /* of a state that may be copied as it is, or 0 */
	int (*decoder_alloc)(void **out, const struct media_codec *codec);
	void (*decoder_free)(void *decoder);
	/* Encodes `count` mono samples. Returns the payload's size in bytes, 0 for "send nothing" (DTX). */
	size_t (*encode)(void *encoder, uint8_t *out, size_t size, const int16_t *in, size_t count);
	/* Decodes to mono, at most `max` samples. Returns how many. */
	size_t (*decode)(void *decoder, int16_t *out, size_t max, const uint8_t *in, size_t size);
	/* What a lost packet may have said; `next` is the packet after it if it is there, else NULL (in-band
	 * FEC). NULL: the codec has none of its own. Returns samples, at most `count`. */
	size_t (*conceal)(void *decoder, int16_t *out, size_t count, const uint8_t *next, size_t size);
	/* Whether there is nothing but a line's noise in it (±64 of 32768). NULL: that cannot be seen without
	 * decoding.
	 */
	bool (*quiet)(const uint8_t *in, size_t size);
	float ie, bpl; /* ITU-T G.113: equipment impairment, packet-loss robustness */
};

static inline const struct codec_ops *codec_ops(const struct media_codec *codec)
{
	return codec->ops;
}

extern const struct codec_ops codec_pcmu_ops, codec_pcma_ops, codec_g722_ops, codec_opus_ops, codec_l16_ops;

/* Makes the G.711 tables; called by the engine before any worker runs, any number of times. */
void codec_g711_init(void);

#endif
