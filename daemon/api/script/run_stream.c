/* Start, Connect and Stop of a stream: the call's audio live to a program. The switch connects and carries
 * it; what it is asked for the dialect says. Who is told of it is kept with the call's record: it may end
 * with the call, when there is no run any more. */
#include "daemon/api/script/run_steps.h"

#include "daemon/api/call/fault.h"
#include "daemon/api/call/streams.h"
#include "daemon/api/net/weburl.h"
#include "daemon/api/script/run_tell.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* ---- who is told ---- */

static json_t *parameters_of(const struct step_stream *stream)
{
	json_t *out = json_object();

	for (size_t i = 0; i < stream->pair_count; i++)
		json_object_set_new(out, stream->pairs[i].name, json_string(stream->pairs[i].value));
	return out;
}

static void watch(struct run *run, const char *id, const struct step_stream *stream)
{
	char *url = stream->status.url ? weburl_resolve(run->base_url, stream->status.url) : NULL;
	json_t *headers = parameters_of(stream);
	const struct stream_watch watch = {
		.url = url, .name = stream->name, .headers = headers, .get = stream->status.get
	};

	if (stream_keep(run->with->store, run->call, id, &watch))
		log_warn("script.store_failed", run->call, "%s", "what=stream");
	json_decref(headers);
	free(url);
}

bool stream_told(const struct scripts_setup *with, const struct bus_event *event)
{
	const json_t *stream = json_object_get(event->data, "stream");
	const char *id = text_of(stream, "id"), *state = text_of(stream, "state");
	const json_t *watch =
	    id ? json_object_get(json_object_get(event->row->options, "streams"), id) : NULL;
	char time[CLOCK_TEXT_SIZE];
	struct telling telling;
	bool failed;

	if (!watch || !state || !strcmp(state, "connecting"))
		return false;
	failed = !strcmp(state, "failed") || !strcmp(state, "strange");
	telling = (struct telling){ .form = script_form_find(with->forms, event->row->dialect),
				    .moment = "stream-status",
				    .url = text_of(watch, "url"),
				    .get = json_is_true(json_object_get(watch, "get")) };
	tell_of_call(with, &telling, event->row,
		     json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:O*, s:s}", "stream", id, "stream_event",
			       failed ? "failed" : state, "stream_name", text_of(watch, "name"),
			       "stream_error", text_of(stream, "error"), "stream_why",
			       failed ? text_of(stream, "why") : NULL, "stream_headers",
			       json_object_get(watch, "headers"), "stream_time",
			       clock_format_rfc3339(event->time, time)));
	return true;
}

/* ---- beginning ---- */

/* A relative URL is of the document's server, and ws for http. */
static char *url_of(const struct run *run, const char *url)
{
	char *full = strstr(url, "://") ? strdup(url) : weburl_resolve(run->base_url, url);

	if (full && (!strncmp(full, "http://", 7) || !strncmp(full, "https://", 8))) {
		memcpy(full, "ws", 2);
		memmove(full + 2, full + 4, strlen(full + 4) + 1);
	}
	return full;
}

static json_t *request_of(struct run *run, const struct step_stream *stream, bool speaks, const char *id)
{
	static const char *const tracks[] = { "both", "inbound", "outbound" };
	char *url = url_of(run, stream->url);
	json_t *parameters = parameters_of(stream), *request = NULL;
	const struct script_stream asked = { .id = id,
					     .url = url,
					     .speaks = speaks,
					     .codec = stream->codec,
					     .authorization = stream->authorization,
					     .rate = stream->rate,
					     .parameters = parameters };
	const struct script_told told = run_told(run);

	if (url)
		request = run->form->stream(&told, &asked);
	if (request) {
		json_object_set_new(request, "url", json_string(url));
		json_object_set_new(request, "stream", json_string(id));
		json_object_set_new(request, "track",
				    json_string(speaks ? "inbound" : tracks[stream->track]));
		json_object_set_new(request, "speaks", json_boolean(speaks));
		if (stream->name)
			json_object_set_new(request, "name", json_string(stream->name));
	}
	json_decref(parameters);
	free(url);
	return request;
}

static bool begin(struct run *run, const struct step *step, bool speaks, char id[UUID_TEXT_SIZE],
		  run_reply_h *reply)
{
	json_t *request = request_of(run, step->stream, speaks, random_uuid(id));

	if (!request)
		return false;
	watch(run, id, step->stream);
	run_request(run, "call.stream", request, reply);
	return true;
}

/* The script goes on, as the vendors' does. */
static void refused(struct run *run, const json_t *error)
{
	struct fault fault;
	char sentence[sizeof fault.text];

	fault_from_switch(&fault, error, NULL);
	fault_sentence(&fault, NULL, sentence, sizeof sentence);
	run_note(run, true, "The stream cannot begin: %s", sentence);
	run_next(run);
}

static void on_started(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error)
		refused(run, error);
	else
		run_next(run);
}

void run_begin_start_stream(struct run *run, const struct step *step)
{
	char id[UUID_TEXT_SIZE];

	if (!begin(run, step, false, id, on_started))
		run_next(run);
}

/* ---- Connect ---- */

static void on_connecting(struct run *run, const json_t *result, const json_t *error)
{
	(void)result;
	if (error) {
		refused(run, error);
		return;
	}
	run->phase = RUN_STREAM;
	run_save(run);
}

void run_begin_connect_stream(struct run *run, const struct step *step)
{
	char id[UUID_TEXT_SIZE];

	run->memo = json_object();
	if (!begin(run, step, true, id, on_connecting))
		run_next(run);
	else
		json_object_set_new(run->memo, "stream", json_string(id));
}

static void over(struct run *run, const struct step *step, const char *state, const char *error)
{
	json_t *form =
	    json_pack("{s:s*, s:s*, s:s*, s:s*}", "stream", text_of(run->memo, "stream"), "stream_name",
		      step->stream->name, "stream_event", state, "stream_error", error);

	if (error && state && !strcmp(state, "failed"))
		run_note(run, true, "The stream failed: %s", error);
	run_ask_if_action(run, step, "stream", form);
}

void run_stream_event(struct run *run, const struct step *step, const struct bus_event *event)
{
	const json_t *stream = json_object_get(event->data, "stream");
	const char *id = text_of(stream, "id"), *state = text_of(stream, "state"),
		   *own = text_of(run->memo, "stream");

	if (!step || run->phase != RUN_STREAM || strcmp(event->type, "call.stream") != 0 || !id || !own ||
	    !state || strcmp(id, own) != 0)
		return;
	if (!strcmp(state, "stopped") || !strcmp(state, "failed"))
		over(run, step, state, text_of(stream, "error"));
}

/* After a time without events: it may have ended meanwhile. */
static void on_looked(struct run *run, const json_t *result, const json_t *error)
{
	const json_t *streams = json_object_get(json_object_get(result, "call"), "streams");
	const char *own = text_of(run->memo, "stream");
	const json_t *one;
	size_t i;

	if (error)
		return;
	json_array_foreach((json_t *)streams, i, one)
	{
		const char *id = text_of(one, "id");

		if (id && own && !strcmp(id, own))
			return;
	}
	over(run, run_step_of(run), "stopped", NULL);
}

void run_stream_check(struct run *run, const struct step *step)
{
	if (step)
		run_request(run, "call.get", json_object(), on_looked);
}

static void stop(struct run *run, const char *which)
{
	link_call(run->with->link, "call.stream_stop",
		  json_pack("{s:s, s:s*}", "call", run->call, "stream", which), NULL, NULL);
}

void run_stream_leave(struct run *run, const struct step *step)
{
	(void)step;
	stop(run, text_of(run->memo, "stream"));
}

/* ---- Stop ---- */

void run_begin_stop_stream(struct run *run, const struct step *step)
{
	stop(run, step->text);
	run_next(run);
}
