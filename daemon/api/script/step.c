#include "daemon/api/script/step.h"

#include <stdlib.h>

static void step_clear(struct step *step)
{
	free(step->text);
	free(step->voice);
	free(step->language);
	free(step->action);
	free(step->finish_on);
	free(step->caller_id);
	free(step->coach);
	free(step->music);
	for (size_t i = 0; i < step->nested_count; i++)
		step_clear(&step->nested[i]);
	free(step->nested);
}

void script_free(struct script *script)
{
	if (!script)
		return;
	for (size_t i = 0; i < script->count; i++)
		step_clear(&script->steps[i]);
	free(script->steps);
	free(script);
}

const char *step_name(enum step_kind kind)
{
	static const char *const names[] = { "Say",  "Play",	   "Play",     "Pause",	 "Gather", "Record",
					     "Dial", "Conference", "Redirect", "Reject", "Hangup" };

	return names[kind];
}
