/* Streams of a call's audio to a program, which is there, and hears; one that speaks closes after a while. */
#include "daemon/api/simulate/stage.h"

#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 100, SPEAKS_MS = 10000, TOO_MANY = 409, STREAMS_MAX = 4 };

static json_t *shown(const struct stage_stream *stream, const char *state)
{
	return json_pack("{s:O, s:O*, s:O*, s:s}", "id", json_object_get(stream->asked, "stream"), "name",
			 json_object_get(stream->asked, "name"), "url", json_object_get(stream->asked, "url"),
			 "state", state);
}

static void tell(const struct stage_stream *stream, const char *state)
{
	const struct stage_call *call = stream->call;

	transcript_add(call->stage->with.transcript, call->id, "stream",
		       json_pack("{s:s, s:O*, s:O*}", "state", state, "url",
				 json_object_get(stream->asked, "url"), "name",
				 json_object_get(stream->asked, "name")));
	stage_tell(call, "call.stream", json_pack("{s:o}", "stream", shown(stream, state)));
}

static void stream_free(struct stage_stream *stream)
{
	tick_drop(&stream->next_state);
	json_decref(stream->asked);
	free(stream);
}

static void stop(struct stage_stream *stream)
{
	struct stage_stream **at = &stream->call->streams;

	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
	tell(stream, "stopped");
	stream_free(stream);
}

static void on_closed(void *arg)
{
	stop(arg);
}

static void on_connected(void *arg)
{
	struct stage_stream *stream = arg;

	tell(stream, "started");
	if (json_is_true(json_object_get(stream->asked, "speaks")))
		tick_set(stream->call->stage->with.ticks, &stream->next_state, SPEAKS_MS, on_closed, stream);
}

static json_t *on_stream(struct stage *stage, struct stage_call *call, const json_t *params, json_t **error)
{
	struct stage_stream *stream = NULL;
	size_t count = 0;

	for (const struct stage_stream *one = call->streams; one; one = one->next)
		count++;
	if (count < STREAMS_MAX)
		stream = calloc(1, sizeof *stream);
	if (!stream) {
		*error = stage_fault(TOO_MANY, "The call has four streams already.");
		return NULL;
	}
	stream->call = call;
	stream->asked = json_incref((json_t *)params);
	stream->next = call->streams;
	call->streams = stream;
	tick_set(stage->with.ticks, &stream->next_state, CONNECT_MS, on_connected, stream);
	return json_pack("{s:s, s:{s:O*}}", "call", call->id, "stream", "id",
			 json_object_get(params, "stream"));
}

static bool is_called(const struct stage_stream *stream, const char *which)
{
	const char *id = json_string_value(json_object_get(stream->asked, "stream"));
	const char *name = json_string_value(json_object_get(stream->asked, "name"));

	return !which || (id && !strcmp(id, which)) || (name && !strcmp(name, which));
}

static json_t *on_stream_stop(struct stage *stage, struct stage_call *call, const json_t *params,
			      json_t **error)
{
	const char *which = json_string_value(json_object_get(params, "stream"));
	struct stage_stream *next;

	(void)stage, (void)error;
	for (struct stage_stream *one = call->streams; one; one = next) {
		next = one->next;
		if (is_called(one, which))
			stop(one);
	}
	return stage_shown(call);
}

void stage_end_streams(struct stage_call *call)
{
	while (call->streams)
		stop(call->streams);
}

void stage_drop_streams(struct stage_call *call)
{
	while (call->streams) {
		struct stage_stream *stream = call->streams;

		call->streams = stream->next;
		stream_free(stream);
	}
}

const struct stage_method stage_stream_methods[] = {
	{ "call.stream", on_stream, true },
	{ "call.stream_stop", on_stream_stop, true },
	{ NULL, NULL, false },
};
