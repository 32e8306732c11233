#include "daemon/api/dialect/twilio/sign.h"

#include "daemon/api/http/query.h"
#include "lib/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	const char *secret = conf_account_secret(account);
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

static void write_lines(const struct conf_account *account, const char *url, const char *body,
			bool signalwire, struct sign_lines *out)
{
	char signature[SIGN_SIZE];

	twilio_sign(account, url, body, signature);
	snprintf(out->lines[0], SIGN_LINE_SIZE, "X-Twilio-Signature: %s", signature);
	if (signalwire)
		snprintf(out->lines[1], SIGN_LINE_SIZE, "X-SignalWire-Signature: %s", signature);
}

void twilio_sign_lines(const struct conf_account *account, const char *url, int64_t utc_ms, const char *body,
		       struct sign_lines *out)
{
	(void)utc_ms;
	write_lines(account, url, body, false, out);
}

void signalwire_sign_lines(const struct conf_account *account, const char *url, int64_t utc_ms,
			   const char *body, struct sign_lines *out)
{
	(void)utc_ms;
	write_lines(account, url, body, true, out);
}
