#include "daemon/api/script/steps/step.h"

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

struct step *steps_add(struct step_list *steps, enum step_kind kind, int line, int column)
{
	struct step *step;

	if (steps->count == steps->room) {
		size_t room = steps->room ? 2 * steps->room : 8;
		struct step *grown = realloc(steps->list, room * sizeof *grown);

		if (!grown)
			return NULL;
		steps->list = grown;
		steps->room = room;
	}
	step = &steps->list[steps->count++];
	*step = (struct step){ .kind = kind, .line = line, .column = column };
	return step;
}

const struct step *steps_keep(struct script *script, struct step_list *steps)
{
	struct step *kept = steps->count ? script_memory(script, steps->count * sizeof *kept) : NULL;

	if (kept)
		memcpy(kept, steps->list, steps->count * sizeof *kept);
	free(steps->list);
	*steps = (struct step_list){ 0 };
	return kept;
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
		[STEP_START_STREAM] = "Stream",
		[STEP_CONNECT_STREAM] = "Stream",
		[STEP_STOP_STREAM] = "Stream",
		[STEP_START_TRANSCRIPTION] = "Transcription",
		[STEP_STOP_TRANSCRIPTION] = "Transcription",
		[STEP_NOTIFY] = "Notify",
		[STEP_TRANSFER] = "Transfer",
	};

	return names[kind];
}
