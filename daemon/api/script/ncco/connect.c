/* connect: the place that it rings. */
#include "daemon/api/script/ncco/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TIMEOUT_MAX_S = 600,
	LIMIT_MAX_S = 7200,
	TIMEOUT_S = 60,
	HEADERS_MAX = 64,
	DIGITS_MAX = 64,
	BEEP_TIMEOUT_MIN_S = 45,
	BEEP_TIMEOUT_MAX_S = 120
};

/* Adds the members of an object that are texts as headers, X- before their names when they are the user's
 * own. */
static void add_headers(struct ncco *n, const json_t *object, bool own, struct step_pair *pairs,
			size_t *count)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		const char *text = json_string_value(value);
		char full[128];

		if (!text || *count == HEADERS_MAX || strlen(name) > 100) {
			ncco_warn(
			    n, "headers",
			    "\"%.40s\" among the headers is no text, or one too many; it is passed over.",
			    name);
			continue;
		}
		snprintf(full, sizeof full, "%s%s", own && strncmp(name, "X-", 2) ? "X-" : "", name);
		pairs[*count].name = ncco_text(n, own			       ? full
						  : strcmp(name, "userToUser") ? name
									       : "User-to-User");
		pairs[(*count)++].value = ncco_text(n, text);
	}
}

static const json_t *either(struct ncco *n, const json_t *object, const char *one, const char *other)
{
	const json_t *found = object_object(n, object, one);

	return found ? found : object_object(n, object, other);
}

static void read_sip(struct ncco *n, const json_t *endpoint, struct step_target *target)
{
	struct step_pair *pairs = ncco_memory(n, HEADERS_MAX * sizeof *pairs);

	object_only(n, endpoint, "type uri headers standardHeaders standard_headers onAnswer !domain !user");
	target->kind = STEP_TO_SIP;
	target->to = object_text(n, endpoint, "uri");
	if (!pairs)
		return;
	add_headers(n, object_object(n, endpoint, "headers"), true, pairs, &target->pair_count);
	add_headers(n, either(n, endpoint, "standardHeaders", "standard_headers"), false, pairs,
		    &target->pair_count);
	target->pairs = pairs;
}

static void read_on_answer(struct ncco *n, const json_t *endpoint, struct step_target *target)
{
	const json_t *answer = object_object(n, endpoint, "onAnswer");

	if (!answer)
		return;
	object_only(n, answer, "url ringbackTone ringback");
	target->screen = (struct step_hook){ .url = object_text(n, answer, "url"), .get = true };
	target->ring_back = object_text(n, answer, "ringbackTone");
	if (!target->ring_back)
		target->ring_back = object_text(n, answer, "ringback");
}

/* The rate in "audio/l16;rate=16000". */
static unsigned read_rate(struct ncco *n, const json_t *endpoint)
{
	const char *type = object_text(n, endpoint, "content-type");
	unsigned rate = 16000;

	if (type &&
	    (sscanf(type, "audio/l16;%*[ ]rate=%u", &rate) == 1 ||
	     sscanf(type, "audio/l16;rate=%u", &rate) == 1) &&
	    (rate == 8000 || rate == 16000 || rate == 24000))
		return rate;
	ncco_warn(n, "content-type", "It is \"audio/l16;rate=\" and 8000, 16000 or 24000; 16000 is taken.");
	return 16000;
}

/* What is no text of its own is written as JSON. */
static void add_stream_headers(struct ncco *n, const json_t *headers, struct step_stream *stream)
{
	struct step_pair *pairs = ncco_memory(n, STEP_STREAM_PAIRS_MAX * sizeof *pairs);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)headers, name, value)
	{
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		if (pairs && stream->pair_count < STEP_STREAM_PAIRS_MAX) {
			pairs[stream->pair_count].name = ncco_text(n, name);
			pairs[stream->pair_count++].value =
			    ncco_text(n, text ? text : json_string_value(value));
		}
		free(text);
	}
	stream->pairs = pairs;
}

static const char *read_authorization(struct ncco *n, const json_t *endpoint)
{
	const json_t *authorization = object_object(n, endpoint, "authorization");

	if (!authorization)
		return NULL;
	object_only(n, authorization, "type value");
	if (object_is(n, authorization, "type", "custom", "vonage"))
		return "vonage"; /* signed as webhooks are */
	return object_text(n, authorization, "value");
}

/* A program that hears the call, and speaks to it. */
static void read_websocket(struct ncco *n, const json_t *action, const json_t *endpoint, struct step *step)
{
	struct step_stream *stream = ncco_memory(n, sizeof *stream);

	object_only(n, endpoint, "type uri content-type headers authorization");
	step->kind = STEP_CONNECT_STREAM;
	if (!stream)
		return;
	stream->url = object_text(n, endpoint, "uri");
	if (!stream->url) {
		ncco_warn(n, "uri", "It does not say what to connect to.");
		stream->url = "";
	}
	stream->rate = read_rate(n, endpoint);
	stream->track = STEP_TRACK_INBOUND;
	stream->authorization = read_authorization(n, endpoint);
	stream->status = object_event(n, action);
	add_stream_headers(n, object_object(n, endpoint, "headers"), stream);
	step->stream = stream;
}

/* Keys that are sent after the answer, with p for a pause of half a second, which is w to us. */
static const char *read_digits(struct ncco *n, const json_t *endpoint)
{
	const char *digits = object_text(n, endpoint, "dtmfAnswer");
	char text[DIGITS_MAX + 1];
	size_t size = digits ? strlen(digits) : 0;

	if (!digits)
		return NULL;
	if (size > DIGITS_MAX || strspn(digits, "0123456789*#p") != size) {
		ncco_warn(n, "dtmfAnswer",
			  "dtmfAnswer has at most %d of 0123456789*# and p; it is passed over.", DIGITS_MAX);
		return NULL;
	}
	for (size_t i = 0; i <= size; i++)
		text[i] = (char)(digits[i] == 'p' ? 'w' : digits[i]);
	return ncco_text(n, text);
}

/* False: a kind of place that cannot be rung. */
static bool read_endpoint(struct ncco *n, const json_t *endpoint, struct step_target *target)
{
	const char *type = json_string_value(json_object_get(endpoint, "type"));

	if (!type)
		type = "";
	if (!strcmp(type, "phone")) {
		object_only(n, endpoint, "type number dtmfAnswer onAnswer !shaken");
		target->kind = STEP_TO_NUMBER;
		target->to = object_text(n, endpoint, "number");
		target->send_digits = read_digits(n, endpoint);
	} else if (!strcmp(type, "app")) {
		object_only(n, endpoint, "type user onAnswer");
		target->kind = STEP_TO_USER;
		target->to = object_text(n, endpoint, "user");
	} else if (!strcmp(type, "vbc")) {
		object_only(n, endpoint, "type extension onAnswer");
		target->kind = STEP_TO_NUMBER;
		target->to = object_text(n, endpoint, "extension");
	} else if (!strcmp(type, "sip")) {
		read_sip(n, endpoint, target);
	} else {
		ncco_warn(n, "type",
			  "\"%.40s\" is no kind of endpoint that is built; possible: phone, app, sip, vbc, "
			  "websocket.",
			  type);
		return false;
	}
	read_on_answer(n, endpoint, target);
	if (!target->to)
		ncco_warn(n, "endpoint", "It does not say whom to call.");
	return target->to != NULL;
}

static bool is_word(const json_t *object, const char *name, const char *wanted)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text && !strcmp(text, wanted);
}

/* How it is listened for who answers; NULL: it is not. The advanced one goes before the other. */
static const struct step_machine *read_machine(struct ncco *n, const json_t *action)
{
	const json_t *advanced = object_object(n, action, "advancedMachineDetection");
	const bool asked = advanced || object_text(n, action, "machineDetection");
	struct step_machine *machine = asked ? ncco_memory(n, sizeof *machine) : NULL;
	const char *timeout = "beep_timeout";

	if (!machine)
		return NULL;
	machine->timeout_s = BEEP_TIMEOUT_MIN_S;
	if (!advanced) {
		machine->hangs_up = object_is(n, action, "machineDetection", "continue", "hangup");
		return machine;
	}
	object_only(n, advanced, "behavior mode beep_timeout beepTimeout");
	machine->hangs_up = object_is(n, advanced, "behavior", "continue", "hangup");
	machine->message_end =
	    is_word(advanced, "mode", "detect_beep") || !object_is(n, advanced, "mode", "default", "detect");
	if (!json_object_get(advanced, timeout))
		timeout = "beepTimeout";
	machine->timeout_s = (unsigned)object_number(n, advanced, timeout, BEEP_TIMEOUT_MIN_S,
						     BEEP_TIMEOUT_MAX_S, BEEP_TIMEOUT_MIN_S);
	return machine;
}

void action_connect(struct ncco *n, const json_t *action)
{
	const json_t *endpoints = json_object_get(action, "endpoint");
	struct step_dial *dial = ncco_memory(n, sizeof *dial);
	struct step_target *target = ncco_memory(n, sizeof *target);
	struct step *step = ncco_step(n, STEP_DIAL);

	object_only(
	    n, action,
	    "action endpoint from randomFromNumber eventType timeout limit eventUrl eventMethod ringbackTone "
	    "machineDetection advancedMachineDetection");
	if (!step || !dial || !target)
		return;
	step->timeout_s = (unsigned)object_number(n, action, "timeout", 1, TIMEOUT_MAX_S, TIMEOUT_S);
	step->caller_id = object_text(n, action, "from");
	step->answer_on_bridge = true;
	dial->any_caller_id = object_flag(n, action, "randomFromNumber", false);
	dial->time_limit_s = (unsigned)object_number(n, action, "limit", 1, LIMIT_MAX_S, LIMIT_MAX_S);
	dial->ring_back = object_text(n, action, "ringbackTone");
	step->dial = dial;
	if (json_array_size(endpoints) > 1)
		ncco_warn(n, "endpoint", "Only the first endpoint is rung.");
	if (!json_is_object(json_array_get(endpoints, 0))) {
		ncco_warn(n, "endpoint", "It has no endpoint.");
		return;
	}
	if (is_word(json_array_get(endpoints, 0), "type", "websocket")) {
		read_websocket(n, action, json_array_get(endpoints, 0), step);
		return;
	}
	if (!read_endpoint(n, json_array_get(endpoints, 0), target))
		return;
	target->status = object_event(n, action);
	target->machine = read_machine(n, action);
	target->status.events = STEP_ON_INITIATED | STEP_ON_RINGING | STEP_ON_ANSWERED | STEP_ON_COMPLETED |
				(target->machine ? STEP_ON_MACHINE : 0);
	dial->replaceable =
	    object_is(n, action, "eventType", "asynchronous", "synchronous") && target->status.url;
	dial->targets = target;
	dial->target_count = 1;
	step->text = target->to;
}
