/* Who asks for what, and the whole. */
#include "daemon/api/simulate/stage.h"

#include "lib/json_pick.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_FOUND = 404, CONFLICT = 409, UNKNOWN_METHOD = -32601 };

/* ---- who asks ---- */

static json_t *on_get(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	return stage_shown(call);
}

static json_t *on_ring(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	if (!strcmp(json_string_value(json_object_get(call->snapshot, "status")), "queued"))
		stage_state(call, "ringing");
	return stage_shown(call);
}

static json_t *on_answer(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	(void)stage, (void)params, (void)error;
	if (!call->answered)
		stage_state(call, "in-progress");
	return stage_shown(call);
}

static json_t *on_hangup(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const char *by = json_string_value(json_object_get(params, "by"));
	const char *direction = json_string_value(json_object_get(call->snapshot, "direction"));
	const bool failed = json_is_true(json_object_get(params, "failed"));
	/* A script that ends before the answer turns the caller away. */
	const bool declined = !call->answered && !failed && by && !strcmp(by, "script") && direction &&
			      !strcmp(direction, "inbound");

	(void)stage, (void)error;
	stage_end(call,
		  call->answered       ? "completed"
		  : failed || declined ? "failed"
				       : "canceled",
		  by ? by : "api", declined ? 603 : 0, json_string_value(json_object_get(params, "reason")));
	return stage_shown(call);
}

static json_t *on_reject(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const json_int_t code = json_integer_value(json_object_get(params, "code"));

	(void)stage, (void)error;
	stage_end(call, code == 486 || code == 600 ? "busy" : "failed", "script", (int)code, NULL);
	return stage_shown(call);
}

static void refer_done(void *arg)
{
	struct stage_call *call = arg;

	stage_tell(call, "call.transferred",
		   json_pack("{s:O}", "to", json_object_get(call->snapshot, "referred_to")));
	stage_end(call, "completed", "callee", 0, "It was transferred.");
}

static json_t *on_refer(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	const char *to = json_string_value(json_object_get(params, "to"));

	(void)error;
	json_object_set_new(call->snapshot, "referred_to", json_string(to ? to : ""));
	tick_set(stage->with.ticks, &call->leaving, 500, refer_done, call);
	return stage_shown(call);
}

static const struct stage_method methods[] = {
	{ "call.get", on_get, false },	    { "call.claim", on_get, true },
	{ "call.ring", on_ring, true },	    { "call.answer", on_answer, true },
	{ "call.hangup", on_hangup, true }, { "call.reject", on_reject, true },
	{ "call.refer", on_refer, true },   { NULL, NULL, false },
};

static const struct stage_method *find_method(const char *name)
{
	const struct stage_method *const all[] = { methods, stage_sound_methods, stage_join_methods,
						   stage_room_methods, stage_stream_methods };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (const struct stage_method *method = all[i]; method->name; method++)
			if (!strcmp(method->name, name))
				return method;
	return NULL;
}

static json_t *run(struct stage *stage, const char *name, const json_t *params, json_t **error)
{
	const struct stage_method *method = find_method(name);
	struct stage_call *call = stage_find(stage, json_string_value(json_object_get(params, "call")));

	if (!method)
		*error = stage_fault(UNKNOWN_METHOD, "The simulation does not know this request.");
	else if (!call && json_object_get(params, "call"))
		*error = stage_fault(NOT_FOUND, "There is no such call.");
	else if (method->needs_call && (!call || call->over))
		*error = stage_fault(CONFLICT, "The call is over.");
	return *error ? NULL : method->run(stage, call, params, error);
}

int stage_request(const char *method, json_t *params, control_client_reply_h *reply, void *reply_arg,
		  void *arg)
{
	struct stage *stage = arg;
	struct stage_reply *answer = reply ? calloc(1, sizeof *answer) : NULL;
	json_t *result, *error = NULL;

	if (!params || (reply && !answer)) {
		json_decref(params);
		free(answer);
		return ENOMEM;
	}
	result = run(stage, method, params, &error);
	json_decref(params);
	if (!answer) {
		json_decref(result);
		json_decref(error);
		return 0;
	}
	*answer = (struct stage_reply){ .reply = reply, .arg = reply_arg, .result = result, .error = error };
	*stage->last_reply = answer;
	stage->last_reply = &answer->next;
	return 0;
}

static void reply_free(struct stage_reply *reply)
{
	json_decref(reply->result);
	json_decref(reply->error);
	free(reply);
}

bool stage_answer(struct stage *stage)
{
	struct stage_reply *reply = stage->replies;

	if (!reply)
		return false;
	stage->replies = reply->next;
	if (!reply->next)
		stage->last_reply = &stage->replies;
	reply->reply(reply->result, reply->error, reply->arg);
	reply_free(reply);
	return true;
}

/* ---- the whole ---- */

static void call_free(struct stage_call *call)
{
	tick_drop(&call->acting);
	tick_drop(&call->due);
	tick_drop(&call->leaving);
	tick_drop(&call->unwanted);
	tick_drop(&call->play);
	tick_drop(&call->collect);
	while (call->recordings) {
		struct stage_recording *recording = call->recordings;

		call->recordings = recording->next;
		tick_drop(&recording->longest);
		tick_drop(&recording->silent);
		free(recording);
	}
	stage_drop_streams(call);
	json_decref(call->snapshot);
	free(call);
}

static void leaves(struct stage_call *call)
{
	stage_leave_room(call);
	stage_part(call);
}

static void ended(struct stage_call *call)
{
	stage_silence(call);
	stage_end_streams(call);
	stage_drop_children(call);
}

void stage_begin(struct stage *stage, const struct stage_setup *setup)
{
	*stage = (struct stage){ .with = *setup, .leaves = leaves, .ended = ended };
	stage->last_reply = &stage->replies;
	random_uuid(stage->switch_id);
	for (size_t i = 0; i < setup->story->call_count; i++)
		stage_start_call(stage, i);
}

void stage_clear(struct stage *stage)
{
	struct stage_reply *reply;

	while ((reply = stage->replies)) {
		stage->replies = reply->next;
		reply_free(reply);
	}
	while (stage->calls) {
		struct stage_call *call = stage->calls;

		stage->calls = call->next;
		call_free(call);
	}
	while (stage->rooms) {
		struct stage_room *room = stage->rooms;

		stage->rooms = room->next;
		free(room->name);
		free(room);
	}
	while (stage->sounds) {
		struct stage_sound *sound = stage->sounds;

		stage->sounds = sound->next;
		json_decref(sound->shown);
		free(sound);
	}
}

bool stage_is_over(const struct stage *stage)
{
	for (const struct stage_call *call = stage->calls; call; call = call->next)
		if (!call->over)
			return false;
	return !stage->to_start;
}

json_t *stage_calls(const struct stage *stage)
{
	static const char *const members[] = { "direction", "from",   "to",	     "status",
					       "ended_by",  "reason", "duration_ms", NULL };
	json_t *list = json_array();

	for (const struct stage_call *call = stage->calls; call; call = call->next) {
		json_t *shown =
		    json_pack("{s:s}", "name", transcript_name_of(stage->with.transcript, call->id));

		json_pick_into(shown, call->snapshot, members);
		json_array_append_new(list, shown);
	}
	return list;
}
