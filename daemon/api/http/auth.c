#include "daemon/api/http/auth.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

static void digest(const char *text, unsigned char out[SHA256_DIGEST_LENGTH])
{
	SHA256((const unsigned char *)text, strlen(text), out);
}

/* Digests of equal length, all of them compared. */
static bool has(const struct conf_strings *keys, const unsigned char asked[SHA256_DIGEST_LENGTH])
{
	unsigned char own[SHA256_DIGEST_LENGTH];
	bool found = false;

	for (size_t i = 0; i < keys->count; i++) {
		digest(keys->items[i], own);
		found |= !CRYPTO_memcmp(asked, own, sizeof own);
	}
	return found;
}

const struct conf_account *auth_account(const struct conf *conf, const char *key)
{
	unsigned char asked[SHA256_DIGEST_LENGTH];
	const struct conf_account *found = NULL;

	if (!key || !*key)
		return NULL;
	digest(key, asked);
	for (size_t i = 0; i < conf->account_count; i++) {
		const bool all = has(&conf->accounts[i].api_keys, asked);
		const bool some = has(&conf->accounts[i].api_keys_read_only, asked);

		if (all || some)
			found = &conf->accounts[i];
	}
	return found;
}

bool auth_only_reads(const struct conf *conf, const char *key)
{
	unsigned char asked[SHA256_DIGEST_LENGTH];
	bool found = false;

	if (!key || !*key)
		return false;
	digest(key, asked);
	for (size_t i = 0; i < conf->account_count; i++)
		found |= has(&conf->accounts[i].api_keys_read_only, asked);
	return found;
}

const char *auth_bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";

	if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1))
		return NULL;
	return authorization + sizeof scheme - 1;
}
