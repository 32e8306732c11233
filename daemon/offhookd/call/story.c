/* See story.h. */
#include "daemon/offhookd/call/story.h"

#include "lib/clock.h"

#include <stdlib.h>
#include <string.h>

void story_tried(struct call *call, const struct story_tried *t)
{
	json_t *one;

	if (json_array_size(call->tried) >= STORY_TRIED_MAX)
		return;
	if (!call->tried)
		call->tried = json_array();
	one = json_pack("{s:I, s:s*, s:s*, s:s*, s:s*}", "after_ms",
			(json_int_t)((clock_mono_us() - call->created_us) / 1000), "trunk", t->trunk, "user",
			t->user, "at", t->at, "why", t->why && t->why[0] ? t->why : NULL);
	if (one && t->code)
		json_object_set_new(one, "code", json_integer(t->code));
	if (one && t->unheard)
		json_object_set_new(one, "unheard", json_true());
	json_array_append_new(call->tried, one);
}

void story_write(struct json_text *out, const struct call *call)
{
	char *text = call->tried ? json_dumps(call->tried, JSON_TEXT_FLAGS) : NULL;

	if (call->routed[0])
		json_text_string(out, "route", call->routed);
	if (text)
		json_text_raw(out, "tried", text, strlen(text));
	free(text);
}
