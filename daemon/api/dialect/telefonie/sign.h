/* sign: signatures of what we send to others: "Offhook-Signature: t=UNIX-SECONDS,v1=HEX", HMAC-SHA256 over
 * "t.body" with the account's secret (its auth-token, else its first API key). */
#ifndef OFFHOOK_API_SIGN_H
#define OFFHOOK_API_SIGN_H

#include "daemon/api/http/query.h"
#include "daemon/api/net/sign_lines.h"

enum { SIGN_HEADER_SIZE = 128 };

sign_lines_h telefonie_sign_lines;
/* Writes the whole header line. Returns `out`. */
char *sign_header(const struct conf_account *account, int64_t utc_ms, const char *body,
		  char out[SIGN_HEADER_SIZE]);

enum { SIGN_HEX_SIZE = 65 };
/* The signature of a link to what `id` names, a recording or other, that is good until `expires` (UTC
 * seconds): 64 hex digits. Returns `out`. */
char *sign_link(const struct conf_account *account, const char *id, int64_t expires, char out[SIGN_HEX_SIZE]);
/* Whether a request with these parameters, "expires" and "signature" among them, comes by such a link, which
 * is still good. `account` NULL: it does not. The time it takes says nothing about the signature. */
bool sign_link_is_good(const struct conf_account *account, const char *id, const struct query *query);

#endif
