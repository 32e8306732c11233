#include "daemon/api/hook/sign.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/core_names.h>
#include <stdio.h>
#include <string.h>

static const char *secret_of(const struct conf_account *account)
{
	if (account->auth_token)
		return account->auth_token;
	return account->api_keys.count ? account->api_keys.items[0] : "";
}

char *sign_header(const struct conf_account *account, int64_t utc_ms, const char *body,
		  char out[SIGN_HEADER_SIZE])
{
	const char *secret = secret_of(account);
	unsigned char digest[32];
	char time[24], hex[65];
	size_t digest_size = sizeof digest;
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
	char name[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", name, 0),
				      OSSL_PARAM_construct_end() };

	memset(digest, 0, sizeof digest);
	snprintf(time, sizeof time, "%lld", (long long)(utc_ms / 1000));
	if (context && EVP_MAC_init(context, (const unsigned char *)secret, strlen(secret), params)) {
		EVP_MAC_update(context, (const unsigned char *)time, strlen(time));
		EVP_MAC_update(context, (const unsigned char *)".", 1);
		EVP_MAC_update(context, (const unsigned char *)body, strlen(body));
		EVP_MAC_final(context, digest, &digest_size, sizeof digest);
	}
	EVP_MAC_CTX_free(context);
	EVP_MAC_free(mac);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	snprintf(out, SIGN_HEADER_SIZE, "Offhook-Signature: t=%s,v1=%s", time, hex);
	return out;
}
