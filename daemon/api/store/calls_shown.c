/* Records of calls in memory, brought to what the switch says or the log has. */
#include "daemon/api/store/calls.h"

#include "lib/call_state.h"

#include <stdlib.h>
#include <string.h>

bool call_row_is_over(const struct call_row *row)
{
	enum call_status status;

	return call_status_parse(row->status, &status) || call_status_is_final(status);
}

static void replace_text(char **slot, const json_t *snapshot, const char *name)
{
	const char *value = json_string_value(json_object_get(snapshot, name));
	char *text = value ? strdup(value) : NULL;

	if (text) {
		free(*slot);
		*slot = text;
	}
}

void call_row_overlay(struct call_row *row, const json_t *snapshot)
{
	if (!snapshot)
		return;
	replace_text(&row->status, snapshot, "status");
	replace_text(&row->from, snapshot, "from");
	replace_text(&row->to, snapshot, "to");
	row->answered = json_integer_value(json_object_get(snapshot, "answered"));
	row->ended = json_integer_value(json_object_get(snapshot, "ended"));
	row->duration_ms = json_integer_value(json_object_get(snapshot, "duration_ms"));
	json_decref(row->snapshot);
	row->snapshot = json_incref((json_t *)snapshot);
}

void call_row_rewind(struct call_row *row, const json_t *logged)
{
	const char *recording = json_string_value(json_object_get(logged, "recording_id"));

	if (!logged)
		return;
	call_row_overlay(row, logged);
	free(row->recording);
	row->recording = recording ? strdup(recording) : NULL;
}
