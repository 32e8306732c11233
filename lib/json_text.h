/* json_text: writing JSON straight into a growing text, for what is written thousands of times a second.
 * Anything else is better served by jansson.
 *
 * The writer puts commas where they belong; a text that is no UTF-8 is written with its bad bytes as "?".
 * Running out of memory sticks: ask json_text_end() once. Not thread safe; a writer may be used again after
 * json_text_reset(). */
#ifndef OFFHOOK_LIB_JSON_TEXT_H
#define OFFHOOK_LIB_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For jansson's json_dumps(): on one line, and numbers without the digits that only a double has
 * (4.4100000000000001). */
#define JSON_TEXT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(10))

struct json_text {
	char *text;
	size_t length, size;
	bool comma;  /* a value was written on this level */
	bool failed; /* out of memory */
};

/* A zeroed struct is an empty writer. */
void json_text_reset(struct json_text *t);
void json_text_free(struct json_text *t);

/* Members of an object: `name` is written as it is, it needs no escapes. */
void json_text_string(struct json_text *t, const char *name,
		      const char *value); /* NULL or "" leaves it out */
void json_text_string_always(struct json_text *t, const char *name, const char *value);
void json_text_int(struct json_text *t, const char *name, int64_t value);
void json_text_milli(struct json_text *t, const char *name, double value); /* three decimals */
void json_text_bool(struct json_text *t, const char *name, bool value);
/* An object as a member: the members between belong to it. */
void json_text_open(struct json_text *t, const char *name);
void json_text_close(struct json_text *t);
/* An array as a member, its elements JSON already. */
void json_text_array_open(struct json_text *t, const char *name);
void json_text_element(struct json_text *t, const char *value, size_t length);
/* An object as an element, or as the whole text: its members and json_text_close() follow. */
void json_text_element_open(struct json_text *t);
void json_text_array_close(struct json_text *t);
void json_text_null(struct json_text *t, const char *name);
/* Text that is JSON already. */
void json_text_raw(struct json_text *t, const char *name, const char *value, size_t length);
/* Members that are JSON already, without braces: "\"a\":1,\"b\":2". */
void json_text_members(struct json_text *t, const char *members, size_t length);

/* Writes the digits of `value` before `end`, at least `least` of them, without a NUL; returns where they
 * begin. Twenty bytes hold any value. */
char *json_text_digits(char *end, uint64_t value, int least);

/* All that was written, with a NUL behind it, until the writer is used again; NULL: out of memory. */
const char *json_text_all(struct json_text *t);

/* Returns 0 or ENOMEM. */
int json_text_end(const struct json_text *t) __attribute__((warn_unused_result));

#endif
