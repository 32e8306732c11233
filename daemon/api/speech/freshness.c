#include "daemon/api/speech/freshness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { AGE_MAX_S = 7 * 86400 };

/* The value of a directive, or "" for one without; NULL: it is not there. */
static const char *directive(const char *list, const char *name)
{
	const size_t length = strlen(name);

	while (list && *list) {
		list += strspn(list, " \t,");
		if (!strncasecmp(list, name, length) && strchr(" \t,=", list[length]))
			return list[length] == '=' ? list + length + 1 : "";
		list += strcspn(list, ",");
	}
	return NULL;
}

static unsigned age_of(const char *cache_control, unsigned usual_s)
{
	const char *age = directive(cache_control, "s-maxage");
	long seconds;

	if (directive(cache_control, "no-store") || directive(cache_control, "no-cache"))
		return 0;
	if (!age)
		age = directive(cache_control, "max-age");
	if (!age)
		return usual_s;
	seconds = strtol(age + (*age == '"'), NULL, 10);
	return seconds <= 0 ? 0 : seconds > AGE_MAX_S ? AGE_MAX_S : (unsigned)seconds;
}

static void copy_validator(char out[VALIDATOR_SIZE], const char *value)
{
	const bool fits = value && strlen(value) < VALIDATOR_SIZE && !value[strcspn(value, "\r\n")];

	snprintf(out, VALIDATOR_SIZE, "%s", fits ? value : "");
}

void freshness_read(struct freshness *out, int64_t now_us, const char *cache_control, const char *etag,
		    const char *last_modified, unsigned usual_s)
{
	const bool kept = !directive(cache_control, "no-store");

	out->until_us = now_us + (int64_t)age_of(cache_control, usual_s) * 1000000;
	copy_validator(out->etag, kept ? etag : NULL);
	copy_validator(out->modified, kept ? last_modified : NULL);
}

bool freshness_question(const struct freshness *freshness, char out[VALIDATOR_SIZE + 32])
{
	if (*freshness->etag)
		snprintf(out, VALIDATOR_SIZE + 32, "If-None-Match: %s", freshness->etag);
	else if (*freshness->modified)
		snprintf(out, VALIDATOR_SIZE + 32, "If-Modified-Since: %s", freshness->modified);
	return *freshness->etag || *freshness->modified;
}
