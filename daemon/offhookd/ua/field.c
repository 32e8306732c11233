/* See field.h. */
#include "daemon/offhookd/ua/field.h"

#include <string.h>
#include <strings.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ua_field_next(struct ua_field *out, const char **at, const char *end)
{
	const char *line = *at, *stop = line, *nl, *colon;

	do {
		nl = memchr(stop, '\n', (size_t)(end - stop));
		if (!nl)
			return false;
		stop = nl + 1;
	} while (stop < end && (*stop == ' ' || *stop == '\t'));
	*at = stop;
	while (stop > line && is_space(stop[-1]))
		stop--;
	if (stop == line)
		return false;
	colon = memchr(line, ':', (size_t)(stop - line));
	*out = (struct ua_field){ .name = line, .value = stop };
	if (!colon)
		return true;
	out->name_length = (size_t)(colon - line);
	while (out->name_length && is_space(line[out->name_length - 1]))
		out->name_length--;
	for (out->value = colon + 1; out->value < stop && is_space(*out->value); out->value++)
		;
	out->length = (size_t)(stop - out->value);
	return true;
}

bool ua_field_is_called(const struct ua_field *f, const char *name, char compact)
{
	size_t n = strlen(name);

	return (f->name_length == n && strncasecmp(f->name, name, n) == 0) ||
	       (compact && f->name_length == 1 && (f->name[0] | 0x20) == compact);
}

const char *ua_field_first(const char *text, size_t size)
{
	const char *nl = memchr(text, '\n', size);

	return nl ? nl + 1 : text + size;
}
