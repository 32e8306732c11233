#include "daemon/api/script/ncco/ncco.h"

#include "daemon/api/script/ncco/object.h"

#include <errno.h>
#include <string.h>

static int fail(struct problems *problems, int line, int column, const char *message)
{
	problems_add(problems, true, &(struct problem_place){ .line = line, .column = column }, "%s",
		     message);
	return EINVAL;
}

static int read_actions(struct ncco *n, const json_t *actions)
{
	if (!json_is_array(actions))
		return fail(n->problems, 1, 1, "The document must be an array of actions.");
	if (json_array_size(actions) > NCCO_ACTIONS_MAX)
		return fail(n->problems, 0, 0, "The document has more than 500 actions.");
	for (n->index = 0; n->index < json_array_size(actions); n->index++) {
		const json_t *action = json_array_get(actions, n->index);

		n->action = NULL;
		if (json_is_object(action))
			action_read(n, action);
		else
			return fail(n->problems, 1, 1, "The array has something in it that is no action.");
	}
	return 0;
}

int ncco_compile(struct script **out, const char *text, size_t size, struct problems *problems)
{
	struct ncco n = { .script = NULL, .problems = problems, .text = text, .size = size };
	json_error_t broken;
	json_t *actions;
	int err;

	if (size > NCCO_SIZE_MAX)
		return fail(problems, 0, 0, "The document is larger than 262144 bytes.");
	actions = json_loadb(text, size, JSON_REJECT_DUPLICATES, &broken);
	if (!actions) {
		problems_add(problems, true,
			     &(struct problem_place){ broken.line, broken.column, NULL, NULL },
			     "The JSON is broken: %s.", broken.text);
		return EINVAL;
	}
	n.script = script_alloc();
	err = n.script ? read_actions(&n, actions) : ENOMEM;
	if (n.script) {
		n.script->count = n.steps.count;
		n.script->steps = steps_keep(n.script, &n.steps);
		n.no_memory |= n.script->count && !n.script->steps;
	}
	if (!err && n.no_memory)
		err = ENOMEM;
	if (err)
		script_free(n.script);
	else
		*out = n.script;
	json_decref(actions);
	return err;
}
