/* See route.h. */
#include "daemon/offhookd/trunks/route.h"

#include "lib/phone_number.h"

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

/* One of our numbers, or a user's. */
static bool find_own(struct route *out, const struct conf *conf, const char *number)
{
	out->number = conf_number_find(conf, number);
	out->user = out->number ? NULL : conf_user_by_number(conf, number);
	if (out->number)
		out->kind = ROUTE_NUMBER;
	else if (out->user)
		out->kind = ROUTE_USER;
	else
		return false;
	snprintf(out->to, sizeof out->to, "%s", number);
	return true;
}

static void use_route(struct route *out, const struct conf_route *route)
{
	if (!route)
		return;
	out->kind = ROUTE_TRUNKS;
	out->route = route;
	out->targets = route->to;
	out->target_count = route->count;
}

/* The route of an emergency number that no pattern takes as it is: that of the numbers of its country, where
 * the conf says which, or else of any number. It is dialled as it is all the same. */
static const struct conf_route *emergency_route(const struct conf *conf, const char *number,
						const char *country)
{
	char home[PHONE_NUMBER_SIZE + 16];
	const struct conf_route *route = NULL;
	unsigned code = country ? phone_number_country_code(country) : 0;

	if (code) {
		snprintf(home, sizeof home, "+%u%s", code, number);
		route = conf_route_find(conf, home);
	}
	snprintf(home, sizeof home, "+%s", number);
	if (!route)
		route = conf_route_find(conf, home);
	return route ? route : conf->route_count ? &conf->routes[0] : NULL;
}

/* One that nobody of ours has: a short number goes out as it was dialled, any other in E.164. */
static void find_outside(struct route *out, const struct conf *conf, const char *dialled, const char *country)
{
	const struct conf_route *route;
	char e164[PHONE_NUMBER_SIZE];
	/* "+112" is no number of E.164: somebody's telephone book, or a program, has put the "+" there */
	const char *plain =
	    dialled[0] == '+' && phone_number_is_emergency(dialled + 1, country) ? dialled + 1 : dialled;

	if (phone_number_is_short(plain)) {
		snprintf(out->to, sizeof out->to, "%s", plain);
		route = conf_route_find(conf, plain);
		out->emergency = phone_number_is_emergency(plain, country);
		if (!route && out->emergency)
			route = emergency_route(conf, plain, country);
		use_route(out, route);
		out->emergency = out->emergency && out->kind == ROUTE_TRUNKS;
		return;
	}
	if (dialled[0] == '+' || !country || !phone_number_read(e164, dialled, country)) {
		if (!route_e164(e164, sizeof e164, dialled))
			return;
	}
	snprintf(out->to, sizeof out->to, "%s", e164);
	if (!find_own(out, conf, e164))
		use_route(out, conf_route_find(conf, e164));
}

static bool find_name(struct route *out, const struct conf *conf, const char *name)
{
	out->user = conf_user_by_name(conf, name);
	if (out->user && out->user->trunk)
		out->user = NULL; /* a trunk that registers here: not to be called by that name */
	if (!out->user)
		return false;
	out->kind = ROUTE_USER;
	if (out->user->number)
		snprintf(out->to, sizeof out->to, "%s", out->user->number);
	return true;
}

void route_find(struct route *out, const struct conf *conf, const char *account_name, const char *to)
{
	const struct conf_account *account = account_name ? conf_account_by_name(conf, account_name) : NULL;
	const char *country = account ? account->country : NULL;
	char name[ROUTE_TEXT_MAX], dialled[PHONE_NUMBER_SIZE];

	memset(out, 0, sizeof *out);
	if (!to || !strip(name, sizeof name, conf, to))
		return;
	snprintf(out->to, sizeof out->to, "%s", name);
	if (find_name(out, conf, name) || !phone_number_bare(dialled, name))
		return;
	if (!find_own(out, conf, dialled))
		find_outside(out, conf, dialled, country);
	else if (out->number && out->number->action == CONF_NUMBER_DIAL)
		out->emergency = phone_number_is_emergency(dialled, country);
}

/* Whether `to` is a SIP URI that can be asked for as it is: printable, with a host. */
static bool is_sip_uri(const char *to)
{
	const char *host = strchr(to, ':');

	if (strncasecmp(to, "sip:", 4) != 0 && strncasecmp(to, "sips:", 5) != 0)
		return false;
	for (const char *c = to; *c; c++)
		if ((unsigned char)*c <= ' ' || strchr("<>\"\\^`{|}", *c) || (unsigned char)*c > '~')
			return false;
	host = strchr(to, '@') ? strchr(to, '@') : host;
	return isalnum((unsigned char)host[1]) || host[1] == '[';
}

bool route_is_closed_uri(const struct conf *conf, const char *to)
{
	char name[ROUTE_TEXT_MAX];

	return to && !conf->sip.dial_uris && is_sip_uri(to) && !strip(name, sizeof name, conf, to);
}

void route_find_for_program(struct route *out, const struct conf *conf, const char *account, const char *to)
{
	const size_t length = to ? strcspn(to, "?") : 0;
	char name[ROUTE_TEXT_MAX];

	route_find(out, conf, account, to);
	if (out->kind != ROUTE_NONE || !to || !conf->sip.dial_uris || length >= sizeof out->to ||
	    !is_sip_uri(to) || strip(name, sizeof name, conf, to))
		return;
	memset(out, 0, sizeof *out);
	out->kind = ROUTE_URI;
	memcpy(out->to, to, length);
}

bool route_own_number(char *out, size_t size, const char *text)
{
	char bare[PHONE_NUMBER_SIZE];

	if (phone_number_bare(bare, text) && phone_number_is_short(bare)) {
		snprintf(out, size, "%s", bare);
		return true;
	}
	return route_e164(out, size, text);
}

const struct conf_account *route_owner(const struct conf *conf, const char *number)
{
	const struct conf_number *n = conf_number_find(conf, number);
	const struct conf_user *u = n ? NULL : conf_user_by_number(conf, number);

	return n ? n->account : u ? u->account : NULL;
}
