/* Fuzz target: scripts that are JSON. */
#include "daemon/api/script/ncco/ncco.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script *script = NULL;
	struct problems problems = { 0 };

	if (!ncco_compile(&script, (const char *)data, size, &problems))
		script_free(script);
	problems_clear(&problems);
	return 0;
}
