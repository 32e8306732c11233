/* Fuzz target: JSON Web Tokens, before and behind their signature. */
#include "daemon/api/http/jwt.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static EVP_PKEY *key;
	char *token = strndup((const char *)data, size), *made;
	json_t *claims;

	if (!key)
		key = EVP_RSA_gen(2048);
	claims = jwt_claims(token);
	/* Nobody can know the key. */
	if (!jwt_check_rs256(token, key))
		abort();
	made = claims ? jwt_make_hs256(claims, "secret") : NULL;
	free(made);
	json_decref(claims);
	free(token);
	return 0;
}
