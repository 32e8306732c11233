/* tokens: who asks with a token of its own making: an RS256 JWT of an application, checked with the
 * application's public key. A token is good once, from its nbf to its exp, which is a day from now at most.
 *
 * Keys are read when they are first needed and again when their file has changed. What was used is remembered
 * until it has expired: up to 64 bytes a token, TOKENS_MAX of them at most.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_TOKENS_H
#define OFFHOOK_API_TOKENS_H

#include "lib/conf.h"

enum { TOKENS_MAX = 1 << 20, TOKEN_LIFE_MAX_S = 86400, TOKEN_SKEW_S = 5 };

struct tokens;

int tokens_alloc(struct tokens **out, const struct conf *conf) __attribute__((warn_unused_result));
void tokens_free(struct tokens *tokens);

/* The account whose application the token in an Authorization header ("Bearer …", NULL is allowed) proves,
 * or NULL. The token is used up. */
const struct conf_account *tokens_account(struct tokens *tokens, const char *authorization);
/* What was wrong with the last one. */
const char *tokens_why(const struct tokens *tokens);

#endif
