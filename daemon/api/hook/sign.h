/* sign: signatures of what we send to others: "Offhook-Signature: t=UNIX-SECONDS,v1=HEX", HMAC-SHA256 over
 * "t.body" with the account's secret (its auth-token, else its first API key). */
#ifndef OFFHOOK_API_SIGN_H
#define OFFHOOK_API_SIGN_H

#include "lib/conf.h"

enum { SIGN_HEADER_SIZE = 128 };

/* Writes the whole header line. Returns `out`. */
char *sign_header(const struct conf_account *account, int64_t utc_ms, const char *body,
		  char out[SIGN_HEADER_SIZE]);

#endif
