#include "daemon/api/speech/wav.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <stdbool.h>

/* Bytes: "RIFF", length, "WAVE", and then chunks: name, length, what is in them, even. */
enum { HEADER = 12, CHUNK = 8, FORMAT_MIN = 16 };

static uint32_t read_32(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void write_32(char *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (char)(value >> (8 * i));
}

int wav_mend(char *bytes, size_t size)
{
	size_t at = HEADER;
	bool format = false;

	if (size < HEADER + CHUNK || size > INT32_MAX || memcmp(bytes, "RIFF", 4) ||
	    memcmp(bytes + 8, "WAVE", 4))
		return EINVAL;
	while (size - at >= CHUNK) {
		const size_t left = size - at - CHUNK, length = read_32(bytes + at + 4);

		if (!memcmp(bytes + at, "data", 4)) {
			if (!format || !left)
				return EINVAL;
			/* behind the sound there may be more, unless its length was not known */
			if (!length || length > left)
				write_32(bytes + at + 4, (uint32_t)left);
			write_32(bytes + 4, (uint32_t)size - CHUNK);
			return 0;
		}
		if (length > left)
			return EINVAL;
		format |= !memcmp(bytes + at, "fmt ", 4) && length >= FORMAT_MIN;
		at += CHUNK + length + (length & 1);
		if (at > size)
			return EINVAL;
	}
	return EINVAL;
}
