/* See json_write.h. */
#include "lib/json_write.h"

#include "lib/json_plain.h"
#include "lib/json_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024, DEPTH_MAX = 32, FLAGS = JSON_TEXT_FLAGS | JSON_ENCODE_ANY };

struct writer {
	char *text;
	size_t length, size;
	unsigned depth;
};

/* Each returns false when there is no memory, or something for jansson. */
static bool write_value(struct writer *w, const json_t *value);

static bool reserve(struct writer *w, size_t n)
{
	size_t size = w->size ? w->size : FIRST_SIZE;
	char *text;

	if (w->size - w->length >= n)
		return true;
	while (size - w->length < n)
		size *= 2;
	text = realloc(w->text, size);
	if (!text)
		return false;
	w->text = text;
	w->size = size;
	return true;
}

static bool put(struct writer *w, const char *bytes, size_t n)
{
	if (!reserve(w, n))
		return false;
	memcpy(w->text + w->length, bytes, n);
	w->length += n;
	return true;
}

/* As jansson escapes what it must. */
static bool put_escaped(struct writer *w, unsigned char c)
{
	static const char letters[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	char text[8];

	for (const char *at = letters; *at; at += 2) {
		if ((unsigned char)at[1] == c) {
			const char two[] = { '\\', at[0] };

			return put(w, two, sizeof two);
		}
	}
	snprintf(text, sizeof text, "\\u%04X", c);
	return put(w, text, 6);
}

/* How many bytes at `s` need no escape, of `n`. */
static size_t plain_length(const char *s, size_t n)
{
	size_t at = 0;
	uint64_t x;

	for (; n - at >= sizeof x; at += sizeof x) {
		memcpy(&x, s + at, sizeof x);
		if (json_plain_ends(x))
			break;
	}
	while (at < n && (unsigned char)s[at] >= 0x20 && s[at] != '"' && s[at] != '\\')
		at++;
	return at;
}

static bool write_string(struct writer *w, const char *s, size_t n)
{
	if (!reserve(w, n + 2))
		return false;
	w->text[w->length++] = '"';
	while (n > 0) {
		const size_t plain = plain_length(s, n);

		if (!put(w, s, plain) || (plain < n && !put_escaped(w, (unsigned char)s[plain])))
			return false;
		s += plain + (plain < n);
		n -= plain + (plain < n);
	}
	return put(w, "\"", 1);
}

static bool write_integer(struct writer *w, json_int_t value)
{
	char digits[24], *end = digits + sizeof digits;
	char *at = json_text_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);

	if (value < 0)
		*--at = '-';
	return put(w, at, (size_t)(end - at));
}

static bool write_real(struct writer *w, const json_t *value)
{
	char text[64];
	const size_t n = json_dumpb(value, text, sizeof text, FLAGS);

	return n > 0 && n <= sizeof text && put(w, text, n);
}

static bool write_array(struct writer *w, const json_t *array)
{
	const size_t count = json_array_size(array);

	if (!put(w, "[", 1))
		return false;
	for (size_t i = 0; i < count; i++)
		if ((i && !put(w, ",", 1)) || !write_value(w, json_array_get(array, i)))
			return false;
	return put(w, "]", 1);
}

static bool write_object(struct writer *w, const json_t *value)
{
	json_t *object = (json_t *)value;
	bool comma = false;

	if (!put(w, "{", 1))
		return false;
	for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
		if ((comma && !put(w, ",", 1)) ||
		    !write_string(w, json_object_iter_key(at), json_object_iter_key_len(at)) ||
		    !put(w, ":", 1) || !write_value(w, json_object_iter_value(at)))
			return false;
		comma = true;
	}
	return put(w, "}", 1);
}

static bool write_nested(struct writer *w, const json_t *value)
{
	bool done;

	if (w->depth == DEPTH_MAX)
		return false;
	w->depth++;
	done = json_is_object(value) ? write_object(w, value) : write_array(w, value);
	w->depth--;
	return done;
}

static bool write_value(struct writer *w, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return write_string(w, json_string_value(value), json_string_length(value));
	case JSON_INTEGER:
		return write_integer(w, json_integer_value(value));
	case JSON_REAL:
		return write_real(w, value);
	case JSON_TRUE:
		return put(w, "true", 4);
	case JSON_FALSE:
		return put(w, "false", 5);
	case JSON_NULL:
		return put(w, "null", 4);
	case JSON_OBJECT:
	case JSON_ARRAY:
		return write_nested(w, value);
	}
	return false;
}

char *json_write(const json_t *value)
{
	struct writer writer = { 0 };

	if (value && write_value(&writer, value) && put(&writer, "", 1))
		return writer.text;
	free(writer.text);
	return value ? json_dumps(value, FLAGS) : NULL;
}
