/* See json_text.h. */
#include "lib/json_text.h"

#include "lib/json_plain.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024 };

void json_text_reset(struct json_text *t)
{
	t->length = 0;
	t->comma = t->failed = false;
}

void json_text_free(struct json_text *t)
{
	free(t->text);
	memset(t, 0, sizeof *t);
}

static bool grow(struct json_text *t, size_t n)
{
	size_t size = t->size ? t->size : FIRST_SIZE;
	char *text;

	if (t->failed)
		return false;
	while (size - t->length < n)
		size *= 2;
	text = realloc(t->text, size);
	if (!text) {
		t->failed = true;
		return false;
	}
	t->text = text;
	t->size = size;
	return true;
}

/* Makes room for `n` more bytes. */
static inline bool reserve(struct json_text *t, size_t n)
{
	return (t->size - t->length >= n && !t->failed) || grow(t, n);
}

static void put(struct json_text *t, const char *bytes, size_t n)
{
	if (!reserve(t, n))
		return;
	memcpy(t->text + t->length, bytes, n);
	t->length += n;
}

static void put_char(struct json_text *t, char c)
{
	put(t, &c, 1);
}

/* In one piece: a call's events have hundreds of names. */
static void put_name(struct json_text *t, const char *name)
{
	size_t n = strlen(name);
	char *at;

	if (!reserve(t, n + 4))
		return;
	at = t->text + t->length;
	if (t->comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, name, n);
	at += n;
	*at++ = '"';
	*at++ = ':';
	t->length = (size_t)(at - t->text);
	t->comma = true;
}

static void put_escaped(struct json_text *t, unsigned char c)
{
	char text[8];

	switch (c) {
	case '"':
	case '\\':
		text[0] = '\\';
		text[1] = (char)c;
		put(t, text, 2);
		break;
	case '\n':
		put(t, "\\n", 2);
		break;
	case '\t':
		put(t, "\\t", 2);
		break;
	default:
		put(t, text, (size_t)snprintf(text, sizeof text, "\\u%04x", c));
	}
}

/* How many bytes at `s` need no escape, of `n`; eight are looked at together: nearly all text is plain. */
static size_t plain_length(const unsigned char *s, size_t n)
{
	size_t at = 0;
	uint64_t x;

	for (; n - at >= sizeof x; at += sizeof x) {
		memcpy(&x, s + at, sizeof x);
		if (json_plain_ends(x) || x & JSON_PLAIN_TOPS)
			break;
	}
	while (at < n && s[at] >= 0x20 && s[at] < 0x80 && s[at] != '"' && s[at] != '\\')
		at++;
	return at;
}

static void put_quoted(struct json_text *t, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	size_t left = strlen(value);

	if (!reserve(t, left + 2))
		return;
	put_char(t, '"');
	while (left > 0) {
		size_t n = plain_length(s, left);

		put(t, (const char *)s, n);
		s += n;
		left -= n;
		if (left == 0)
			break;
		n = 1;
		if (*s >= 0x80) {
			size_t whole = utf8_length(s);

			n = whole ? whole : 1;
			put(t, whole ? (const char *)s : "?", n);
		} else {
			put_escaped(t, *s);
		}
		s += n;
		left -= n;
	}
	put_char(t, '"');
}

void json_text_string_always(struct json_text *t, const char *name, const char *value)
{
	put_name(t, name);
	put_quoted(t, value ? value : "");
}

void json_text_string(struct json_text *t, const char *name, const char *value)
{
	if (value && value[0])
		json_text_string_always(t, name, value);
}

char *json_text_digits(char *end, uint64_t value, int least)
{
	for (; value > 0 || least > 0; value /= 10, least--)
		*--end = (char)('0' + value % 10);
	return end;
}

void json_text_int(struct json_text *t, const char *name, int64_t value)
{
	char digits[24], *end = digits + sizeof digits;
	char *at = json_text_digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);

	if (value < 0)
		*--at = '-';
	put_name(t, name);
	put(t, at, (size_t)(end - at));
}

void json_text_milli(struct json_text *t, const char *name, double value)
{
	bool negative = value < 0;
	double thousandths = (negative ? -value : value) * 1000 + 0.5;
	char digits[32], *end = digits + sizeof digits, *at;
	uint64_t whole;

	/* Of no use to anybody, and JSON has no word for it. */
	if (!(thousandths < 1e18))
		thousandths = 0;
	whole = (uint64_t)thousandths;
	at = json_text_digits(end, whole % 1000, 3);
	*--at = '.';
	at = json_text_digits(at, whole / 1000, 1);
	if (negative && whole > 0)
		*--at = '-';
	put_name(t, name);
	put(t, at, (size_t)(end - at));
}

void json_text_bool(struct json_text *t, const char *name, bool value)
{
	put_name(t, name);
	put(t, value ? "true" : "false", value ? 4 : 5);
}

void json_text_open(struct json_text *t, const char *name)
{
	put_name(t, name);
	put_char(t, '{');
	t->comma = false;
}

void json_text_close(struct json_text *t)
{
	put_char(t, '}');
	t->comma = true;
}

void json_text_array_open(struct json_text *t, const char *name)
{
	put_name(t, name);
	put_char(t, '[');
	t->comma = false;
}

void json_text_element(struct json_text *t, const char *value, size_t length)
{
	if (t->comma)
		put_char(t, ',');
	put(t, value, length);
	t->comma = true;
}

void json_text_element_open(struct json_text *t)
{
	json_text_element(t, "{", 1);
	t->comma = false;
}

void json_text_array_close(struct json_text *t)
{
	put_char(t, ']');
	t->comma = true;
}

void json_text_null(struct json_text *t, const char *name)
{
	put_name(t, name);
	put(t, "null", 4);
}

void json_text_raw(struct json_text *t, const char *name, const char *value, size_t length)
{
	put_name(t, name);
	put(t, value, length);
}

void json_text_members(struct json_text *t, const char *members, size_t length)
{
	if (length == 0)
		return;
	if (t->comma)
		put_char(t, ',');
	put(t, members, length);
	t->comma = true;
}

const char *json_text_all(struct json_text *t)
{
	if (!reserve(t, 1))
		return NULL;
	t->text[t->length] = '\0';
	return t->text;
}

int json_text_end(const struct json_text *t)
{
	return t->failed ? ENOMEM : 0;
}
