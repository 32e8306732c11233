/* hex: bytes as hexadecimal digits, in lower case. */
#ifndef OFFHOOK_LIB_HEX_H
#define OFFHOOK_LIB_HEX_H

#include <stddef.h>

/* Writes 2 × `count` digits and a NUL. Returns where the NUL is. */
char *hex_write(char *out, const unsigned char *bytes, size_t count);

enum { HEX_UUID_BYTES = 16, HEX_UUID_SIZE = 37 };

/* Writes a UUID of that version (RFC 9562 section 4: its bits are set here). Returns `out`. */
char *hex_uuid(char out[HEX_UUID_SIZE], const unsigned char bytes[HEX_UUID_BYTES], int version);

#endif
