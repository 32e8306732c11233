/* utf8: characters of UTF-8 (RFC 3629). Pure. */
#ifndef OFFHOOK_LIB_UTF8_H
#define OFFHOOK_LIB_UTF8_H

#include <stddef.h>

/* Bytes of the character at `at`, in a text that ends with NUL; 0: it is none (NUL, overlong, a surrogate,
 * cut short). */
size_t utf8_length(const unsigned char *at);

/* How many characters a text has; it is not checked. */
size_t utf8_count(const char *text);

#endif
