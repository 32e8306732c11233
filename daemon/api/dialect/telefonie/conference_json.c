#include "daemon/api/dialect/telefonie/conference_json.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "lib/clock.h"

#include <string.h>

json_t *conference_json(const struct conf *conf, const struct conference_row *row)
{
	char created[CLOCK_TEXT_SIZE], ended[CLOCK_TEXT_SIZE];
	json_t *json =
	    json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "id", row->id, "friendly_name", row->name, "status",
		      row->status, "participant_count", (json_int_t)(row->ended ? 0 : row->participants),
		      "max_participants", (json_int_t)row->max_participants, "date_created",
		      clock_format_rfc3339(row->created, created));

	if (json && row->ended)
		json_object_set_new(json, "end_time", json_string(clock_format_rfc3339(row->ended, ended)));
	if (json && row->recording)
		json_object_set_new(json, "recording_url", recording_url_json(conf, row->recording));
	return json;
}

json_t *participant_json(const struct participant *p)
{
	json_t *json =
	    json_pack("{s:s, s:s, s:b, s:b, s:s, s:s*}", "call_id", p->call, "conference_id", p->conference,
		      "muted", p->muted, "hold", p->hold, "status", p->status, "coaches", p->coaches);

	if (json && p->from && p->to) {
		party_json_set(json, "from", "from_address", p->from);
		party_json_set(json, "to", "to_address", p->to);
	}
	if (json && p->user)
		json_object_set_new(json, "user", json_string(p->user));
	if (json && p->talking)
		json_object_set_new(json, "talking", json_true());
	return json;
}

/* What the event says beside the conference itself. */
static void set_details(const struct conf *conf, json_t *json, const char *conference_id, const json_t *data)
{
	static const char *const same[] = { "what", "play_id", "end", "error", "talking", NULL };
	const json_t *participant = json_object_get(data, "participant");
	const json_t *recording = json_object_get(data, "recording");
	const char *what = json_string_value(json_object_get(data, "what"));
	struct participant one;

	for (size_t i = 0; same[i]; i++)
		if (json_object_get(data, same[i]))
			json_object_set(json, same[i], json_object_get(data, same[i]));
	if (json_is_string(json_object_get(data, "call")))
		json_object_set(json, "call_id", json_object_get(data, "call"));
	if (participant) {
		participant_read(participant, conference_id,
				 what && !strcmp(what, "leave") ? "completed" : "in-progress", &one);
		json_object_set_new(json, "participant", participant_json(&one));
	}
	if (recording)
		json_object_set_new(json, "recording",
				    event_recording_json(conf, recording, NULL, conference_id));
}

json_t *conference_event_json(const struct conf *conf, int64_t n, int64_t time, const char *type,
			      const struct conference_row *row, const json_t *data)
{
	char text[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:s, s:o}", "time", clock_format_rfc3339(time, text), "type",
				 type, "conference_id", row->id, "conference", conference_json(conf, row));

	if (!json)
		return NULL;
	if (n)
		json_object_set_new(json, "sequence", json_integer(n));
	set_details(conf, json, row->id, data);
	return json;
}
