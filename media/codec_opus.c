/* Opus (RFC 7587): mono at 48 kHz, with in-band FEC and DTX both ways.
 *
 * DTX is let only where there is next to nothing to hear: left to itself the encoder takes steady tones
 * (ringing, a beep, much of music) for noise and stops sending them. */
#include "media/codec.h"

#include <errno.h>
#include <opus.h>

enum {
	RATE = 48000,
	BITS = 32000,
	COMPLEXITY = 5,
	LOSS_PERCENT = 10,
	DTX_SIZE = 2,
	PACKET_MAX = 1275,
	QUIET = 32
};

static int encoder_alloc(void **out, const struct media_codec *codec)
{
	int err;
	(void)codec;
	OpusEncoder *e = opus_encoder_create(RATE, 1, OPUS_APPLICATION_VOIP, &err);
	if (!e)
		return ENOMEM;
	opus_encoder_ctl(e, OPUS_SET_BITRATE(BITS));
	opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(COMPLEXITY));
	opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(LOSS_PERCENT));
	*out = e;
	return 0;
}

static void encoder_free(void *encoder)
{
	opus_encoder_destroy(encoder);
}

static int decoder_alloc(void **out, const struct media_codec *codec)
{
	int err;
	(void)codec;
	*out = opus_decoder_create(RATE, 1, &err);
	return *out ? 0 : ENOMEM;
}

static void decoder_free(void *decoder)
{
	opus_decoder_destroy(decoder);
}

static bool quiet(const int16_t *in, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in[i] > QUIET || in[i] < -QUIET)
			return false;
	return true;
}

static size_t encode(void *encoder, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	opus_encoder_ctl(encoder, OPUS_SET_DTX(quiet(in, count)));
	int n = opus_encode(encoder, in, (int)count, out, size < PACKET_MAX ? (int)size : PACKET_MAX);
	return n > DTX_SIZE ? (size_t)n : 0; /* up to two bytes need not be sent: opus_encode() */
}

static size_t decode(void *decoder, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	int n = opus_decode(decoder, in, (opus_int32)size, out, (int)max, 0);
	return n > 0 ? (size_t)n : 0;
}

/* From the copy that the next packet carries, else from what was before. */
static size_t conceal(void *decoder, int16_t *out, size_t count, const uint8_t *next, size_t size)
{
	int n = opus_decode(decoder, next, next ? (opus_int32)size : 0, out, (int)count, next != NULL);
	return n > 0 ? (size_t)n : 0;
}

const struct codec_ops codec_opus_ops = {
	.encoder_alloc = encoder_alloc,
	.encoder_free = encoder_free,
	.decoder_alloc = decoder_alloc,
	.decoder_free = decoder_free,
	.encode = encode,
	.decode = decode,
	.conceal = conceal,
	.ie = 0,
	.bpl = 20,
};
