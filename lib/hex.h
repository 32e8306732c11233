/* hex: bytes as hexadecimal digits, written in lower case, read in either. */
#ifndef OFFHOOK_LIB_HEX_H
#define OFFHOOK_LIB_HEX_H

#include <stddef.h>

/* Writes 2 × `count` digits and a NUL. Returns where the NUL is. */
char *hex_write(char *out, const unsigned char *bytes, size_t count);

/* What a digit stands for, 0 to 15; -1: it is none. */
static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads pairs of digits, up to `max` of them and to the first that is none; returns how many. */
size_t hex_read(unsigned char *out, size_t max, const char *text);

enum { HEX_UUID_BYTES = 16, HEX_UUID_SIZE = 37 };

/* Writes a UUID of that version (RFC 9562 section 4: its bits are set here). Returns `out`. */
char *hex_uuid(char out[HEX_UUID_SIZE], const unsigned char bytes[HEX_UUID_BYTES], int version);

#endif
