#include "daemon/api/dialect/telefonie/call_json.h"

#include "daemon/api/dialect/telefonie/recording_json.h"
#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "UNKNOWN" on a keypad, with the country code that carriers use for it. */
#define UNKNOWN_NUMBER "+8656696"

static bool is_e164(const char *text)
{
	size_t digits = *text == '+' ? strspn(text + 1, "0123456789") : 0;

	return digits >= 2 && digits <= 15 && text[1] != '0' && !text[1 + digits];
}

void party_json_set(json_t *json, const char *name, const char *address_name, const char *value)
{
	bool number = is_e164(value);

	json_object_set_new(json, name, json_string(number ? value : UNKNOWN_NUMBER));
	if (!number && *value)
		json_object_set_new(json, address_name, json_string(value));
}

static void set_time(json_t *json, const char *name, int64_t utc_ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (utc_ms)
		json_object_set_new(json, name, json_string(clock_format_rfc3339(utc_ms, text)));
}

static void copy(json_t *json, const char *name, const json_t *from, const char *from_name)
{
	json_t *value = json_object_get(from, from_name);

	if (value)
		json_object_set(json, name, value);
}

json_t *recording_url_json(const struct conf *conf, const char *id)
{
	return json_sprintf("%s/v1/voice/recordings/%s/media", conf->api.public_url, id);
}

/* Additions to the contract, which a strict client does not see. */
static void set_additions(json_t *json, const struct call_row *row)
{
	static const char *const same[] = { "from_name",     "user",	 "trunk",   "number",  "ended_by",
					    "reason",	     "sip_code", "q850",    "bridge",  "conference",
					    "conference_id", "held",	 "on_hold", "muted",   "codec",
					    "srtp",	     "tag",	 "rate",    "network", NULL };

	set_time(json, "date_created", row->created);
	set_time(json, "answer_time", row->answered);
	if (row->parent)
		json_object_set_new(json, "parent_call_id", json_string(row->parent));
	for (size_t i = 0; same[i]; i++)
		copy(json, same[i], row->snapshot, same[i]);
}

json_t *call_json(const struct conf *conf, const struct call_row *row)
{
	json_t *json = json_object();

	if (!json)
		return NULL;
	json_object_set_new(json, "id", json_string(row->id));
	json_object_set_new(json, "status", json_string(row->status));
	json_object_set_new(json, "direction", json_string(row->direction));
	party_json_set(json, "from", "from_address", row->from);
	party_json_set(json, "to", "to_address", row->to);
	if (row->answered || row->ended)
		set_time(json, "start_time", row->answered ? row->answered : row->created);
	if (row->ended) {
		json_object_set_new(json, "duration", json_integer((row->duration_ms + 500) / 1000));
		set_time(json, "end_time", row->ended);
	}
	copy(json, "price", row->snapshot, "price");
	copy(json, "price_unit", row->snapshot, "price_unit");
	if (row->recording)
		json_object_set_new(json, "recording_url", recording_url_json(conf, row->recording));
	set_additions(json, row);
	return json;
}

json_t *event_recording_json(const struct conf *conf, const json_t *told, const char *call,
			     const char *conference)
{
	char error[RECORDING_ERROR_SIZE];
	const struct recording_row row = {
		.id = (char *)json_string_value(json_object_get(told, "id")),
		.call = (char *)call,
		.conference = (char *)conference,
		.status = (char *)json_string_value(json_object_get(told, "status")),
		.channels = json_integer_value(json_object_get(told, "channels")),
		.started = json_integer_value(json_object_get(told, "started")),
		.duration_ms = json_integer_value(json_object_get(told, "duration_ms")),
		.bytes = json_integer_value(json_object_get(told, "bytes")),
		.error = recording_error_told(told, error),
		.format = (char *)json_string_value(json_object_get(told, "format")),
		.sealed = json_is_true(json_object_get(told, "encrypted")) ? "" : NULL,
		.object = json_is_true(json_object_get(told, "uploaded")) ? "" : NULL,
	};
	const struct recording_live live = { .of = { call ? RECORDED_CALL : RECORDED_CONFERENCE,
						     call ? call : conference },
					     .id = row.id,
					     .status = "in-progress",
					     .channels = row.channels,
					     .started = row.started };

	return row.status ? recording_json(conf, &row) : recording_live_json(&live);
}

/* What of the event is not about the switch itself. */
static void set_details(const struct conf *conf, json_t *json, const char *call_id, const json_t *data)
{
	static const char *const inner[] = { "call", "seq", "time", "switch", "recording", NULL };
	const json_t *recording = json_object_get(data, "recording");
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)data, key, value)
	{
		bool skip = false;

		for (size_t i = 0; inner[i]; i++)
			skip |= !strcmp(key, inner[i]);
		if (!skip)
			json_object_set(json, key, value);
	}
	if (json_object_get(recording, "id"))
		json_object_set_new(json, "recording", event_recording_json(conf, recording, call_id, NULL));
}

json_t *call_event_json(const struct conf *conf, int64_t n, int64_t time, const char *type,
			const struct call_row *row, const json_t *data)
{
	json_t *json = json_object();

	if (!json)
		return NULL;
	json_object_set_new(json, "sequence", json_integer(n));
	set_time(json, "time", time);
	json_object_set_new(json, "type", json_string(type));
	json_object_set_new(json, "call_id", json_string(row->id));
	set_details(conf, json, row->id, data);
	json_object_set_new(json, "call", call_json(conf, row));
	return json;
}
