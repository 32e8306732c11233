/* Fuzz target: WAV files of programs that speak. */
#include "daemon/api/speech/wav.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1);

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	/* what was mended is good, and stays as it is */
	if (!wav_mend(bytes, size)) {
		char *again = malloc(size);

		if (again) {
			memcpy(again, bytes, size);
			if (wav_mend(again, size) || memcmp(again, bytes, size))
				abort();
		}
		free(again);
	}
	free(bytes);
	return 0;
}
