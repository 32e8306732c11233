#include "daemon/api/call/calls_wish.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/script/twiml/twiml.h"

#include <string.h>
#include <strings.h>

enum { TIMEOUT_MAX_S = 600, TIME_LIMIT_MAX_S = 86400, ADDRESS_MAX = 256, HEADERS_MAX = 16, HEADER_MAX = 512 };

static const char *const methods[] = { "POST", "GET", NULL };

static void check_url(struct json_get *get, const char *name, const char *text)
{
	if (text && !weburl_is_valid(text))
		json_get_fail(get, name, "%s must be an absolute http or https URL of at most %d characters.",
			      name, WEBURL_MAX);
}

void wish_check_address(struct json_get *get, const char *name, const char *text)
{
	size_t length = text ? strlen(text) : 1;

	if (!length || length > ADDRESS_MAX)
		json_get_fail(get, name, "%s must have 1 to %d characters.", name, ADDRESS_MAX);
	for (const char *c = text; c && *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("<>\"\\", *c))
			json_get_fail(get, name,
				      "%s must be a phone number in E.164 form (+15550001001), a user's name "
				      "or a SIP URI.",
				      name);
}

static void check_headers(struct json_get *get, const json_t *headers)
{
	const char *name;
	json_t *value;

	if (json_object_size(headers) > HEADERS_MAX)
		json_get_fail(get, "headers", "headers may have at most %d members.", HEADERS_MAX);
	json_object_foreach((json_t *)headers, name, value)
	{
		const char *text = json_string_value(value);

		if (strncasecmp(name, "X-", 2) ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")])
			json_get_fail(
			    get, "headers",
			    "Names in headers must begin with X- and have letters, digits and - only.");
		else if (!text || strlen(text) > HEADER_MAX || strpbrk(text, "\r\n"))
			json_get_fail(get, "headers",
				      "Values in headers must be strings of one line, at most %d bytes.",
				      HEADER_MAX);
	}
}

static void check_events(struct json_get *get, const json_t *events)
{
	static const char *const known[] = { "queued", "ringing",   "in-progress", "completed", "failed",
					     "busy",   "no-answer", "canceled",	   NULL };
	size_t index;
	json_t *item;

	json_array_foreach((json_t *)events, index, item)
	{
		const char *text = json_string_value(item);
		bool found = false;

		for (size_t i = 0; known[i] && text; i++)
			found |= !strcmp(known[i], text);
		if (!found)
			json_get_fail(get, "status_callback_events",
				      "status_callback_events must name statuses of a call: queued, ringing, "
				      "in-progress, completed, failed, busy, no-answer, canceled.");
	}
}

static void check_script(struct json_get *get, const char *text)
{
	struct problems problems = { 0 };
	char error[300] = "Out of memory.";
	struct script *script = NULL;

	if (!text)
		return;
	if (twiml_compile(&script, text, strlen(text), "UTF-8", &problems)) {
		if (problems.failed)
			problems_say(&problems, error, sizeof error);
		json_get_fail(get, "script", "%s", error);
	}
	script_free(script);
	problems_clear(&problems);
}

void wish_read(struct json_get *get, struct wish *wish)
{
	static const char *const names[] = { "to",
					     "from",
					     "url",
					     "method",
					     "status_callback",
					     "timeout",
					     "record",
					     "fallback_url",
					     "status_callback_events",
					     "script",
					     "headers",
					     "time_limit",
					     "machine_detection",
					     NULL };
	int method = 0;

	wish->timeout = WISH_TIMEOUT_S;
	json_get_string(get, "to", true, &wish->to);
	json_get_string(get, "from", true, &wish->from);
	json_get_string(get, "url", false, &wish->url);
	json_get_enum(get, "method", false, methods, &method);
	wish->post = method == 0;
	json_get_string(get, "status_callback", false, &wish->status_callback);
	json_get_int(get, "timeout", false, 1, TIMEOUT_MAX_S, &wish->timeout);
	json_get_bool(get, "record", false, &wish->record);
	json_get_string(get, "fallback_url", false, &wish->fallback_url);
	json_get_array(get, "status_callback_events", false, &wish->callback_events);
	json_get_string(get, "script", false, &wish->script);
	json_get_object(get, "headers", false, &wish->headers);
	json_get_int(get, "time_limit", false, 1, TIME_LIMIT_MAX_S, &wish->time_limit);
	json_get_only(get, names);
	wish_check_address(get, "to", wish->to);
	wish_check_address(get, "from", wish->from);
	check_url(get, "url", wish->url);
	check_url(get, "fallback_url", wish->fallback_url);
	check_url(get, "status_callback", wish->status_callback);
	check_events(get, wish->callback_events);
	check_headers(get, wish->headers);
	check_script(get, wish->script);
	if (wish->url && wish->script)
		json_get_fail(get, "script", "Give either url or script, not both.");
	if (json_object_get(get->object, "machine_detection"))
		json_get_fail(get, "machine_detection", "machine_detection is not possible in this version.");
}

static void set_text(json_t *json, const char *name, const char *text)
{
	if (text)
		json_object_set_new(json, name, json_string(text));
}

json_t *wish_options(const struct wish *wish)
{
	json_t *options = json_object();

	set_text(options, "url", wish->url);
	if (wish->url)
		set_text(options, "method", wish->post ? "POST" : "GET");
	set_text(options, "fallback_url", wish->fallback_url);
	set_text(options, "status_callback", wish->status_callback);
	set_text(options, "script", wish->script);
	if (wish->conference)
		json_object_set_new(options, "conference",
				    json_pack("{s:s, s:b}", "id", wish->conference, "muted", wish->muted));
	if (wish->callback_events)
		json_object_set(options, "status_callback_events", (json_t *)wish->callback_events);
	return options;
}

json_t *wish_originate(const struct op *op, const struct wish *wish, const char *id)
{
	json_t *params = json_pack("{s:s, s:s, s:s, s:I, s:s, s:b}", "id", id, "to", wish->to, "from",
				   wish->from, "timeout", (json_int_t)wish->timeout, "account",
				   op->account->name, "record", wish->record);

	if (wish->time_limit)
		json_object_set_new(params, "time_limit", json_integer(wish->time_limit));
	if (wish->headers)
		json_object_set(params, "headers", (json_t *)wish->headers);
	return params;
}
