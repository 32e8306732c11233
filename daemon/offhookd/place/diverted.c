/* See diverted.h. */
#include "daemon/offhookd/place/diverted.h"

#include "daemon/offhookd/trunks/route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_claim(const char *name)
{
	static const char *const names[] = { "Diversion", "History-Info", "Referred-By" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Behind the scheme of the next URI in `text`; NULL: there is none. */
static const char *next_uri(const char *text)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };

	for (const char *at = text; *at; at++)
		for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
			if (strncasecmp(at, schemes[i], strlen(schemes[i])) == 0)
				return at + strlen(schemes[i]);
	return NULL;
}

static bool is_own(const char *uri, const struct conf *conf, const struct conf_account *account)
{
	char name[ROUTE_TEXT_MAX], number[ROUTE_TEXT_MAX];
	const struct conf_user *user;
	size_t n = strcspn(uri, "@;>, \t\"");

	if (n == 0 || n >= sizeof name)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)n, uri);
	user = conf_user_by_name(conf, name);
	if (user)
		return user->account == account;
	return route_own_number(number, sizeof number, name) && route_owner(conf, number) == account;
}

static bool names_own_alone(const char *value, const struct conf *conf, const struct conf_account *account)
{
	const char *uri = next_uri(value);

	for (const char *at = uri; at; at = next_uri(at))
		if (!is_own(at, conf, account))
			return false;
	return uri != NULL;
}

size_t diverted_keep_own(struct ua_header *headers, size_t count, const struct conf *conf,
			 const struct conf_account *account)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_claim(headers[i].name) || names_own_alone(headers[i].value, conf, account))
			headers[n++] = headers[i];
	return n;
}
