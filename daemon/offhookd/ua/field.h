/* field: the header fields of a SIP message as it has arrived, before sofia-sip reads it (RFC 3261 section
 * 7.3). Pure functions; nothing is copied. */
#ifndef OFFHOOK_UA_FIELD_H
#define OFFHOOK_UA_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* Both without the blanks around them; the value as it stands, folded lines included. One without a colon has
 * a name of no length. */
struct ua_field {
	const char *name, *value;
	size_t name_length, length;
};

/* Past the first line of a message. */
const char *ua_field_first(const char *text, size_t size);
/* The next whole field from `*at` on; false at the end of the header section, or of what is there. */
bool ua_field_next(struct ua_field *out, const char **at, const char *end);
/* In any case, or by its compact form (a letter; 0: it has none). */
bool ua_field_is_called(const struct ua_field *f, const char *name, char compact);

#endif
