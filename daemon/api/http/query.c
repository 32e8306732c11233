#include "daemon/api/http/query.h"

#include "lib/hex.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int query_unescape(char *text, bool plus)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		if (*in == '%') {
			int high = hex_digit(in[1]);
			int low = high < 0 ? -1 : hex_digit(in[2]);

			if (low < 0 || (high == 0 && low == 0))
				return EINVAL;
			*out++ = (char)(high << 4 | low);
			in += 2;
		} else {
			*out++ = plus && *in == '+' ? ' ' : *in;
		}
	}
	*out = '\0';
	return 0;
}

bool query_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t length = utf8_length(s);

		if (!length)
			return false;
		s += length;
	}
	return true;
}

static int query_add(struct query *out, char *pair)
{
	char *value = strchr(pair, '=');

	if (!*pair)
		return 0;
	if (out->count == QUERY_MAX)
		return E2BIG;
	if (value)
		*value++ = '\0';
	else
		value = pair + strlen(pair);
	if (query_unescape(pair, true) || (*value && query_unescape(value, true)))
		return EINVAL;
	if (!query_is_utf8(pair) || !query_is_utf8(value))
		return EINVAL;
	out->items[out->count].name = pair;
	out->items[out->count++].value = value;
	return 0;
}

int query_parse(struct query *out, const char *text)
{
	char *next;
	int err = 0;

	out->count = 0;
	out->storage = strdup(text ? text : "");
	if (!out->storage)
		return ENOMEM;
	for (char *pair = out->storage; pair && !err; pair = next) {
		next = strchr(pair, '&');
		if (next)
			*next++ = '\0';
		err = query_add(out, pair);
	}
	if (err)
		query_clear(out);
	return err;
}

const char *query_get(const struct query *query, const char *name)
{
	for (size_t i = 0; i < query->count; i++)
		if (!strcmp(query->items[i].name, name))
			return query->items[i].value;
	return NULL;
}

void query_clear(struct query *query)
{
	free(query->storage);
	query->storage = NULL;
	query->count = 0;
}
