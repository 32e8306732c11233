/* What the account has: numbers, users, trunks, phones that are registered; what calls cost, and what was
 * spent. */
#include "daemon/api/call/directory.h"

#include "daemon/api/dialect/telefonie/operations.h"
#include "lib/clock.h"
#include "lib/conf_numbers.h"

#include <string.h>

static const char *action_name(enum conf_number_action action)
{
	static const char *const names[] = { "voice-url", "dial", "conference", "echo", "record", "none" };

	return names[action];
}

static json_t *number_json(const struct conf_number *number)
{
	json_t *json =
	    json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "number", number->number, "action",
		      action_name(number->action), "voice_url", number->voice_url, "status_callback",
		      number->status_callback, "conference", number->conference);
	json_t *events = json_array();

	for (size_t i = 0; i < number->callback_events.count; i++)
		json_array_append_new(events, json_string(number->callback_events.items[i]));
	if (json && json_array_size(events))
		json_object_set(json, "status_callback_events", events);
	json_decref(events);
	return json;
}

struct numbers {
	const struct conf_account *account;
	json_t *items;
};

static bool add_number(const struct conf_number *number, void *arg)
{
	const struct numbers *numbers = arg;

	if (number->account == numbers->account)
		json_array_append_new(numbers->items, number_json(number));
	return true;
}

void lists_op_numbers(struct op *op)
{
	struct numbers numbers = { op->by.account, NULL };

	if (!op_takes_nothing(op))
		return;
	numbers.items = json_array();
	conf_numbers_each(op->by.desk->conf, add_number, &numbers);
	op_done(op, 200, json_pack("{s:o}", "numbers", numbers.items));
}

/* A time of the switch, in milliseconds, becomes one of the API. */
static void set_time(json_t *item, const char *name)
{
	json_t *told = json_object_get(item, name);
	char time[CLOCK_TEXT_SIZE];

	if (json_is_integer(told))
		json_object_set_new(item, name,
				    json_string(clock_format_rfc3339(json_integer_value(told), time)));
}

/* Answers with the items under `name`; `time` is a member of each. */
static void answer(struct op *op, const struct fault *fault, const json_t *told, const char *name,
		   const char *time)
{
	json_t *items, *one;
	size_t i;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	items = json_array();
	json_array_foreach((json_t *)told, i, one)
	{
		json_t *item = json_copy(one);

		json_object_del(item, "account");
		set_time(item, time);
		json_array_append_new(items, item);
	}

	op_done(op, 200, json_pack("{s:o}", name, items));
}

static void on_users(const struct fault *fault, const json_t *told, void *arg)
{
	answer(arg, fault, told, "users", "registered_until");
}

static void on_trunks(const struct fault *fault, const json_t *told, void *arg)
{
	answer(arg, fault, told, "trunks", "registered_until");
}

static void on_registrations(const struct fault *fault, const json_t *told, void *arg)
{
	answer(arg, fault, told, "registrations", "registered");
}

void lists_op_users(struct op *op)
{
	if (op_takes_nothing(op))
		directory_list(&op->by, DIRECTORY_USERS, on_users, op);
}

void lists_op_trunks(struct op *op)
{
	if (op_takes_nothing(op))
		directory_list(&op->by, DIRECTORY_TRUNKS, on_trunks, op);
}

void lists_op_registrations(struct op *op)
{
	if (op_takes_nothing(op))
		directory_list(&op->by, DIRECTORY_REGISTRATIONS, on_registrations, op);
}

/* Money */

static void on_rate(const struct fault *fault, const json_t *told, void *arg)
{
	json_t *body;

	if (fault) {
		op_fail(arg, fault);
		return;
	}
	body = json_copy((json_t *)told);
	json_object_del(body, "account");
	op_done(arg, 200, body);
}

void rates_op_find(struct op *op)
{
	static const char *const names[] = { "to", "direction", NULL };
	static const char *const directions[] = { "outbound", "inbound", NULL };
	const char *to = NULL;
	struct json_get get;
	int direction = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "to", true, &to);
	json_get_enum(&get, "direction", false, directions, &direction);
	/* a number is all that may stand there; a "+" that was not escaped has come as a space */
	if (to && (strlen(to) > 64 || to[strspn(to, "+0123456789 -.()")]))
		json_get_fail(&get, "to", "to must be a phone number in E.164 form (+15550001001).");
	if (op_params_ok(op, &get))
		directory_rate(&op->by, to, direction == 1, on_rate, op);
}

static void on_account(const struct fault *fault, const json_t *told, void *arg)
{
	json_t *account;

	if (fault) {
		op_fail(arg, fault);
		return;
	}
	account = json_copy((json_t *)told);
	set_time(account, "day_starts");
	set_time(account, "day_ends");
	op_done(arg, 200, account);
}

void rates_op_account(struct op *op)
{
	if (op_takes_nothing(op))
		directory_account(&op->by, on_account, op);
}
