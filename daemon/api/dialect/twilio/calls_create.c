/* Calls: create. */
#include "daemon/api/dialect/twilio/calls.h"

#include "daemon/api/call/applications.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/call/place.h"
#include "daemon/api/dialect/twilio/recordings.h"
#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/twiml/twiml.h"
#include "daemon/api/script/twiml/write.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TIMEOUT_S = 60 };

void order_clear(struct order *order)
{
	free(order->script);
	json_decref(order->events);
	json_decref(order->recording_events);
	json_decref(order->headers);
	json_decref(order->machine);
	json_decref(order->more);
	entry_row_clear(&order->application);
}

/* What is called, and who calls */

/* "X-Name=value&…" behind a SIP URI or a client's name. */
static void read_headers(struct form *form, char *text, json_t **out)
{
	struct query query;

	if (query_parse(&query, text)) {
		form_fail(form, TROUBLE_PARAMETER, "To: what is behind the question mark cannot be read.");
		return;
	}
	*out = json_object();
	for (size_t i = 0; i < query.count && *out; i++) {
		const char *name = query.items[i].name;
		char full[80];

		snprintf(full, sizeof full, "%s%s", strncasecmp(name, "X-", 2) ? "X-" : "", name);
		json_object_set_new(*out, full, json_string(query.items[i].value));
	}
	query_clear(&query);
}

/* A number as people write it, a SIP URI, or a user of ours by name. */
static bool read_address(const struct conf *conf, const char *text, char out[ADDRESS_SIZE])
{
	char bare[PHONE_NUMBER_SIZE];

	if (!strncasecmp(text, "sip:", 4) || !strncasecmp(text, "sips:", 5)) {
		snprintf(out, ADDRESS_SIZE, "%s", text);
		return strlen(text) < ADDRESS_SIZE;
	}
	if (!strncmp(text, "client:", 7)) {
		snprintf(out, ADDRESS_SIZE, "%s", text + 7);
		return conf_user_by_name(conf, out) != NULL;
	}
	if (!phone_number_bare(bare, text))
		return false;
	snprintf(out, ADDRESS_SIZE, "%s", bare);
	return true;
}

static void read_to(struct ask *ask, struct order *order)
{
	const char *to = form_text(&ask->form, "To");
	char text[2 * ADDRESS_SIZE], *rest;

	if (!to) {
		form_fail(&ask->form, CODE_NO_TO, "A 'To' phone number is required.");
		return;
	}
	snprintf(text, sizeof text, "%s", to);
	rest = *text == '+' ? NULL : strchr(text, '?');
	if (rest) {
		*rest++ = '\0';
		read_headers(&ask->form, rest, &order->headers);
	}
	if (strlen(to) >= sizeof text || !read_address(ask->by.desk->conf, text, order->to))
		form_fail(&ask->form, CODE_TO_INVALID,
			  "The phone number you are attempting to call, %.100s, is not valid.", to);
	if (!strncmp(text, "client:", 7))
		json_object_set_new(order->more, "to_client", json_string(text));
	order->wish.to = order->to;
	order->wish.headers = order->headers;
}

/* The number that is shown: From, or CallerId when there is one. A user's is its number. */
static void read_from(struct ask *ask, struct order *order)
{
	const char *from = form_text(&ask->form, "From"), *shown = form_text(&ask->form, "CallerId");
	const struct conf_user *user;

	if (!from)
		form_fail(&ask->form, CODE_NO_FROM, "A 'From' phone number is required.");
	if (shown)
		from = shown;
	if (from && !read_address(ask->by.desk->conf, from, order->from))
		form_fail(&ask->form, CODE_FROM_INVALID,
			  "The source phone number provided, %.100s, is not valid.", from);
	user = from ? conf_user_by_name(ask->by.desk->conf, order->from) : NULL;
	if (user && user->number)
		snprintf(order->from, sizeof order->from, "%s", user->number);
	order->wish.from = order->from;
}

/* What it does */

void calls_check_document(struct form *form, const char *name, const char *text)
{
	struct problems problems = { 0 };
	struct script *script;
	char error[300];

	if (!twiml_compile(&script, text, strlen(text), "UTF-8", &problems)) {
		script_free(script);
	} else {
		problems_say(&problems, error, sizeof error);
		form_fail(form, CODE_DOCUMENT, "%s: %s", name, error);
	}
	problems_clear(&problems);
}

/* Behind the start tag of the root of a document that compiles; NULL: the root is empty. */
static const char *inside_of(const char *text)
{
	const char *root = strstr(text, "<Response"), *end = root ? strchr(root, '>') : NULL;

	return end && end[-1] != '/' ? end + 1 : NULL;
}

/* The digits are sent first, then it goes on with the document. */
static void read_digits(struct ask *ask, struct order *order)
{
	const struct wish *wish = &order->wish;
	const char *digits = form_text(&ask->form, "SendDigits");

	if (!digits)
		return;
	if (!call_digits_are_fit(digits)) {
		form_fail(&ask->form, CODE_DIGITS,
			  "SendDigits must be 1 to %d of 0-9 * # A-D, and w or W for pauses.",
			  CALL_DIGITS_MAX);
		return;
	}
	order->script =
	    write_digits(digits, wish->script ? inside_of(wish->script) : NULL, wish->url, !wish->post);
	order->wish.script = order->script;
	order->wish.url = NULL;
}

/* An application has all of it: what is said beside it does not count. */
static void read_application(struct ask *ask, struct order *order)
{
	const char *sid = form_text(&ask->form, "ApplicationSid");
	struct wish *wish = &order->wish;
	char id[UUID_TEXT_SIZE];
	const json_t *settings;
	struct fault fault;

	if (!sid)
		return;
	if (!sid_read("AP", sid, id) || !application_find(&ask->by, id, &order->application, &fault)) {
		form_fail(&ask->form, CODE_NO_APPLICATION, "ApplicationSid: there is no such application.");
		return;
	}
	settings = order->application.settings;
	wish->script = NULL;
	wish->url = json_string_value(json_object_get(settings, "voice_url"));
	wish->post = !entry_is_get(settings, "voice_method");
	wish->fallback_url = json_string_value(json_object_get(settings, "fallback_url"));
	wish->fallback_get = entry_is_get(settings, "fallback_method");
}

static void read_document(struct ask *ask, struct order *order)
{
	struct form *form = &ask->form;
	struct wish *wish = &order->wish;
	bool fallback_post = true;

	wish->post = true;
	wish->url = form_url(form, "Url");
	form_method(form, "Method", &wish->post);
	wish->fallback_url = form_url(form, "FallbackUrl");
	form_method(form, "FallbackMethod", &fallback_post);
	wish->fallback_get = !fallback_post;
	if (!wish->url)
		wish->script = form_text(form, "Twiml");
	if (wish->script)
		calls_check_document(form, "Twiml", wish->script);
	read_application(ask, order);
	if (!wish->url && !wish->script)
		form_fail(form, TROUBLE_URL, "Url parameter is required: give Url, Twiml or ApplicationSid.");
	read_digits(ask, order);
}

/* What is told of it */

json_t *calls_read_events(struct form *form)
{
	static const char *const words[] = { "initiated", "ringing", "answered", "completed", NULL };
	static const char *const statuses[] = { "queued", "ringing", "in-progress" };
	static const char *const ends[] = { "completed", "failed", "busy", "no-answer", "canceled" };
	unsigned wanted = 1u << 3;
	json_t *events = json_array();

	form_words(form, "StatusCallbackEvent", words, &wanted);
	for (size_t i = 0; i < 3; i++)
		if (wanted & 1u << i)
			json_array_append_new(events, json_string(statuses[i]));
	for (size_t i = 0; i < 5 && wanted & 1u << 3; i++)
		json_array_append_new(events, json_string(ends[i]));
	return events;
}

static void read_callbacks(struct ask *ask, struct order *order)
{
	struct form *form = &ask->form;
	struct wish *wish = &order->wish;
	bool post = true, recording_post = true;

	wish->status_callback = form_url(form, "StatusCallback");
	form_method(form, "StatusCallbackMethod", &post);
	wish->callback_get = !post;
	if (!wish->status_callback && order->application.nr) {
		wish->status_callback =
		    json_string_value(json_object_get(order->application.settings, "status_callback"));
		wish->callback_get = entry_is_get(order->application.settings, "status_callback_method");
	}
	wish->callback_events = order->events = calls_read_events(form);
	wish->recording_callback = form_url(form, "RecordingStatusCallback");
	form_method(form, "RecordingStatusCallbackMethod", &recording_post);
	wish->recording_callback_get = !recording_post;
	wish->recording_events = order->recording_events =
	    recordings_read_events(form, "RecordingStatusCallbackEvent");
}

/* The rest */

static void read_recording(struct ask *ask, struct order *order)
{
	static const char *const channels[] = { "mono", "dual", NULL };
	static const char *const tracks[] = { "both", "inbound", "outbound", NULL };
	static const char *const trims[] = { "do-not-trim", "trim-silence", NULL };
	int track = 0, trim = 0;
	int index = 0;

	form_bool(&ask->form, "Record", &order->wish.record);
	form_word(&ask->form, "RecordingChannels", channels, &index);
	order->wish.record_channels = index + 1;
	if (form_word(&ask->form, "RecordingTrack", tracks, &track) && track)
		order->wish.record_track = tracks[track];
	form_word(&ask->form, "Trim", trims, &trim);
	order->wish.record_trim = trim == 1;
}

/* Who answers: Enable, or DetectMessageEnd, with its times; as AsyncAmd has it beside the script, or before
 * it. */
static void read_machine(struct ask *ask, struct order *order)
{
	static const char *const kinds[] = { "Enable", "DetectMessageEnd", "none", "false", NULL };
	static const struct {
		const char *name, *param;
		int64_t least, most, unit;
	} times[] = { { "MachineDetectionTimeout", "timeout", 3, 59, 1000 },
		      { "MachineDetectionSpeechThreshold", "speech", 1000, 6000, 1 },
		      { "MachineDetectionSpeechEndThreshold", "speech_end", 500, 5000, 1 },
		      { "MachineDetectionSilenceTimeout", "silence", 2000, 10000, 1 } };
	struct form *form = &ask->form;
	struct wish *wish = &order->wish;
	bool async = false, post = true;
	int kind = 2;

	form_word(form, "MachineDetection", kinds, &kind);
	if (kind >= 2)
		return;
	order->machine = json_pack("{s:b}", "message_end", kind == 1);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int64_t value = 0;

		form_int(form, times[i].name, times[i].least, times[i].most, &value);
		if (value)
			json_object_set_new(order->machine, times[i].param,
					    json_integer(value * times[i].unit));
	}
	form_bool(form, "AsyncAmd", &async);
	wish->machine = order->machine;
	wish->machine_waits = !async;
	wish->machine_callback = form_url(form, "AsyncAmdStatusCallback");
	form_method(form, "AsyncAmdStatusCallbackMethod", &post);
	wish->machine_callback_get = !post;
}

/* What this version cannot do: the call is placed without it, and a notification says so. */
static void note_ignored(struct ask *ask, struct order *order)
{
	static const char *const names[] = { "Byoc",	   "CallToken", "Passports", "ClientNotificationUrl",
					     "EarlyMedia", NULL };
	static const char *const harmless[] = { "false", "both", "none", NULL };
	json_t *ignored = json_array();

	for (size_t i = 0; names[i]; i++) {
		const char *text = form_text(&ask->form, names[i]);
		bool asks = text != NULL;

		for (size_t k = 0; harmless[k] && asks; k++)
			asks = strcasecmp(text, harmless[k]) != 0;
		if (asks)
			json_array_append_new(ignored, json_string(names[i]));
	}
	if (json_array_size(ignored))
		json_object_set(order->more, "ignored", ignored);
	json_decref(ignored);
}

void order_begin(struct ask *ask, struct order *order)
{
	order->wish.dialect = view_dialect(ask->view);
	order->wish.timeout_s = TIMEOUT_S;
	order->wish.more = order->more = json_object();
	read_to(ask, order);
	read_from(ask, order);
}

void order_read(struct ask *ask, struct order *order, int64_t timeout_least_s)
{
	struct wish *wish = &order->wish;
	struct form *form = &ask->form;

	read_callbacks(ask, order);
	form_int(form, "Timeout", timeout_least_s, WISH_TIMEOUT_MAX_S, &wish->timeout_s);
	form_int(form, "TimeLimit", 1, WISH_TIME_LIMIT_MAX_S, &wish->time_limit_s);
	wish->sip_username = form_text(form, "SipAuthUsername");
	wish->sip_password = form_text(form, "SipAuthPassword");
	read_recording(ask, order);
	read_machine(ask, order);
	note_ignored(ask, order);
}

static void on_placed(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		calls_answer(ask, 201, row);
}

void calls_create(struct ask *ask)
{
	const char *why = form_text(&ask->form, "CallReason");
	struct order order = { 0 };

	order_begin(ask, &order);
	read_document(ask, &order);
	order_read(ask, &order, 1);
	if (why)
		json_object_set_new(order.more, "call_reason", json_string(why));
	if (ask_form_ok(ask))
		call_place(&ask->by, &order.wish, on_placed, ask);
	order_clear(&order);
}
