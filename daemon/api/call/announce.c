#include "daemon/api/call/announce.h"

#include "daemon/api/net/weburl.h"

#include <string.h>

static bool check_text(const char *text, size_t max, enum fault_field field, struct fault *fault)
{
	return !text || (*text && strlen(text) <= max) ||
	       fault_set(fault, FAULT_PARAMETER_INVALID, field, FAULT_FIELD_MARK " must have 1 to %zu bytes.",
			 max);
}

bool announcement_is_any(const struct announcement *what)
{
	return what->say || what->play || what->prompts;
}

bool announcement_check(const struct announcement *what, struct fault *fault)
{
	return check_text(what->say, ANNOUNCE_SAY_MAX, FIELD_SAY, fault) &&
	       check_text(what->play, WEBURL_MAX, FIELD_PLAY, fault);
}

int announcement_prepare(const struct desk *desk, const struct announcement *what, prompts_h *handler,
			 void *arg)
{
	const struct prompt prompt = { .kind = what->say ? PROMPT_TEXT : PROMPT_SOUND,
				       .text = what->say ? what->say : what->play,
				       .language = what->language };

	if (what->prompts)
		return prompts_prepare(desk->prompts, what->prompts, what->prompt_count, NULL, handler, arg);
	return prompts_prepare(desk->prompts, &prompt, 1, NULL, handler, arg);
}

bool announcement_is_there(const json_t *files)
{
	return json_is_string(json_array_get(files, 0));
}
