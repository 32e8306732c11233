#include "daemon/api/dialect/twilio/conference_json.h"

#include "daemon/api/dialect/script_names.h"
#include "daemon/api/dialect/twilio/dates.h"

#include <string.h>

/* Null while it lives, and where the vendors have no word for it. */
static json_t *reason_json(const struct conference_row *row)
{
	const char *why = row->ended ? row->why : NULL;

	if (why && row->kicked)
		why = strcmp(why, "last-left") ? "moderator-kicked" : "last-kicked";
	why = why ? script_value("ended_why", why) : NULL;
	return why && strchr(why, '-') && strcmp(why, "shut-down") ? json_string(why) : json_null();
}

json_t *twilio_conference_json(const struct view_of *of, const struct conference_row *row)
{
	static const char *const parts[][2] = { { "participants", "Participants" },
						{ "recordings", "Recordings" } };
	char sid[SID_SIZE], account[SID_SIZE];
	json_t *more = json_object(), *json;

	sid_write(of->view, "CF", row->id, sid);
	json =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "sid", sid, "account_sid",
		      view_account_sid(of, account), "api_version", "2010-04-01", "friendly_name", row->name,
		      "status", row->status, "region", "us1", "reason_conference_ended", reason_json(row));
	if (!json) {
		json_decref(more);
		return NULL;
	}
	json_object_set_new(json, "call_sid_ending_conference",
			    sid_json(of->view, "CA", row->ended ? row->ended_by : NULL));
	json_object_set_new(json, "date_created", date_json(row->created));
	json_object_set_new(json, "date_updated", date_json(row->updated ? row->updated : row->created));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		json_object_set_new(more, parts[i][0],
				    view_uri(of, "/Conferences/%s/%s.json", sid, parts[i][1]));
	json_object_set_new(json, "subresource_uris", more);
	json_object_set_new(json, "uri", view_uri(of, "/Conferences/%s.json", sid));
	return json;
}

/* "connected" while it is in, "complete" when it has left. */
static const char *status_of(const struct participant *one)
{
	static const char *const words[][2] = { { "queued", "queued" },
						{ "ringing", "ringing" },
						{ "in-progress", "connected" },
						{ "completed", "complete" } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(one->status, words[i][0]))
			return words[i][1];
	return "failed";
}

json_t *twilio_participant_json(const struct view_of *of, const struct participant *one)
{
	char call[SID_SIZE], conference[SID_SIZE], account[SID_SIZE];
	const bool coaches = one->coaches && *one->coaches;
	json_t *json;

	sid_write(of->view, "CA", one->call, call);
	sid_write(of->view, "CF", one->conference, conference);
	json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:s, s:s, s:o}", "account_sid",
			 view_account_sid(of, account), "call_sid", call, "conference_sid", conference,
			 "api_version", "2010-04-01", "muted", one->muted, "hold", one->hold,
			 "start_conference_on_enter", one->starts, "end_conference_on_exit", one->ends,
			 "coaching", coaches, "status", status_of(one), "queue_time", "0", "uri",
			 view_uri(of, "/Conferences/%s/Participants/%s.json", conference, call));
	if (!json)
		return NULL;
	json_object_set_new(json, "label", one->label ? json_string(one->label) : json_null());
	json_object_set_new(json, "call_sid_to_coach", sid_json(of->view, "CA", one->coaches));
	json_object_set_new(json, "date_created", date_json(one->since));
	json_object_set_new(json, "date_updated", date_json(one->since));
	return json;
}
