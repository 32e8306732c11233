/* Recordings of a call or a conference: those that are complete, and the one that runs. What runs, the switch
 * says. */
#include "daemon/api/switch/link.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/recordings.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <stdlib.h>
#include <string.h>

enum { LISTED_MAX = 100, DURATION_MAX_S = 86400 };

/* What is recorded, in words of the switch and of the API. */
struct kind {
	const char *name, *id_name;
	const char *get, *record, *stop, *pause;
};

static const struct kind call_kind = { "call",	      "call_id",	  "call.get",
				       "call.record", "call.record_stop", "call.record_pause" };
static const struct kind conference_kind = {
	"conference",	     "conference_id",	       "conference.get",
	"conference.record", "conference.record_stop", "conference.record_pause"
};

/* A request about the recording of one. */
struct request {
	struct op *op;
	const struct kind *kind;
	char id[40];
	const char *method; /* to call when the recording is the one asked for; NULL: list */
	json_t *params;	    /* until they are sent */
	json_t *running;    /* as the switch told it */
	const char *status; /* to answer with; NULL: the recording was started */
};

static void request_free(struct request *request)
{
	json_decref(request->params);
	json_decref(request->running);
	free(request);
}

static json_t *running_json(const struct request *request)
{
	char time[CLOCK_TEXT_SIZE];
	const json_t *told = request->running;

	return json_pack("{s:O*, s:s, s:s, s:O*, s:s}", "id", json_object_get(told, "id"),
			 request->kind->id_name, request->id, "status",
			 request->status ? request->status : "in-progress", "channels",
			 json_object_get(told, "channels"), "start_time",
			 clock_format_rfc3339(json_integer_value(json_object_get(told, "started")), time));
}

static void reply_list(const struct request *request)
{
	struct op *op = request->op;
	bool call = request->kind == &call_kind;
	const struct recordings_filter filter = { .account = op->account->name,
						  .call = call ? request->id : NULL,
						  .conference = call ? NULL : request->id,
						  .limit = LISTED_MAX };
	json_t *items = json_array();
	int64_t total;

	if (request->running)
		json_array_append_new(items, running_json(request));
	if (recordings_add(op->api, &filter, items, &total)) {
		json_decref(items);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I}", "recordings", items, "total",
			  (json_int_t)(total + (request->running != NULL))));
}

/* Sends a request about it; takes `params`. The request is gone when this fails. */
static void ask(struct request *request, const char *method, json_t *params, control_client_reply_h *reply)
{
	json_object_set_new(params, request->kind->name, json_string(request->id));
	if (!link_call(request->op->api->link, method, params, reply, request))
		return;
	op_problem(request->op, 503, NULL, "The switch is not connected.");
	request_free(request);
}

/* Takes what runs out of an answer. */
static void note_running(struct request *request, const json_t *result)
{
	const json_t *it = json_object_get(json_object_get(result, request->kind->name), "recording");

	if (!it)
		it = json_object_get(result, "recording");
	json_decref(request->running);
	request->running = json_incref((json_t *)it);
}

static void on_started(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;

	note_running(request, result);
	if (error)
		op_control_problem(request->op, error);
	else
		op_done(request->op, 201, running_json(request));
	request_free(request);
}

static void on_changed(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;

	(void)result;
	if (error)
		op_control_problem(request->op, error);
	else
		op_done(request->op, 200, running_json(request));
	request_free(request);
}

/* Now it is known what runs. */
static void on_got(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	struct op *op = request->op;
	const char *running;
	json_t *params;

	if (error && (request->method || json_integer_value(json_object_get(error, "code")) != 404)) {
		op_control_problem(op, error);
		request_free(request);
		return;
	}
	note_running(request, result);
	running = json_string_value(json_object_get(request->running, "id"));
	if (!request->method) {
		reply_list(request);
		request_free(request);
	} else if (!running || (strcmp(op->args[1], running) && strcmp(op->args[1], "current"))) {
		op_problem(op, 404, "recording_id", "There is no such recording that is running.");
		request_free(request);
	} else {
		params = request->params;
		request->params = NULL;
		ask(request, request->method, params, on_changed);
	}
}

/* Whether what args[0] names is the asker's; `*over`: nothing of it runs any more. Answers when it is not. */
static bool find(struct op *op, const struct kind *kind, bool *over)
{
	struct conference_row conference;
	struct call_row call;

	if (kind == &call_kind && calls_op_find(op, &call)) {
		*over = call_row_is_over(&call);
		call_row_clear(&call);
		return true;
	}
	if (kind == &conference_kind && conferences_op_find(op, &conference)) {
		*over = conference.ended != 0;
		conference_row_clear(&conference);
		return true;
	}
	return false;
}

/* NULL after an answer. */
static struct request *request_new(struct op *op, const struct kind *kind)
{
	struct request *request = calloc(1, sizeof *request);

	if (!request) {
		op_problem(op, 503, NULL, "Out of memory.");
		return NULL;
	}
	request->op = op;
	request->kind = kind;
	strncpy(request->id, op->args[0], sizeof request->id - 1);
	return request;
}

static void list(struct op *op, const struct kind *kind)
{
	static const char *const none[] = { NULL };
	struct request *request;
	struct json_get get;
	bool over;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (!op_params_ok(op, &get) || !find(op, kind, &over) || !(request = request_new(op, kind)))
		return;
	if (over || !link_is_ready(op->api->link)) {
		reply_list(request);
		request_free(request);
	} else {
		ask(request, kind->get, json_object(), on_got);
	}
}

static void set_flag(json_t *params, const struct json_get *get, const char *name)
{
	if (json_object_get(get->object, name))
		json_object_set(params, name, json_object_get(get->object, name));
}

/* Starts one with what is in `names` (ends with NULL; all but channels and max_duration are yes or no). */
static void start(struct op *op, const struct kind *kind, const char *const names[])
{
	int64_t channels = 0, max_duration = 0;
	struct request *request;
	struct json_get get;
	json_t *params;
	bool over, flag;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "channels", false, 1, 2, &channels);
	json_get_int(&get, "max_duration", false, 1, DURATION_MAX_S, &max_duration);
	json_get_bool(&get, "beep", false, &flag);
	json_get_bool(&get, "trim_silence", false, &flag);
	json_get_bool(&get, "mask_digits", false, &flag);
	if (!op_params_ok(op, &get) || !op_needs_switch(op) || !find(op, kind, &over))
		return;
	request = request_new(op, kind);
	if (!request)
		return;
	params = json_object();
	for (size_t i = 0; names[i]; i++)
		set_flag(params, &get, names[i]);
	ask(request, kind->record, params, on_started);
}

static void update(struct op *op, const struct kind *kind)
{
	static const char *const names[] = { "status", "keep_silence", NULL };
	static const char *const statuses[] = { "paused", "in-progress", "stopped", NULL };
	struct request *request;
	struct json_get get;
	bool over, keep_silence = false;
	int status = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", true, statuses, &status);
	if (json_get_bool(&get, "keep_silence", false, &keep_silence) && status != 0)
		json_get_fail(&get, "keep_silence", "keep_silence goes with the status paused.");
	if (!op_params_ok(op, &get) || !op_needs_switch(op) || !find(op, kind, &over))
		return;
	request = request_new(op, kind);
	if (!request)
		return;
	request->method = status == 2 ? kind->stop : kind->pause;
	request->params = status == 2
			      ? json_object()
			      : json_pack("{s:b, s:b}", "paused", status == 0, "keep_silence", keep_silence);
	request->status = statuses[status];
	ask(request, kind->get, json_object(), on_got);
}

void recordings_op_of_call(struct op *op)
{
	list(op, &call_kind);
}

void recordings_op_of_conference(struct op *op)
{
	list(op, &conference_kind);
}

void recordings_op_start_call(struct op *op)
{
	static const char *const names[] = { "channels",     "max_duration", "beep",
					     "trim_silence", "mask_digits",  NULL };

	start(op, &call_kind, names);
}

void recordings_op_start_conference(struct op *op)
{
	static const char *const names[] = { "beep", NULL };

	start(op, &conference_kind, names);
}

void recordings_op_update_call(struct op *op)
{
	update(op, &call_kind);
}

void recordings_op_update_conference(struct op *op)
{
	update(op, &conference_kind);
}
