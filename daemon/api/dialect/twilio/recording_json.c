#include "daemon/api/dialect/twilio/recording_json.h"

#include "daemon/api/dialect/script_names.h"
#include "daemon/api/dialect/twilio/dates.h"

#include <stdio.h>
#include <string.h>

const char *twilio_recording_source(const char *source, bool conference)
{
	if (source && !strcmp(source, "api"))
		return conference ? "StartConferenceRecordingAPI" : "StartCallRecordingAPI";
	return source ? script_value("recording_source", source) : "OutboundAPI";
}

/* One of which nothing is left, or in which nothing ever was, is absent. */
static const char *status_of(const struct recording_row *row)
{
	if (row->deleted)
		return "deleted";
	if (!strcmp(row->status, "failed") || (!strcmp(row->status, "completed") && !row->duration_ms))
		return "absent";
	return row->status;
}

/* -1 while it runs. SignalWire's is a number. */
static void set_duration(json_t *json, enum view view, const struct recording_row *row)
{
	bool over = !strcmp(row->status, "completed") || !strcmp(row->status, "failed");
	long long seconds = over ? (row->duration_ms + 500) / 1000 : -1;

	json_object_set_new(json, "duration",
			    view == VIEW_SIGNALWIRE ? json_integer(seconds) : json_sprintf("%lld", seconds));
}

static void set_uris(json_t *json, const struct view_of *of, const struct recording_row *row,
		     enum recording_place place)
{
	char sid[SID_SIZE], parent[SID_SIZE], account[SID_SIZE];

	sid_write(of->view, "RE", row->id, sid);
	if (place == OF_CALL)
		json_object_set_new(json, "uri",
				    view_uri(of, "/Calls/%s/Recordings/%s.json",
					     sid_write(of->view, "CA", row->call, parent), sid));
	else if (place == OF_CONFERENCE)
		json_object_set_new(json, "uri",
				    view_uri(of, "/Conferences/%s/Recordings/%s.json",
					     sid_write(of->view, "CF", row->conference, parent), sid));
	else
		json_object_set_new(json, "uri", view_uri(of, "/Recordings/%s.json", sid));
	json_object_set_new(json, "media_url",
			    row->deleted
				? json_null()
				: json_sprintf("%s%s/Accounts/%s/Recordings/%s", of->conf->api.public_url,
					       of->root, view_account_sid(of, account), sid));
	json_object_set_new(
	    json, "subresource_uris",
	    json_pack("{s:o}", "transcriptions", view_uri(of, "/Recordings/%s/Transcriptions.json", sid)));
}

json_t *twilio_recording_json(const struct view_of *of, const struct recording_row *row,
			      enum recording_place place)
{
	const char *track = json_string_value(json_object_get(row->options, "track"));
	const char *unit = of->account && of->account->deck ? of->account->deck->currency : NULL;
	char account[SID_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:n, s:n, s:n}", "account_sid",
				 view_account_sid(of, account), "api_version", "2010-04-01", "channels",
				 (json_int_t)row->channels, "status", status_of(row), "source",
				 twilio_recording_source(row->source, row->conference != NULL), "track",
				 track ? track : "both", "price_unit", unit ? unit : "USD", "price",
				 "encryption_details", "error_code");

	if (!json)
		return NULL;
	if (!strcmp(row->status, "failed"))
		json_object_set_new(json, "error_code", json_integer(CODE_INTERNAL));
	json_object_set_new(json, "sid", sid_json(of->view, "RE", row->id));
	json_object_set_new(json, "call_sid", sid_json(of->view, "CA", row->call));
	json_object_set_new(json, "conference_sid", sid_json(of->view, "CF", row->conference));
	json_object_set_new(json, "date_created", date_json(row->started));
	json_object_set_new(json, "start_time", date_json(row->started));
	json_object_set_new(json, "date_updated", date_json(row->updated ? row->updated : row->started));
	set_duration(json, of->view, row);
	set_uris(json, of, row, place);
	return json;
}
