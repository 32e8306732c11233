/* G.722 at 64 kbit/s by spandsp. Its RTP clock counts 8000 a second, though it has 16,000 samples (RFC 3551
 * section 4.5.2). */
#include "media/codec.h"

#include <errno.h>
#include <spandsp.h>
#include <spandsp/private/g722.h>

enum { BIT_RATE = 64000 };

static int encoder_alloc(void **out, const struct media_codec *codec)
{
	(void)codec;
	*out = g722_encode_init(NULL, BIT_RATE, 0);
	return *out ? 0 : ENOMEM;
}

static void encoder_free(void *encoder)
{
	g722_encode_free(encoder);
}

static int decoder_alloc(void **out, const struct media_codec *codec)
{
	(void)codec;
	*out = g722_decode_init(NULL, BIT_RATE, 0);
	return *out ? 0 : ENOMEM;
}

static void decoder_free(void *decoder)
{
	g722_decode_free(decoder);
}

static size_t encode(void *encoder, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	if (count > 2 * size)
		count = 2 * size;
	int n = g722_encode(encoder, out, in, (int)count);
	return n > 0 ? (size_t)n : 0;
}

static size_t decode(void *decoder, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	if (size > max / 2)
		size = max / 2;
	int n = g722_decode(decoder, out, in, (int)size);
	return n > 0 ? (size_t)n : 0;
}

const struct codec_ops codec_g722_ops = {
	.encoder_alloc = encoder_alloc,
	.encoder_free = encoder_free,
	.encoder_size = sizeof(g722_encode_state_t),
	.decoder_alloc = decoder_alloc,
	.decoder_free = decoder_free,
	.encode = encode,
	.decode = decode,
	.ie = 13, /* ITU-T G.113 appendix IV, on the narrow-band scale */
	.bpl = 14,
};
