/* Fuzz target: whatever a speech server sends is words, an error, or nothing; words are never without a
 * letter, and a confidence is between 0 and 1 where there is one. */
#include "daemon/api/speech/hearing.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct hearing_said said;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	hearing_read(text, &said);
	if (said.confidence > 1 || !said.text || strlen(said.text) > size ||
	    ((said.kind == HEARING_PARTIAL || said.kind == HEARING_FINAL) &&
	     !said.text[strspn(said.text, " \t\r\n")]))
		abort();
	hearing_said_clear(&said);
	free(text);
	return 0;
}
