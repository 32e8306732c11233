#include "daemon/api/http/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

static void digest(const char *text, unsigned char out[SHA256_DIGEST_LENGTH])
{
	SHA256((const unsigned char *)text, strlen(text), out);
}

const struct conf_account *auth_account(const struct conf *conf, const char *key)
{
	unsigned char asked[SHA256_DIGEST_LENGTH], own[SHA256_DIGEST_LENGTH];
	const struct conf_account *found = NULL;

	if (!key || !*key)
		return NULL;
	digest(key, asked);
	/* Digests of equal length, all of them compared. */
	for (size_t i = 0; i < conf->account_count; i++) {
		for (size_t k = 0; k < conf->accounts[i].api_keys.count; k++) {
			digest(conf->accounts[i].api_keys.items[k], own);
			if (!CRYPTO_memcmp(asked, own, sizeof own))
				found = &conf->accounts[i];
		}
	}
	return found;
}

const char *auth_bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";

	if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1))
		return NULL;
	return authorization + sizeof scheme - 1;
}
