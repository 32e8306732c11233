/* Fuzz target: session descriptions of phones and trunks. */
#include "daemon/offhookd/ua/sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), out[UA_SDP_TEXT_MAX];
	struct ua_sdp sdp, again;
	int n;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (ua_sdp_parse(&sdp, text, size) == 0) {
		if (sdp.codec_count > UA_SDP_CODECS_MAX || sdp.line_count > UA_SDP_LINES_MAX)
			abort();
		/* What we write, we can read. */
		n = ua_sdp_print(&sdp, out, sizeof out);
		if (n > 0 && ua_sdp_parse(&again, out, (size_t)n) != 0 && sdp.codec_count > 0)
			abort();
	}
	free(text);
	return 0;
}
