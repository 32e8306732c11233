#include "daemon/api/call/transcriptions.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/streams.h"
#include "daemon/api/store/events.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 262144, EVENTS_MAX = 200000 };

static const char kind[] = "transcriptions";

/* One that begins. */
struct starting {
	char id[UUID_TEXT_SIZE];
	transcription_h *handler;
	void *arg;
};

static void on_started(const struct fault *fault, void *arg)
{
	struct starting *starting = arg;

	starting->handler(fault, fault ? NULL : starting->id, starting->arg);
	free(starting);
}

static const char *language_of(const struct transcription_wish *wish)
{
	return wish->heard.language && *wish->heard.language ? wish->heard.language : HEARING_LANGUAGE;
}

/* Whether there is somebody to hear, and somebody who hears. */
static bool may(const struct asker *by, const char *call, const struct transcription_wish *wish,
		struct hearing_server *server, struct fault *fault)
{
	struct call_row row = { 0 };
	struct hearing_wish heard = wish->heard;
	bool good = call_find(by, call, &row, fault);
	const char *why;

	if (good && call_row_is_over(&row))
		good =
		    fault_set(fault, FAULT_CALL_OVER, FIELD_CALL, "The call is over: it is %s.", row.status);
	else if (good && !row.answered)
		good = fault_set(fault, FAULT_NOT_IN_PROGRESS, FIELD_CALL, "The call has not been answered.");
	if (good) {
		heard.wide = hearing_is_wide(row.snapshot);
		why = hearing_find(by->desk->conf, by->desk->hearer, &heard, server);
		good = !why || fault_set(fault, FAULT_REFUSED, FIELD_NONE, "%s", why);
	}
	call_row_clear(&row);
	return good;
}

static json_t *params_of(const struct hearing_server *server, const struct transcription_wish *wish,
			 const char *id)
{
	json_t *params = hearing_params(server, &wish->heard);

	if (!params)
		return NULL;
	json_object_set_new(params, "stream", json_string(id));
	json_object_set_new(params, "track", json_string(wish->track));
	json_object_set_new(params, "drains", json_true());
	return params;
}

void transcription_start(const struct asker *by, const char *call, const struct transcription_wish *wish,
			 transcription_h *handler, void *arg)
{
	const struct stream_watch nobody = { 0 };
	struct starting *starting = calloc(1, sizeof *starting);
	struct hearing_server server;
	struct fault fault;
	json_t *params = NULL, *kept;
	bool good = starting ? may(by, call, wish, &server, &fault) : fault_no_memory(&fault);

	if (good) {
		*starting = (struct starting){ .handler = handler, .arg = arg };
		params = params_of(&server, wish, random_uuid(starting->id));
		good = params || fault_no_memory(&fault);
	}
	if (good) {
		kept = json_pack("{s:s, s:s}", "language", language_of(wish), "track", wish->track);
		good = !call_watch(by->desk->store, call, kind, starting->id, kept) ||
		       fault_store_failed(&fault);
		json_decref(kept);
	}
	if (good) {
		stream_start(by, call, params, &nobody, on_started, starting);
		return;
	}
	json_decref(params);
	free(starting);
	handler(&fault, NULL, arg);
}

void transcription_stop(const struct asker *by, const char *call, const char *id, done_h *handler, void *arg)
{
	struct call_row row = { 0 };
	struct fault fault;
	bool good = call_find(by, call, &row, &fault);

	if (good && !json_object_get(json_object_get(row.options, kind), id))
		good = fault_set(&fault, FAULT_TRANSCRIPTION_NOT_FOUND, FIELD_NONE,
				 "The call has no such transcription.");
	call_row_clear(&row);
	if (good)
		stream_stop(by, call, id, handler, arg);
	else
		handler(&fault, arg);
}

/* ---- what has become of them ---- */

static void add_text(json_t *one, const char *text)
{
	const char *before = json_string_value(json_object_get(one, "text"));

	if (text && before && strlen(before) + strlen(text) < TEXT_MAX)
		json_object_set_new(one, "text", json_sprintf("%s%s%s", before, *before ? " " : "", text));
}

static void learn_state(json_t *one, const json_t *stream)
{
	const char *state = json_string_value(json_object_get(stream, "state"));
	const bool failed = state && !strcmp(state, "failed");

	if (state && (failed || !strcmp(state, "stopped")))
		json_object_set_new(one, "status", json_string(failed ? "failed" : "completed"));
	if (failed && json_object_get(stream, "error"))
		json_object_set(one, "error", json_object_get(stream, "error"));
}

static bool learn(const struct log_entry *entry, void *arg)
{
	const bool words = !strcmp(entry->type, "call.speech");
	const json_t *of = json_object_get(entry->data, words ? "speech" : "stream");
	const char *id = json_string_value(json_object_get(of, "id"));
	json_t *one = id && (words || !strcmp(entry->type, "call.stream")) ? json_object_get(arg, id) : NULL;

	if (one && !words)
		learn_state(one, of);
	else if (one && json_object_get(of, "error"))
		json_object_set(one, "error", json_object_get(of, "error"));
	else if (one && json_is_true(json_object_get(of, "final")))
		add_text(one, json_string_value(json_object_get(of, "text")));
	return true;
}

bool transcriptions_of(const struct asker *by, const char *call, json_t **out, struct fault *fault)
{
	struct call_row row = { 0 };
	const json_t *kept;
	const char *id;
	json_t *value;
	bool good = call_find(by, call, &row, fault);

	if (!good)
		return false;
	*out = json_object();
	kept = json_object_get(row.options, kind);
	json_object_foreach((json_t *)kept, id, value)
	{
		json_t *one = json_copy(value);

		json_object_set_new(one, "status", json_string("in-progress"));
		json_object_set_new(one, "text", json_string(""));
		json_object_set_new(*out, id, one);
	}
	if (json_object_size(*out) && events_about(by->desk->store, row.nr, 0, EVENTS_MAX, learn, *out))
		good = fault_store_failed(fault);
	call_row_clear(&row);
	if (!good)
		json_decref(*out);
	return good;
}
