/* Fuzzes what is made of a message before it is kept: it stays as long as it was, its lines stay where they
 * were, and no digest response is left. */
#define _GNU_SOURCE /* memmem */
#include "daemon/offhookd/trace/blank.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sipline sip;
	char *text =
	    malloc(size ? size : 1); /* of exactly its size: the sanitizer sees what goes beyond it */

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	if (sipline_read(&sip, text, size)) {
		if (sip.head > size || sip.call_id.at < text ||
		    sip.call_id.at + sip.call_id.size > text + size)
			abort();
		blank_secrets(text, size, &sip);
		for (size_t i = 0; i < size; i++)
			if ((char)data[i] != text[i] &&
			    (text[i] != '*' || data[i] == '\n' || data[i] == '\r'))
				abort();
		if (!sipline_read(&sip, text, size))
			abort();
	}
	free(text);
	return 0;
}
