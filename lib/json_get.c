/* json_get: see json_get.h. */
#include "lib/json_get.h"

#include "lib/conf_nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void json_get_init(struct json_get *g, const json_t *object)
{
	g->object = object;
	g->field[0] = '\0';
	g->error[0] = '\0';
}

/* Cuts `text` (a string of `size` bytes that snprintf may have cut) back to whole UTF-8 characters. */
static void trim_utf8(char *text, size_t size, bool cut)
{
	size_t n = strlen(text);
	size_t start = n;

	if (!cut || n + 1 < size)
		return;
	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xc0) {
		unsigned char lead = (unsigned char)text[start - 1];
		size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

		if (n - (start - 1) < want)
			text[start - 1] = '\0';
	}
}

void json_get_fail(struct json_get *g, const char *field, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (g->error[0])
		return;
	n = snprintf(g->field, sizeof(g->field), "%s", field);
	trim_utf8(g->field, sizeof(g->field), n >= (int)sizeof(g->field));
	va_start(ap, fmt);
	n = vsnprintf(g->error, sizeof(g->error), fmt, ap);
	va_end(ap);
	trim_utf8(g->error, sizeof(g->error), n >= (int)sizeof(g->error));
	if (!g->error[0])
		snprintf(g->error, sizeof(g->error), "is wrong");
}

int json_get_status(const struct json_get *g)
{
	return g->error[0] ? EINVAL : 0;
}

/* The member, or NULL when it is absent, or after an error. */
static const json_t *find(struct json_get *g, const char *name, bool required)
{
	const json_t *value;

	if (g->error[0])
		return NULL;
	if (!json_is_object(g->object)) {
		/* No params at all is the same as an empty object. */
		if (!g->object && !required)
			return NULL;
		json_get_fail(g, name, g->object ? "must be a member of an object" : "\"%s\" is missing",
			      name);
		return NULL;
	}
	value = json_object_get(g->object, name);
	if (!value || json_is_null(value)) {
		if (required)
			json_get_fail(g, name, "\"%s\" is missing", name);
		return NULL;
	}
	return value;
}

bool json_get_string(struct json_get *g, const char *name, bool required, const char **out)
{
	const json_t *value = find(g, name, required);

	if (!value)
		return false;
	if (!json_is_string(value)) {
		json_get_fail(g, name, "\"%s\" must be a string", name);
		return false;
	}
	*out = json_string_value(value);
	return true;
}

bool json_get_int(struct json_get *g, const char *name, bool required, int64_t min, int64_t max, int64_t *out)
{
	const json_t *value = find(g, name, required);

	if (!value)
		return false;
	if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max) {
		json_get_fail(g, name, "\"%s\" must be a whole number from %" PRId64 " to %" PRId64, name,
			      min, max);
		return false;
	}
	*out = json_integer_value(value);
	return true;
}

bool json_get_bool(struct json_get *g, const char *name, bool required, bool *out)
{
	const json_t *value = find(g, name, required);

	if (!value)
		return false;
	if (!json_is_boolean(value)) {
		json_get_fail(g, name, "\"%s\" must be true or false", name);
		return false;
	}
	*out = json_is_true(value);
	return true;
}

static void fail_enum(struct json_get *g, const char *name, const char *const names[])
{
	char allowed[112] = "";
	size_t used = 0;

	for (size_t i = 0; names[i] && used < sizeof(allowed) - 1; i++) {
		int n = snprintf(allowed + used, sizeof(allowed) - used, "%s%s", i > 0 ? ", " : "", names[i]);

		used += n > 0 ? (size_t)n : 0;
	}
	json_get_fail(g, name, "\"%s\" must be one of %s", name, allowed);
}

bool json_get_enum(struct json_get *g, const char *name, bool required, const char *const names[], int *out)
{
	const json_t *value = find(g, name, required);
	const char *text;

	if (!value)
		return false;
	text = json_string_value(value);
	for (int i = 0; text && names[i]; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = i;
			return true;
		}
	}
	fail_enum(g, name, names);
	return false;
}

bool json_get_object(struct json_get *g, const char *name, bool required, const json_t **out)
{
	const json_t *value = find(g, name, required);

	if (!value)
		return false;
	if (!json_is_object(value)) {
		json_get_fail(g, name, "\"%s\" must be an object", name);
		return false;
	}
	*out = value;
	return true;
}

bool json_get_array(struct json_get *g, const char *name, bool required, const json_t **out)
{
	const json_t *value = find(g, name, required);

	if (!value)
		return false;
	if (!json_is_array(value)) {
		json_get_fail(g, name, "\"%s\" must be an array", name);
		return false;
	}
	*out = value;
	return true;
}

static bool is_one_of(const char *name, const char *const names[])
{
	for (size_t i = 0; names[i]; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Says what may have been meant, and all that is known. */
static void refuse_unknown(struct json_get *g, const char *name, const char *const names[])
{
	char known[sizeof g->error] = "", meant[128];
	struct conf_nearest nearest;
	size_t used = 0;

	conf_nearest_begin(&nearest, name, strlen(name));
	for (size_t i = 0; names[i]; i++) {
		conf_nearest_look(&nearest, names[i]);
		if (used < sizeof known)
			used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
						 names[i]);
	}
	json_get_fail(g, name, "\"%.80s\" is not known here%s%s%s", name, conf_nearest_text(&nearest, meant),
		      *known ? "; known: " : "", known);
}

void json_get_only(struct json_get *g, const char *const names[])
{
	/* jansson's iterator wants a non-const object, and does not change it. */
	json_t *object = (json_t *)(uintptr_t)g->object;

	if (g->error[0] || !g->object)
		return;
	if (!json_is_object(g->object)) {
		json_get_fail(g, "", "must be an object");
		return;
	}
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		const char *name = json_object_iter_key(i);

		if (!is_one_of(name, names)) {
			refuse_unknown(g, name, names);
			return;
		}
	}
}

const char *json_member_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}
