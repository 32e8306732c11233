/* See route.h. */
#include "daemon/offhookd/trunks/route.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { E164_DIGITS_MAX = 15, E164_DIGITS_MIN = 2 };

bool route_e164(char *out, size_t size, const char *text)
{
	char digits[E164_DIGITS_MAX + 1];
	size_t n = 0;

	if (*text == '+')
		text++;
	for (; *text; text++) {
		if (strchr("-.() ", *text))
			continue;
		if (!isdigit((unsigned char)*text) || n == E164_DIGITS_MAX)
			return false;
		digits[n++] = *text;
	}
	digits[n] = '\0';
	if (n < E164_DIGITS_MIN || digits[0] == '0' || n + 2 > size)
		return false;
	snprintf(out, size, "+%s", digits);
	return true;
}

/* The name or number in `to`, without scheme, domain and parameters. False when the domain is not ours. */
static bool strip(char *out, size_t size, const struct conf *conf, const char *to)
{
	bool is_sip = strncasecmp(to, "sip:", 4) == 0 || strncasecmp(to, "sips:", 5) == 0;
	const char *at;
	size_t n;

	if (is_sip || strncasecmp(to, "tel:", 4) == 0 || strncasecmp(to, "user:", 5) == 0)
		to = strchr(to, ':') + 1;
	at = strchr(to, '@');
	n = at ? (size_t)(at - to) : strcspn(to, ";");
	if (n == 0 || n >= size)
		return false;
	memcpy(out, to, n);
	out[n] = '\0';
	if (at) {
		size_t host = strcspn(at + 1, ":;>");

		return strlen(conf->sip.domain) == host && strncasecmp(at + 1, conf->sip.domain, host) == 0;
	}
	return true;
}

static bool find_number(struct route *out, const struct conf *conf, const char *e164)
{
	const struct conf_route *route;

	out->number = conf_number_find(conf, e164);
	if (out->number) {
		out->kind = ROUTE_NUMBER;
		return true;
	}
	out->user = conf_user_by_number(conf, e164);
	if (out->user) {
		out->kind = ROUTE_USER;
		return true;
	}
	route = conf_route_find(conf, e164);
	if (!route)
		return false;
	out->kind = ROUTE_TRUNKS;
	out->route = route;
	out->targets = route->to;
	out->target_count = route->count;
	return true;
}

void route_find(struct route *out, const struct conf *conf, const char *to)
{
	char name[ROUTE_TEXT_MAX];

	memset(out, 0, sizeof *out);
	if (!to || !strip(name, sizeof name, conf, to))
		return;
	snprintf(out->to, sizeof out->to, "%s", name);
	out->user = conf_user_by_name(conf, name);
	if (out->user && out->user->trunk)
		out->user = NULL; /* a trunk that registers here: not to be called by that name */
	if (out->user) {
		out->kind = ROUTE_USER;
		if (out->user->number)
			snprintf(out->to, sizeof out->to, "%s", out->user->number);
		return;
	}
	if (route_e164(out->to, sizeof out->to, name))
		find_number(out, conf, out->to);
}

const struct conf_account *route_owner(const struct conf *conf, const char *number)
{
	const struct conf_number *n = conf_number_find(conf, number);
	const struct conf_user *u = n ? NULL : conf_user_by_number(conf, number);

	return n ? n->account : u ? u->account : NULL;
}
