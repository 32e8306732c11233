/* jwt: JSON Web Tokens (RFC 7519) in their compact form: RS256 ones are checked, HS256 ones are made.
 *
 * Everything else is refused: other algorithms, "none", padding, encrypted tokens, critical headers. Pure
 * functions. */
#ifndef OFFHOOK_API_JWT_H
#define OFFHOOK_API_JWT_H

#include <jansson.h>
#include <stddef.h>

typedef struct evp_pkey_st EVP_PKEY;

enum { JWT_SIZE_MAX = 8000 /* a line of a header has 8,192 */ };

/* The claims of `token`, unproven: an object, or NULL for what is no token. */
json_t *jwt_claims(const char *token) __attribute__((warn_unused_result));
/* Whether `token` is signed with the private half of `key` by RS256 (RFC 7518 section 3.3). Returns 0, or
 * EINVAL. */
int jwt_check_rs256(const char *token, EVP_PKEY *key) __attribute__((warn_unused_result));
/* A token with these claims, signed with `secret` by HS256 (RFC 7518 section 3.2): a new string, or NULL
 * without memory. */
char *jwt_make_hs256(const json_t *claims, const char *secret) __attribute__((warn_unused_result));

#endif
