#include "daemon/api/call/calls.h"

#include "daemon/api/script/engine.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/dialect/telefonie/call_json.h"
#include "lib/json_get.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 64 };

struct control {
	struct op *op;
	char id[40];
	bool holds, unholds;
};

static void on_done(const json_t *result, const json_t *error, void *arg)
{
	struct control *control = arg;
	const json_t *call = json_object_get(result, "call");
	struct op *op = control->op;
	struct call_row row;

	if (!error && (control->holds || control->unholds))
		scripts_hold(op->api->scripts, control->id, control->holds);
	if (error) {
		op_control_problem(op, error);
	} else if (json_is_object(call) ? calls_apply(op->api->store, call, false, &row)
					: calls_get(op->api->store, control->id, &row)) {
		op_store_problem(op);
	} else {
		/* No event tells of this: the record has it from here. */
		op_done_after_commit(op, 200, call_json(op->api, &row));
		call_row_clear(&row);
	}
	free(control);
}

static void ask(struct op *op, const char *id, const char *method, json_t *params)
{
	struct control *control = calloc(1, sizeof *control);

	if (!control) {
		json_decref(params);
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	control->op = op;
	strncpy(control->id, id, sizeof control->id - 1);
	if (!strcmp(method, "call.hold")) {
		control->holds = json_is_true(json_object_get(params, "hold"));
		control->unholds = !control->holds;
	}
	json_object_set_new(params, "call", json_string(id));
	if (link_call(op->api->link, method, params, on_done, control)) {
		free(control);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

void calls_control(struct op *op, const struct call_row *row)
{
	const char *digits = NULL, *transfer_to = NULL;
	bool muted = false, hold = false, has_muted, has_hold;
	struct json_get get;

	json_get_init(&get, op->params);
	has_muted = json_get_bool(&get, "muted", false, &muted);
	has_hold = json_get_bool(&get, "hold", false, &hold);
	json_get_string(&get, "digits", false, &digits);
	json_get_string(&get, "transfer_to", false, &transfer_to);
	if (digits &&
	    (!*digits || strlen(digits) > DIGITS_MAX || digits[strspn(digits, "0123456789*#ABCDwW")]))
		json_get_fail(&get, "digits", "digits must be 1 to %d of 0-9 * # A-D, w and W for pauses.",
			      DIGITS_MAX);
	if (!op_params_ok(op, &get))
		return;
	if (strcmp(row->status, "in-progress"))
		op_problem(op, 409, "status", "The call is %s; this needs one that is in-progress.",
			   row->status);
	else if (!op_needs_switch(op))
		return;
	else if (has_muted)
		ask(op, row->id, "call.mute", json_pack("{s:b}", "muted", muted));
	else if (has_hold)
		ask(op, row->id, "call.hold", json_pack("{s:b}", "hold", hold));
	else if (digits)
		ask(op, row->id, "call.send_digits", json_pack("{s:s}", "digits", digits));
	else
		ask(op, row->id, "call.transfer", json_pack("{s:s}", "to", transfer_to));
}
