/* hex: see hex.h. */
#include "lib/hex.h"

#include <string.h>

char *hex_write(char *out, const unsigned char *bytes, size_t count)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*out++ = hex[bytes[i] >> 4];
		*out++ = hex[bytes[i] & 15];
	}
	*out = '\0';
	return out;
}

size_t hex_read(unsigned char *out, size_t max, const char *text)
{
	size_t n = 0;

	for (; n < max; n++, text += 2) {
		const int high = hex_digit(text[0]), low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			break;
		out[n] = (unsigned char)(high << 4 | low);
	}
	return n;
}

char *hex_uuid(char out[HEX_UUID_SIZE], const unsigned char bytes[HEX_UUID_BYTES], int version)
{
	static const size_t groups[] = { 4, 2, 2, 2, 6 };
	unsigned char own[HEX_UUID_BYTES];
	const unsigned char *from = own;
	char *at = out;

	memcpy(own, bytes, sizeof own);
	own[6] = (unsigned char)((own[6] & 0x0f) | version << 4);
	own[8] = (unsigned char)((own[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		if (i > 0)
			*at++ = '-';
		at = hex_write(at, from, groups[i]);
		from += groups[i];
	}
	return out;
}
