/* json_read: JSON text into jansson's values, several times as fast as jansson's own reader, for what another
 * program of ours has written: the lines of the control socket, what is kept in a database.
 *
 * What such a writer makes all day is read here: plain texts, integers, short decimals, nested a little. As
 * soon as there is anything else (an escape, an exponent, deep nesting, whatever is wrong) jansson reads the
 * whole text: so the result is always the one that jansson has. Threads: any. */
#ifndef OFFHOOK_LIB_JSON_READ_H
#define OFFHOOK_LIB_JSON_READ_H

#include <jansson.h>
#include <stddef.h>

/* As json_loadb() with JSON_DECODE_ANY: any value; of a name that an object has twice the last one counts. A
 * new reference, or NULL: no JSON (RFC 8259), or out of memory. */
json_t *json_read(const char *text, size_t length);

#endif
