#include "daemon/api/dialect/telefonie/lists.h"

#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <stdlib.h>
#include <string.h>

/* None of the lists takes parameters. */
static bool takes_nothing(struct op *op)
{
	static const char *const none[] = { NULL };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	return op_params_ok(op, &get);
}

static const char *action_name(enum conf_number_action action)
{
	static const char *const names[] = { "voice-url", "dial", "conference", "echo", "record" };

	return names[action];
}

void lists_op_numbers(struct op *op)
{
	const struct conf *conf = op->api->conf;
	json_t *items = json_array();

	if (!takes_nothing(op)) {
		json_decref(items);
		return;
	}
	for (size_t i = 0; i < conf->number_count; i++) {
		const struct conf_number *n = &conf->numbers[i];

		if (n->account == op->account)
			json_array_append_new(items,
					      json_pack("{s:s, s:s, s:s*, s:s*, s:s*}", "number", n->number,
							"action", action_name(n->action), "voice_url",
							n->voice_url, "status_callback", n->status_callback,
							"conference", n->conference));
	}
	op_done(op, 200, json_pack("{s:o}", "numbers", items));
}

/* A list that the switch has, filtered to the account. */
typedef json_t *item_h(const struct op *op, const json_t *told);

struct asking {
	struct op *op;
	const char *name; /* of the array, there and here */
	item_h *item;	  /* NULL for what is not the account's */
};

static void on_list(const json_t *result, const json_t *error, void *arg)
{
	struct asking *asking = arg;
	json_t *items = json_array(), *told;
	size_t i;

	if (error) {
		json_decref(items);
		op_control_problem(asking->op, error);
		free(asking);
		return;
	}
	json_array_foreach(json_object_get(result, asking->name), i, told)
	{
		json_t *item = asking->item(asking->op, told);

		if (item)
			json_array_append_new(items, item);
	}
	op_done(asking->op, 200, json_pack("{s:o}", asking->name, items));
	free(asking);
}

static void ask(struct op *op, const char *method, const char *name, item_h *item)
{
	struct asking *asking;

	if (!takes_nothing(op) || !op_needs_switch(op))
		return;
	asking = calloc(1, sizeof *asking);
	if (asking) {
		*asking = (struct asking){ op, name, item };
		if (!link_call(op->api->link, method, NULL, on_list, asking))
			return;
	}
	free(asking);
	op_problem(op, 503, NULL, "The switch is not connected.");
}

static bool is_own(const struct op *op, const json_t *told)
{
	const char *account = json_string_value(json_object_get(told, "account"));

	return account && !strcmp(account, op->account->name);
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

/* As the switch tells it, but for the account. */
static json_t *same(const struct op *op, const json_t *told)
{
	json_t *item = is_own(op, told) ? json_copy((json_t *)told) : NULL;

	json_object_del(item, "account");
	set_time(item, "registered_until");
	return item;
}

void lists_op_users(struct op *op)
{
	ask(op, "user.list", "users", same);
}

void lists_op_trunks(struct op *op)
{
	ask(op, "trunk.list", "trunks", same);
}

static json_t *registration(const struct op *op, const json_t *told)
{
	const char *name = json_string_value(json_object_get(told, "user"));
	const struct conf_user *user = name ? conf_user_by_name(op->api->conf, name) : NULL;
	json_t *item = user && user->account == op->account ? json_copy((json_t *)told) : NULL;

	set_time(item, "registered");
	return item;
}

void lists_op_registrations(struct op *op)
{
	ask(op, "registration.list", "registrations", registration);
}
