/* See json_read.h. */
#include "lib/json_read.h"

#include "lib/json_plain.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A number of so many digits is exact in 64 bits, and (with the point left out) in a double; so are these
 * powers of ten: one division then rounds as the standard asks. */
enum { DEPTH_MAX = 16, INTEGER_DIGITS_MAX = 18, REAL_DIGITS_MAX = 15 };

struct reader {
	const char *at, *end;
	unsigned depth;
};

/* NULL: what follows is for jansson, or there is no memory. */
static json_t *read_value(struct reader *r);

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
		r->at++;
}

/* Whether that is what comes next; it is taken. */
static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_word(struct reader *r, const char *word, size_t length)
{
	if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length))
		return false;
	r->at += length;
	return true;
}

/* Behind the opening quote: the bytes of the text, and whether all are ASCII. The closing quote is taken. */
static bool take_text(struct reader *r, const char **text, size_t *length, bool *ascii)
{
	const char *at = r->at;
	uint64_t all = 0, eight;

	for (; r->end - at >= 8; at += 8) {
		memcpy(&eight, at, 8);
		if (json_plain_ends(eight))
			break;
		all |= eight;
	}
	for (; at < r->end && *at != '"'; at++) {
		if (*at == '\\' || (unsigned char)*at < 0x20)
			return false;
		all |= (unsigned char)*at;
	}
	if (at == r->end)
		return false;
	*text = r->at;
	*length = (size_t)(at - r->at);
	*ascii = !(all & JSON_PLAIN_TOPS);
	r->at = at + 1;
	return true;
}

static json_t *read_string(struct reader *r)
{
	const char *text;
	size_t length;
	bool ascii;

	if (!take_text(r, &text, &length, &ascii))
		return NULL;
	return ascii ? json_stringn_nocheck(text, length) : json_stringn(text, length);
}

/* The digits at the reader into *value, their number; at most `max` of them (0: none, or more). */
static int take_digits(struct reader *r, int64_t *value, int max)
{
	int count = 0;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		if (++count > max)
			return 0;
		*value = *value * 10 + (*r->at - '0');
	}
	return count;
}

static json_t *read_number(struct reader *r)
{
	static const double powers[] = { 1,   1e1, 1e2,	 1e3,  1e4,  1e5,  1e6,	 1e7,
					 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	const bool negative = take_word(r, "-", 1), zero = r->at < r->end && *r->at == '0';
	int64_t value = 0;
	int whole = take_digits(r, &value, INTEGER_DIGITS_MAX), fraction;
	double real;

	if (!whole || (zero && whole > 1))
		return NULL;
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E'))
		return NULL;
	if (!take_word(r, ".", 1))
		return json_integer(negative ? -value : value);
	fraction = whole < REAL_DIGITS_MAX ? take_digits(r, &value, REAL_DIGITS_MAX - whole) : 0;
	if (!fraction || (r->at < r->end && (*r->at == 'e' || *r->at == 'E')))
		return NULL;
	real = (double)value / powers[fraction];
	return json_real(negative ? -real : real);
}

static json_t *read_array(struct reader *r)
{
	json_t *array = json_array();

	if (!array || take(r, ']'))
		return array;
	do {
		json_t *value = read_value(r);

		if (!value || json_array_append_new(array, value))
			goto fail;
	} while (take(r, ','));
	if (take(r, ']'))
		return array;
fail:
	json_decref(array);
	return NULL;
}

static json_t *read_object(struct reader *r)
{
	json_t *object = json_object();

	if (!object || take(r, '}'))
		return object;
	do {
		const char *name;
		size_t length;
		bool ascii;
		json_t *value;

		if (!take(r, '"') || !take_text(r, &name, &length, &ascii) || !ascii || !take(r, ':'))
			goto fail;
		value = read_value(r);
		if (!value || json_object_setn_new_nocheck(object, name, length, value))
			goto fail;
	} while (take(r, ','));
	if (take(r, '}'))
		return object;
fail:
	json_decref(object);
	return NULL;
}

static json_t *read_nested(struct reader *r, char kind)
{
	json_t *value;

	if (r->depth == DEPTH_MAX)
		return NULL;
	r->depth++;
	value = kind == '{' ? read_object(r) : read_array(r);
	r->depth--;
	return value;
}

static json_t *read_value(struct reader *r)
{
	skip_space(r);
	if (r->at == r->end)
		return NULL;
	switch (*r->at) {
	case '"':
		r->at++;
		return read_string(r);
	case '{':
	case '[':
		return read_nested(r, *r->at++);
	case 't':
		return take_word(r, "true", 4) ? json_true() : NULL;
	case 'f':
		return take_word(r, "false", 5) ? json_false() : NULL;
	case 'n':
		return take_word(r, "null", 4) ? json_null() : NULL;
	default:
		return read_number(r);
	}
}

json_t *json_read(const char *text, size_t length)
{
	struct reader reader = { .at = text, .end = text + length };
	json_t *value = read_value(&reader);

	skip_space(&reader);
	if (value && reader.at == reader.end)
		return value;
	json_decref(value);
	return json_loadb(text, length, JSON_DECODE_ANY, NULL);
}
