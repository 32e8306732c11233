/* Fuzz target: what a simulation is asked for. */
#include "daemon/api/simulate/story.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that is in it is looked at, as a simulation would. */
static void use(const struct story *story)
{
	for (size_t i = 0; i < story->call_count; i++) {
		const struct story_call *call = &story->calls[i];

		if (call->act_count > STORY_ACTS_MAX || (!call->document && !call->url))
			abort();
		if (call->url)
			story_document(story, call->url);
		for (size_t k = 0; k < call->act_count; k++)
			if (call->acts[k].kind == STORY_SPEECH && story_speech_ms(call->acts[k].text) <= 0)
				abort();
	}
	if (story->callee_count > STORY_CALLEES_MAX || story->max_steps > STORY_STEPS_MAX ||
	    story->max_requests > STORY_REQUESTS_MAX || story->limit_ms > STORY_SECONDS_MAX * INT64_C(1000))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, 0, NULL);
	struct story *story = NULL;
	struct story_fault fault;

	if (json && !story_read(&story, json, &fault)) {
		use(story);
		story_free(story);
	}
	json_decref(json);
	return 0;
}
