#include "daemon/api/call/participants.h"

#include "daemon/api/switch/link.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/telefonie/conference_json.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *participant_conference(const struct call_row *row)
{
	return json_string_value(json_object_get(json_object_get(row->options, "conference"), "id"));
}

bool participant_is_muted(const struct call_row *row)
{
	return json_is_true(json_object_get(json_object_get(row->options, "conference"), "muted"));
}

json_t *participant_pending_json(const struct call_row *row)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:s}", "call_id", row->id, "conference_id",
			 participant_conference(row), "muted", participant_is_muted(row), "hold", 0, "status",
			 row->status);
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
	const char *wanted = participant_conference(row);
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
			json_array_append_new(c.items,
					      participant_json(question->conference, told, "in-progress"));
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

void participants_ask(struct op *op, const char *conference, const char *call)
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
		participants_ask(op, row.id, "");
	conference_row_clear(&row);
}

bool participants_find(struct op *op, struct conference_row *conference, struct call_row *call)
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

	if (!participants_find(op, &conference, &call))
		return;
	participants_ask(op, conference.id, call.id);
	conference_row_clear(&conference);
	call_row_clear(&call);
}
