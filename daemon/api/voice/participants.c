#include "daemon/api/switch/link.h"
#include "daemon/api/voice/calls.h"
#include "daemon/api/voice/conferences.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *wanted_conference(const struct call_row *row)
{
	return json_string_value(json_object_get(json_object_get(row->options, "conference"), "id"));
}

static bool wants_mute(const struct call_row *row)
{
	return json_is_true(json_object_get(json_object_get(row->options, "conference"), "muted"));
}

json_t *participant_pending_json(const struct call_row *row)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:s}", "call_id", row->id, "conference_id",
			 wanted_conference(row), "muted", wants_mute(row), "hold", 0, "status", row->status);
}

/* One that is in, as the switch tells it. */
static json_t *joined_json(const char *conference, const json_t *told)
{
	return json_pack("{s:O*, s:s, s:b, s:b, s:s, s:O*}", "call_id", json_object_get(told, "call"),
			 "conference_id", conference, "muted", json_is_true(json_object_get(told, "muted")),
			 "hold", json_is_true(json_object_get(told, "hold")), "status", "in-progress",
			 "coaches", json_object_get(told, "coaches"));
}

/* A question to the switch about a conference. */
struct question {
	struct op *op;
	char conference[40];
	char call[40]; /* only this one, or "" */
};

struct collecting {
	const struct question *question;
	json_t *items;
};

/* Calls that are being dialled for the conference. */
static bool add_pending(const struct call_row *row, void *arg)
{
	const struct collecting *c = arg;
	const char *wanted = wanted_conference(row);
	bool dialling = !strcmp(row->status, "queued") || !strcmp(row->status, "ringing");

	if (!row->pending && dialling && wanted && !strcmp(wanted, c->question->conference) &&
	    (!*c->question->call || !strcmp(c->question->call, row->id)))
		json_array_append_new(c->items, participant_pending_json(row));
	return true;
}

static json_t *collect(const struct question *question, const json_t *result)
{
	struct collecting c = { question, json_array() };
	json_t *told;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(result, "conference"), "participants"), i, told)
	{
		const char *call = json_string_value(json_object_get(told, "call"));

		if (call && (!*question->call || !strcmp(question->call, call)))
			json_array_append_new(c.items, joined_json(question->conference, told));
	}
	if (calls_each_live(question->op->api->store, add_pending, &c))
		log_error("participants.store_failed", NULL, "%s", "");
	return c.items;
}

static void answer(const struct question *question, const json_t *result)
{
	json_t *items = collect(question, result);

	if (!*question->call) {
		op_done(question->op, 200, json_pack("{s:o}", "participants", items));
		return;
	}
	if (json_array_size(items))
		op_done(question->op, 200, json_incref(json_array_get(items, 0)));
	else
		op_problem(question->op, 404, "call_id", "The conference has no such participant.");
	json_decref(items);
}

static void on_told(const json_t *result, const json_t *error, void *arg)
{
	struct question *question = arg;

	/* One that has just ended has nobody in it. */
	if (error && json_integer_value(json_object_get(error, "code")) != 404)
		op_control_problem(question->op, error);
	else
		answer(question, result);
	free(question);
}

/* Asks who is in the conference, and answers with all or the one. */
static void ask(struct op *op, const char *conference, const char *call)
{
	struct question *question = calloc(1, sizeof *question);

	if (!question) {
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	question->op = op;
	strncpy(question->conference, conference, sizeof question->conference - 1);
	strncpy(question->call, call, sizeof question->call - 1);
	if (link_call(op->api->link, "conference.get", json_pack("{s:s}", "conference", conference), on_told,
		      question)) {
		free(question);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

void participants_op_list(struct op *op)
{
	static const char *const none[] = { NULL };
	struct conference_row row;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (!op_params_ok(op, &get) || !conferences_op_find(op, &row))
		return;
	if (row.ended)
		op_done(op, 200, json_pack("{s:[]}", "participants"));
	else if (op_needs_switch(op))
		ask(op, row.id, "");
	conference_row_clear(&row);
}

/* Reads the conference and the call that args name; answers and returns false when they are none. */
static bool find(struct op *op, struct conference_row *conference, struct call_row *call)
{
	const char *id = op->args[0];
	bool found;

	if (!conferences_op_find(op, conference))
		return false;
	op->args[0] = op->args[1];
	found = calls_op_find(op, call);
	/* After an answer the op is gone. */
	if (found)
		op->args[0] = id;
	if (found && op_needs_switch(op))
		return true;
	if (found)
		call_row_clear(call);
	conference_row_clear(conference);
	return false;
}

void participants_op_get(struct op *op)
{
	struct conference_row conference;
	struct call_row call;

	if (!find(op, &conference, &call))
		return;
	ask(op, conference.id, call.id);
	conference_row_clear(&conference);
	call_row_clear(&call);
}

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
		ask(change->op, change->conference, change->call);
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

/* Takes `params`. */
static void make_change(struct op *op, const struct conference_row *conference, const struct call_row *call,
			const char *method, json_t *params)
{
	struct change *change = calloc(1, sizeof *change);

	if (!change) {
		json_decref(params);
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	change->op = op;
	change->method = method;
	change->params = params;
	strncpy(change->conference, conference->id, sizeof change->conference - 1);
	strncpy(change->call, call->id, sizeof change->call - 1);
	json_object_set_new(params, "call", json_string(call->id));
	if (link_call(op->api->link, "conference.get", json_pack("{s:s}", "conference", conference->id),
		      on_member, change)) {
		change_free(change);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

void participants_op_update(struct op *op)
{
	static const char *const names[] = { "muted", "hold", "coach", NULL };
	bool muted = false, hold = false, has_muted, has_hold;
	struct conference_row conference;
	const char *coach = NULL;
	struct call_row call;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	has_muted = json_get_bool(&get, "muted", false, &muted);
	has_hold = json_get_bool(&get, "hold", false, &hold);
	json_get_string(&get, "coach", false, &coach);
	if (has_muted + has_hold + (coach != NULL) != 1)
		json_get_fail(&get, "muted", "Give one of muted, hold and coach.");
	if (!op_params_ok(op, &get) || !find(op, &conference, &call))
		return;
	if (has_muted)
		make_change(op, &conference, &call, "conference.mute", json_pack("{s:b}", "muted", muted));
	else if (has_hold)
		make_change(op, &conference, &call, "conference.hold", json_pack("{s:b}", "hold", hold));
	else
		make_change(op, &conference, &call, "conference.coach", json_pack("{s:s}", "coaches", coach));
	conference_row_clear(&conference);
	call_row_clear(&call);
}

/* A participant is removed by ending its call; one that is still being dialled, too. */
void participants_op_remove(struct op *op)
{
	struct conference_row conference;
	struct call_row call;
	const char *wanted;

	if (!find(op, &conference, &call))
		return;
	wanted = wanted_conference(&call);
	if (wanted && !strcmp(wanted, conference.id)) {
		op->args[0] = op->args[1];
		calls_op_delete(op);
	} else {
		make_change(op, &conference, &call, NULL, json_object());
	}
	conference_row_clear(&conference);
	call_row_clear(&call);
}

/* Joining */

struct joining {
	struct api *api;
	char call[40];
};

static void on_joined(const json_t *result, const json_t *error, void *arg)
{
	struct joining *joining = arg;
	const char *message = json_string_value(json_object_get(error, "message"));

	(void)result;
	if (error) {
		log_warn("conference.join_failed", joining->call, "error=%s", log_quote(message));
		link_call(joining->api->link, "call.hangup",
			  json_pack("{s:s, s:s, s:o}", "call", joining->call, "by", "api", "reason",
				    json_sprintf("The call could not join its conference: %s",
						 message ? message : "refused")),
			  NULL, NULL);
	}
	free(joining);
}

void participants_on_event(const struct bus_event *event, void *arg)
{
	struct api *api = arg;
	const char *conference = event->row ? wanted_conference(event->row) : NULL;
	struct joining *joining;

	if (!conference || strcmp(event->type, "call.state") || strcmp(event->row->status, "in-progress") ||
	    json_object_get(event->row->snapshot, "conference_id"))
		return;
	joining = calloc(1, sizeof *joining);
	if (!joining)
		return;
	joining->api = api;
	strncpy(joining->call, event->row->id, sizeof joining->call - 1);
	if (link_call(api->link, "conference.add",
		      json_pack("{s:s, s:s, s:b, s:b}", "conference", conference, "call", event->row->id,
				"muted", wants_mute(event->row), "hangup", 1),
		      on_joined, joining))
		free(joining);
}
