/* Tests of jwt: tokens that are checked and made, against OpenSSL as the other side. */
#include "daemon/api/http/jwt.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void encode(char *out, const unsigned char *bytes, size_t size)
{
	int length = EVP_EncodeBlock((unsigned char *)out, bytes, (int)size);

	while (length && out[length - 1] == '=')
		length--;
	out[length] = '\0';
	for (char *c = out; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
}

/* A token with that header and those claims, signed by `key`. */
static char *make(EVP_PKEY *key, const char *header, const char *claims, char out[4096])
{
	char head[512], body[1024], mark[1024];
	unsigned char signature[512];
	size_t size = sizeof signature;
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	encode(head, (const unsigned char *)header, strlen(header));
	encode(body, (const unsigned char *)claims, strlen(claims));
	snprintf(out, 4096, "%s.%s", head, body);
	cr_assert(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1);
	cr_assert(EVP_DigestSign(context, signature, &size, (unsigned char *)out, strlen(out)) == 1);
	EVP_MD_CTX_free(context);
	encode(mark, signature, size);
	strcat(out, ".");
	return strcat(out, mark);
}

static const char rs256[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";

Test(jwt, a_token_is_good_by_the_key_it_was_signed_with_alone)
{
	EVP_PKEY *key = EVP_RSA_gen(2048), *other = EVP_RSA_gen(2048),
		 *ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	char token[4096];

	make(key, rs256, "{\"jti\":\"1\"}", token);
	cr_expect(!jwt_check_rs256(token, key));
	cr_expect(jwt_check_rs256(token, other));
	cr_expect(jwt_check_rs256(token, ec));
	/* any other byte of it */
	for (size_t i = 0; i + 2 < strlen(token); i++) {
		char was = token[i];

		token[i] = was == 'A' ? 'B' : 'A';
		cr_expect(jwt_check_rs256(token, key), "byte %zu", i);
		token[i] = was;
	}
	for (size_t i = 0; i < strlen(token); i++) {
		char *shorter = strndup(token, i);

		cr_expect(jwt_check_rs256(shorter, key), "%zu bytes of it", i);
		free(shorter);
	}
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(ec);
}

Test(jwt, headers_that_are_something_else_are_refused)
{
	static const char *const headers[] = { "{\"alg\":\"none\"}",
					       "{\"alg\":\"HS256\"}",
					       "{\"alg\":\"rs256\"}",
					       "{\"alg\":\"RS512\"}",
					       "{}",
					       "[]",
					       "{\"alg\":7}",
					       "{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}",
					       "{\"alg\":\"RS256\",\"alg\":\"RS256\"}",
					       "{\"alg\":\"RS256\"" };
	EVP_PKEY *key = EVP_RSA_gen(2048);
	char token[4096];

	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		cr_expect(jwt_check_rs256(make(key, headers[i], "{}", token), key), "%s", headers[i]);
	EVP_PKEY_free(key);
}

Test(jwt, claims_are_read_of_what_is_a_token)
{
	static const char *const none[] = {
		"",	    ".",	   "..",	   "a.b.c",	      "e30.e30",     "e30.e30.",
		"e30..e30", "e30.W10.e30", "e30.e3 0.e30", "e30.e30.e30.e30", "e30.e30=.e30"
	};
	json_t *claims = jwt_claims("e30.eyJqdGkiOiJhIn0.e30");

	cr_expect_str_eq(json_string_value(json_object_get(claims, "jti")), "a");
	json_decref(claims);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		cr_expect_null(jwt_claims(none[i]), "%s", none[i]);
}

Test(jwt, what_is_made_is_the_token_of_the_standard)
{
	/* By jwt.io, with the same claims and secret. */
	json_t *claims = json_pack("{s:s, s:s, s:I}", "sub", "1234567890", "name", "John Doe", "iat",
				   (json_int_t)1516239022);
	char *token = jwt_make_hs256(claims, "your-256-bit-secret");

	cr_expect_str_eq(token, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
				"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
				"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c");
	free(token);
	json_decref(claims);
}
