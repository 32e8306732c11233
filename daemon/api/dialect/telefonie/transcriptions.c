/* The operations on the transcriptions of a call. */
#include "daemon/api/call/transcriptions.h"

#include "daemon/api/dialect/telefonie/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 500, HINT_MAX = 200, LANGUAGE_MAX = 35 };

static json_t *shown(const char *call, const char *id, const json_t *one)
{
	json_t *out = json_pack("{s:s, s:s}", "id", id, "call_id", call);

	json_object_update(out, (json_t *)one);
	return out;
}

void transcriptions_op_list(struct op *op)
{
	json_t *all, *items = json_array(), *one;
	struct fault fault;
	const char *id;

	if (!op_takes_nothing(op)) {
		json_decref(items);
		return;
	}
	if (!transcriptions_of(&op->by, op->args[0], &all, &fault)) {
		json_decref(items);
		op_fail(op, &fault);
		return;
	}
	json_object_foreach(all, id, one) json_array_append_new(items, shown(op->args[0], id, one));
	json_decref(all);
	op_done(op, 200,
		json_pack("{s:o, s:i}", "transcriptions", items, "total", (int)json_array_size(items)));
}

void transcriptions_op_get(struct op *op)
{
	json_t *all, *one;
	struct fault fault;

	if (!op_takes_nothing(op))
		return;
	if (!transcriptions_of(&op->by, op->args[0], &all, &fault)) {
		op_fail(op, &fault);
		return;
	}
	one = json_object_get(all, op->args[1]);
	if (one) {
		op_done(op, 200, shown(op->args[0], op->args[1], one));
	} else {
		fault_set(&fault, FAULT_TRANSCRIPTION_NOT_FOUND, FIELD_NONE,
			  "The call has no such transcription.");
		op_fail(op, &fault);
	}
	json_decref(all);
}

/* ---- beginning ---- */

/* The hints with commas between; new, or NULL. */
static char *read_hints(struct json_get *get)
{
	const json_t *hints = NULL, *one;
	size_t i, size = 1;
	char *out;

	if (!json_get_array(get, "hints", false, &hints))
		return NULL;
	if (json_array_size(hints) > HINTS_MAX)
		json_get_fail(get, "hints", "hints has more than %d.", HINTS_MAX);
	json_array_foreach((json_t *)hints, i, one)
	{
		const char *hint = json_string_value(one);

		if (!hint || strlen(hint) > HINT_MAX || strchr(hint, ',')) {
			json_get_fail(get, "hints",
				      "hints must hold texts of at most %d bytes without commas.", HINT_MAX);
			return NULL;
		}
		size += strlen(hint) + 1;
	}
	out = calloc(1, size);
	json_array_foreach((json_t *)hints, i, one)
	{
		if (out && i)
			strcat(out, ",");
		if (out)
			strcat(out, json_string_value(one));
	}
	return out;
}

static void on_started(const struct fault *fault, const char *id, void *arg)
{
	struct op *op = arg;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	snprintf(op->location, sizeof op->location, "/v1/voice/calls/%s/transcriptions/%s", op->args[0], id);
	op_done(op, 201,
		json_pack("{s:s, s:s, s:s, s:s}", "id", id, "call_id", op->args[0], "status", "in-progress",
			  "text", ""));
}

void transcriptions_op_start(struct op *op)
{
	static const char *const names[] = { "language",	 "hints", "track", "partial_results",
					     "profanity_filter", NULL };
	static const char *const tracks[] = { "inbound", "outbound", NULL };
	struct transcription_wish wish = { .heard = { .dictation = true, .profanity_filter = true } };
	struct json_get get;
	char *hints;
	int track = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	if (json_get_string(&get, "language", false, &wish.heard.language) &&
	    strlen(wish.heard.language) > LANGUAGE_MAX)
		json_get_fail(&get, "language", "language is no tag of a language.");
	json_get_enum(&get, "track", false, tracks, &track);
	json_get_bool(&get, "partial_results", false, &wish.heard.partials);
	json_get_bool(&get, "profanity_filter", false, &wish.heard.profanity_filter);
	hints = read_hints(&get);
	wish.heard.hints = hints;
	wish.track = tracks[track];
	if (op_params_ok(op, &get))
		transcription_start(&op->by, op->args[0], &wish, on_started, op);
	free(hints);
}

void transcriptions_op_stop(struct op *op)
{
	struct transcription_found found;
	struct fault fault;

	if (!op_takes_nothing(op))
		return;
	if (transcription_find(&op->by, op->args[0], op->args[1], &found, &fault))
		transcription_stop(&op->by, op->args[0], &found, op_on_done, op);
	else
		op_fail(op, &fault);
}
