/* G.711 by tables: decoding is one look-up a sample, encoding one of the upper 14 bits. */
#include "media/codec.h"

#include <pthread.h>

enum { ENCODE_SHIFT = 2, ENCODE_SIZE = 65536 >> ENCODE_SHIFT };

static int16_t ulaw_decode[256], alaw_decode[256];
static uint8_t ulaw_encode[ENCODE_SIZE], alaw_encode[ENCODE_SIZE];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ITU-T G.711 table 2a: 14-bit magnitude with a bias of 33, here scaled to 16 bits. */
static int16_t ulaw_expand(uint8_t code)
{
	code = (uint8_t)~code;
	int value = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
	return (int16_t)(code & 0x80 ? -value : value);
}

/* ITU-T G.711 table 1a: 13-bit magnitude, even bits inverted, here scaled to 16 bits. */
static int16_t alaw_expand(uint8_t code)
{
	code ^= 0x55;
	int segment = (code & 0x70) >> 4;
	int value = ((code & 0x0f) << 4) + 8;
	if (segment > 0)
		value = (value + 0x100) << (segment - 1);
	return (int16_t)(code & 0x80 ? value : -value);
}

/* The code whose value is nearest; of two, the smaller magnitude. `codes` are sorted by ascending value. */
static uint8_t nearest(const int16_t *table, const uint8_t codes[256], int sample)
{
	int low = 0, high = 255;
	while (high - low > 1) {
		int middle = (low + high) / 2;
		if (table[codes[middle]] <= sample)
			low = middle;
		else
			high = middle;
	}
	int below = sample - table[codes[low]], above = table[codes[high]] - sample;
	return codes[below < above || (below == above && sample >= 0) ? low : high];
}

static void sort_codes(const int16_t *table, uint8_t codes[256])
{
	for (int i = 0; i < 256; i++) {
		int j = i;
		for (; j > 0 && table[codes[j - 1]] > table[i]; j--)
			codes[j] = codes[j - 1];
		codes[j] = (uint8_t)i;
	}
}

static void make_tables(void)
{
	uint8_t ulaw_codes[256], alaw_codes[256];
	for (int i = 0; i < 256; i++) {
		ulaw_decode[i] = ulaw_expand((uint8_t)i);
		alaw_decode[i] = alaw_expand((uint8_t)i);
	}
	sort_codes(ulaw_decode, ulaw_codes);
	sort_codes(alaw_decode, alaw_codes);
	for (int i = 0; i < ENCODE_SIZE; i++) {
		int sample = (int16_t)(i << ENCODE_SHIFT);
		ulaw_encode[i] = nearest(ulaw_decode, ulaw_codes, sample);
		alaw_encode[i] = nearest(alaw_decode, alaw_codes, sample);
	}
	ulaw_encode[0] = 0xff; /* of two that are as near the positive one: what silence is on the wire */
	alaw_encode[0] = 0xd5;
}

void codec_g711_init(void)
{
	pthread_once(&once, make_tables);
}

static size_t encode(const uint8_t *table, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	if (count > size)
		count = size;
	for (size_t i = 0; i < count; i++)
		out[i] = table[(uint16_t)in[i] >> ENCODE_SHIFT];
	return count;
}

static size_t decode(const int16_t *table, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	if (size > max)
		size = max;
	for (size_t i = 0; i < size; i++)
		out[i] = table[in[i]];
	return size;
}

static size_t ulaw_encode_frame(void *state, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	(void)state;
	return encode(ulaw_encode, out, size, in, count);
}

static size_t ulaw_decode_frame(void *state, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	(void)state;
	return decode(ulaw_decode, out, max, in, size);
}

static size_t alaw_encode_frame(void *state, uint8_t *out, size_t size, const int16_t *in, size_t count)
{
	(void)state;
	return encode(alaw_encode, out, size, in, count);
}

static size_t alaw_decode_frame(void *state, int16_t *out, size_t max, const uint8_t *in, size_t size)
{
	(void)state;
	return decode(alaw_decode, out, max, in, size);
}

/* Steps of 8 in the lowest segment of µ-law, of 16 in A-law's. */
static bool ulaw_quiet(const uint8_t *in, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((~in[i] & 0x7f) > 8)
			return false;
	return true;
}

static bool alaw_quiet(const uint8_t *in, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((in[i] ^ 0x55) & 0x7f) > 3)
			return false;
	return true;
}

const struct codec_ops codec_pcmu_ops = {
	.encode = ulaw_encode_frame,
	.decode = ulaw_decode_frame,
	.quiet = ulaw_quiet,
	.ie = 0,
	.bpl = 25.1f, /* with packet-loss concealment */
};

const struct codec_ops codec_pcma_ops = {
	.encode = alaw_encode_frame,
	.decode = alaw_decode_frame,
	.quiet = alaw_quiet,
	.ie = 0,
	.bpl = 25.1f,
};
