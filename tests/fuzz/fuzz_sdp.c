/* Fuzz target: session descriptions of phones and trunks, and the a=crypto lines in them. */
#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/sdp_crypto.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_key(const struct ua_sdp_crypto *a, const struct ua_sdp_crypto *b)
{
	return a->tag == b->tag && a->suite == b->suite && memcmp(a->key, b->key, a->key_size) == 0;
}

/* The same text as one line alone. */
static void try_crypto(const char *text)
{
	struct ua_sdp_crypto crypto, again;
	char out[UA_SDP_CRYPTO_TEXT];

	if (ua_sdp_crypto_parse(&crypto, text))
		return;
	if (crypto.key_size > UA_SDP_KEY_MAX || crypto.mki_size > UA_SDP_MKI_MAX ||
	    ua_sdp_crypto_print(&crypto, out) < 0 || ua_sdp_crypto_parse(&again, out) ||
	    !same_key(&crypto, &again))
		abort();
}

/* What was written has the keys that were read. */
static void compare(const struct ua_sdp *sdp, const struct ua_sdp *again)
{
	if (sdp->savp != again->savp || sdp->feedback != again->feedback ||
	    sdp->crypto_count != again->crypto_count)
		abort();
	for (size_t i = 0; i < sdp->crypto_count; i++)
		if (!same_key(&sdp->crypto[i], &again->crypto[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), out[UA_SDP_TEXT_MAX];
	struct ua_sdp_notes notes;
	struct ua_sdp sdp, again;
	int n;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	try_crypto(text);
	if (ua_sdp_parse(&sdp, text, size, &notes) == 0) {
		if (sdp.codec_count > UA_SDP_CODECS_MAX || sdp.line_count > UA_SDP_LINES_MAX ||
		    sdp.crypto_count > UA_SDP_CRYPTO_MAX)
			abort();
		/* What we write, we can read. */
		n = ua_sdp_print(&sdp, out, sizeof out);
		if (n > 0 && sdp.codec_count > 0 && !sdp.name.host[0]) {
			if (ua_sdp_parse(&again, out, (size_t)n, NULL))
				abort();
			compare(&sdp, &again);
		}
		ua_sdp_use_plain(&sdp);
		if (ua_sdp_print(&sdp, out, sizeof out) == 0)
			abort();
	}
	free(text);
	return 0;
}
