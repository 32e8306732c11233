#include "daemon/api/dialect/twilio/sign.h"

#include "daemon/api/http/query.h"
#include "lib/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *secret_of(const struct conf_account *account)
{
	if (account->auth_token)
		return account->auth_token;
	return account->api_keys.count ? account->api_keys.items[0] : "";
}

static int by_name(const void *a, const void *b)
{
	const struct query_item *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : strcmp(left->value, right->value);
}

/* What is signed: a new string, or NULL. */
static char *text_of(const char *url, const char *body)
{
	struct query query;
	char *text = NULL;
	size_t size;
	FILE *out;

	if (query_parse(&query, body))
		return NULL;
	out = open_memstream(&text, &size);
	if (out) {
		qsort(query.items, query.count, sizeof *query.items, by_name);
		fputs(url, out);
		for (size_t i = 0; i < query.count; i++)
			fprintf(out, "%s%s", query.items[i].name, query.items[i].value);
		fclose(out);
	}
	query_clear(&query);
	return text;
}

char *twilio_sign(const struct conf_account *account, const char *url, const char *body, char out[SIGN_SIZE])
{
	const char *secret = secret_of(account);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 20;
	char *text = text_of(url, body);

	random_bytes(digest, size);
	if (text)
		HMAC(EVP_sha1(), secret, (int)strlen(secret), (const unsigned char *)text, strlen(text),
		     digest, &size);
	free(text);
	EVP_EncodeBlock((unsigned char *)out, digest, 20);
	return out;
}

void twilio_sign_lines(const struct conf_account *account, const char *url, const char *body, bool signalwire,
		       char *lines, size_t count, size_t size)
{
	char signature[SIGN_SIZE];

	twilio_sign(account, url, body, signature);
	snprintf(lines, size, "X-Twilio-Signature: %s", signature);
	if (signalwire && count > 1)
		snprintf(lines + size, size, "X-SignalWire-Signature: %s", signature);
}
