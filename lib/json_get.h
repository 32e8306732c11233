/* json_get: typed reading of JSON objects from outside, with an error that names the field.
 *
 * Usage: fill a json_get with the object and read members one after the other; the first error sticks, later
 * reads leave their outputs alone; ask for it once at the end. Strings stay owned by the object. */
#ifndef OFFHOOK_LIB_JSON_GET_H
#define OFFHOOK_LIB_JSON_GET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct json_get {
	const json_t *object; /* borrowed; anything but an object is an error at the first read */
	char field[64];	      /* member that the first error is about, "" while there is none */
	char error[480];      /* what is wrong and what is allowed, "" while there is none */
};

void json_get_init(struct json_get *g, const json_t *object);

/* Each returns true when the member was there and of the right type, and sets *out only then. A member that
 * is null counts as absent. `required` makes absence an error. Ranges are inclusive; an enum's `names` ends
 * with NULL and *out is the index. */
bool json_get_string(struct json_get *g, const char *name, bool required, const char **out);
bool json_get_int(struct json_get *g, const char *name, bool required, int64_t min, int64_t max,
		  int64_t *out);
bool json_get_bool(struct json_get *g, const char *name, bool required, bool *out);
bool json_get_enum(struct json_get *g, const char *name, bool required, const char *const names[], int *out);
bool json_get_object(struct json_get *g, const char *name, bool required, const json_t **out);
bool json_get_array(struct json_get *g, const char *name, bool required, const json_t **out);

/* Refuses members that are not in `names` (ends with NULL). */
void json_get_only(struct json_get *g, const char *const names[]);

/* Records an error of the caller's own about `field`, if there is none yet. */
void json_get_fail(struct json_get *g, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Without a json_get: the text that a member is, or "" where it is none. */
const char *json_member_text(const json_t *object, const char *name);

/* 0 while all went well, else EINVAL. */
int json_get_status(const struct json_get *g) __attribute__((warn_unused_result));

#endif
