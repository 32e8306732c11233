#include "daemon/api/dialect/twilio/basic.h"

#include "daemon/api/dialect/twilio/ids.h"
#include "daemon/api/http/auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

enum { CREDENTIALS_MAX = 1024 };

/* Decodes name and password into `out`. Returns where the password is, or NULL. */
static char *decode(const char *header, char out[CREDENTIALS_MAX])
{
	const char *text = header + 6;
	size_t length;
	char *colon;
	int size;

	if (strncasecmp(header, "Basic ", 6))
		return NULL;
	text += strspn(text, " ");
	length = strlen(text);
	if (length > CREDENTIALS_MAX - 4)
		return NULL;
	size = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text, (int)length);
	if (size < 0)
		return NULL;
	out[size] = '\0';
	colon = strchr(out, ':');
	if (colon)
		*colon++ = '\0';
	return colon;
}

static bool same(const char *a, const char *b)
{
	unsigned char left[SHA256_DIGEST_LENGTH], right[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)a, strlen(a), left);
	SHA256((const unsigned char *)b, strlen(b), right);
	return !CRYPTO_memcmp(left, right, sizeof left);
}

const struct conf_account *basic_account_of_sid(const struct conf *conf, const char *name)
{
	char id[UUID_TEXT_SIZE];

	if (!sid_read("AC", name, id))
		return NULL;
	for (size_t i = 0; i < conf->account_count; i++)
		if (conf->accounts[i].sid && !strcasecmp(conf->accounts[i].sid, id))
			return &conf->accounts[i];
	return NULL;
}

const struct conf_account *basic_account(const struct conf *conf, const char *header)
{
	char name[CREDENTIALS_MAX];
	const char *password = header ? decode(header, name) : NULL;
	const struct conf_account *account, *keyed;

	if (!password)
		return NULL;
	account = basic_account_of_sid(conf, name);
	keyed = auth_account(conf, password);
	if (account && account->auth_token && *account->auth_token && same(account->auth_token, password))
		return account;
	if (account)
		return keyed == account ? account : NULL;
	if (!strncmp(name, "SK", 2) && keyed)
		return keyed;
	return auth_account(conf, name);
}

enum view basic_view(const char *header, enum view otherwise)
{
	char name[CREDENTIALS_MAX], id[UUID_TEXT_SIZE];

	if (!header || !decode(header, name) || !sid_read("AC", name, id))
		return otherwise;
	return strncmp(name, "AC", 2) ? VIEW_SIGNALWIRE : VIEW_TWILIO;
}

bool basic_only_reads(const struct conf *conf, const char *header)
{
	char name[CREDENTIALS_MAX];
	const char *password = header ? decode(header, name) : NULL;

	return password && (auth_only_reads(conf, password) || auth_only_reads(conf, name));
}
