#include "daemon/api/live/wav_head.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdint.h>
#include <string.h>

enum { HEAD_SIZE = 44, SAMPLE_BYTES = 2, FORMAT_PCM = 1, FMT_SIZE = 16 };

static void put(uint8_t *out, unsigned bytes, uint32_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * i);
}

int wav_head_endless(struct evbuffer *out, unsigned channels, unsigned rate)
{
	uint8_t head[HEAD_SIZE];

	memcpy(head, "RIFF", 4);
	put(head + 4, 4, UINT32_MAX);
	memcpy(head + 8, "WAVEfmt ", 8);
	put(head + 16, 4, FMT_SIZE);
	put(head + 20, 2, FORMAT_PCM);
	put(head + 22, 2, channels);
	put(head + 24, 4, rate);
	put(head + 28, 4, rate * channels * SAMPLE_BYTES);
	put(head + 32, 2, channels * SAMPLE_BYTES);
	put(head + 34, 2, 8 * SAMPLE_BYTES);
	memcpy(head + 36, "data", 4);
	put(head + 40, 4, UINT32_MAX);
	return evbuffer_add(out, head, sizeof head) ? ENOMEM : 0;
}
