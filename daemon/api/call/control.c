#include "daemon/api/call/after.h"
#include "daemon/api/call/change.h"
#include "daemon/api/switch/link.h"

#include <stdlib.h>
#include <string.h>

struct control {
	const struct desk *desk;
	char id[40];
	enum call_change_kind kind;
	bool on;
	call_h *handler;
	void *arg;
};

bool call_digits_are_fit(const char *digits)
{
	return *digits && strlen(digits) <= CALL_DIGITS_MAX && !digits[strspn(digits, "0123456789*#ABCDwW")];
}

static void on_done(const json_t *result, const json_t *error, void *arg)
{
	struct control *control = arg;
	const struct desk *desk = control->desk;
	const struct fault_words words = { .to = FIELD_TRANSFER };
	const json_t *call = json_object_get(result, "call");
	struct fault fault;
	struct call_row row;

	if (!error && control->kind == CALL_CHANGE_HOLD)
		desk->scripts.hold(control->id, control->on, desk->scripts.arg);
	if (error) {
		fault_from_switch(&fault, error, &words);
		control->handler(&fault, NULL, control->arg);
	} else if (json_is_object(call) ? calls_apply(desk->store, call, CALLS_NO_EVENT, &row)
					: calls_get(desk->store, control->id, &row)) {
		fault_store_failed(&fault);
		control->handler(&fault, NULL, control->arg);
	} else {
		/* No event tells of this: the record has it from here. */
		after_commit_call(desk, &row, control->handler, control->arg);
	}
	free(control);
}

/* The switch's method for it, and its params. */
static const char *request_of(const struct call_change *change, json_t **params)
{
	switch (change->kind) {
	case CALL_CHANGE_MUTE:
		*params = json_pack("{s:b}", "muted", change->on);
		return "call.mute";
	case CALL_CHANGE_HOLD:
		*params = json_pack("{s:b}", "hold", change->on);
		return "call.hold";
	case CALL_CHANGE_DIGITS:
		*params = json_pack("{s:s}", "digits", change->digits);
		return "call.send_digits";
	default:
		*params = json_pack("{s:s}", "to", change->to);
		return "call.transfer";
	}
}

void call_control(const struct desk *desk, const char *id, const struct call_change *change, call_h *handler,
		  void *arg)
{
	struct control *control = calloc(1, sizeof *control);
	struct fault fault;
	const char *method;
	json_t *params;

	if (!control) {
		fault_no_memory(&fault);
		handler(&fault, NULL, arg);
		return;
	}
	control->desk = desk;
	control->kind = change->kind;
	control->on = change->on;
	control->handler = handler;
	control->arg = arg;
	strncpy(control->id, id, sizeof control->id - 1);
	method = request_of(change, &params);
	json_object_set_new(params, "call", json_string(id));
	if (!link_call(desk->link, method, params, on_done, control))
		return;
	free(control);
	fault_switch_away(&fault);
	handler(&fault, NULL, arg);
}
