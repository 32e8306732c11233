#include "daemon/api/dialect/telefonie/sign.h"

#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hex digits of HMAC-SHA256 over "head.body". */
static void hmac(const struct conf_account *account, const char *head, const char *body,
		 char out[SIGN_HEX_SIZE])
{
	const char *secret = conf_account_secret(account);
	unsigned char digest[32];
	size_t size = sizeof digest;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	char name[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", name, 0),
				      OSSL_PARAM_construct_end() };

	/* Without memory: a signature that nobody can have expected. */
	random_bytes(digest, sizeof digest);
	if (context && EVP_MAC_init(context, (const unsigned char *)secret, strlen(secret), params)) {
		EVP_MAC_update(context, (const unsigned char *)head, strlen(head));
		EVP_MAC_update(context, (const unsigned char *)".", 1);
		EVP_MAC_update(context, (const unsigned char *)body, strlen(body));
		EVP_MAC_final(context, digest, &size, sizeof digest);
	}
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
	hex_write(out, digest, sizeof digest);
}

char *sign_header(const struct conf_account *account, int64_t utc_ms, const char *body,
		  char out[SIGN_HEADER_SIZE])
{
	char time[24], hex[SIGN_HEX_SIZE];

	snprintf(time, sizeof time, "%lld", (long long)(utc_ms / 1000));
	hmac(account, time, body, hex);
	snprintf(out, SIGN_HEADER_SIZE, "Offhook-Signature: t=%s,v1=%s", time, hex);
	return out;
}

void telefonie_sign_lines(const struct conf_account *account, const char *url, int64_t utc_ms,
			  const char *body, struct sign_lines *out)
{
	(void)url;
	sign_header(account, utc_ms, body, out->lines[0]);
}

char *sign_link(const struct conf_account *account, const char *id, int64_t expires, char out[SIGN_HEX_SIZE])
{
	char head[32];

	snprintf(head, sizeof head, "link.%lld", (long long)expires);
	hmac(account, head, id, out);
	return out;
}

bool sign_link_is_good(const struct conf_account *account, const char *id, const struct query *query)
{
	const char *expires = query_get(query, "expires"), *signature = query_get(query, "signature");
	const long long until = expires ? strtoll(expires, NULL, 10) : 0;
	char expected[SIGN_HEX_SIZE];

	if (!account || !signature || until <= clock_utc_ms() / 1000)
		return false;
	sign_link(account, id, until, expected);
	return strlen(signature) == SIGN_HEX_SIZE - 1 &&
	       !CRYPTO_memcmp(expected, signature, SIGN_HEX_SIZE - 1);
}
