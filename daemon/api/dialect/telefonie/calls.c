/* The operations on calls. */
#include "daemon/api/call/calls.h"

#include "daemon/api/call/place.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/document.h"
#include "lib/clock.h"
#include "lib/phone_number.h"
#include "lib/random.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A number of any writing, and a "+" that it may lack. */
enum { PAGE_SIZE_DEFAULT = 50, TAG_MAX = 256, ID_BEGINNING_MIN = 4, PARTY_SIZE = PHONE_NUMBER_SIZE + 1 };

static const char *const methods[] = { "POST", "GET", NULL };

static void on_call(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct op *op = arg;

	if (fault)
		op_fail(op, fault);
	else
		op_done(op, 200, call_json(op->by.desk->conf, row));
}

void calls_op_get(struct op *op)
{
	struct fault fault;
	struct call_row row;

	if (!call_find(&op->by, op->args[0], &row, &fault)) {
		op_fail(op, &fault);
		return;
	}
	op_done(op, 200, call_json(op->by.desk->conf, &row));
	call_row_clear(&row);
}

/* List */

static void read_time(struct json_get *get, const char *name, int64_t *out)
{
	const char *text;

	if (json_get_string(get, name, false, &text) && clock_parse_rfc3339(text, out))
		json_get_fail(get, name,
			      "%s must be an RFC 3339 date-time or date, like 2026-11-20T09:00:00Z.", name);
}

/* "completed", or several with commas between them. */
static void read_statuses(struct json_get *get, const char *name, struct calls_filter *filter)
{
	const char *text;
	size_t count = 0;

	if (!json_get_string(get, name, false, &text))
		return;
	for (size_t length; count < CALL_STATUS_COUNT; text += length + 1) {
		enum call_status i = 0;

		length = strcspn(text, ",");
		while (i < CALL_STATUS_COUNT &&
		       (strlen(call_status_name(i)) != length || strncmp(call_status_name(i), text, length)))
			i++;
		if (i == CALL_STATUS_COUNT)
			break;
		filter->statuses[count++] = call_status_name(i);
		if (!text[length])
			return;
	}
	json_get_fail(get, name,
		      "%s must be queued, ringing, in-progress, completed, failed, busy, no-answer or "
		      "canceled, or some of them with commas between.",
		      name);
}

/* A party as records have it, of what POST takes: a number in any writing (a "+" that was not escaped has
 * come as a space), the name of a user, or an address. */
static void read_party(struct json_get *get, const struct asker *by, const char *name,
		       char number[PARTY_SIZE], const char **out)
{
	const struct conf_user *user;
	char *bare = number + 1, read[PHONE_NUMBER_SIZE];
	const char *text;

	if (!json_get_string(get, name, false, &text))
		return;
	*out = text;
	number[0] = '+';
	user = conf_user_by_name(by->desk->conf, text);
	if (user && user->number)
		*out = user->number;
	else if (user || !phone_number_bare(bare, text) || phone_number_is_short(bare))
		return;
	else if (*bare == '+')
		*out = bare;
	else
		*out = number;
	if (*out == number && *text != ' ' && by->account->country &&
	    phone_number_read(read, bare, by->account->country))
		memcpy(number, read, sizeof read);
}

/* An id, or the beginning of one. */
static void read_id(struct json_get *get, const char **out)
{
	size_t length;

	if (!json_get_string(get, "id", false, out))
		return;
	length = strlen(*out);
	if (length < ID_BEGINNING_MIN || length >= UUID_TEXT_SIZE ||
	    strspn(*out, "0123456789abcdef-") != length)
		json_get_fail(get, "id",
			      "id must be a call's id, or the beginning of one, of %d or more characters.",
			      ID_BEGINNING_MIN);
}

static void read_filter(struct json_get *get, const struct asker *by, struct calls_filter *filter,
			char numbers[2][PARTY_SIZE], struct op_page *page)
{
	static const char *const names[] = {
		"status", "statuses",  "direction",	  "from",	   "to",	 "parent_call_id",
		"page",	  "page_size", "start_time_from", "start_time_to", "conference", "tag",
		"id",	  NULL
	};
	static const char *const directions[] = { "inbound", "outbound", NULL };
	int index;

	json_get_only(get, names);
	read_statuses(get, "status", filter);
	if (!filter->statuses[0])
		read_statuses(get, "statuses", filter);
	if (json_get_enum(get, "direction", false, directions, &index))
		filter->direction = directions[index];
	read_party(get, by, "from", numbers[0], &filter->from);
	read_party(get, by, "to", numbers[1], &filter->to);
	json_get_string(get, "parent_call_id", false, &filter->parent);
	json_get_string(get, "conference", false, &filter->conference);
	json_get_string(get, "tag", false, &filter->tag);
	read_id(get, &filter->id);
	read_time(get, "start_time_from", &filter->started_from);
	read_time(get, "start_time_to", &filter->started_to);
	op_param_page(get, page);
	filter->page = page->page;
	filter->page_size = page->page_size;
}

struct listing {
	const struct conf *conf;
	json_t *calls;
};

static bool add_call(const struct call_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->calls, call_json(listing->conf, row));
}

void calls_op_list(struct op *op)
{
	struct op_page page = { .page = 1, .page_size = PAGE_SIZE_DEFAULT };
	struct listing listing = { op->by.desk->conf, NULL };
	struct calls_filter filter = { 0 };
	char numbers[2][PARTY_SIZE];
	struct fault fault;
	struct json_get get;

	json_get_init(&get, op->params);
	read_filter(&get, &op->by, &filter, numbers, &page);
	if (!op_params_ok(op, &get))
		return;
	listing.calls = json_array();
	if (call_list(&op->by, &filter, add_call, &listing, &page.total, &fault)) {
		op_done_page(op, "calls", listing.calls, &page);
	} else {
		json_decref(listing.calls);
		op_fail(op, &fault);
	}
}

/* Create */

static void on_placed(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct op *op = arg;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	op->again = row->again;
	snprintf(op->location, sizeof op->location, "/v1/voice/calls/%s", row->id);
	op_done(op, 201, call_json(op->by.desk->conf, row));
}

static void on_tried(const struct fault *fault, const json_t *told, void *arg)
{
	static const char *const names[] = { "route",	   "to",	   "from", "timeout",
					     "time_limit", "max_duration", "rate", NULL };
	json_t *json;

	if (fault) {
		op_fail(arg, fault);
		return;
	}
	json = json_pack("{s:b}", "dry_run", 1);
	for (size_t i = 0; names[i]; i++)
		if (json_object_get(told, names[i]))
			json_object_set(json, names[i], json_object_get(told, names[i]));
	op_done(arg, 200, json);
}

static void check_script(struct json_get *get, const char *text)
{
	struct problems problems = { 0 };
	struct script *script;
	char error[300];

	if (!text)
		return;
	if (document_compile(&script, text, strlen(text), DOCUMENT_INLINE, NULL, &problems)) {
		problems_say(&problems, error, sizeof error);
		json_get_fail(get, "script", "%s", error);
	} else {
		script_free(script);
	}
	problems_clear(&problems);
}

static bool starts_as_uri(const char *to)
{
	return !strncasecmp(to, "sip:", 4) || !strncasecmp(to, "sips:", 5);
}

/* true, or how: an object. */
static void read_machine(struct json_get *get, struct wish *wish, json_t *machine)
{
	static const char *const names[] = { "message_end", "wait",	  "on_machine", "timeout",
					     "speech",	    "speech_end", "silence",	NULL };
	static const char *const times[] = { "timeout", "speech", "speech_end", "silence" };
	static const int64_t least[] = { 3000, 1000, 500, 2000 }, most[] = { 120000, 6000, 5000, 10000 };
	static const char *const actions[] = { "continue", "hangup", NULL };
	const json_t *asked = json_object_get(get->object, "machine_detection");
	bool wait = true, message_end = false;
	struct json_get inner;
	int action = 0;

	if (!asked || json_is_null(asked) || json_is_false(asked))
		return;
	wish->machine = machine;
	wish->machine_waits = true;
	if (json_is_true(asked))
		return;
	json_get_init(&inner, asked);
	json_get_bool(&inner, "wait", false, &wait);
	json_get_bool(&inner, "message_end", false, &message_end);
	json_get_enum(&inner, "on_machine", false, actions, &action);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int64_t ms = 0;

		if (json_get_int(&inner, times[i], false, least[i], most[i], &ms))
			json_object_set_new(machine, times[i], json_integer(ms));
	}
	json_get_only(&inner, names);
	if (json_get_status(&inner))
		json_get_fail(get, "machine_detection", "%s",
			      json_is_object(asked) ? inner.error
						    : "machine_detection must be true or an object.");
	json_object_set_new(machine, "message_end", json_boolean(message_end));
	wish->machine_waits = wait;
	wish->machine_hangs_up = action == 1;
}

static void read_wish(struct json_get *get, struct wish *wish, json_t *machine)
{
	static const char *const names[] = { "to",
					     "from",
					     "url",
					     "method",
					     "record",
					     "timeout",
					     "fallback_url",
					     "status_callback",
					     "script",
					     "time_limit",
					     "headers",
					     "status_callback_events",
					     "machine_detection",
					     "username",
					     "password",
					     "tag",
					     NULL };
	int method = 0;

	json_get_string(get, "to", true, &wish->to);
	json_get_string(get, "from", true, &wish->from);
	json_get_string(get, "url", false, &wish->url);
	json_get_enum(get, "method", false, methods, &method);
	wish->post = method == 0;
	json_get_string(get, "status_callback", false, &wish->status_callback);
	json_get_int(get, "timeout", false, 1, WISH_TIMEOUT_MAX_S, &wish->timeout_s);
	json_get_bool(get, "record", false, &wish->record);
	json_get_string(get, "fallback_url", false, &wish->fallback_url);
	json_get_array(get, "status_callback_events", false, &wish->callback_events);
	json_get_string(get, "script", false, &wish->script);
	json_get_object(get, "headers", false, &wish->headers);
	json_get_string(get, "username", false, &wish->sip_username);
	json_get_string(get, "password", false, &wish->sip_password);
	json_get_int(get, "time_limit", false, 1, WISH_TIME_LIMIT_MAX_S, &wish->time_limit_s);
	json_get_only(get, names);
	check_script(get, wish->script);
	if (json_get_string(get, "tag", false, &wish->tag) && (!*wish->tag || strlen(wish->tag) > TAG_MAX))
		json_get_fail(get, "tag", "tag must have 1 to %d bytes.", TAG_MAX);
	if (!wish->sip_username != !wish->sip_password)
		json_get_fail(get, wish->sip_username ? "password" : "username",
			      "username and password go together.");
	if (wish->sip_username && wish->to && !starts_as_uri(wish->to))
		json_get_fail(get, "username", "username and password go with a SIP URI as to.");
	if (wish->url && wish->script)
		json_get_fail(get, "script", "Give either url or script, not both.");
	read_machine(get, wish, machine);
}

void calls_op_create(struct op *op)
{
	struct wish wish = { .timeout_s = WISH_TIMEOUT_S, .asked = op->params };
	json_t *machine = json_object();
	struct json_get get;

	json_get_init(&get, op->params);
	read_wish(&get, &wish, machine);
	if (!op_params_ok(op, &get)) {
		json_decref(machine);
		return;
	}
	if (op->dry_run) {
		call_try(&op->by, &wish, on_tried, op);
	} else {
		wish.key = op->idempotency_key;
		call_place(&op->by, &wish, on_placed, op);
	}
	json_decref(machine);
}

void calls_op_try(struct op *op)
{
	op->dry_run = true;
	calls_op_create(op);
}

/* Change */

void calls_op_delete(struct op *op)
{
	call_end(&op->by, op->args[0], op_on_done, op);
}

/* Checks what is given. */
static void check_change(struct json_get *get, const struct call_change *change)
{
	if (change->document.url && !weburl_is_valid(change->document.url))
		json_get_fail(get, "url",
			      "url must be an absolute http or https URL of at most %d characters.",
			      WEBURL_MAX);
	check_script(get, change->document.script);
	if (change->digits && !call_digits_are_fit(change->digits))
		json_get_fail(get, "digits", "digits must be 1 to %d of 0-9 * # A-D, w and W for pauses.",
			      CALL_DIGITS_MAX);
	if (change->kind == CALL_CHANGE_STOP && !change->on)
		json_get_fail(get, "stop", "stop must be true.");
}

/* Reads the one change that is asked for. */
static void read_change(struct json_get *get, struct call_change *change)
{
	static const char *const names[] = { "method",	    "loop",	      "status", "url",
					     "script",	    "muted",	      "hold",	"digits",
					     "say",	    "play",	      "stop",	"bridge",
					     "transfer_to", "voice_activity", NULL };
	static const char *const statuses[] = { "completed", "canceled", NULL };
	int status = 0, method = 0, count = 0;
	int64_t loop = 1;

	json_get_only(get, names);
	if (json_get_enum(get, "status", false, statuses, &status))
		change->kind = status ? CALL_CHANGE_CANCEL : CALL_CHANGE_END, count++;
	if (json_get_string(get, "url", false, &change->document.url))
		change->kind = CALL_CHANGE_REDIRECT, count++;
	if (json_get_string(get, "script", false, &change->document.script))
		change->kind = CALL_CHANGE_REDIRECT, count++;
	if (json_get_bool(get, "muted", false, &change->on))
		change->kind = CALL_CHANGE_MUTE, count++;
	if (json_get_bool(get, "hold", false, &change->on))
		change->kind = CALL_CHANGE_HOLD, count++;
	if (json_get_bool(get, "voice_activity", false, &change->on))
		change->kind = CALL_CHANGE_VOICE, count++;
	if (json_get_string(get, "digits", false, &change->digits))
		change->kind = CALL_CHANGE_DIGITS, count++;
	if (json_get_string(get, "transfer_to", false, &change->to))
		change->kind = CALL_CHANGE_TRANSFER, count++;
	if (json_get_string(get, "say", false, &change->what.say))
		change->kind = CALL_CHANGE_ANNOUNCE, count++;
	if (json_get_string(get, "play", false, &change->what.play))
		change->kind = CALL_CHANGE_ANNOUNCE, count++;
	if (json_get_bool(get, "stop", false, &change->on))
		change->kind = CALL_CHANGE_STOP, count++;
	if (json_get_string(get, "bridge", false, &change->with))
		change->kind = CALL_CHANGE_BRIDGE, count++;
	if (count != 1)
		json_get_fail(
		    get, "status",
		    "Give one of status, url, script, muted, hold, digits, say, play, stop, bridge, "
		    "voice_activity and transfer_to.");
	if (json_get_enum(get, "method", false, methods, &method) && !change->document.url)
		json_get_fail(get, "method", "method goes with url.");
	if (json_get_int(get, "loop", false, 0, ANNOUNCE_LOOP_MAX, &loop) &&
	    change->kind != CALL_CHANGE_ANNOUNCE)
		json_get_fail(get, "loop", "loop goes with say or play.");
	change->document.post = method == 0;
	change->loop = (unsigned)loop;
	check_change(get, change);
}

void calls_op_update(struct op *op)
{
	struct call_change change = { 0 };
	struct json_get get;

	json_get_init(&get, op->params);
	read_change(&get, &change);
	if (op_params_ok(op, &get))
		call_change(&op->by, op->args[0], &change, on_call, op);
}
