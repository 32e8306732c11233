/* Fuzz target: documents of scripts. */
#include "daemon/api/script/twiml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script *script = NULL;
	char error[200];

	if (!twiml_parse(&script, (const char *)data, size, error, sizeof error))
		script_free(script);
	return 0;
}
