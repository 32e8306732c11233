#include "daemon/api/dialect/vonage/ncco.h"

#include "daemon/api/script/ncco/ncco.h"
#include "lib/json_text.h"

#include <stdlib.h>
#include <string.h>

char *vonage_ncco(struct json_get *get, const char *name, const json_t *document)
{
	char *text = json_is_array(document) ? json_dumps(document, JSON_TEXT_FLAGS) : NULL;
	struct problems problems = { 0 };
	struct script *script = NULL;
	char error[160];

	if (!text) {
		json_get_fail(get, name, "%s must be a list of actions.", name);
		return NULL;
	}
	if (ncco_compile(&script, text, strlen(text), &problems)) {
		problems_say(&problems, error, sizeof error);
		json_get_fail(get, name, "%s", error);
		free(text);
		text = NULL;
	}
	script_free(script);
	problems_clear(&problems);
	return text;
}
