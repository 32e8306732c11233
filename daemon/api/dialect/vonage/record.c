#include "daemon/api/dialect/vonage/record.h"

#include "lib/clock.h"
#include "lib/phone_number.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int64_t code_of(const struct call_row *row)
{
	return json_integer_value(json_object_get(row->snapshot, "sip_code"));
}

/* By the table of statuses in doc/dialects.md. */
static const struct {
	const char *theirs, *ours;
	enum calls_cause cause;
} statuses[] = {
	{ "started", "queued", CALLS_ANY_CAUSE },
	{ "ringing", "ringing", CALLS_ANY_CAUSE },
	{ "answered", "in-progress", CALLS_ANY_CAUSE },
	{ "completed", "completed", CALLS_ANY_CAUSE },
	{ "busy", "busy", CALLS_ANY_CAUSE },
	{ "cancelled", "canceled", CALLS_ANY_CAUSE },
	{ "unanswered", "no-answer", CALLS_UNREACHED },
	{ "timeout", "no-answer", CALLS_RANG_OUT },
	{ "rejected", "failed", CALLS_REFUSED },
	{ "failed", "failed", CALLS_NOT_REFUSED },
};

enum { STATUSES = sizeof statuses / sizeof *statuses };

static bool has_cause(const struct call_row *row, enum calls_cause cause)
{
	int64_t code = code_of(row);
	bool refused = code == 403 || code == 603 || code == 607, unreached = code == 408 || code == 480;

	switch (cause) {
	case CALLS_REFUSED:
		return refused;
	case CALLS_NOT_REFUSED:
		return !refused;
	case CALLS_UNREACHED:
		return unreached;
	case CALLS_RANG_OUT:
		return !unreached;
	case CALLS_ANY_CAUSE:
		break;
	}
	return true;
}

static bool is_machine(const struct call_row *row)
{
	const char *is = json_string_value(json_object_get(json_object_get(row->snapshot, "machine"), "is"));

	return is && !strcmp(is, "machine");
}

const char *vonage_status(const struct call_row *row)
{
	if (!strcmp(row->status, "in-progress") && is_machine(row))
		return "machine";
	for (size_t i = 0; i < STATUSES; i++)
		if (!strcmp(statuses[i].ours, row->status) && has_cause(row, statuses[i].cause))
			return statuses[i].theirs;
	return "failed";
}

bool vonage_status_filter(const char *status, struct calls_filter *filter)
{
	for (size_t i = 0; i < STATUSES; i++) {
		if (!strcmp(statuses[i].theirs, status)) {
			filter->statuses[0] = statuses[i].ours;
			filter->cause = statuses[i].cause;
			return true;
		}
	}
	return false;
}

char *vonage_conversation(const struct call_row *row, char out[VONAGE_CONVERSATION_SIZE])
{
	const char *id = row->conference ? row->conference : row->parent ? row->parent : row->id;

	snprintf(out, VONAGE_CONVERSATION_SIZE, "CON-%.42s", id);
	return out;
}

static bool is_number(const char *address)
{
	size_t digits = strspn(address + (*address == '+'), "0123456789");

	return digits && !address[(*address == '+') + digits];
}

char *vonage_number(const char *address, char out[VONAGE_NUMBER_SIZE])
{
	snprintf(out, VONAGE_NUMBER_SIZE, "%s", is_number(address) ? address + (*address == '+') : address);
	return out;
}

char *vonage_address(const char *number, char out[VONAGE_NUMBER_SIZE])
{
	bool bare = *number != '+' && is_number(number) && strlen(number) > PHONE_NUMBER_SHORT_MAX;

	snprintf(out, VONAGE_NUMBER_SIZE, "%s%s", bare ? "+" : "", number);
	return out;
}

json_t *vonage_endpoint(const char *address)
{
	char number[VONAGE_NUMBER_SIZE];

	if (!strncmp(address, "ws://", 5) || !strncmp(address, "wss://", 6))
		return json_pack("{s:s, s:s}", "type", "websocket", "uri", address);
	if (!strncmp(address, "sip:", 4) || !strncmp(address, "sips:", 5))
		return json_pack("{s:s, s:s}", "type", "sip", "uri", address);
	if (is_number(address) && *address != '+' && strlen(address) <= PHONE_NUMBER_SHORT_MAX)
		return json_pack("{s:s, s:s}", "type", "vbc", "extension", address);
	if (*address && !is_number(address) && !strchr("*#", *address))
		return json_pack("{s:s, s:s}", "type", "app", "user", address);
	return json_pack("{s:s, s:s}", "type", "phone", "number", vonage_number(address, number));
}

/* YYYY-MM-DD HH:MM:SS */
static void set_time(json_t *json, const char *name, int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(ms, text);
	text[10] = ' ';
	text[19] = '\0';
	json_object_set_new(json, name, json_string(text));
}

static void set_amount(json_t *json, const struct call_row *row, const char *name)
{
	const char *amount = json_string_value(json_object_get(row->snapshot, name));

	json_object_set_new(json, name, json_string(amount ? amount : "0"));
}

/* MCCMNC, of the MCC-MNC that a deck has; "" where nobody knows. */
static void set_network(json_t *json, const struct call_row *row)
{
	const char *network = json_string_value(json_object_get(row->snapshot, "network"));
	char digits[16] = "";
	size_t count = 0;

	for (; network && *network && count + 1 < sizeof digits; network++)
		if (isdigit((unsigned char)*network))
			digits[count++] = *network;
	json_object_set_new(json, "network", json_stringn(digits, count));
}

void vonage_add_sums(json_t *json, const struct call_row *row)
{
	if (row->ended)
		set_time(json, "end_time", row->ended);
	if (row->ended) {
		json_object_set_new(json, "duration",
				    json_sprintf("%lld", (long long)(row->duration_ms + 500) / 1000));
		set_amount(json, row, "price");
	}
	set_time(json, "start_time", row->answered ? row->answered : row->created);
	set_amount(json, row, "rate");
	set_network(json, row);
}

/* As it was given, where it is kept. */
static json_t *called(const struct call_row *row)
{
	json_t *given = json_object_get(row->options, "endpoint");

	return given ? json_incref(given) : vonage_endpoint(row->to);
}

json_t *vonage_record(const struct conf *conf, const struct call_row *row)
{
	char conversation[VONAGE_CONVERSATION_SIZE];
	json_t *json = json_pack("{s:{s:{s:o}}, s:s, s:s, s:s, s:s, s:o, s:o}", "_links", "self", "href",
				 json_sprintf("%s/v1/calls/%s", conf->api.public_url, row->id), "uuid",
				 row->id, "conversation_uuid", vonage_conversation(row, conversation),
				 "status", vonage_status(row), "direction", row->direction, "from",
				 vonage_endpoint(row->from), "to", called(row));

	if (json && !strcmp(row->status, "completed"))
		vonage_add_sums(json, row);
	if (json && row->recording)
		json_object_set_new(json, "recording_url",
				    json_sprintf("%s/v1/files/%s", conf->api.public_url, row->recording));
	return json;
}
