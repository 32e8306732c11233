#include "daemon/api/voice/recordings.h"

#include "daemon/api/hook/sign.h"
#include "daemon/api/store/recordings.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/voice/call_json.h"
#include "daemon/api/voice/calls.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE_SIZE_DEFAULT = 50,
	PAGE_SIZE_MAX = 100,
	PAGE_MAX = 10000000,
	LINK_DEFAULT_S = 3600,
	LINK_MAX_S = 7 * 86400
};

static json_t *recording_json(const struct api *api, const struct recording_row *row)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:I}", "id", row->id, "call_id", row->call,
				 "status", row->status, "channels", (json_int_t)row->channels, "start_time",
				 clock_format_rfc3339(row->started, time), "duration",
				 (json_int_t)(row->duration_ms + 500) / 1000, "size", (json_int_t)row->bytes);

	if (json && !strcmp(row->status, "completed"))
		json_object_set_new(json, "recording_url", recording_url_json(api, row->id));
	return json;
}

/* The one that is running, as the switch tells it. */
static json_t *running_json(const struct call_row *row, const json_t *recording)
{
	char time[CLOCK_TEXT_SIZE];
	json_int_t started = json_integer_value(json_object_get(recording, "started"));

	return json_pack("{s:O*, s:s, s:s, s:O*, s:s}", "id", json_object_get(recording, "id"), "call_id",
			 row->id, "status", "in-progress", "channels", json_object_get(recording, "channels"),
			 "start_time", clock_format_rfc3339(started, time));
}

static const json_t *running_of(const struct call_row *row)
{
	return call_row_is_over(row) ? NULL : json_object_get(row->snapshot, "recording");
}

struct listing {
	const struct api *api;
	json_t *items;
};

static bool add_recording(const struct recording_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->items, recording_json(listing->api, row));
}

void recordings_op_list(struct op *op)
{
	static const char *const names[] = { "call_id", "page", "page_size", NULL };
	int64_t page = 1, page_size = PAGE_SIZE_DEFAULT, total = 0;
	struct listing listing = { op->api, NULL };
	const char *call = NULL;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "call_id", false, &call);
	op_param_int(&get, "page", 1, PAGE_MAX, &page);
	op_param_int(&get, "page_size", 1, PAGE_SIZE_MAX, &page_size);
	if (!op_params_ok(op, &get))
		return;
	listing.items = json_array();
	if (!listing.items || recordings_list(op->api->store, op->account->name, call, page_size,
					      (page - 1) * page_size, add_recording, &listing, &total)) {
		json_decref(listing.items);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", "recordings", listing.items, "total", (json_int_t)total,
			  "page", (json_int_t)page, "page_size", (json_int_t)page_size));
}

/* Reads args[0]'s recording, or answers and returns false. */
static bool find(struct op *op, struct recording_row *out)
{
	int err = recordings_get(op->api->store, op->args[0], out);

	if (!err && !strcmp(out->account, op->account->name))
		return true;
	recording_row_clear(out);
	if (err == EIO)
		op_store_problem(op);
	else
		op_problem(op, 404, "recording_id", "There is no such recording.");
	return false;
}

void recordings_op_get(struct op *op)
{
	struct recording_row row;

	if (!find(op, &row))
		return;
	op_done(op, 200, recording_json(op->api, &row));
	recording_row_clear(&row);
}

void recordings_op_delete(struct op *op)
{
	struct recording_row row;

	if (!find(op, &row))
		return;
	if (unlink(row.file) && errno != ENOENT) {
		log_error("recording.delete_failed", row.call, "file=%s error=%s", log_quote(row.file),
			  log_quote(strerror(errno)));
		op_problem(op, 409, "recording_id", "The file cannot be deleted: %s.", strerror(errno));
	} else if (recordings_delete(op->api->store, &row)) {
		op_store_problem(op);
	} else {
		op_done_after_commit(op, 204, NULL);
	}
	recording_row_clear(&row);
}

void recordings_op_link(struct op *op)
{
	static const char *const names[] = { "expires_in", NULL };
	int64_t seconds = LINK_DEFAULT_S, expires;
	struct recording_row row;
	struct json_get get;
	char signature[SIGN_HEX_SIZE], time[CLOCK_TEXT_SIZE];

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "expires_in", false, 1, LINK_MAX_S, &seconds);
	if (!op_params_ok(op, &get) || !find(op, &row))
		return;
	expires = clock_utc_ms() / 1000 + seconds;
	sign_link(op->account, row.id, expires, signature);
	op_done(op, 201,
		json_pack("{s:o, s:s}", "url",
			  json_sprintf("%s/v1/voice/recordings/%s/media?expires=%lld&signature=%s",
				       op->api->conf->api.public_url, row.id, (long long)expires, signature),
			  "expires", clock_format_rfc3339(expires * 1000, time)));
	recording_row_clear(&row);
}

/* What is known of a call's recordings: the one that runs, if any, and the complete ones. */
static void reply_of_call(struct op *op, const struct call_row *row)
{
	struct listing listing = { op->api, json_array() };
	int64_t total;

	if (running_of(row))
		json_array_append_new(listing.items, running_json(row, running_of(row)));
	if (recordings_list(op->api->store, row->account, row->id, PAGE_SIZE_MAX, 0, add_recording, &listing,
			    &total)) {
		json_decref(listing.items);
		op_store_problem(op);
	} else {
		op_done(op, 200,
			json_pack("{s:o, s:I}", "recordings", listing.items, "total",
				  (json_int_t)json_array_size(listing.items)));
	}
}

/* A request about the recording of a call. */
struct request {
	struct op *op;
	struct call_row row;
	const char *method; /* to call when the recording is the one asked for; NULL: list */
	json_t *params;	    /* until they are sent */
	const char *status; /* to answer with; NULL: the recording was started */
};

static void request_free(struct request *request)
{
	call_row_clear(&request->row);
	json_decref(request->params);
	free(request);
}

/* Sends a request about the call; takes `params`. The request is gone when this fails. */
static void ask(struct request *request, const char *method, json_t *params, control_client_reply_h *reply)
{
	json_object_set_new(params, "call", json_string(request->row.id));
	if (!link_call(request->op->api->link, method, params, reply, request))
		return;
	op_problem(request->op, 503, NULL, "The switch is not connected.");
	request_free(request);
}

/* The switch's snapshot is newer than what the last event said. */
static void refresh(struct request *request, const json_t *result)
{
	const json_t *call = json_object_get(result, "call");
	struct call_row row;

	if (!json_is_object(call) || calls_apply(request->op->api->store, call, false, &row))
		return;
	call_row_clear(&request->row);
	request->row = row;
}

static void on_answer(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	json_t *running = json_incref((json_t *)running_of(&request->row)), *json;

	if (error) {
		op_control_problem(request->op, error);
	} else {
		refresh(request, result);
		json = running_json(&request->row,
				    request->status ? running : json_object_get(result, "recording"));
		if (request->status)
			json_object_set_new(json, "status", json_string(request->status));
		op_done_after_commit(request->op, request->status ? 200 : 201, json);
	}
	json_decref(running);
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
	refresh(request, result);
	running = json_string_value(json_object_get(running_of(&request->row), "id"));
	if (!request->method) {
		reply_of_call(op, &request->row);
		request_free(request);
	} else if (!running || (strcmp(op->args[1], running) && strcmp(op->args[1], "current"))) {
		op_problem(op, 404, "recording_id", "The call has no such recording that is running.");
		request_free(request);
	} else {
		params = request->params;
		request->params = NULL;
		ask(request, request->method, params, on_answer);
	}
}

/* Takes what is in `row`, and `params`. NULL after an answer. */
static struct request *request_new(struct op *op, struct call_row *row, const char *method, json_t *params,
				   const char *status)
{
	struct request *request = calloc(1, sizeof *request);

	if (!request) {
		json_decref(params);
		call_row_clear(row);
		op_problem(op, 503, NULL, "Out of memory.");
		return NULL;
	}
	*request = (struct request){ op, *row, method, params, status };
	return request;
}

void recordings_op_of_call(struct op *op)
{
	static const char *const none[] = { NULL };
	struct request *request;
	struct call_row row;
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (!op_params_ok(op, &get) || !calls_op_find(op, &row))
		return;
	if (call_row_is_over(&row) || !link_is_ready(op->api->link)) {
		reply_of_call(op, &row);
		call_row_clear(&row);
	} else if ((request = request_new(op, &row, NULL, NULL, NULL))) {
		ask(request, "call.get", json_object(), on_got);
	}
}

void recordings_op_start(struct op *op)
{
	static const char *const names[] = { "channels", "max_duration", NULL };
	int64_t channels = 1, max_duration = 0;
	struct request *request;
	struct call_row row;
	struct json_get get;
	json_t *params;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_int(&get, "channels", false, 1, 2, &channels);
	json_get_int(&get, "max_duration", false, 1, 86400, &max_duration);
	if (!op_params_ok(op, &get) || !op_needs_switch(op) || !calls_op_find(op, &row))
		return;
	params = json_pack("{s:I}", "channels", (json_int_t)channels);
	if (max_duration)
		json_object_set_new(params, "max_duration", json_integer(max_duration));
	request = request_new(op, &row, NULL, NULL, NULL);
	if (request)
		ask(request, "call.record", params, on_answer);
	else
		json_decref(params);
}

void recordings_op_update(struct op *op)
{
	static const char *const names[] = { "status", NULL };
	static const char *const statuses[] = { "paused", "in-progress", "stopped", NULL };
	struct request *request;
	struct call_row row;
	struct json_get get;
	int status = 0;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", true, statuses, &status);
	if (!op_params_ok(op, &get) || !op_needs_switch(op) || !calls_op_find(op, &row))
		return;
	request = request_new(op, &row, status == 2 ? "call.record_stop" : "call.record_pause",
			      status == 2 ? json_object() : json_pack("{s:b}", "paused", status == 0),
			      statuses[status]);
	if (request)
		ask(request, "call.get", json_object(), on_got);
}
