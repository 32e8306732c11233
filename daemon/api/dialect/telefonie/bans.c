/* Addresses that are not listened to. */
#include "daemon/api/call/bans.h"

#include "daemon/api/dialect/telefonie/operations.h"
#include "lib/clock.h"

static void set_time(json_t *json, const char *name, const json_t *told)
{
	char time[CLOCK_TEXT_SIZE];

	json_object_set_new(json, name, json_string(clock_format_rfc3339(json_integer_value(told), time)));
}

static void on_bans(const struct fault *fault, const json_t *told, void *arg)
{
	json_t *items, *one;
	size_t i;

	if (fault) {
		op_fail(arg, fault);
		return;
	}
	items = json_array();
	json_array_foreach((json_t *)told, i, one)
	{
		json_t *item = json_copy(one);

		set_time(item, "since", json_object_get(one, "since"));
		set_time(item, "until", json_object_get(one, "until"));
		json_array_append_new(items, item);
	}

	op_done(arg, 200, json_pack("{s:o}", "bans", items));
}

void bans_op_list(struct op *op)
{
	if (op_takes_nothing(op))
		bans_list(&op->by, on_bans, op);
}

void bans_op_lift(struct op *op)
{
	if (op_takes_nothing(op))
		bans_lift(&op->by, op->args[0], op_on_done, op);
}
