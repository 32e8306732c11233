#include "daemon/offhookd/phones/contact_uri.h"

#include "lib/hex.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A piece of a URI. */
struct piece {
	const char *at;
	size_t length;
};

struct uri {
	struct piece scheme, user, host, parameters, headers; /* user with a password, host with its port */
	bool has_user;
};

static struct piece piece_of(const char *from, const char *to)
{
	return (struct piece){ from, (size_t)(to - from) };
}

/* False: it is none. */
static bool split(const char *text, struct uri *out)
{
	const char *colon = strchr(text, ':'), *end = text + strlen(text), *at, *headers, *rest;

	if (!colon || (strncasecmp(text, "sip:", 4) != 0 && strncasecmp(text, "sips:", 5) != 0))
		return false;
	out->scheme = piece_of(text, colon);
	at = strrchr(colon, '@');
	out->has_user = at != NULL;
	out->user = at ? piece_of(colon + 1, at) : piece_of(colon, colon);
	rest = at ? at + 1 : colon + 1;
	headers = strchr(rest, '?');
	out->headers = headers ? piece_of(headers + 1, end) : piece_of(end, end);
	if (headers)
		end = headers;
	at = memchr(rest, ';', (size_t)(end - rest));
	out->host = piece_of(rest, at ? at : end);
	out->parameters = at ? piece_of(at + 1, end) : piece_of(end, end);
	return true;
}

/* The next character with its escape undone; −1 at the end. */
static int next_char(struct piece *p)
{
	int c;

	if (!p->length)
		return -1;
	c = (unsigned char)*p->at;
	if (c == '%' && p->length >= 3 && hex_digit(p->at[1]) >= 0 && hex_digit(p->at[2]) >= 0) {
		c = hex_digit(p->at[1]) * 16 + hex_digit(p->at[2]);
		p->at += 2;
		p->length -= 2;
	}
	p->at++;
	p->length--;
	return c;
}

static bool equal(struct piece a, struct piece b, bool any_case)
{
	int x, y;

	do {
		x = next_char(&a);
		y = next_char(&b);
		if (any_case && x >= 0 && y >= 0) {
			x = tolower(x);
			y = tolower(y);
		}
	} while (x == y && x >= 0);
	return x == y;
}

/* The next of a list of parameters, split into name and value. */
static bool next_parameter(struct piece *list, struct piece *name, struct piece *value)
{
	const char *semicolon, *end, *is;

	while (list->length && *list->at == ';') {
		list->at++;
		list->length--;
	}
	if (!list->length)
		return false;
	semicolon = memchr(list->at, ';', list->length);
	end = semicolon ? semicolon : list->at + list->length;
	is = memchr(list->at, '=', (size_t)(end - list->at));
	*name = piece_of(list->at, is ? is : end);
	*value = is ? piece_of(is + 1, end) : piece_of(end, end);
	*list = piece_of(end, list->at + list->length);
	return true;
}

static bool find_parameter(struct piece list, struct piece wanted, struct piece *value)
{
	struct piece name;

	while (next_parameter(&list, &name, value))
		if (equal(name, wanted, true))
			return true;
	return false;
}

static bool always_counts(struct piece name)
{
	static const char *const names[] = { "transport", "user", "ttl", "method", "maddr" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == name.length && strncasecmp(names[i], name.at, name.length) == 0)
			return true;
	return false;
}

/* Whether all parameters of `a` may stand beside those of `b`. */
static bool fit(struct piece a, struct piece b)
{
	struct piece name, value, other;

	while (next_parameter(&a, &name, &value)) {
		if (find_parameter(b, name, &other) ? !equal(value, other, true) : always_counts(name))
			return false;
	}
	return true;
}

bool contact_uri_equal(const char *a, const char *b)
{
	struct uri x, y;

	if (strcmp(a, b) == 0)
		return true;
	if (!split(a, &x) || !split(b, &y))
		return false;
	return equal(x.scheme, y.scheme, true) && x.has_user == y.has_user && equal(x.user, y.user, false) &&
	       equal(x.host, y.host, true) && equal(x.headers, y.headers, false) &&
	       fit(x.parameters, y.parameters) && fit(y.parameters, x.parameters);
}
