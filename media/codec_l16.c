/* L16: 16-bit samples in network order (RFC 3551 section 4.5.11). */
#include "media/codec.h"

static size_t encode(void *state, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	(void)state;
	if (count > size / 2)
		count = size / 2;
	for (size_t i = 0; i < count; i++) {
		out[2 * i] = (uint8_t)((uint16_t)in[i] >> 8);
		out[2 * i + 1] = (uint8_t)in[i];
	}
	return 2 * count;
}

static size_t decode(void *state, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	(void)state;
	size_t count = size / 2 < max ? size / 2 : max;
	for (size_t i = 0; i < count; i++)
		out[i] = (int16_t)(uint16_t)(in[2 * i] << 8 | in[2 * i + 1]);
	return count;
}

static bool quiet(const uint8_t *in, size_t size)
{
	for (size_t i = 0; i + 1 < size; i += 2) {
		int16_t sample = (int16_t)(uint16_t)(in[i] << 8 | in[i + 1]);
		if (sample > 64 || sample < -64)
			return false;
	}
	return true;
}

const struct codec_ops codec_l16_ops = {
	.encode = encode,
	.decode = decode,
	.quiet = quiet,
	.ie = 0,
	.bpl = 25.1f,
};
