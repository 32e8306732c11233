#include "daemon/api/script/step.h"

#include <stdlib.h>
#include <string.h>

/* One piece of a script's memory; what was asked for lies behind it. */
struct script_pool {
	struct script_pool *next;
	max_align_t memory[];
};

struct script *script_alloc(void)
{
	return calloc(1, sizeof(struct script));
}

void script_free(struct script *script)
{
	struct script_pool *next;

	if (!script)
		return;
	for (struct script_pool *p = script->pool; p; p = next) {
		next = p->next;
		free(p);
	}
	free(script);
}

void *script_memory(struct script *script, size_t size)
{
	struct script_pool *piece = calloc(1, sizeof *piece + size);

	if (!piece)
		return NULL;
	piece->next = script->pool;
	script->pool = piece;
	return piece->memory;
}

char *script_text(struct script *script, const char *text, size_t size)
{
	char *copy = text ? script_memory(script, size + 1) : NULL;

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

const char *step_name(enum step_kind kind)
{
	static const char *const names[] = {
		[STEP_SAY] = "Say",
		[STEP_PLAY] = "Play",
		[STEP_DIGITS] = "Play",
		[STEP_PAUSE] = "Pause",
		[STEP_GATHER] = "Gather",
		[STEP_RECORD] = "Record",
		[STEP_DIAL] = "Dial",
		[STEP_CONFERENCE] = "Conference",
		[STEP_DEQUEUE] = "Queue",
		[STEP_ENQUEUE] = "Enqueue",
		[STEP_LEAVE] = "Leave",
		[STEP_REDIRECT] = "Redirect",
		[STEP_REJECT] = "Reject",
		[STEP_HANGUP] = "Hangup",
		[STEP_REFER] = "Refer",
		[STEP_ECHO] = "Echo",
		[STEP_START_RECORDING] = "Start",
		[STEP_STOP_RECORDING] = "Stop",
		[STEP_NOTIFY] = "Notify",
	};

	return names[kind];
}
