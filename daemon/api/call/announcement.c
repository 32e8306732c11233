#include "daemon/api/call/announcement.h"

#include "daemon/api/net/weburl.h"
#include "lib/json_get.h"

#include <string.h>

enum { SAY_MAX = 4096 };

static void read_text(struct json_get *get, const char *name, size_t max, const char **out)
{
	json_get_string(get, name, false, out);
	if (*out && (!**out || strlen(*out) > max))
		json_get_fail(get, name, "%s must have 1 to %zu bytes.", name, max);
}

void announcement_read(struct json_get *get, struct announcement *out)
{
	*out = (struct announcement){ NULL, NULL };
	read_text(get, "say", SAY_MAX, &out->say);
	read_text(get, "play", WEBURL_MAX, &out->play);
}

int announcement_prepare(struct op *op, const struct announcement *what, prompts_h *handler, void *arg)
{
	const struct prompt prompt = { .kind = what->say ? PROMPT_TEXT : PROMPT_SOUND,
				       .text = what->say ? what->say : what->play };

	return prompts_prepare(op->api->prompts, &prompt, 1, NULL, handler, arg);
}
