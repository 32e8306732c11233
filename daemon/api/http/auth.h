/* auth: API keys. */
#ifndef OFFHOOK_API_AUTH_H
#define OFFHOOK_API_AUTH_H

#include "lib/conf.h"

/* The account that `key` (NULL is allowed) belongs to, or NULL. The time it takes says nothing about the
 * keys. */
const struct conf_account *auth_account(const struct conf *conf, const char *key);
/* Whether it is one that may change nothing. */
bool auth_only_reads(const struct conf *conf, const char *key);
/* What is behind "Bearer " in an Authorization header (NULL is allowed), or NULL (RFC 6750, section 2.1). */
const char *auth_bearer(const char *authorization);

#endif
