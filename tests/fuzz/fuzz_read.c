/* Fuzz target: JSON text is read as jansson reads it, whatever it is, and nothing behind it is looked at. */
#include "lib/json_read.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *theirs = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
	json_t *ours = json_read((const char *)data, size);

	if (!theirs != !ours || (theirs && !json_equal(theirs, ours)))
		abort();
	json_decref(theirs);
	json_decref(ours);
	return 0;
}
