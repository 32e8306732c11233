/* POST /v1/calls. */
#include "daemon/api/call/place.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/vonage/ask.h"
#include "daemon/api/dialect/vonage/ncco.h"
#include "daemon/api/dialect/vonage/record.h"
#include "daemon/api/dialect/vonage/socket.h"
#include "lib/conf_numbers.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RINGING_S = 60, RINGING_MAX_S = 120, LENGTH_S = 7200, LENGTH_MAX_S = 7200 };

/* A wish, and what it borrows. */
struct reading {
	struct json_get get;
	struct wish wish;
	const struct conf_account *account;
	json_t *headers, *machine, *stream, *more;
	char *ncco;
	char to[VONAGE_NUMBER_SIZE], from[VONAGE_NUMBER_SIZE];
	char digits[CALL_DIGITS_MAX + 1];
};

static void reading_clear(struct reading *r)
{
	json_decref(r->headers);
	json_decref(r->machine);
	json_decref(r->stream);
	json_decref(r->more);
	free(r->ncco);
}

/* Members of "headers" are X-… in the INVITE; standard ones keep their names. */
static void read_headers(struct reading *r, const json_t *endpoint)
{
	const json_t *more[] = { json_object_get(endpoint, "standard_headers"),
				 json_object_get(endpoint, "standardHeaders") };
	const char *name;
	char full[128];
	json_t *value;

	r->headers = json_object();
	json_object_foreach(json_object_get(endpoint, "headers"), name, value)
	{
		snprintf(full, sizeof full, "%s%.100s", strncasecmp(name, "X-", 2) ? "X-" : "", name);
		json_object_set(r->headers, full, value);
	}
	for (size_t i = 0; i < 2; i++)
		json_object_update(r->headers, (json_t *)(more[i] ? more[i] : r->headers));
	if (json_object_size(r->headers))
		r->wish.headers = r->headers;
}

enum endpoint_type { TO_PHONE, TO_SIP, TO_APP, TO_VBC, TO_WEBSOCKET };

/* Whether an address is one of its type: what is no number is not dialled as if it were a user or a URI. */
static bool is_of_type(int type, const char *address)
{
	char bare[PHONE_NUMBER_SIZE];

	if (type == TO_SIP)
		return !strncasecmp(address, "sip:", 4) || !strncasecmp(address, "sips:", 5);
	if (type == TO_APP)
		return *address && !strpbrk(address, ":@/+");
	return phone_number_bare(bare, address);
}

/* "dtmfAnswer", with p for a pause of half a second, which is w to us. */
static void read_digits(struct reading *r, const json_t *endpoint)
{
	const json_t *value = json_object_get(endpoint, "dtmfAnswer");
	const char *digits = json_string_value(value);
	size_t size = digits ? strlen(digits) : 0;

	if (!value)
		return;
	if (!size || size >= sizeof r->digits || strspn(digits, "0123456789*#p") != size) {
		json_get_fail(&r->get, "to", "dtmfAnswer must be 1 to %d of 0123456789*# and p.",
			      (int)sizeof r->digits - 1);
		return;
	}
	for (size_t i = 0; i <= size; i++)
		r->digits[i] = (char)(digits[i] == 'p' ? 'w' : digits[i]);
	r->wish.digits = r->digits;
}

static void read_socket(struct reading *r, const json_t *endpoint)
{
	char error[VONAGE_SOCKET_ERROR];

	r->stream = vonage_socket(r->account, endpoint, error);
	if (!r->stream) {
		json_get_fail(&r->get, "to", "%s", *error ? error : "Out of memory.");
		return;
	}
	r->wish.to = json_string_value(json_object_get(endpoint, "uri"));
	r->wish.stream = r->stream;
	r->more = json_pack("{s:o}", "endpoint", vonage_socket_shown(endpoint));
	r->wish.more = r->more;
}

static void read_endpoint(struct reading *r, const json_t *endpoint)
{
	static const char *const types[] = { "phone", "sip", "app", "vbc", "websocket", NULL };
	static const char *const members[] = { "number", "uri", "user", "extension", "uri" };
	struct json_get get;
	const char *to = NULL;
	int type = 0;

	json_get_init(&get, endpoint);
	if (json_get_enum(&get, "type", true, types, &type) &&
	    json_get_string(&get, members[type], true, &to) && type < TO_WEBSOCKET && is_of_type(type, to) &&
	    strlen(to) < sizeof r->to - 1)
		r->wish.to = vonage_address(to, r->to);
	if (json_get_status(&get))
		json_get_fail(&r->get, "to", "%s", get.error);
	else if (type == TO_WEBSOCKET)
		read_socket(r, endpoint);
	else if (!r->wish.to)
		json_get_fail(&r->get, "to", "%s is no address of that type, or too long.", members[type]);
	if (type == TO_SIP)
		read_headers(r, endpoint);
	if (type == TO_PHONE)
		read_digits(r, endpoint);
}

static void read_to(struct reading *r)
{
	const json_t *to;

	if (!json_get_array(&r->get, "to", true, &to))
		return;
	if (json_array_size(to) != 1)
		json_get_fail(&r->get, "to", "to must be a list of one endpoint.");
	else
		read_endpoint(r, json_array_get(to, 0));
}

static void read_from(struct reading *r, const struct asker *by)
{
	const json_t *from;
	const struct conf_number *drawn;
	const char *number = NULL;
	struct json_get get;
	bool random = false;

	json_get_bool(&r->get, "random_from_number", false, &random);
	if (json_get_object(&r->get, "from", false, &from) && random)
		json_get_fail(&r->get, "from", "Give either from or random_from_number, not both.");
	else if (random) {
		drawn = conf_numbers_draw(by->desk->conf, by->account, true);
		r->wish.from = drawn ? drawn->number : NULL;
		if (!drawn)
			json_get_fail(&r->get, "random_from_number", "The account has no number.");
	} else if (json_get_object(&r->get, "from", true, &from)) {
		json_get_init(&get, from);
		if (json_get_string(&get, "number", true, &number) && strlen(number) < sizeof r->from - 1)
			r->wish.from = vonage_address(number, r->from);
		else
			json_get_fail(&r->get, "from", "from must be a phone endpoint with a number.");
	}
}

static void read_answer(struct reading *r)
{
	const json_t *ncco = json_object_get(r->get.object, "ncco");
	bool post = false;

	if (ncco)
		r->wish.script = r->ncco = vonage_ncco(&r->get, "ncco", ncco);
	vonage_param_url(&r->get, "answer_url", false, &r->wish.url);
	vonage_param_method(&r->get, "answer_method", &post);
	r->wish.post = post;
	if (!ncco == !r->wish.url)
		json_get_fail(&r->get, "ncco", "Give either ncco or answer_url.");
}

/* A machine is told of, or hung up on; with beeps, when its message ends. The NCCO waits for that, but for
 * the mode "default" of the advanced one. */
static void read_machine(struct reading *r)
{
	static const char *const behaviors[] = { "continue", "hangup", NULL };
	static const char *const modes[] = { "default", "detect", "detect_beep", NULL };
	const json_t *advanced = NULL;
	int64_t beep_s = 45;
	struct json_get get;
	int behavior = -1, mode = 0;

	json_get_enum(&r->get, "machine_detection", false, behaviors, &behavior);
	if (json_get_object(&r->get, "advanced_machine_detection", false, &advanced)) {
		behavior = 0;
		json_get_init(&get, advanced);
		json_get_enum(&get, "behavior", false, behaviors, &behavior);
		json_get_enum(&get, "mode", false, modes, &mode);
		json_get_int(&get, "beep_timeout", false, 45, 120, &beep_s);
		if (json_get_status(&get))
			json_get_fail(&r->get, "advanced_machine_detection", "%s", get.error);
	}
	if (behavior < 0)
		return;
	r->machine = json_pack("{s:b, s:I}", "message_end", advanced && mode != 1, "timeout",
			       (json_int_t)beep_s * 1000);
	r->wish.machine_waits = !advanced || mode != 0;
	r->wish.machine = r->machine;
	r->wish.machine_hangs_up = behavior == 1;
}

static void read_wish(struct reading *r, const struct asker *by)
{
	bool post = true;

	read_to(r);
	read_from(r, by);
	read_answer(r);
	read_machine(r);
	vonage_param_url(&r->get, "event_url", false, &r->wish.status_callback);
	vonage_param_method(&r->get, "event_method", &post);
	r->wish.callback_get = !post;
	json_get_int(&r->get, "ringing_timer", false, 1, RINGING_MAX_S, &r->wish.timeout_s);
	json_get_int(&r->get, "length_timer", false, 1, LENGTH_MAX_S, &r->wish.time_limit_s);
}

static void on_placed(const struct fault *fault, const struct call_row *row, void *arg)
{
	char conversation[VONAGE_CONVERSATION_SIZE];
	struct ask *ask = arg;

	if (fault) {
		vonage_fail(ask, fault);
		return;
	}
	vonage_answer(ask, 201,
		      json_pack("{s:s, s:s, s:s, s:s}", "uuid", row->id, "status", vonage_status(row),
				"direction", row->direction, "conversation_uuid",
				vonage_conversation(row, conversation)));
}

void vonage_create(struct ask *ask)
{
	struct reading r = { .account = ask->by.account,
			     .wish = { .timeout_s = RINGING_S,
				       .time_limit_s = LENGTH_S,
				       .dialect = "vonage",
				       .asked = ask->body } };

	json_get_init(&r.get, ask->body);
	read_wish(&r, &ask->by);
	if (vonage_params_ok(ask, &r.get))
		call_place(&ask->by, &r.wish, on_placed, ask);
	reading_clear(&r);
}

void vonage_get(struct ask *ask)
{
	struct fault fault;
	struct call_row row;

	if (!call_find(&ask->by, ask->id, &row, &fault)) {
		vonage_fail(ask, &fault);
		return;
	}
	vonage_answer(ask, 200, vonage_record(ask->by.desk->conf, &row));
	call_row_clear(&row);
}
