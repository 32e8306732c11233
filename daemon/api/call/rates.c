#include "daemon/api/call/rates.h"

#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <string.h>

static void on_rate(const json_t *result, const json_t *error, void *arg)
{
	struct op *op = arg;
	json_t *body;

	if (error) {
		op_control_problem(op, error);
		return;
	}
	body = json_copy((json_t *)result);
	json_object_del(body, "account");
	op_done(op, 200, body);
}

static void ask(struct op *op, const char *method, json_t *params, control_client_reply_h *reply)
{
	if (!op_needs_switch(op))
		json_decref(params);
	else if (link_call(op->api->link, method, params, reply, op))
		op_problem(op, 503, NULL, "The switch is not connected.");
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
		ask(op, "rate.find",
		    json_pack("{s:s, s:s, s:s}", "to", to, "direction", directions[direction], "account",
			      op->account->name),
		    on_rate);
}

static void set_time(json_t *account, const char *name)
{
	const json_t *time = json_object_get(account, name);
	char text[CLOCK_TEXT_SIZE];

	if (json_is_integer(time))
		json_object_set_new(account, name,
				    json_string(clock_format_rfc3339(json_integer_value(time), text)));
}

static json_t *own_account(const struct op *op, const json_t *result)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(result, "accounts"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name && strcmp(name, op->account->name) == 0)
			return json_copy(one);
	}
	return NULL;
}

static void on_accounts(const json_t *result, const json_t *error, void *arg)
{
	struct op *op = arg;
	json_t *account = error ? NULL : own_account(op, result);

	if (error) {
		op_control_problem(op, error);
	} else if (!account) {
		/* the two daemons have read different confs: one of them is about to be reloaded */
		op_problem(op, 503, NULL, "The switch does not know this account yet.");
	} else {
		set_time(account, "day_starts");
		set_time(account, "day_ends");
		op_done(op, 200, account);
	}
}

void rates_op_account(struct op *op)
{
	static const char *const none[] = { NULL };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (op_params_ok(op, &get))
		ask(op, "account.list", NULL, on_accounts);
}
