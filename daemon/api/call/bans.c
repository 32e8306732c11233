#include "daemon/api/call/bans.h"

#include "daemon/api/switch/link.h"
#include "lib/control_frame.h"

#include <stdlib.h>

/* A question to the switch. */
struct asking {
	told_h *told; /* or NULL */
	done_h *done;
	void *arg;
};

static void answer(const struct asking *asking, const struct fault *fault, const json_t *told)
{
	if (asking->told)
		asking->told(fault, told, asking->arg);
	else
		asking->done(fault, asking->arg);
}

static void on_reply(const json_t *result, const json_t *error, void *arg)
{
	struct asking *asking = arg;
	struct fault fault;

	if (!error)
		answer(asking, NULL, json_object_get(result, "bans"));
	else if (fault_switch_misses(error)) {
		fault_set(&fault, FAULT_BAN_NOT_FOUND, FIELD_ADDRESS, "That address is not banned.");
		answer(asking, &fault, NULL);
	} else {
		fault_from_switch(&fault, error, NULL);
		if (json_integer_value(json_object_get(error, "code")) == CONTROL_INVALID_PARAMS)
			fault_set(&fault, FAULT_PARAMETER_INVALID, FIELD_ADDRESS,
				  FAULT_FIELD_MARK " must be an address as the list of bans has it.");
		answer(asking, &fault, NULL);
	}
	free(asking);
}

/* Takes `params`. */
static void ask(const struct asker *by, const struct asking *wanted, const char *method, json_t *params)
{
	const struct desk *desk = by->desk;
	struct asking *asking = malloc(sizeof *asking);
	struct fault fault;

	if (by->account != &desk->conf->accounts[0]) {
		fault_set(&fault, FAULT_OPERATOR_ONLY, FIELD_NONE,
			  "Bans are of the whole switch: only the first account of the conf sees them.");
	} else if (!asking) {
		fault_no_memory(&fault);
	} else if (!link_is_ready(desk->link)) {
		fault_switch_away(&fault);
	} else {
		*asking = *wanted;
		if (!link_call(desk->link, method, params, on_reply, asking))
			return;
		params = NULL;
		fault_switch_away(&fault);
	}
	json_decref(params);
	free(asking);
	answer(wanted, &fault, NULL);
}

void bans_list(const struct asker *by, told_h *handler, void *arg)
{
	ask(by, &(const struct asking){ .told = handler, .arg = arg }, "bans.list", NULL);
}

void bans_lift(const struct asker *by, const char *address, done_h *handler, void *arg)
{
	ask(by, &(const struct asking){ .done = handler, .arg = arg }, "bans.lift",
	    json_pack("{s:s}", "address", address));
}
