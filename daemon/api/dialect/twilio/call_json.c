#include "daemon/api/dialect/twilio/call_json.h"

#include "daemon/api/call/machine.h"
#include "daemon/api/dialect/twilio/dates.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const twilio_call_members[] = { "number",	 "price",    "price_unit", "machine",
					    "from_name", "sip_code", NULL };
const char *const twilio_call_stats[] = { "mos_in", "far_lost", "rtt_ms", "far_jitter_ms", NULL };

const char *twilio_direction(const struct call_row *row)
{
	if (strcmp(row->direction, "outbound"))
		return "inbound";
	return row->parent ? "outbound-dial" : "outbound-api";
}

static const char *party(const struct conf *conf, const char *address, char out[PARTY_SIZE])
{
	if (*address == '+' || strchr(address, ':') || !conf_user_by_name(conf, address))
		return address;
	snprintf(out, PARTY_SIZE, "client:%s", address);
	return out;
}

const char *twilio_to(const struct conf *conf, const struct call_row *row, char out[PARTY_SIZE])
{
	const char *asked = json_string_value(json_object_get(row->options, "to_client"));

	return asked ? asked : party(conf, row->to, out);
}

const char *twilio_from(const struct conf *conf, const struct call_row *row, char out[PARTY_SIZE])
{
	return party(conf, row->from, out);
}

/* Numbers as people read them are asked for again and again: kept, each in the one place that it has. */
static const char *show_number(const char *number)
{
	enum { PLACES = 2048 };
	static struct {
		char number[PHONE_NUMBER_SIZE], shown[PHONE_NUMBER_SHOWN_SIZE];
	} places[PLACES]; /* main thread */
	unsigned hash = 5381;

	if (*number != '+' || strlen(number) >= PHONE_NUMBER_SIZE)
		return number;
	for (const char *c = number; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	hash %= PLACES;
	if (strcmp(places[hash].number, number)) {
		phone_number_show(places[hash].shown, number);
		snprintf(places[hash].number, sizeof places[hash].number, "%s", number);
	}
	return places[hash].shown;
}

/* What is written: members of an object. */

static void add_text(struct json_text *out, const char *name, const char *text)
{
	if (text)
		json_text_string_always(out, name, text);
	else
		json_text_null(out, name);
}

static void add_nulls(struct json_text *out, const char *const names[])
{
	for (size_t i = 0; names[i]; i++)
		json_text_null(out, names[i]);
}

static void add_date(struct json_text *out, const char *name, int64_t utc_ms)
{
	char text[DATE_TEXT_SIZE];

	add_text(out, name, utc_ms ? date_write(utc_ms, text) : NULL);
}

static void add_id(struct json_text *out, const char *name, enum view view, const char *prefix,
		   const char *id)
{
	char sid[SID_SIZE];

	add_text(out, name, id ? sid_write(view, prefix, id, sid) : NULL);
}

static const char *snapshot_text(const struct call_row *row, const char *name)
{
	return json_string_value(json_object_get(row->snapshot, name));
}

static void add_parties(struct json_text *out, const struct view_of *of, const struct call_row *row)
{
	char to_text[PARTY_SIZE], from_text[PARTY_SIZE];
	const char *to = twilio_to(of->conf, row, to_text);
	const char *from = twilio_from(of->conf, row, from_text);

	add_text(out, "to", to);
	add_text(out, "to_formatted", show_number(to));
	add_text(out, "from", from);
	add_text(out, "from_formatted", show_number(from));
	if (of->view == VIEW_SIGNALWIRE) {
		add_text(out, "formatted_to", show_number(to));
		add_text(out, "formatted_from", show_number(from));
	}
}

static void add_number(struct json_text *out, const struct view_of *of, const struct call_row *row)
{
	bool inbound = !strcmp(row->direction, "inbound");
	const char *number = snapshot_text(row, "number");
	char sid[SID_SIZE];

	if (!number)
		number = inbound ? row->to : row->from;
	add_text(out, "phone_number_sid",
		 conf_number_find(of->conf, number) ? sid_of_number(of->view, number, sid) : NULL);
}

/* Whole seconds, as they are charged: begun ones count. */
static int64_t duration_s(const struct call_row *row)
{
	return (row->duration_ms + 999) / 1000;
}

static void add_times(struct json_text *out, const struct view_of *of, const struct call_row *row)
{
	int64_t started = row->answered ? row->answered : row->created;
	int64_t updated = row->ended ? row->ended : started;
	char text[24];

	add_date(out, "date_created", row->created);
	add_date(out, "date_updated", updated);
	add_date(out, "start_time", strcmp(row->status, "queued") ? started : 0);
	add_date(out, "end_time", row->ended);
	if (of->view == VIEW_SIGNALWIRE) {
		json_text_int(out, "duration", row->ended ? duration_s(row) : 0);
		return;
	}
	snprintf(text, sizeof text, "%lld", (long long)duration_s(row));
	add_text(out, "duration", row->ended ? text : NULL);
	add_text(out, "queue_time", "0");
}

/* Twilio writes what is paid as a negative text, SignalWire as a number. */
static void add_price(struct json_text *out, const struct view_of *of, const struct call_row *row)
{
	const char *price = snapshot_text(row, "price"), *unit = snapshot_text(row, "price_unit");
	char text[48];

	if (!unit && of->account && of->account->deck)
		unit = of->account->deck->currency;
	add_text(out, "price_unit", unit ? unit : "USD");
	if (!price) {
		json_text_null(out, "price");
	} else if (of->view == VIEW_SIGNALWIRE) {
		int length = snprintf(text, sizeof text, "%.10g", strtod(price, NULL));

		json_text_raw(out, "price", text, (size_t)length);
	} else {
		snprintf(text, sizeof text, "-%.40s", price);
		add_text(out, "price", text);
	}
}

static void add_uris(struct json_text *out, const struct view_of *of, const struct call_row *row)
{
	/* Those behind the third are Twilio's alone. */
	static const char *const parts[][2] = {
		{ "notifications", "/Notifications.json" },
		{ "recordings", "/Recordings.json" },
		{ "events", "/Events.json" },
		{ "streams", "/Streams.json" },
		{ "payments", "/Payments.json" },
		{ "siprec", "/Siprec.json" },
		{ "transcriptions", "/Transcriptions.json" },
		{ "user_defined_messages", "/UserDefinedMessages.json" },
		{ "user_defined_message_subscriptions", "/UserDefinedMessageSubscriptions.json" },
	};
	const size_t count = of->view == VIEW_TWILIO ? sizeof parts / sizeof *parts : 3;
	char account[SID_SIZE], sid[SID_SIZE], path[240];
	size_t length;

	length = (size_t)snprintf(path, sizeof path - 48, "%.60s/Accounts/%s/Calls/%s", of->root,
				  view_account_sid(of, account), sid_write(of->view, "CA", row->id, sid));
	strcpy(path + length, ".json");
	add_text(out, "uri", path);
	json_text_open(out, "subresource_uris");
	for (size_t i = 0; i < count; i++) {
		strcpy(path + length, parts[i][1]);
		add_text(out, parts[i][0], path);
	}
	json_text_close(out);
}

/* A whole number of what is told in fractions. */
static void add_rounded(struct json_text *out, const char *name, const json_t *value)
{
	if (value)
		json_text_int(out, name, (int64_t)(json_number_value(value) + 0.5));
	else
		json_text_null(out, name);
}

static void add_quality(struct json_text *out, const struct call_row *row, const json_t *stats)
{
	const json_t *rtt = json_object_get(stats, "rtt_ms"),
		     *jitter = json_object_get(stats, "far_jitter_ms");
	double mos = json_number_value(json_object_get(stats, "mos_in"));
	json_int_t code = json_integer_value(json_object_get(row->snapshot, "sip_code"));
	char text[24];

	if (mos > 0)
		json_text_milli(out, "audio_in_mos", mos);
	else
		json_text_null(out, "audio_in_mos");
	add_rounded(out, "audio_out_lost", json_object_get(stats, "far_lost"));
	add_rounded(out, "audio_rtt_min", json_object_get(rtt, "min"));
	add_rounded(out, "audio_rtt_max", json_object_get(rtt, "max"));
	add_rounded(out, "audio_rtt_avg", json_object_get(rtt, "mean"));
	add_rounded(out, "audio_out_jitter_min", json_object_get(jitter, "min"));
	add_rounded(out, "audio_out_jitter_max", json_object_get(jitter, "max"));
	add_rounded(out, "audio_out_jitter_avg", json_object_get(jitter, "mean"));
	if (!code && row->answered)
		code = 200;
	snprintf(text, sizeof text, "%lld", (long long)code);
	add_text(out, "sip_result_code", code ? text : NULL);
}

void twilio_call_write(struct json_text *out, const struct view_of *of, const struct call_row *row,
		       const json_t *stats)
{
	static const char *const none[] = { "forwarded_from", "group_sid", NULL };
	static const char *const none_signalwire[] = { "caller_name", "annotation", NULL };
	char sid[SID_SIZE];

	json_text_element_open(out);
	add_id(out, "sid", of->view, "CA", row->id);
	add_text(out, "account_sid", view_account_sid(of, sid));
	add_id(out, "parent_call_sid", of->view, "CA", row->parent);
	add_parties(out, of, row);
	add_number(out, of, row);
	add_text(out, "status", row->status);
	add_text(out, "direction", twilio_direction(row));
	add_times(out, of, row);
	add_price(out, of, row);
	add_text(out, "answered_by", machine_answered_by(row));
	add_text(out, "api_version", "2010-04-01");
	add_nulls(out, none);
	if (of->view == VIEW_SIGNALWIRE) {
		add_nulls(out, none_signalwire);
		add_quality(out, row, stats);
	} else {
		add_text(out, "caller_name", snapshot_text(row, "from_name"));
		add_text(out, "trunk_sid", NULL);
	}
	add_uris(out, of, row);
	json_text_close(out);
}
