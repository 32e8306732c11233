/* Fuzz target: documents of scripts. */
#include "daemon/api/script/twiml/twiml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script *script = NULL;
	struct problems problems = { 0 };

	if (!twiml_compile(&script, (const char *)data, size, NULL, &problems))
		script_free(script);
	problems_clear(&problems);
	return 0;
}
