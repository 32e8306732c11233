/* Fuzz target: members picked of JSON text are those that jansson reads; of what is no JSON anything, but nothing
 * behind the text is read. */
#include "lib/json_pick.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a", "b", "stats", NULL };
	char *text = malloc(size + 1), *written;
	json_t *whole, *picked;
	size_t length;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	picked = json_pick(text, names);
	json_pick_text(text, "a", &length);
	json_decref(picked);
	/* As it is kept: what a JSON writer makes of it. */
	whole = json_loads(text, 0, NULL);
	written = json_is_object(whole) ? json_dumps(whole, JSON_COMPACT) : NULL;
	picked = written ? json_pick(written, names) : NULL;
	for (size_t i = 0; written && names[i]; i++) {
		json_t *value = json_object_get(whole, names[i]), *found = json_object_get(picked, names[i]);

		if (!value != !found || (value && !json_equal(value, found)))
			abort();
	}
	json_decref(picked);
	json_decref(whole);
	free(written);
	free(text);
	return 0;
}
