/* basic: who asks, by Basic authentication (RFC 7617): the account's sid, in either writing, with its
 * auth-token or one of its API keys; or "SK…" with one of its API keys; or an API key as the name. */
#ifndef OFFHOOK_API_TWILIO_BASIC_H
#define OFFHOOK_API_TWILIO_BASIC_H

#include "daemon/api/dialect/twilio/ids.h"
#include "lib/conf.h"

/* The account that an Authorization header (NULL is allowed) is good for, or NULL. The time it takes says
 * nothing about tokens and keys. */
const struct conf_account *basic_account(const struct conf *conf, const char *header);
/* In which writing its name is an account's sid; `otherwise` when it is a key. */
enum view basic_view(const char *header, enum view otherwise);
/* Whether it is by a key that may change nothing. */
bool basic_only_reads(const struct conf *conf, const char *header);

/* The account that a sid of either view is of, or NULL. */
const struct conf_account *basic_account_of_sid(const struct conf *conf, const char *sid);

#endif
