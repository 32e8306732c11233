/* weburl: http and https addresses that users give us. */
#ifndef OFFHOOK_API_WEBURL_H
#define OFFHOOK_API_WEBURL_H

#include <stdbool.h>

enum { WEBURL_MAX = 2048 };

/* Whether `text` is an absolute http or https URL of at most WEBURL_MAX bytes. */
bool weburl_is_valid(const char *text);
/* `reference` (absolute or relative) against `base`, which may be NULL. Returns a new string, or NULL when
 * the result is no such URL. */
char *weburl_resolve(const char *base, const char *reference);
/* `url` with `query` behind it. New string, or NULL without memory. */
char *weburl_with_query(const char *url, const char *query);
/* "host:port" of a valid URL, in lower case; NULL otherwise. New string. */
char *weburl_authority(const char *text);

#endif
