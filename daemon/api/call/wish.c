#include "daemon/api/call/wish.h"

#include "lib/call_header.h"
#include "lib/phone_number.h"
#include "lib/told_event.h"

#include <string.h>
#include <strings.h>

enum { ADDRESS_MAX = 256, HEADERS_MAX = 16, HEADER_MAX = 512, KEY_MAX = 255 };

static bool check_address(const char *text, enum fault_field field, struct fault *fault)
{
	size_t length = strlen(text);
	char bare[PHONE_NUMBER_SIZE];

	if (!length || length > ADDRESS_MAX)
		return fault_set(fault, FAULT_NUMBER_INVALID, field,
				 FAULT_FIELD_MARK " must have 1 to %d characters.", ADDRESS_MAX);
	if (phone_number_bare(bare, text))
		return true;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("<>\"\\", *c))
			return fault_set(fault, FAULT_NUMBER_INVALID, field,
					 FAULT_FIELD_MARK " must be a phone number in E.164 form "
							  "(+15550001001), a user's name or a SIP URI.");
	return true;
}

static bool check_headers(const json_t *headers, struct fault *fault)
{
	const char *name;
	json_t *value;

	if (json_object_size(headers) > HEADERS_MAX)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_HEADERS,
				 FAULT_FIELD_MARK " may have at most %d members.", HEADERS_MAX);
	json_object_foreach((json_t *)headers, name, value)
	{
		const char *text = json_string_value(value);

		if (!call_header_may_be_given(name) ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")])
			return fault_set(
			    fault, FAULT_PARAMETER_INVALID, FIELD_HEADERS,
			    "Names in " FAULT_FIELD_MARK
			    " must begin with X- and have letters, digits and - only, or be Alert-Info, "
			    "Call-Info, Answer-Mode, Priv-Answer-Mode, User-to-User, Subject or "
			    "Priority.");
		if (!text || strlen(text) > HEADER_MAX || strpbrk(text, "\r\n"))
			return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_HEADERS,
					 "Values in " FAULT_FIELD_MARK
					 " must be strings of one line, at most %d bytes.",
					 HEADER_MAX);
		if (call_header_trouble(name, text))
			return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_HEADERS,
					 FAULT_FIELD_MARK ": %s", call_header_trouble(name, text));
	}

	return true;
}

bool wish_check_events(const json_t *events, bool conference, struct fault *fault)
{
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)events, index, item)
	{
		const char *text = json_string_value(item);

		if (!text || !(conference ? told_event_of_conference(text) : told_event_of_call(text)))
			return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_CALLBACK_EVENTS,
					 FAULT_FIELD_MARK " must name events: %s.",
					 conference ? TOLD_EVENTS_OF_CONFERENCES : TOLD_EVENTS_OF_CALLS);
	}

	return true;
}

static bool check_key(const char *key, struct fault *fault)
{
	return !key || (*key && strlen(key) <= KEY_MAX) ||
	       fault_set(fault, FAULT_KEY_INVALID, FIELD_KEY,
			 FAULT_FIELD_MARK " must have 1 to %d characters.", KEY_MAX);
}

bool wish_is_socket(const char *url)
{
	const size_t scheme = !strncasecmp(url, "ws://", 5) ? 5 : !strncasecmp(url, "wss://", 6) ? 6 : 0;
	size_t length = strlen(url);

	if (!scheme || !url[scheme] || strchr("/?#:", url[scheme]) || length > WISH_SOCKET_MAX)
		return false;
	while (length && (unsigned char)url[length - 1] > ' ' && url[length - 1] != 0x7f)
		length--;
	return !length;
}

static bool check_to(const struct wish *wish, struct fault *fault)
{
	if (!wish->stream)
		return check_address(wish->to, FIELD_TO, fault);
	return wish_is_socket(wish->to) ||
	       fault_set(fault, FAULT_URL_INVALID, FIELD_TO,
			 FAULT_FIELD_MARK " must be a URL that begins with ws:// or wss://.");
}

bool wish_check(const struct wish *wish, struct fault *fault)
{
	return check_to(wish, fault) && check_address(wish->from, FIELD_FROM, fault) &&
	       fault_check_url(fault, FIELD_URL, wish->url) &&
	       fault_check_url(fault, FIELD_FALLBACK, wish->fallback_url) &&
	       fault_check_url(fault, FIELD_CALLBACK, wish->status_callback) &&
	       fault_check_url(fault, FIELD_CALLBACK, wish->recording_callback) &&
	       fault_check_url(fault, FIELD_CALLBACK, wish->machine_callback) &&
	       wish_check_events(wish->callback_events, false, fault) &&
	       check_headers(wish->headers, fault) && check_key(wish->key, fault);
}

static void set_text(json_t *json, const char *name, const char *text)
{
	if (text)
		json_object_set_new(json, name, json_string(text));
}

static json_t *conference_of(const struct wish *wish)
{
	json_t *conference = json_pack("{s:s, s:b}", "id", wish->conference, "muted", wish->muted);

	if (wish->script)
		json_object_set_new(conference, "scripted", json_true());
	if (wish->member)
		json_object_update(conference, (json_t *)wish->member);
	return conference;
}

static json_t *machine_of(const struct wish *wish)
{
	return json_pack("{s:b, s:b, s:b, s:s*, s:b}", "message_end",
			 json_is_true(json_object_get(wish->machine, "message_end")), "waits",
			 wish->machine_waits, "hangs_up", wish->machine_hangs_up, "callback",
			 wish->machine_callback, "callback_get", wish->machine_callback_get);
}

json_t *wish_options(const struct wish *wish)
{
	json_t *options = json_object();

	set_text(options, "url", wish->url);
	if (wish->url)
		set_text(options, "method", wish->post ? "POST" : "GET");
	set_text(options, "answer_digits", wish->digits);
	set_text(options, "fallback_url", wish->fallback_url);
	if (wish->fallback_get)
		set_text(options, "fallback_method", "GET");
	set_text(options, "status_callback", wish->status_callback);
	if (wish->callback_get)
		set_text(options, "status_callback_method", "GET");
	set_text(options, "recording_status_callback", wish->recording_callback);
	if (wish->recording_callback_get)
		set_text(options, "recording_status_callback_method", "GET");
	if (wish->recording_events)
		json_object_set(options, "recording_status_callback_events",
				(json_t *)wish->recording_events);
	set_text(options, "script", wish->script);
	set_text(options, "tag", wish->tag);
	if (wish->conference)
		json_object_set_new(options, "conference", conference_of(wish));
	if (wish->callback_events)
		json_object_set(options, "status_callback_events", (json_t *)wish->callback_events);
	if (wish->machine)
		json_object_set_new(options, "machine", machine_of(wish));
	if (wish->more)
		json_object_update(options, (json_t *)wish->more);
	return options;
}

json_t *wish_originate(const struct wish *wish, const char *account, const char *id)
{
	json_t *params =
	    json_pack("{s:s, s:s, s:s, s:I, s:s, s:b}", "id", id, "to", wish->to, "from", wish->from,
		      "timeout", (json_int_t)wish->timeout_s, "account", account, "record", wish->record);

	set_text(params, "tag", wish->tag);
	set_text(params, "username", wish->sip_username);
	set_text(params, "password", wish->sip_password);
	if (wish->record && (wish->record_channels || wish->record_track || wish->record_trim))
		json_object_set_new(params, "record",
				    json_pack("{s:I, s:s*, s:b}", "channels",
					      (json_int_t)(wish->record_channels ? wish->record_channels : 1),
					      "track", wish->record_track, "trim_silence",
					      wish->record_trim));
	if (wish->time_limit_s)
		json_object_set_new(params, "time_limit", json_integer(wish->time_limit_s));
	if (wish->machine)
		json_object_set(params, "machine_detection", (json_t *)wish->machine);
	if (wish->stream)
		json_object_set(params, "stream", (json_t *)wish->stream);
	if (wish->headers)
		json_object_set(params, "headers", (json_t *)wish->headers);
	return params;
}
