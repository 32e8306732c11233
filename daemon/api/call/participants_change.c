/* Changes of participants: mute, hold, coach, announcements, removal. */
#include "daemon/api/switch/link.h"
#include "daemon/api/call/announcement.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/call/participants.h"
#include "lib/json_get.h"

#include <stdlib.h>
#include <string.h>

/* A change of a participant: first whether it is one, as the switch knows it now, then the change, then how
 * it is after it. */
struct change {
	struct op *op;
	char conference[40], call[40];
	const char *method; /* NULL: its call is ended */
	json_t *params;	    /* until they are sent */
};

static void change_free(struct change *change)
{
	json_decref(change->params);
	free(change);
}

static void on_changed(const json_t *result, const json_t *error, void *arg)
{
	struct change *change = arg;

	(void)result;
	if (error)
		op_control_problem(change->op, error);
	else
		participants_ask(change->op, change->conference, change->call);
	change_free(change);
}

static bool is_member(const json_t *result, const char *call)
{
	json_t *told;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(result, "conference"), "participants"), i, told)
	{
		const char *id = json_string_value(json_object_get(told, "call"));

		if (id && !strcmp(id, call))
			return true;
	}
	return false;
}

static void on_member(const json_t *result, const json_t *error, void *arg)
{
	struct change *change = arg;
	struct op *op = change->op;
	json_t *params = change->params;

	change->params = NULL;
	if (error && json_integer_value(json_object_get(error, "code")) != 404) {
		op_control_problem(op, error);
	} else if (!is_member(result, change->call)) {
		op_problem(op, 404, "call_id", "The conference has no such participant.");
	} else if (!change->method) {
		op->args[0] = op->args[1];
		calls_op_delete(op);
	} else if (link_call(op->api->link, change->method, json_incref(params), on_changed, change)) {
		op_problem(op, 503, NULL, "The switch is not connected.");
	} else {
		change = NULL;
	}
	json_decref(params);
	if (change)
		change_free(change);
}

/* Sends the question that a change begins with; the change is gone when this fails. */
static void begin_change(struct change *change)
{
	json_object_set_new(change->params, "call", json_string(change->call));
	if (!link_call(change->op->api->link, "conference.get",
		       json_pack("{s:s}", "conference", change->conference), on_member, change))
		return;
	op_problem(change->op, 503, NULL, "The switch is not connected.");
	change_free(change);
}

/* NULL after an answer. */
static struct change *change_new(struct op *op, const struct conference_row *conference,
				 const struct call_row *call, const char *method)
{
	struct change *change = calloc(1, sizeof *change);

	if (!change) {
		op_problem(op, 503, NULL, "Out of memory.");
		return NULL;
	}
	change->op = op;
	change->method = method;
	change->params = json_object();
	strncpy(change->conference, conference->id, sizeof change->conference - 1);
	strncpy(change->call, call->id, sizeof change->call - 1);
	return change;
}

static void on_prompt(json_t *files, const char *error, void *arg)
{
	struct change *change = arg;

	if (error) {
		op_problem(change->op, 422, "play", "%s", error);
		change_free(change);
		return;
	}
	json_object_set(change->params, "files", files);
	begin_change(change);
}

/* What is to be changed: exactly one of these. */
struct wish {
	bool muted, hold, has_muted, has_hold;
	const char *coach;
	struct announcement what;
};

static bool read_wish(struct op *op, struct wish *wish)
{
	static const char *const names[] = { "muted", "hold", "coach", "say", "play", NULL };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	wish->has_muted = json_get_bool(&get, "muted", false, &wish->muted);
	wish->has_hold = json_get_bool(&get, "hold", false, &wish->hold);
	json_get_string(&get, "coach", false, &wish->coach);
	announcement_read(&get, &wish->what);
	if (wish->has_muted + wish->has_hold + (wish->coach != NULL) + (wish->what.say != NULL) +
		(wish->what.play != NULL) !=
	    1)
		json_get_fail(&get, "muted", "Give one of muted, hold, coach, say and play.");
	return op_params_ok(op, &get);
}

static void change_participant(struct op *op, const struct wish *wish,
			       const struct conference_row *conference, const struct call_row *call)
{
	const char *method = wish->has_muted  ? "conference.mute"
			     : wish->has_hold ? "conference.hold"
			     : wish->coach    ? "conference.coach"
					      : "call.play";
	struct change *change = change_new(op, conference, call, method);

	if (!change)
		return;
	if (wish->has_muted)
		json_object_set_new(change->params, "muted", json_boolean(wish->muted));
	else if (wish->has_hold)
		json_object_set_new(change->params, "hold", json_boolean(wish->hold));
	else if (wish->coach)
		json_object_set_new(change->params, "coaches", json_string(wish->coach));
	else if (!announcement_prepare(op, &wish->what, on_prompt, change))
		return;
	else {
		op_problem(op, 503, NULL, "Out of memory.");
		change_free(change);
		return;
	}
	begin_change(change);
}

void participants_op_update(struct op *op)
{
	struct conference_row conference;
	struct wish wish = { 0 };
	struct call_row call;

	if (!read_wish(op, &wish) || !participants_find(op, &conference, &call))
		return;
	change_participant(op, &wish, &conference, &call);
	conference_row_clear(&conference);
	call_row_clear(&call);
}

/* A participant is removed by ending its call; one that is still being dialled, too. */
void participants_op_remove(struct op *op)
{
	struct conference_row conference;
	struct change *change;
	struct call_row call;
	const char *wanted;

	if (!participants_find(op, &conference, &call))
		return;
	wanted = participant_conference(&call);
	if (wanted && !strcmp(wanted, conference.id)) {
		op->args[0] = op->args[1];
		calls_op_delete(op);
	} else {
		change = change_new(op, &conference, &call, NULL);
		if (change)
			begin_change(change);
	}
	conference_row_clear(&conference);
	call_row_clear(&call);
}
