#include "daemon/api/http/jwt.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The three parts of a token. */
struct parts {
	const char *header, *claims, *signature;
	size_t header_size, claims_size, signature_size;
};

static bool is_base64url(const char *text, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return size && size % 4 != 1 && strspn(text, digits) >= size;
}

static bool split(const char *token, struct parts *out)
{
	const char *first = strchr(token, '.'), *second = first ? strchr(first + 1, '.') : NULL;

	if (!second || strlen(token) > JWT_SIZE_MAX)
		return false;
	out->header = token;
	out->header_size = (size_t)(first - token);
	out->claims = first + 1;
	out->claims_size = (size_t)(second - first) - 1;
	out->signature = second + 1;
	out->signature_size = strlen(second + 1);
	return is_base64url(out->header, out->header_size) && is_base64url(out->claims, out->claims_size) &&
	       is_base64url(out->signature, out->signature_size);
}

/* Decodes (RFC 4648 section 5, without padding). A new string of *out_size bytes and a NUL, or NULL. */
static unsigned char *decode(const char *text, size_t size, size_t *out_size)
{
	size_t padded = (size + 3) / 4 * 4;
	char *plain = malloc(padded + 1);
	unsigned char *out = malloc(padded / 4 * 3 + 1);

	for (size_t i = 0; plain && i < padded; i++)
		plain[i] = i >= size ? '=' : text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	if (!plain || !out ||
	    EVP_DecodeBlock(out, (const unsigned char *)plain, (int)padded) != (int)(padded / 4 * 3)) {
		free(out);
		out = NULL;
	} else {
		*out_size = padded / 4 * 3 - (padded - size);
		out[*out_size] = '\0';
	}
	free(plain);
	return out;
}

static json_t *decode_object(const char *text, size_t size)
{
	size_t length = 0;
	unsigned char *plain = decode(text, size, &length);
	json_t *json = plain ? json_loadb((const char *)plain, length, JSON_REJECT_DUPLICATES, NULL) : NULL;

	free(plain);
	if (!json_is_object(json)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *jwt_claims(const char *token)
{
	struct parts parts;

	return split(token, &parts) ? decode_object(parts.claims, parts.claims_size) : NULL;
}

/* "crit" names what must be understood (RFC 7515 section 4.1.11): nothing is. */
static bool is_rs256(const struct parts *parts)
{
	json_t *header = decode_object(parts->header, parts->header_size);
	const char *algorithm = json_string_value(json_object_get(header, "alg"));
	bool it_is = algorithm && !strcmp(algorithm, "RS256") && !json_object_get(header, "crit");

	json_decref(header);
	return it_is;
}

int jwt_check_rs256(const char *token, EVP_PKEY *key)
{
	struct parts parts;
	unsigned char *signature = NULL;
	size_t size = 0;
	EVP_MD_CTX *context;
	bool good;

	if (!split(token, &parts) || !is_rs256(&parts) || !EVP_PKEY_is_a(key, "RSA"))
		return EINVAL;
	signature = decode(parts.signature, parts.signature_size, &size);
	context = EVP_MD_CTX_new();
	good = signature && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(context, signature, size, (const unsigned char *)token,
				parts.header_size + 1 + parts.claims_size) == 1;
	EVP_MD_CTX_free(context);
	free(signature);
	return good ? 0 : EINVAL;
}

/* Writes `size` bytes as base64url at `out`, which has room for four thirds, and a NUL. Returns its end. */
static char *encode(char *out, const unsigned char *bytes, size_t size)
{
	int length = EVP_EncodeBlock((unsigned char *)out, bytes, (int)size);

	while (length && out[length - 1] == '=')
		length--;
	out[length] = '\0';
	for (char *c = out; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	return out + length;
}

char *jwt_make_hs256(const json_t *claims, const char *secret)
{
	static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."; /* HS256, JWT */
	char *text = json_dumps(claims, JSON_COMPACT);
	size_t size = text ? strlen(text) : 0;
	char *token = text ? malloc(sizeof header + (size + 2) / 3 * 4 + 1 + 48) : NULL, *end;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (token) {
		memcpy(token, header, sizeof header);
		end = encode(token + sizeof header - 1, (const unsigned char *)text, size);
		if (HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)token,
			 (size_t)(end - token), digest, &length)) {
			*end++ = '.';
			encode(end, digest, length);
		} else {
			free(token);
			token = NULL;
		}
	}
	free(text);
	return token;
}
