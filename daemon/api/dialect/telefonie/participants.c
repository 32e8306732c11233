/* The operations on participants of conferences. */
#include "daemon/api/call/participants.h"

#include "daemon/api/call/place.h"
#include "daemon/api/dialect/telefonie/conference_json.h"
#include "daemon/api/dialect/telefonie/operations.h"

#include <stdio.h>

static void on_list(const struct fault *fault, const struct participant *items, size_t count, void *arg)
{
	json_t *array;

	if (fault) {
		op_fail(arg, fault);
		return;
	}
	array = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, participant_json(&items[i]));
	op_done(arg, 200, json_pack("{s:o}", "participants", array));
}

void participants_op_list(struct op *op)
{
	if (op_takes_nothing(op))
		participants_list(&op->by, op->args[0], on_list, op);
}

static void on_one(const struct fault *fault, const struct participant *items, size_t count, void *arg)
{
	(void)count;
	if (fault)
		op_fail(arg, fault);
	else
		op_done(arg, 200, participant_json(items));
}

void participants_op_get(struct op *op)
{
	participant_get(&op->by, op->args[0], op->args[1], on_one, op);
}

static void on_added(const struct fault *fault, const struct call_row *row, void *arg)
{
	struct participant participant;
	struct op *op = arg;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	participant_of_call(row, &participant);
	op->again = row->again;
	snprintf(op->location, sizeof op->location, "/v1/voice/conferences/%s/participants/%s",
		 participant.conference, participant.call);
	op_done(arg, 201, participant_json(&participant));
}

void participants_op_add(struct op *op)
{
	static const char *const names[] = { "to", "from", "muted", NULL };
	struct wish wish = { .timeout_s = WISH_TIMEOUT_S,
			     .conference = op->args[0],
			     .key = op->idempotency_key,
			     .asked = op->params };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "to", true, &wish.to);
	json_get_string(&get, "from", true, &wish.from);
	json_get_bool(&get, "muted", false, &wish.muted);
	if (op_params_ok(op, &get))
		participant_place(&op->by, &wish, on_added, op);
}

/* Reads the one change that is asked for. */
static void read_change(struct json_get *get, struct participant_change *change)
{
	static const char *const names[] = { "muted", "hold", "coach", "say", "play", NULL };
	int count = 0;

	json_get_only(get, names);
	if (json_get_bool(get, "muted", false, &change->on))
		change->kind = PARTICIPANT_MUTE, count++;
	if (json_get_bool(get, "hold", false, &change->on))
		change->kind = PARTICIPANT_HOLD, count++;
	if (json_get_string(get, "coach", false, &change->coach))
		change->kind = PARTICIPANT_COACH, count++;
	if (json_get_string(get, "say", false, &change->what.say))
		change->kind = PARTICIPANT_ANNOUNCE, count++;
	if (json_get_string(get, "play", false, &change->what.play))
		change->kind = PARTICIPANT_ANNOUNCE, count++;
	if (count != 1)
		json_get_fail(get, "muted", "Give one of muted, hold, coach, say and play.");
}

void participants_op_update(struct op *op)
{
	struct participant_change change = { 0 };
	struct json_get get;

	json_get_init(&get, op->params);
	read_change(&get, &change);
	if (op_params_ok(op, &get))
		participant_change(&op->by, op->args[0], op->args[1], &change, on_one, op);
}

void participants_op_remove(struct op *op)
{
	participant_remove(&op->by, op->args[0], op->args[1], op_on_done, op);
}
