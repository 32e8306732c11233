/* See ours.h. */
#include "daemon/offhookd/place/ours.h"

#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/ua/ua.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool ours_host(const struct place *place, const char *host, const char *home)
{
	const struct conf_strings *aliases = &place->conf->sip.aliases;

	if (!host || (home && strcasecmp(host, home) == 0) || ua_is_own_host(place->ua, host))
		return true;
	for (size_t i = 0; i < aliases->count; i++)
		if (strcasecmp(aliases->items[i], host) == 0)
			return true;
	return false;
}

bool ours_uri(const struct place *place, const char *uri)
{
	const char *colon = strchr(uri, ':'), *at = strchr(uri, '@');
	const char *host = at ? at + 1 : colon ? colon + 1 : uri;
	size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":;?>");
	char text[UA_SOURCE_TEXT_MAX];

	if (strncasecmp(uri, "tel:", 4) == 0)
		return true;
	snprintf(text, sizeof text, "%.*s", (int)n, host);
	return n < sizeof text && ours_host(place, text, NULL);
}

bool ours_looks_dialled(const char *text)
{
	char bare[PHONE_NUMBER_SIZE];

	return phone_number_bare(bare, text);
}
