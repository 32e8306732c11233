#include "daemon/api/dialect/vonage/forms.h"

#include "daemon/api/dialect/stream_start.h"
#include "daemon/api/dialect/vonage/record.h"
#include "daemon/api/http/jwt.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/json_get.h"
#include "lib/json_text.h"
#include "lib/random.h"

#include <curl/curl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Authorization: Bearer …", or nothing when nothing signs. */
static void sign(const struct conf_account *account, const char *url, int64_t utc_ms, const char *body,
		 struct sign_lines *out)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hash[2 * SHA256_DIGEST_LENGTH + 1], id[UUID_TEXT_SIZE];
	char *token = NULL;
	json_t *claims;

	(void)url;
	if (!account->vonage_signature_secret)
		return;
	SHA256((const unsigned char *)body, strlen(body), digest);
	hex_write(hash, digest, sizeof digest);
	claims = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s*}", "iss", "Vonage", "iat",
			   (json_int_t)(utc_ms / 1000), "jti", random_uuid(id), "payload_hash", hash,
			   "api_key", account->sid, "application_id", account->vonage_application);
	if (claims)
		token = jwt_make_hs256(claims, account->vonage_signature_secret);
	if (token)
		snprintf(out->lines[0], SIGN_LINE_SIZE, "Authorization: Bearer %s", token);
	json_decref(claims);
	free(token);
}

/* Webhooks */

static void set_number(json_t *json, const char *name, const char *address)
{
	char number[VONAGE_NUMBER_SIZE];

	json_object_set_new(json, name, json_string(vonage_number(address, number)));
}

static json_t *event_of(const struct call_row *row, int64_t time)
{
	char conversation[VONAGE_CONVERSATION_SIZE], timestamp[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "uuid", row->id, "conversation_uuid",
				 vonage_conversation(row, conversation), "direction", row->direction,
				 "timestamp", clock_format_rfc3339(time, timestamp));

	set_number(json, "from", row->from);
	set_number(json, "to", row->to);
	return json;
}

static void add_state(json_t *json, const struct call_row *row)
{
	const json_t *code = json_object_get(row->snapshot, "sip_code");
	const char *by = json_string_value(json_object_get(row->snapshot, "ended_by"));
	const char *reason = json_string_value(json_object_get(row->snapshot, "reason"));
	bool inbound = !strcmp(row->direction, "inbound");

	json_object_set_new(json, "status", json_string(vonage_status(row)));
	if (row->answered)
		vonage_add_sums(json, row);
	if (!row->ended)
		return;
	/* Who is at the far end is the user, as that API sees it. */
	if (by)
		json_object_set_new(
		    json, "disconnected_by",
		    json_string(!strcmp(by, inbound ? "caller" : "callee") ? "user" : "platform"));
	if (code)
		json_object_set_new(json, "sip_code", json_incref((json_t *)code));
	if (reason && !row->answered)
		json_object_set_new(json, "detail", json_string(reason));
}

static void add_machine(json_t *json, const json_t *machine)
{
	const char *is = json_string_value(json_object_get(machine, "is"));
	const char *end = json_string_value(json_object_get(machine, "end"));
	const bool person = is && !strcmp(is, "human");

	json_object_set_new(json, "status", json_string(person ? "human" : "machine"));
	if (end)
		json_object_set_new(json, "sub_state",
				    json_string(!strcmp(end, "beep") ? "beep_start" : "beep_timeout"));
}

static json_t *hook_json(const struct bus_event *event)
{
	json_t *json = event->row ? event_of(event->row, event->time) : json_object();
	const char *digit = json_string_value(json_object_get(event->data, "digit"));

	if (event->row && !strcmp(event->type, "call.digit"))
		json_object_set_new(json, "dtmf",
				    json_pack("{s:s, s:b}", "digits", digit ? digit : "", "timed_out", 0));
	else if (event->row && !strcmp(event->type, "call.machine"))
		add_machine(json, json_object_get(event->data, "machine"));
	else if (event->row)
		add_state(json, event->row);
	return json;
}

/* Both take `json`. */
static char *as_text(json_t *json)
{
	char *text = json_dumps(json, JSON_TEXT_FLAGS);

	json_decref(json);
	return text;
}

static char *as_query(json_t *json)
{
	char *text = NULL;
	const char *name;
	json_t *value;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	json_object_foreach(json, name, value)
	{
		char *inner =
		    json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		char *escaped = curl_easy_escape(NULL, inner ? inner : json_string_value(value), 0);

		if (out && escaped)
			fprintf(out, "%s%s=%s", ftell(out) ? "&" : "", name, escaped);
		curl_free(escaped);
		free(inner);
	}

	if (out)
		fclose(out);
	json_decref(json);
	return text;
}

static char *hook_body(const struct conf *conf, const struct bus_event *event)
{
	(void)conf;
	return as_text(hook_json(event));
}

static char *hook_query(const struct conf *conf, const struct bus_event *event)
{
	(void)conf;
	return as_query(hook_json(event));
}

static const char *const usual[] = { "call.state", "call.machine", NULL };

const struct hook_form vonage_hook_form = { .dialect = "vonage",
					    .usual = usual,
					    .content_type = "application/json",
					    .body = hook_body,
					    .query = hook_query,
					    .sign = sign };

/* Scripts */

static void add_result(json_t *results, const char *text, double confidence)
{
	json_array_append_new(results, json_pack("{s:s, s:o}", "text", text ? text : "", "confidence",
						 json_sprintf("%.7g", confidence)));
}

/* What was said: each way that it may be understood, where that is known. */
static json_t *speech_of(const json_t *more)
{
	json_t *results = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(more, "speech_results"), i, one) add_result(
	    results, json_member_text(one, "text"), json_number_value(json_object_get(one, "confidence")));
	if (!json_array_size(results))
		add_result(results, json_member_text(more, "speech_result"),
			   strtod(json_member_text(more, "confidence"), NULL));
	return json_pack("{s:s, s:o}", "timeout_reason", json_member_text(more, "speech_end"), "results",
			 results);
}

/* What was pressed; none in time, or fewer than could be without the key that ends them. */
static void add_input(json_t *json, const json_t *more)
{
	const char *digits = json_member_text(more, "digits");
	const bool said = json_object_get(more, "speech_result") != NULL;

	json_object_set_new(json, "dtmf",
			    json_pack("{s:s, s:b}", "digits", digits, "timed_out", !*digits && !said));
	json_object_set_new(json, "speech", said ? speech_of(more) : json_object());
}

static void add_recording(json_t *json, const struct script_told *told, const json_t *more)
{
	const char *id = json_member_text(more, "recording");

	json_object_set_new(json, "recording_uuid", json_string(id));
	json_object_set_new(json, "recording_url",
			    json_sprintf("%s/v1/files/%s", told->conf->api.public_url, id));
	json_object_set_new(json, "duration", json_string(json_member_text(more, "recording_duration")));
	if (json_object_get(more, "recording_started"))
		json_object_set(json, "start_time", json_object_get(more, "recording_started"));
	if (json_object_get(more, "recording_ended"))
		json_object_set(json, "end_time", json_object_get(more, "recording_ended"));
	if (json_object_get(more, "recording_bytes"))
		json_object_set_new(
		    json, "size", json_integer(strtoll(json_member_text(more, "recording_bytes"), NULL, 10)));
}

static void add_stream(json_t *json, const json_t *more);

static void add_rest(json_t *json, const json_t *more)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)more, name, value)
	{
		if (!json_object_get(json, name))
			json_object_set(json, name, value);
	}
}

static void add_moment(json_t *json, const struct script_told *told, const json_t *more)
{
	const char *moment = told->moment ? told->moment : "document";

	if (!strcmp(moment, "gather") || !strcmp(moment, "key"))
		add_input(json, more);
	else if (!strcmp(moment, "record") || !strcmp(moment, "recording-status"))
		add_recording(json, told, more);
	else if (!strncmp(moment, "stream", 6))
		add_stream(json, more);
	else if (!strcmp(moment, "notify"))
		json_object_set_new(json, "payload",
				    told->payload ? json_loads(told->payload, JSON_DECODE_ANY, NULL)
						  : json_object());
	else
		add_rest(json, more);
}

/* What has become of a call that was dialled: as its webhooks tell it. */
static json_t *dialled(const struct script_told *told)
{
	json_t *json = event_of(told->dialled, clock_utc_ms());

	add_state(json, told->dialled);
	return json;
}

static char *parameters(const struct script_told *told, const json_t *more)
{
	const char *conference = json_string_value(json_object_get(told->snapshot, "conference_id"));
	const char *talk = conference				? conference
			   : told->row && told->row->conference ? told->row->conference
			   : told->parent			? told->parent
								: told->call;
	char timestamp[CLOCK_TEXT_SIZE];
	json_t *json;

	if (told->moment && !strcmp(told->moment, "dial") && told->dialled) {
		json = dialled(told);
		return told->post ? as_text(json) : as_query(json);
	}
	json = json_pack("{s:s, s:o}", "uuid", told->call, "conversation_uuid", json_sprintf("CON-%s", talk));
	set_number(json, "from", told->from);
	set_number(json, "to", told->to);
	if (told->moment && strcmp(told->moment, "document"))
		json_object_set_new(json, "timestamp",
				    json_string(clock_format_rfc3339(clock_utc_ms(), timestamp)));
	add_moment(json, told, more);
	return told->post ? as_text(json) : as_query(json);
}

/* What becomes of a socket is told as of a leg. */
static void add_stream(json_t *json, const json_t *more)
{
	const char *event = json_member_text(more, "stream_event");
	const char *status = !strcmp(event, "started")					? "answered"
			     : !strcmp(event, "stopped")				? "disconnected"
			     : !strcmp(json_member_text(more, "stream_why"), "timeout") ? "unanswered"
											: "failed";
	const json_t *headers = json_object_get(more, "stream_headers");

	json_object_set_new(json, "status", json_string(status));
	json_object_set_new(json, "uuid", json_string(json_member_text(more, "stream")));
	if (*json_member_text(more, "stream_error"))
		json_object_set_new(json, "reason", json_string(json_member_text(more, "stream_error")));
	if (headers)
		json_object_set(json, "headers", (json_t *)headers);
}

static json_t *stream(const struct script_told *told, const struct script_stream *stream)
{
	const bool signs = stream->authorization && !strcmp(stream->authorization, "vonage");
	json_t *headers = signs ? stream_signature(told, stream->url, sign) : json_object();

	if (stream->authorization && !signs)
		json_object_set_new(headers, "Authorization", json_string(stream->authorization));
	return json_pack("{s:s, s:i, s:o, s:O}", "protocol", "vonage", "rate",
			 stream->rate ? (int)stream->rate : 16000, "headers", headers, "start",
			 stream->parameters);
}

const struct script_form vonage_script_form = {
	.dialect = "vonage", .asks_get = true, .parameters = parameters, .stream = stream, .sign = sign
};
