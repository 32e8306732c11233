/* Fuzz target: headers of digest authentication, from phones and from trunks. */
#include "daemon/offhookd/digest/digest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct digest *digest;
	struct digest_credentials c;
	struct digest_asked asked;
	char *text = malloc(size + 1), answer[4096];

	if (!text || (!digest && digest_alloc(&digest, 300) != 0))
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	/* Whoever does not know the password is not let in. */
	if (digest_parse(&c, text) == 0 && digest_verify(digest, &c, c.realm, "192.0.2.1", "REGISTER",
							 "a password that is not guessed") == DIGEST_GOOD)
		abort();
	digest_uri_means(text, "INVITE", "bob", "192.0.2.1", "example.org");
	digest_proves(digest, text, "192.0.2.1");
	/* What we answer, we can read ourselves, but for auth-int, which we do not ask for. */
	if (digest_read_challenge(&asked, text) == 0 && !asked.qop_int && asked.realm[0] && asked.nonce[0] &&
	    digest_answer(answer, sizeof(answer), text, "alice", "secret", "INVITE", "sip:bob@192.0.2.1") ==
		0 &&
	    digest_parse(&c, answer) != 0)
		abort();
	free(text);
	return 0;
}
