/* See json_pick.h. */
#include "lib/json_pick.h"

#include "lib/json_read.h"

#include <stdbool.h>
#include <string.h>

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

/* Behind the closing quote of the string that begins at `at`, or at the end of the text. */
static const char *skip_string(const char *at)
{
	for (at++; *at && *at != '"'; at++)
		if (*at == '\\' && at[1])
			at++;
	return at + (*at == '"');
}

/* Behind the value at `at`, or at the end of the text. */
static const char *skip_value(const char *at)
{
	size_t depth = 0;

	do {
		if (*at == '"') {
			at = skip_string(at);
		} else if (*at == '{' || *at == '[') {
			depth++;
			at++;
		} else if (depth && (*at == '}' || *at == ']')) {
			depth--;
			at++;
		} else if (depth) {
			at += strcspn(at, "\"{}[]");
		} else {
			at += strcspn(at, ",]} \t\r\n");
			break;
		}
	} while (depth && *at);
	return at;
}

/* The next member at `at`, which is behind "{" or a value. NULL: that was the last. */
static const char *next_member(const char *at, const char **name, size_t *name_length, const char **value)
{
	at = skip_space(at);
	if (*at == ',')
		at = skip_space(at + 1);
	if (*at != '"')
		return NULL;
	*name = at + 1;
	at = skip_string(at);
	*name_length = (size_t)(at - *name) - (at[-1] == '"');
	at = skip_space(at);
	if (*at != ':')
		return NULL;
	*value = skip_space(at + 1);
	at = skip_value(*value);
	return at > *value ? at : NULL;
}

static bool is_named(const char *name, const char *text, size_t length)
{
	return !strncmp(name, text, length) && !name[length];
}

const char *json_pick_text(const char *object, const char *name, size_t *length)
{
	const char *at = skip_space(object), *found, *value;
	size_t found_length;

	if (*at != '{')
		return NULL;
	for (at++; (at = next_member(at, &found, &found_length, &value)) != NULL;) {
		if (!is_named(name, found, found_length))
			continue;
		*length = (size_t)(at - value);
		return value;
	}
	return NULL;
}

json_t *json_pick(const char *object, const char *const names[])
{
	const char *at = object ? skip_space(object) : "", *found, *value;
	json_t *json = json_object();
	size_t length;

	if (*at != '{')
		return json;
	for (at++; (at = next_member(at, &found, &length, &value)) != NULL;) {
		for (size_t i = 0; names[i]; i++) {
			if (!is_named(names[i], found, length))
				continue;
			json_object_set_new(json, names[i], json_read(value, (size_t)(at - value)));
			break;
		}
	}
	return json;
}

void json_pick_into(json_t *out, const json_t *object, const char *const names[])
{
	for (size_t i = 0; names[i]; i++) {
		json_t *value = json_object_get(object, names[i]);

		if (value)
			json_object_set(out, names[i], value);
	}
}
