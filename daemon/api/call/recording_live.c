/* The recording of a call or a conference that runs. */
#include "daemon/api/call/calls.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/recordings.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE_MAX = 8 }; /* the switch allows fewer */

/* Words of the switch. */
static const struct words {
	const char *name;
	const char *get, *record, *stop, *pause;
	const char *busy; /* what it means that one cannot be started */
} words[] = {
	[RECORDED_CALL] = { "call", "call.get", "call.record", "call.record_stop", "call.record_pause",
			    "The call is recorded as many times as it can be at once." },
	[RECORDED_CONFERENCE] = { "conference", "conference.get", "conference.record",
				  "conference.record_stop", "conference.record_pause",
				  "The conference is being recorded already." },
};

/* A request about the recording of one. */
struct request {
	const struct desk *desk;
	char *account; /* its name, in the conf */
	enum recorded kind;
	char id[40];
	char recording[40];	    /* the one that is to be changed, or "current" */
	const char *method;	    /* to call when that is the one that runs; NULL: only to look */
	json_t *params;		    /* until they are sent */
	json_t *running;	    /* an array of those that run, as the switch told them */
	const json_t *one;	    /* of them, that this is about; NULL: all */
	const char *status;	    /* after the change */
	bool unanswered;	    /* the call has no media perhaps */
	char fresh[UUID_TEXT_SIZE]; /* id of the one that is to begin, whose record is there */
	recording_live_h *handler;
	void *arg;
};

static const struct words *words_of(const struct request *request)
{
	return &words[request->kind];
}

static void request_free(struct request *request)
{
	json_decref(request->params);
	json_decref(request->running);
	free(request);
}

/* Frees it. */
static void fail(struct request *request, const struct fault *fault)
{
	request->handler(fault, NULL, request->arg);
	request_free(request);
}

static const char *status_of(const struct request *request, const json_t *told)
{
	if (request->status)
		return request->status;
	return json_is_true(json_object_get(told, "paused")) ? "paused" : "in-progress";
}

/* Tells what runs, or the one that it is about, and frees the request. */
static void tell(struct request *request)
{
	struct recording_live live[LIVE_MAX];
	const json_t *told;
	size_t n = 0, i;

	json_array_foreach(request->running, i, told)
	{
		if (n == LIVE_MAX || (request->one && told != request->one))
			continue;
		live[n] = (struct recording_live){
			.id = json_string_value(json_object_get(told, "id")),
			.of = { request->kind, request->id },
			.status = status_of(request, told),
			.channels = json_integer_value(json_object_get(told, "channels")),
			.started = json_integer_value(json_object_get(told, "started")),
		};
		if (n > 0)
			live[n - 1].next = &live[n];
		n++;
	}
	request->handler(NULL, n ? live : NULL, request->arg);
	request_free(request);
}

/* Tells when what was written is on disk. */
static void on_written(int err, void *arg)
{
	struct request *request = arg;
	struct fault fault;

	if (!err) {
		tell(request);
		return;
	}
	fault_not_stored(&fault, request->desk->store);
	fail(request, &fault);
}

/* `err`: of what was written before. */
static void tell_written(struct request *request, int err)
{
	struct fault fault;

	if (!err)
		err = store_after_commit(request->desk->store, on_written, request);
	if (!err)
		return;
	fault_store_failed(&fault);
	fail(request, &fault);
}

/* Sends a request about it; takes `params`. The request is gone when this fails. */
static void ask(struct request *request, const char *method, json_t *params, control_client_reply_h *reply)
{
	struct fault fault;

	json_object_set_new(params, words_of(request)->name, json_string(request->id));
	if (!link_call(request->desk->link, method, params, reply, request))
		return;
	fault_switch_away(&fault);
	fail(request, &fault);
}

/* Takes what runs out of a call or conference: all, where there are more than the first. */
static void note_running(struct request *request, const json_t *result)
{
	const json_t *of = json_object_get(result, words_of(request)->name);
	json_t *all = json_object_get(of, "recordings"), *first = json_object_get(of, "recording");

	json_decref(request->running);
	request->running = all ? json_incref(all) : json_array();
	if (!all && first)
		json_array_append(request->running, first);
}

/* Takes the one that has begun out of an answer; a conference's stands in it alone. */
static void note_begun(struct request *request, const json_t *result)
{
	json_t *begun = json_object_get(result, "recording");

	if (!begun)
		begun = json_object_get(json_object_get(result, words_of(request)->name), "recording");
	json_decref(request->running);
	request->running = json_array();
	if (begun)
		json_array_append(request->running, begun);
}

/* The running one that is asked for. NULL: there is none. */
static const json_t *asked_for(const struct request *request)
{
	size_t i, n = json_array_size(request->running);
	const char *id = request->recording;
	json_t *one;

	if (!strcmp(id, "current"))
		return n ? json_array_get(request->running, n - 1) : NULL;
	json_array_foreach(request->running, i,
			   one) if (!strcmp(json_string_value(json_object_get(one, "id")), id)) return one;
	return NULL;
}

/* The record says that it runs. */
static int note_id(struct request *request)
{
	struct store *store = request->desk->store;
	const json_t *begun = json_array_get(request->running, 0);
	const char *id = json_string_value(json_object_get(begun, "id"));
	struct recording_row row;
	int err;

	if (!id || strcmp(id, request->fresh))
		return recordings_erase(store, request->fresh); /* not by a switch of ours */
	err = recordings_get_any(store, id, &row);
	recording_row_clear(&row);
	if (err != ENOENT) /* its events were here first */
		return err;
	row = (struct recording_row){ .id = request->fresh,
				      .account = request->account,
				      .call = request->kind == RECORDED_CALL ? request->id : NULL,
				      .conference = request->kind == RECORDED_CONFERENCE ? request->id : NULL,
				      .file = (char *)json_string_value(json_object_get(begun, "file")),
				      .status = "in-progress",
				      .channels = json_integer_value(json_object_get(begun, "channels")),
				      .started = json_integer_value(json_object_get(begun, "started")) };
	return recordings_put(store, &row, false);
}

static void on_started(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	const struct fault_words meaning = {
		.conflict = request->unanswered ? FAULT_NOT_IN_PROGRESS : FAULT_ALREADY_RECORDING,
		.conflict_text = request->unanswered ? "The call has no media yet." : words_of(request)->busy
	};
	struct fault fault;

	if (error) {
		/* Whether the switch got it is unknown when the connection broke: then its snapshot says. */
		if (link_is_ready(request->desk->link) &&
		    recordings_erase(request->desk->store, request->fresh))
			log_warn("recording.delete_failed", request->id, "%s", "");
		fault_from_switch(&fault, error, &meaning);
		fail(request, &fault);
		return;
	}
	note_begun(request, result);
	tell_written(request, note_id(request));
}

static void on_changed(const json_t *result, const json_t *error, void *arg)
{
	const struct fault_words meaning = { .conflict = FAULT_NOT_RECORDING,
					     .conflict_text = "Nothing is being recorded." };
	struct request *request = arg;
	struct fault fault;

	(void)result;
	if (!error) {
		tell_written(request,
			     recordings_set_status(request->desk->store,
						   json_string_value(json_object_get(request->one, "id")),
						   request->status, NULL));
		return;
	}
	fault_from_switch(&fault, error, &meaning);
	fail(request, &fault);
}

/* Now it is known what runs. */
static void on_got(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	struct fault fault;
	json_t *params;

	if (error && (request->method || !fault_switch_misses(error))) {
		fault_from_switch(&fault, error, NULL);
		fail(request, &fault);
		return;
	}
	note_running(request, result);
	if (!request->method) {
		tell(request);
	} else if (!(request->one = asked_for(request))) {
		fault_set(&fault, FAULT_RECORDING_NOT_FOUND, FIELD_RECORDING,
			  "There is no such recording that is running.");
		fail(request, &fault);
	} else {
		params = request->params;
		request->params = NULL;
		if (request->kind == RECORDED_CALL) /* a conference has one at a time */
			json_object_set(params, "recording", json_object_get(request->one, "id"));
		ask(request, request->method, params, on_changed);
	}
}

/* Whether it is the asker's; *over: nothing of it runs any more. */
static bool find(const struct asker *by, const struct recording_of *of, bool *over, bool *unanswered,
		 struct fault *fault)
{
	struct conference_row conference;
	struct call_row call;

	*unanswered = false;
	if (of->kind == RECORDED_CALL) {
		if (!call_find(by, of->id, &call, fault))
			return false;
		*over = call_row_is_over(&call);
		*unanswered = !call.answered;
		call_row_clear(&call);
		return true;
	}
	if (!conference_find(by, of->id, &conference, fault))
		return false;
	*over = conference.ended != 0;
	conference_row_clear(&conference);
	return true;
}

/* NULL: the handler has been told. */
static struct request *request_new(const struct asker *by, const struct recording_of *of, bool looks,
				   recording_live_h *handler, void *arg)
{
	struct request *request = NULL;
	struct fault fault;
	bool over = false, unanswered, ok = true;

	if (!looks && !link_is_ready(by->desk->link))
		ok = fault_not_ready(&fault, by->desk->store);
	if (ok)
		ok = find(by, of, &over, &unanswered, &fault);
	if (ok && looks && (over || !link_is_ready(by->desk->link))) {
		handler(NULL, NULL, arg);
		return NULL;
	}
	if (ok && !(request = calloc(1, sizeof *request)))
		ok = fault_no_memory(&fault);
	if (!ok) {
		handler(&fault, NULL, arg);
		return NULL;
	}
	request->desk = by->desk;
	request->account = by->account->name;
	request->kind = of->kind;
	request->unanswered = unanswered;
	request->handler = handler;
	request->arg = arg;
	strncpy(request->id, of->id, sizeof request->id - 1);
	return request;
}

void recording_running(const struct asker *by, const struct recording_of *of, recording_live_h *handler,
		       void *arg)
{
	struct request *request = request_new(by, of, true, handler, arg);

	if (request)
		ask(request, words_of(request)->get, json_object(), on_got);
}

static json_t *params_of(const struct recording_wish *wish)
{
	json_t *params = json_object();

	if (wish->channels)
		json_object_set_new(params, "channels", json_integer(wish->channels));
	if (wish->track)
		json_object_set_new(params, "track", json_string(wish->track));
	if (wish->max_duration_s)
		json_object_set_new(params, "max_duration", json_integer(wish->max_duration_s));
	if (wish->has_beep)
		json_object_set_new(params, "beep", json_boolean(wish->beep));
	if (wish->has_trim)
		json_object_set_new(params, "trim_silence", json_boolean(wish->trim_silence));
	if (wish->has_mask)
		json_object_set_new(params, "mask_digits", json_boolean(wish->mask_digits));
	return params;
}

json_t *recording_wish_options(const struct recording_wish *wish)
{
	json_t *options = json_pack("{s:s*, s:s*, s:s*}", "dialect", wish->dialect, "track", wish->track,
				    "format", wish->format);

	if (wish->callback)
		json_object_set_new(options, "callback",
				    json_pack("{s:s, s:b, s:O*}", "url", wish->callback, "get",
					      wish->callback_get, "events", wish->callback_events));
	return options;
}

/* The record is there: nothing that happens to it can be lost now. */
static void on_kept(int err, void *arg)
{
	struct request *request = arg;
	json_t *params = request->params;
	struct fault fault;

	request->params = NULL;
	if (!err) {
		ask(request, words_of(request)->record, params, on_started);
		return;
	}
	json_decref(params);
	fault_not_stored(&fault, request->desk->store);
	fail(request, &fault);
}

/* Writes the record, pending. */
static int keep(struct request *request, const struct recording_wish *wish)
{
	struct recording_row row = { .id = random_uuid(request->fresh),
				     .account = request->account,
				     .call = request->kind == RECORDED_CALL ? request->id : NULL,
				     .conference = request->kind == RECORDED_CONFERENCE ? request->id : NULL,
				     .channels = wish->channels,
				     .source = "api",
				     .options = recording_wish_options(wish) };
	int err = recordings_insert_pending(request->desk->store, &row);

	json_decref(row.options);
	return err ? err : store_after_write(request->desk->store, on_kept, request);
}

void recording_start(const struct asker *by, const struct recording_of *of, const struct recording_wish *wish,
		     recording_live_h *handler, void *arg)
{
	struct request *request = request_new(by, of, false, handler, arg);
	struct fault fault;

	if (!request)
		return;
	request->params = params_of(wish);
	if (!keep(request, wish)) {
		json_object_set_new(request->params, "id", json_string(request->fresh));
		return;
	}
	fault_not_stored(&fault, by->desk->store);
	fail(request, &fault);
}

void recording_change(const struct asker *by, const struct recording_of *of, const char *id,
		      enum recording_change change, recording_live_h *handler, void *arg)
{
	static const char *const after[] = { "paused", "paused", "in-progress", "stopped" };
	struct request *request = request_new(by, of, false, handler, arg);

	if (!request)
		return;
	strncpy(request->recording, id, sizeof request->recording - 1);
	request->status = after[change];
	request->method = change == RECORDING_STOP ? words_of(request)->stop : words_of(request)->pause;
	request->params = change == RECORDING_STOP
			      ? json_object()
			      : json_pack("{s:b, s:b}", "paused", change != RECORDING_RESUME, "keep_silence",
					  change == RECORDING_PAUSE_WITH_SILENCE);
	ask(request, words_of(request)->get, json_object(), on_got);
}
