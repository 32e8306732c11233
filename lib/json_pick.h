/* json_pick: a few members of an object that is JSON text, without reading the others: for lists, of whose
 * records most of what is kept is not shown.
 *
 * The text is one that a JSON writer has made (what is kept in a database); of one that is broken some
 * members may be found, and nothing behind its NUL is read. Threads: any. */
#ifndef OFFHOOK_LIB_JSON_PICK_H
#define OFFHOOK_LIB_JSON_PICK_H

#include <jansson.h>
#include <stddef.h>

/* The value of that member of the object, as it is written, and its length; NULL: there is none. The name is
 * found as it stands in the text: it needs no escapes. */
const char *json_pick_text(const char *object, const char *name, size_t *length);

/* A new object with those members (NULL ends `names`) that `object` has; NULL without memory. `object` may be
 * NULL. */
json_t *json_pick(const char *object, const char *const names[]);

/* The same of an object that has been read: sets those members that `object` has in `out`. */
void json_pick_into(json_t *out, const json_t *object, const char *const names[]);

#endif
