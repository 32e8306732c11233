/* The id of a number, by itself: it needs nothing of the others. */
#include "lib/conf_number_id.h"

#include "lib/hex.h"

#include <openssl/sha.h>
#include <string.h>

char *conf_number_id(const char *number, char out[UUID_TEXT_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)number, strlen(number), digest);
	/* Version 8 of RFC 9562: digits of our own making. */
	return hex_uuid(out, digest, 8);
}
