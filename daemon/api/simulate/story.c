#include "daemon/api/simulate/story.h"

#include "daemon/api/net/weburl.h"
#include "lib/json_get.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECONDS_DEFAULT = 3600,
	STEPS_DEFAULT = 1000,
	REQUESTS_DEFAULT = 100,
	NAME_MAX_SIZE = 255,
	ANSWER_AFTER_MS = 2000,
	TALK_MS = 10000,
	SPEECH_MIN_MS = 400,
	CHARACTER_MS = 66,
};

static const char keys[] = "0123456789*#ABCDabcd";

int64_t story_speech_ms(const char *text)
{
	return SPEECH_MIN_MS + (int64_t)utf8_count(text) * CHARACTER_MS;
}

/* Seconds, with a fraction. */
static bool read_seconds(struct json_get *get, const char *name, double max, int64_t *ms)
{
	const json_t *value = json_object_get(get->object, name);

	if (!value || json_is_null(value))
		return false;
	if (!json_is_number(value) || !(json_number_value(value) >= 0) || json_number_value(value) > max) {
		json_get_fail(get, name, "must be a number of seconds from 0 to %.0f", max);
		return false;
	}
	*ms = (int64_t)(json_number_value(value) * 1000 + 0.5);
	return true;
}

static bool read_text(struct json_get *get, const char *name, size_t max, const char **out)
{
	if (!json_get_string(get, name, false, out))
		return false;
	if (strlen(*out) <= max)
		return true;
	json_get_fail(get, name, "must have at most %zu bytes", max);
	return false;
}

static bool read_url(struct json_get *get, const char *name, const char **out)
{
	if (!json_get_string(get, name, false, out))
		return false;
	if (weburl_is_valid(*out))
		return true;
	json_get_fail(get, name, "must be an absolute http or https URL");
	return false;
}

/* The fault of a part, with its place. */
static int pass_on(struct story_fault *fault, const struct json_get *get, const char *list, size_t index)
{
	if (!json_get_status(get))
		return 0;
	if (list)
		snprintf(fault->field, sizeof fault->field, "%s[%zu].%.40s", list, index, get->field);
	else
		snprintf(fault->field, sizeof fault->field, "%.60s", get->field);
	snprintf(fault->text, sizeof fault->text, "%s", get->error);
	return EINVAL;
}

static int too_many(struct story_fault *fault, const char *list, int most)
{
	snprintf(fault->field, sizeof fault->field, "%s", list);
	snprintf(fault->text, sizeof fault->text, "must have at most %d items", most);
	return EINVAL;
}

/* ---- what those do who call ---- */

static void read_what(struct json_get *get, struct story_act *act)
{
	const char *digits = NULL, *speech = NULL;
	bool hangup = false;
	const int given = json_get_string(get, "digits", false, &digits) +
			  json_get_string(get, "speech", false, &speech) +
			  json_get_bool(get, "hangup", false, &hangup);

	if (given != 1 || (!digits && !speech && !hangup)) {
		json_get_fail(get, "digits", "there must be one of digits, speech, hangup (true)");
	} else if (digits && (!*digits || strlen(digits) > NAME_MAX_SIZE || digits[strspn(digits, keys)])) {
		json_get_fail(get, "digits", "must be 1 to %d of 0 to 9, *, #, A to D", NAME_MAX_SIZE);
	} else {
		act->kind = digits ? STORY_DIGITS : speech ? STORY_SPEECH : STORY_HANGUP;
		act->text = digits ? digits : speech;
		act->lasts_ms = speech ? story_speech_ms(speech) : 0;
	}
}

static int read_act(const json_t *json, struct story_act *act, struct story_fault *fault, size_t index)
{
	static const char *const names[] = { "at", "after", "digits", "speech", "hangup", "seconds", NULL };
	struct json_get get;

	json_get_init(&get, json);
	read_what(&get, act);
	if (read_seconds(&get, "at", STORY_SECONDS_MAX, &act->ms))
		act->when = STORY_AT;
	else if (read_seconds(&get, "after", STORY_SECONDS_MAX, &act->ms))
		act->when = STORY_AFTER;
	read_seconds(&get, "seconds", 3600, &act->lasts_ms);
	json_get_only(&get, names);
	return pass_on(fault, &get, "caller", index);
}

static int read_callee(const json_t *json, struct story_callee *callee, struct story_fault *fault,
		       const char *list, size_t index)
{
	static const char *const names[] = { "to", "answered", "after", "talks", "digits", "at", NULL };
	static const char *const answers[] = { "answer", "busy", "no-answer", "declined", "failed", NULL };
	struct json_get get;
	int answer = STORY_ANSWER;

	*callee = (struct story_callee){ .after_ms = ANSWER_AFTER_MS, .at_ms = -1, .talks_ms = TALK_MS };
	json_get_init(&get, json);
	read_text(&get, "to", NAME_MAX_SIZE, &callee->to);
	if (json_is_boolean(json_object_get(json, "answered")))
		answer = json_is_true(json_object_get(json, "answered")) ? STORY_ANSWER : STORY_NO_ANSWER;
	else
		json_get_enum(&get, "answered", false, answers, &answer);
	callee->answer = (enum story_answer)answer;
	read_seconds(&get, "after", STORY_SECONDS_MAX, &callee->after_ms);
	read_seconds(&get, "at", STORY_SECONDS_MAX, &callee->at_ms);
	read_seconds(&get, "talks", STORY_SECONDS_MAX, &callee->talks_ms);
	if (read_text(&get, "digits", NAME_MAX_SIZE, &callee->keys) &&
	    callee->keys[strspn(callee->keys, keys)])
		json_get_fail(&get, "digits", "must be of 0 to 9, *, #, A to D");
	json_get_only(&get, names);
	return pass_on(fault, &get, list, index);
}

/* One that answers may stand among what the caller does, too. */
static int read_acts(struct story *story, const json_t *list, struct story_call *call,
		     struct story_fault *fault)
{
	json_t *item;
	size_t i;
	int err = 0;

	json_array_foreach((json_t *)list, i, item)
	{
		if (err)
			break;
		if (json_object_get(item, "answered") && story->callee_count < STORY_CALLEES_MAX)
			err = read_callee(item, &story->callees[story->callee_count++], fault, "caller", i);
		else if (call->act_count < STORY_ACTS_MAX)
			err = read_act(item, &call->acts[call->act_count++], fault, i);
		else
			err = too_many(fault, "caller", STORY_ACTS_MAX);
	}
	return err;
}

/* ---- calls ---- */

/* A text, or an NCCO as the array that it is. */
static bool read_text_of(struct json_get *get, const char *name, struct story_call *call)
{
	const json_t *value = json_object_get(get->object, name);
	char *text = json_is_array(value) ? json_dumps(value, JSON_COMPACT) : NULL;

	if (text)
		call->own = json_string(text);
	free(text);
	if (call->own) {
		call->given = call->own;
		call->document = json_string_value(call->own);
		return true;
	}
	if (!json_get_string(get, name, false, &call->document))
		return false;
	call->given = value;
	return true;
}

static void read_document(struct json_get *get, struct story_call *call)
{
	static const char *const methods[] = { "POST", "GET", NULL };
	int method = 0;

	if (!read_text_of(get, "document", call))
		read_text_of(get, "script", call);
	read_url(get, "url", &call->url);
	read_url(get, "fallback_url", &call->fallback_url);
	call->said_method = json_get_enum(get, "method", false, methods, &method);
	call->get = method == 1;
	if (!call->document && !call->url)
		json_get_fail(get, "document", "there must be a document, or a url");
}

static void read_ends(struct json_get *get, struct story_call *call)
{
	call->from = "+15550001000";
	call->to = "+15550009000";
	read_text(get, "from", NAME_MAX_SIZE, &call->from);
	read_text(get, "to", NAME_MAX_SIZE, &call->to);
}

static int read_call(struct story *story, const json_t *json, struct story_fault *fault, size_t index)
{
	static const char *const names[] = { "at",     "document", "script", "fallback_url", "url",
					     "method", "from",	   "to",     "caller",	     NULL };
	struct story_call *call = &story->calls[story->call_count++];
	const json_t *acts = NULL;
	struct json_get get;
	int err;

	json_get_init(&get, json);
	read_document(&get, call);
	read_ends(&get, call);
	read_seconds(&get, "at", STORY_SECONDS_MAX, &call->at_ms);
	json_get_array(&get, "caller", false, &acts);
	json_get_only(&get, names);
	err = pass_on(fault, &get, "calls", index);
	return err ? err : read_acts(story, acts, call, fault);
}

static int read_calls(struct story *story, const json_t *list, struct story_fault *fault)
{
	json_t *item;
	size_t i;
	int err = 0;

	json_array_foreach((json_t *)list, i, item)
	{
		if (!err && story->call_count < STORY_CALLS_MAX) {
			err = read_call(story, item, fault, i);
		} else if (!err) {
			err = too_many(fault, "calls", STORY_CALLS_MAX - 1);
		}
	}
	return err;
}

static int read_callees(struct story *story, const json_t *list, struct story_fault *fault)
{
	json_t *item;
	size_t i;
	int err = 0;

	json_array_foreach((json_t *)list, i, item)
	{
		if (!err && story->callee_count < STORY_CALLEES_MAX) {
			err = read_callee(item, &story->callees[story->callee_count++], fault, "callees", i);
		} else if (!err) {
			err = too_many(fault, "callees", STORY_CALLEES_MAX);
		}
	}
	return err;
}

/* ---- the whole ---- */

static int read_limits(struct story *story, const json_t *json, struct story_fault *fault)
{
	static const char *const names[] = { "seconds", "steps", "requests", NULL };
	int64_t steps = STEPS_DEFAULT, requests = REQUESTS_DEFAULT;
	struct json_get get;

	story->limit_ms = SECONDS_DEFAULT * 1000;
	if (json) {
		json_get_init(&get, json);
		read_seconds(&get, "seconds", STORY_SECONDS_MAX, &story->limit_ms);
		json_get_int(&get, "steps", false, 1, STORY_STEPS_MAX, &steps);
		json_get_int(&get, "requests", false, 0, STORY_REQUESTS_MAX, &requests);
		json_get_only(&get, names);
		if (pass_on(fault, &get, NULL, 0))
			return EINVAL;
	}
	story->max_steps = (unsigned)steps;
	story->max_requests = (unsigned)requests;
	return 0;
}

/* A text, or an object with body, type, status, location, seconds; or a list of such, one a request. */
static bool is_document(const json_t *json, bool nested)
{
	const json_t *status = json_object_get(json, "status"), *seconds = json_object_get(json, "seconds");
	static const char *const names[] = { "body", "type", "location", NULL };
	json_t *item;
	size_t i;

	if (json_is_array(json) && !nested) {
		json_array_foreach((json_t *)json, i, item)
		{
			if (!is_document(item, true))
				return false;
		}
		return json_array_size(json) > 0;
	}
	if (!json_is_object(json))
		return json_is_string(json);
	for (i = 0; names[i]; i++)
		if (json_object_get(json, names[i]) && !json_is_string(json_object_get(json, names[i])))
			return false;
	return (!status || (json_is_integer(status) && json_integer_value(status) >= 0 &&
			    json_integer_value(status) <= 599)) &&
	       (!seconds || (json_is_number(seconds) && json_number_value(seconds) >= 0 &&
			     json_number_value(seconds) <= STORY_SECONDS_MAX));
}

static void check_documents(struct json_get *get, const json_t *documents)
{
	const char *url;
	json_t *value;

	json_object_foreach((json_t *)documents, url, value)
	{
		if (!weburl_is_valid(url))
			json_get_fail(get, "documents", "\"%.100s\" is no absolute http or https URL", url);
		else if (!is_document(value, false))
			json_get_fail(get, "documents",
				      "that of %.100s must be a text, an object of body, type, status (0 to "
				      "599), location and seconds, or a list of such",
				      url);
	}
}

static int read_all(struct story *story, const json_t *json, struct story_fault *fault)
{
	static const char *const names[] = { "document", "script",  "fallback_url", "url",
					     "method",	 "dialect", "direction",    "from",
					     "to",	 "caller",  "callees",	    "documents",
					     "calls",	 "fetch",   "limits",	    NULL };
	static const char *const dialects[] = { "telefonie", "twilio", "signalwire", "vonage", NULL };
	static const char *const directions[] = { "inbound", "outbound", NULL };
	const json_t *acts = NULL, *callees = NULL, *calls = NULL, *limits = NULL;
	struct story_call *first = &story->calls[story->call_count++];
	struct json_get get;
	int dialect = -1, direction = 0, err;

	json_get_init(&get, json);
	read_document(&get, first);
	read_ends(&get, first);
	if (json_get_enum(&get, "dialect", false, dialects, &dialect))
		story->dialect = dialects[dialect];
	json_get_enum(&get, "direction", false, directions, &direction);
	first->outbound = direction == 1;
	json_get_array(&get, "caller", false, &acts);
	json_get_array(&get, "callees", false, &callees);
	json_get_array(&get, "calls", false, &calls);
	json_get_object(&get, "limits", false, &limits);
	if (json_get_object(&get, "documents", false, &story->documents))
		check_documents(&get, story->documents);
	story->fetches = true;
	json_get_bool(&get, "fetch", false, &story->fetches);
	json_get_only(&get, names);
	err = pass_on(fault, &get, NULL, 0);
	if (!err)
		err = read_limits(story, limits, fault);
	if (!err)
		err = read_callees(story, callees, fault);
	if (!err)
		err = read_acts(story, acts, first, fault);
	return err ? err : read_calls(story, calls, fault);
}

int story_read(struct story **out, const json_t *json, struct story_fault *fault)
{
	struct story *story = calloc(1, sizeof *story);
	int err = ENOMEM;

	*fault = (struct story_fault){ .text = "" };
	if (!story)
		return ENOMEM;
	story->calls = calloc(STORY_CALLS_MAX, sizeof *story->calls);
	story->callees = calloc(STORY_CALLEES_MAX, sizeof *story->callees);
	if (story->calls && story->callees)
		err = read_all(story, json, fault);
	if (err)
		story_free(story);
	else
		*out = story;
	return err;
}

void story_free(struct story *story)
{
	if (!story)
		return;
	for (size_t i = 0; i < story->call_count; i++)
		json_decref(story->calls[i].own);
	free(story->calls);
	free(story->callees);
	free(story);
}

/* How much of `url` is `key`: all, or up to the query that was added; 0: it is another one. */
static size_t match(const char *key, const char *url)
{
	const size_t length = strlen(key);

	if (strncmp(key, url, length))
		return 0;
	return !url[length] || url[length] == '?' || url[length] == '&' ? length : 0;
}

const json_t *story_document(const struct story *story, const char *url)
{
	const json_t *found = NULL;
	size_t best = 0;
	const char *key;
	json_t *value;

	for (size_t i = 0; i < story->call_count; i++) {
		const struct story_call *call = &story->calls[i];

		if (call->url && call->given && match(call->url, url) > best) {
			best = match(call->url, url);
			found = call->given;
		}
	}
	json_object_foreach((json_t *)story->documents, key, value)
	{
		if (match(key, url) > best) {
			best = match(key, url);
			found = value;
		}
	}
	return found;
}
