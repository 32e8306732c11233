#include "daemon/api/call/after.h"
#include "daemon/api/call/change.h"
#include "daemon/api/switch/link.h"

#include <stdlib.h>
#include <string.h>

struct control {
	const struct desk *desk;
	char id[40], with[40];
	enum call_change_kind kind;
	bool on;
	unsigned loop;
	call_h *handler;
	void *arg;
};

bool call_digits_are_fit(const char *digits)
{
	return *digits && strlen(digits) <= CALL_DIGITS_MAX && !digits[strspn(digits, "0123456789*#ABCDwW")];
}

/* The call's script goes by what has become of the call. */
static void tell_script(const struct control *control, const json_t *result, const json_t *error)
{
	const struct call_scripts *scripts = &control->desk->scripts;

	if (control->kind == CALL_CHANGE_ANNOUNCE)
		scripts->interlude(control->id, json_object_get(result, "play_id"), scripts->arg);
	if (error)
		return;
	if (control->kind == CALL_CHANGE_HOLD)
		scripts->hold(control->id, control->on, scripts->arg);
	if (control->kind == CALL_CHANGE_BRIDGE) {
		scripts->leave(control->id, scripts->arg);
		scripts->leave(control->with, scripts->arg);
	}
}

static void on_done(const json_t *result, const json_t *error, void *arg)
{
	struct control *control = arg;
	const struct desk *desk = control->desk;
	const struct fault_words words = { .to = FIELD_TRANSFER };
	const json_t *call = json_object_get(result, "call");
	struct fault fault;
	struct call_row row;

	tell_script(control, result, error);
	if (error) {
		fault_from_switch(&fault, error, &words);
		control->handler(&fault, NULL, control->arg);
	} else if (json_is_object(call) ? calls_apply(desk->store, call, CALLS_NO_EVENT, NULL, &row)
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
	case CALL_CHANGE_LIMIT:
		*params = json_pack("{s:I}", "time_limit", (json_int_t)change->limit_s);
		return "call.limit";
	case CALL_CHANGE_MUTE:
		*params = json_pack("{s:b}", "muted", change->on);
		return "call.mute";
	case CALL_CHANGE_DEAF:
		*params = json_pack("{s:b}", "deaf", change->on);
		return "call.deaf";
	case CALL_CHANGE_HOLD:
		*params = json_pack("{s:b}", "hold", change->on);
		return "call.hold";
	case CALL_CHANGE_VOICE:
		*params = json_pack("{s:b}", "on", change->on);
		return "call.voice_activity";
	case CALL_CHANGE_DIGITS:
		*params = json_pack("{s:s}", "digits", change->digits);
		return "call.send_digits";
	case CALL_CHANGE_STOP:
		/* a script that gathers digits goes on gathering */
		*params = json_pack("{s:b}", "collect", 0);
		return "call.stop";
	case CALL_CHANGE_BRIDGE:
		*params = json_pack("{s:s}", "with", change->with);
		return "call.bridge";
	default:
		*params = json_pack("{s:s}", "to", change->to);
		return "call.transfer";
	}
}

/* Takes `params`. */
static void ask(struct control *control, const char *method, json_t *params)
{
	struct fault fault;

	json_object_set_new(params, "call", json_string(control->id));
	if (!link_call(control->desk->link, method, params, on_done, control))
		return;
	tell_script(control, NULL, json_null());
	fault_switch_away(&fault);
	control->handler(&fault, NULL, control->arg);
	free(control);
}

static void on_prompt(json_t *files, const char *error, void *arg)
{
	struct control *control = arg;
	const struct call_scripts *scripts = &control->desk->scripts;
	struct fault fault;

	if (announcement_is_there(files)) {
		scripts->interlude(control->id, json_null(), scripts->arg);
		ask(control, "call.play",
		    json_pack("{s:O, s:i}", "files", files, "loop", (int)control->loop));
		return;
	}
	fault_set(&fault, FAULT_PROMPT_FAILED, FIELD_PLAY, "%s", error);
	control->handler(&fault, NULL, control->arg);
	free(control);
}

void call_control(const struct desk *desk, const char *id, const struct call_change *change, call_h *handler,
		  void *arg)
{
	struct control *control = calloc(1, sizeof *control);
	struct fault fault;
	const char *method;
	json_t *params;

	if (control) {
		control->desk = desk;
		control->kind = change->kind;
		control->on = change->on;
		control->loop = change->loop;
		control->handler = handler;
		control->arg = arg;
		strncpy(control->id, id, sizeof control->id - 1);
		strncpy(control->with, change->with ? change->with : "", sizeof control->with - 1);
		if (change->kind != CALL_CHANGE_ANNOUNCE) {
			method = request_of(change, &params);
			ask(control, method, params);
			return;
		}
		if (!announcement_prepare(desk, &change->what, on_prompt, control))
			return;
	}
	free(control);
	fault_no_memory(&fault);
	handler(&fault, NULL, arg);
}
