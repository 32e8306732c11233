#include "daemon/api/dialect/twilio/call_json.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void set_text(json_t *json, const char *name, const char *text)
{
	json_object_set_new(json, name, text ? json_string(text) : json_null());
}

static void set_null(json_t *json, const char *const names[])
{
	for (size_t i = 0; names[i]; i++)
		json_object_set_new(json, names[i], json_null());
}

static void set_date(json_t *json, const char *name, int64_t utc_ms)
{
	char text[DATE_TEXT_SIZE];

	set_text(json, name, utc_ms ? date_write(utc_ms, text) : NULL);
}

static void set_id(json_t *json, const char *name, enum view view, const char *prefix, const char *id)
{
	char sid[SID_SIZE];

	set_text(json, name, id ? sid_write(view, prefix, id, sid) : NULL);
}

static const char *snapshot_text(const struct call_row *row, const char *name)
{
	return json_string_value(json_object_get(row->snapshot, name));
}

static void set_parties(json_t *json, const struct view_of *of, const struct call_row *row)
{
	char to_text[PARTY_SIZE], from_text[PARTY_SIZE];
	const char *to = twilio_to(of->conf, row, to_text);
	const char *from = twilio_from(of->conf, row, from_text);

	set_text(json, "to", to);
	set_text(json, "to_formatted", show_number(to));
	set_text(json, "from", from);
	set_text(json, "from_formatted", show_number(from));
	if (of->view == VIEW_SIGNALWIRE) {
		set_text(json, "formatted_to", show_number(to));
		set_text(json, "formatted_from", show_number(from));
	}
}

static void set_number(json_t *json, const struct view_of *of, const struct call_row *row)
{
	bool inbound = !strcmp(row->direction, "inbound");
	const char *number = snapshot_text(row, "number");
	char sid[SID_SIZE];

	if (!number)
		number = inbound ? row->to : row->from;
	set_text(json, "phone_number_sid",
		 conf_number_find(of->conf, number) ? sid_of_number(of->view, number, sid) : NULL);
}

/* Whole seconds, as they are charged: begun ones count. */
static int64_t duration_s(const struct call_row *row)
{
	return (row->duration_ms + 999) / 1000;
}

static void set_times(json_t *json, const struct view_of *of, const struct call_row *row)
{
	int64_t started = row->answered ? row->answered : row->created;
	int64_t updated = row->ended ? row->ended : started;
	char text[24];

	set_date(json, "date_created", row->created);
	set_date(json, "date_updated", updated);
	set_date(json, "start_time", strcmp(row->status, "queued") ? started : 0);
	set_date(json, "end_time", row->ended);
	if (of->view == VIEW_SIGNALWIRE) {
		json_object_set_new(json, "duration", json_integer(row->ended ? duration_s(row) : 0));
		return;
	}
	snprintf(text, sizeof text, "%lld", (long long)duration_s(row));
	set_text(json, "duration", row->ended ? text : NULL);
	set_text(json, "queue_time", "0");
}

/* Twilio writes what is paid as a negative text, SignalWire as a number. */
static void set_price(json_t *json, const struct view_of *of, const struct call_row *row)
{
	const char *price = snapshot_text(row, "price"), *unit = snapshot_text(row, "price_unit");

	if (!unit && of->account && of->account->deck)
		unit = of->account->deck->currency;
	set_text(json, "price_unit", unit ? unit : "USD");
	if (!price)
		json_object_set_new(json, "price", json_null());
	else if (of->view == VIEW_SIGNALWIRE)
		json_object_set_new(json, "price", json_real(strtod(price, NULL)));
	else
		json_object_set_new(json, "price", json_sprintf("-%s", price));
}

static void set_uris(json_t *json, const struct view_of *of, const struct call_row *row)
{
	static const char *const parts[][2] = { { "notifications", "Notifications" },
						{ "recordings", "Recordings" },
						{ "events", "Events" } };
	json_t *more = json_object();
	char sid[SID_SIZE];

	sid_write(of->view, "CA", row->id, sid);
	json_object_set_new(json, "uri", view_uri(of, "/Calls/%s.json", sid));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		json_object_set_new(more, parts[i][0], view_uri(of, "/Calls/%s/%s.json", sid, parts[i][1]));
	json_object_set_new(json, "subresource_uris", more);
}

/* A whole number of what is told in fractions. */
static void set_rounded(json_t *json, const char *name, const json_t *span, const char *member)
{
	const json_t *value = json_object_get(span, member);

	json_object_set_new(json, name,
			    value ? json_integer((json_int_t)(json_number_value(value) + 0.5)) : json_null());
}

static void set_quality(json_t *json, const struct call_row *row, const json_t *stats)
{
	static const char *const spans[][2] = { { "audio_rtt", "rtt_ms" },
						{ "audio_out_jitter", "far_jitter_ms" } };
	static const char *const members[][2] = { { "min", "min" }, { "max", "max" }, { "avg", "mean" } };
	const json_t *mos = json_object_get(stats, "mos_in"), *lost = json_object_get(stats, "far_lost");
	json_int_t code = json_integer_value(json_object_get(row->snapshot, "sip_code"));
	bool heard = json_number_value(mos) > 0;
	char name[40];

	json_object_set_new(json, "audio_in_mos", heard ? json_real(json_number_value(mos)) : json_null());
	json_object_set_new(json, "audio_out_lost",
			    lost ? json_integer(json_integer_value(lost)) : json_null());
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < 3; k++) {
			snprintf(name, sizeof name, "%s_%s", spans[i][0], members[k][0]);
			set_rounded(json, name, json_object_get(stats, spans[i][1]), members[k][1]);
		}
	}
	if (!code && row->answered)
		code = 200;
	json_object_set_new(json, "sip_result_code",
			    code ? json_sprintf("%lld", (long long)code) : json_null());
}

json_t *twilio_call_json(const struct view_of *of, const struct call_row *row, const json_t *stats)
{
	static const char *const none[] = { "forwarded_from", "group_sid", NULL };
	static const char *const none_signalwire[] = { "caller_name", "annotation", NULL };
	json_t *json = json_object();
	char sid[SID_SIZE];

	if (!json)
		return NULL;
	set_id(json, "sid", of->view, "CA", row->id);
	set_text(json, "account_sid", view_account_sid(of, sid));
	set_id(json, "parent_call_sid", of->view, "CA", row->parent);
	set_parties(json, of, row);
	set_number(json, of, row);
	set_text(json, "status", row->status);
	set_text(json, "direction", twilio_direction(row));
	set_times(json, of, row);
	set_price(json, of, row);
	set_text(json, "answered_by", snapshot_text(row, "answered_by"));
	set_text(json, "api_version", "2010-04-01");
	set_null(json, none);
	if (of->view == VIEW_SIGNALWIRE) {
		set_null(json, none_signalwire);
		set_quality(json, row, stats);
	} else {
		set_text(json, "caller_name", snapshot_text(row, "from_name"));
		set_text(json, "trunk_sid", NULL);
	}
	set_uris(json, of, row);
	return json;
}
