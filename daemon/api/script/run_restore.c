/* Runs as they were written before this process. */
#include "daemon/api/script/engine_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_restore(struct run *run, const json_t *state)
{
	const char *document = json_string_value(json_object_get(state, "document"));
	const char *conference = json_string_value(json_object_get(state, "conference"));
	const char *recording = json_string_value(json_object_get(state, "recording"));
	const char *cookies = json_string_value(json_object_get(state, "cookies"));
	char error[200];

	if (document &&
	    run_take_document(run, document, strlen(document),
			      json_string_value(json_object_get(state, "document_type")),
			      json_string_value(json_object_get(state, "base_url")), error, sizeof error))
		return EINVAL;
	run->cookies = cookies ? strdup(cookies) : NULL;
	run->phase = (enum run_phase)json_integer_value(json_object_get(state, "phase"));
	run->at = (size_t)json_integer_value(json_object_get(state, "at"));
	run->play_id = json_incref(json_object_get(state, "play_id"));
	run->wanted = json_incref(json_object_get(state, "wanted"));
	run->prompts_done = json_is_true(json_object_get(state, "prompts_done"));
	run->fallback_used = json_is_true(json_object_get(state, "fallback_used"));
	run->held = json_is_true(json_object_get(state, "held"));
	if (json_is_integer(json_object_get(state, "interlude"))) /* else nobody knows what came of it */
		run->interlude = json_incref(json_object_get(state, "interlude"));
	run->cut = json_incref(json_object_get(state, "cut"));
	run->cut_done = json_incref(json_object_get(state, "cut_done"));
	run->memo = json_incref(json_object_get(state, "memo"));
	run->outer = json_incref(json_object_get(state, "outer"));
	run->keys = json_incref(json_object_get(state, "keys"));
	run->recordings = json_incref(json_object_get(state, "recordings"));
	snprintf(run->conference, sizeof run->conference, "%s", conference ? conference : "");
	snprintf(run->recording, sizeof run->recording, "%s", recording ? recording : "");
	run->over = json_is_true(json_object_get(state, "over"));
	run->until = json_integer_value(json_object_get(state, "until"));
	run->redo = run->phase == RUN_FETCH || run->phase == RUN_START ||
		    (run->phase == RUN_PAUSE && !run->until) || run->phase == RUN_END ||
		    run->phase == RUN_AGAIN || run->phase == RUN_CALLER;
	return 0;
}
