/* json_write: jansson's values as text, several times as fast as jansson's own writer, byte for byte the
 * same: for what is written at every event. Values that are not at hand yet are better written by json_text.
 * Threads: any, one at a time for a value. */
#ifndef OFFHOOK_LIB_JSON_WRITE_H
#define OFFHOOK_LIB_JSON_WRITE_H

#include <jansson.h>

/* As json_dumps() with JSON_TEXT_FLAGS (lib/json_text.h) and JSON_ENCODE_ANY: on one line, members in the
 * order in which they were set. A new string, or NULL: `value` is NULL or contains itself, or out of memory.
 */
char *json_write(const json_t *value);

#endif
