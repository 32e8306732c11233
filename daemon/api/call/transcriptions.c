#include "daemon/api/call/transcriptions.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/streams.h"
#include "daemon/api/store/events.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 262144, EVENTS_MAX = 200000 };

static const char kind[] = "transcriptions";

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool is(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* ---- making ready ---- */

static json_t *request_of(const struct hearing_server *server, const struct transcription_wish *wish,
			  const char *stream, const char *side)
{
	json_t *params = hearing_params(server, &wish->heard);

	json_object_set_new(params, "stream", json_string(stream));
	json_object_set_new(params, "track", json_string(side));
	json_object_set_new(params, "drains", json_true());
	return params;
}

static int keep(struct store *store, const char *call, const struct transcription_wish *wish,
		const struct hearing_server *server, const char *id, const char *other)
{
	json_t *kept = json_pack("{s:s, s:s, s:s*, s:s*, s:s, s:b, s:O*, s:i, s:i}", "language",
				 hearing_language(wish->heard.language), "track", wish->track, "name",
				 wish->name, "other", other, "server", server->name, "partials",
				 wish->heard.partials, "told", wish->told, "n", 0, "open", other ? 2 : 1);
	int err = kept ? call_watch(store, call, kind, id, kept) : ENOMEM;

	json_decref(kept);
	return err;
}

const char *transcription_prepare(const struct transcription_means *means, const char *call,
				  const struct transcription_wish *wish, char id[UUID_TEXT_SIZE],
				  json_t **requests)
{
	const bool both = is(wish->track, "both");
	char other[UUID_TEXT_SIZE];
	struct hearing_server server;
	const char *why = hearing_find(means->conf, means->hearer, &wish->heard, &server);
	int err;

	random_uuid(id);
	if (why)
		return why;
	random_uuid(other);
	err = keep(means->store, call, wish, &server, id, both ? other : NULL);
	if (err)
		return err == ENOSPC ? "The call has had too many transcriptions."
				     : "It could not be written down.";
	*requests = json_array();
	json_array_append_new(*requests, request_of(&server, wish, id, both ? "inbound" : wish->track));
	if (both)
		json_array_append_new(*requests, request_of(&server, wish, other, "outbound"));
	return NULL;
}

/* ---- what is kept ---- */

/* The kept one, a copy of which can be changed and kept again; NULL: there is none. */
static json_t *kept_copy(struct store *store, const char *call, const char *id)
{
	struct call_row row;
	json_t *copy = NULL;

	if (calls_get(store, call, &row))
		return NULL;
	copy = json_copy(json_object_get(json_object_get(row.options, kind), id));
	call_row_clear(&row);
	return copy;
}

void transcription_fail(struct store *store, const char *call, const char *id, const char *sentence)
{
	json_t *kept = kept_copy(store, call, id);

	json_object_set_new(kept, "error", json_string(sentence));
	if (kept && call_watch(store, call, kind, id, kept))
		log_warn("call.store_failed", call, "what=%s", kind);
	json_decref(kept);
}

int transcription_count(struct store *store, const char *call, const char *id, const char *moment, bool over,
			int64_t *n)
{
	json_t *kept = kept_copy(store, call, id);
	const json_int_t before = json_integer_value(json_object_get(kept, "n"));
	const json_int_t open = json_integer_value(json_object_get(kept, "open")) - over;
	const bool told = is(moment, "started") ? !before : !is(moment, "stopped") || open <= 0;
	int err = kept ? 0 : ENOENT;

	*n = told ? before + 1 : 0;
	json_object_set_new(kept, "n", json_integer(before + told));
	json_object_set_new(kept, "open", json_integer(open));
	if (kept && (told || over))
		err = call_watch(store, call, kind, id, kept);
	json_decref(kept);
	return err;
}

const json_t *transcription_of_stream(const json_t *options, const char *stream, const char **id,
				      const char **side)
{
	const json_t *all = json_object_get(options, kind);
	json_t *one = stream ? json_object_get(all, stream) : NULL;
	const char *key;

	if (one) {
		*id = stream;
		*side = is(text_of(one, "track"), "outbound") ? "outbound" : "inbound";
		return one;
	}
	json_object_foreach((json_t *)all, key, one)
	{
		if (!is(text_of(one, "other"), stream))
			continue;
		*id = key;
		*side = "outbound";
		return one;
	}
	return NULL;
}

void transcription_each(const json_t *options, const char *name, void (*each)(const char *stream, void *arg),
			void *arg)
{
	const json_t *all = json_object_get(options, kind);
	const char *id;
	json_t *one;

	json_object_foreach((json_t *)all, id, one)
	{
		if (name && !is(text_of(one, "name"), name))
			continue;
		each(id, arg);
		if (text_of(one, "other"))
			each(text_of(one, "other"), arg);
	}
}

/* ---- beginning ---- */

/* One that begins: a stream after the other. */
struct starting {
	struct asker by;
	char call[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
	json_t *requests;
	size_t at;
	transcription_h *handler;
	void *arg;
};

static void ignore(const struct fault *fault, void *arg)
{
	(void)fault, (void)arg;
}

static void end_start(struct starting *starting, const struct fault *fault)
{
	char sentence[sizeof fault->text];

	if (fault) {
		fault_sentence(fault, NULL, sentence, sizeof sentence);
		transcription_fail(starting->by.desk->store, starting->call, starting->id, sentence);
	}
	if (fault && starting->at)
		stream_stop(&starting->by, starting->call, starting->id, ignore, NULL);
	starting->handler(fault, fault ? NULL : starting->id, starting->arg);
	json_decref(starting->requests);
	free(starting);
}

static void on_started(const struct fault *fault, void *arg);

static void start_next(struct starting *starting)
{
	const struct stream_watch nobody = { 0 };

	stream_start(&starting->by, starting->call,
		     json_incref(json_array_get(starting->requests, starting->at)), &nobody, on_started,
		     starting);
}

static void on_started(const struct fault *fault, void *arg)
{
	struct starting *starting = arg;

	if (fault || starting->at + 1 >= json_array_size(starting->requests)) {
		end_start(starting, fault);
		return;
	}
	starting->at++;
	start_next(starting);
}

/* Whether there is somebody to hear. */
static bool may(const struct asker *by, const char *call, bool *wide, struct fault *fault)
{
	struct call_row row;
	const bool good = call_find_answered(by, call, &row, fault);

	*wide = good && hearing_is_wide(row.snapshot);
	call_row_clear(&row);
	return good;
}

void transcription_start(const struct asker *by, const char *call, const struct transcription_wish *asked,
			 transcription_h *handler, void *arg)
{
	const struct transcription_means means = { by->desk->conf, by->desk->store, by->desk->hearer };
	struct transcription_wish wish = *asked;
	struct starting *starting = calloc(1, sizeof *starting);
	struct fault fault;
	const char *why;
	bool good = starting ? may(by, call, &wish.heard.wide, &fault) : fault_no_memory(&fault);

	if (good) {
		starting->by = *by;
		starting->handler = handler;
		starting->arg = arg;
		snprintf(starting->call, sizeof starting->call, "%s", call);
		why = transcription_prepare(&means, call, &wish, starting->id, &starting->requests);
		good = !why || fault_set(&fault, FAULT_REFUSED, FIELD_NONE, "%s", why);
	}
	if (good) {
		start_next(starting);
		return;
	}
	free(starting);
	handler(&fault, NULL, arg);
}

/* ---- ending ---- */

bool transcription_find(const struct asker *by, const char *call, const char *which,
			struct transcription_found *out, struct fault *fault)
{
	struct call_row row = { 0 };
	const char *key, *name, *other;
	bool found = false;
	json_t *one;

	if (!call_find(by, call, &row, fault))
		return false;
	json_object_foreach(json_object_get(row.options, kind), key, one)
	{
		name = text_of(one, "name");
		if (strcmp(key, which) != 0 && !is(name, which))
			continue;
		found = true;
		other = text_of(one, "other");
		snprintf(out->id, sizeof out->id, "%s", key);
		snprintf(out->name, sizeof out->name, "%s", name ? name : "");
		snprintf(out->other, sizeof out->other, "%s", other ? other : "");
	}
	if (!found)
		fault_set(fault, FAULT_TRANSCRIPTION_NOT_FOUND, FIELD_NONE,
			  "The call has no such transcription.");
	call_row_clear(&row);
	return found;
}

/* One that ends: each of its streams; that one of them has ended before is no fault. */
struct stopping {
	size_t left;
	bool done;
	done_h *handler;
	void *arg;
};

static void on_stopped(const struct fault *fault, void *arg)
{
	struct stopping *stopping = arg;

	stopping->done = stopping->done || !fault;
	if (--stopping->left)
		return;
	stopping->handler(stopping->done ? NULL : fault, stopping->arg);
	free(stopping);
}

void transcription_stop(const struct asker *by, const char *call, const struct transcription_found *one,
			done_h *handler, void *arg)
{
	struct stopping *stopping = calloc(1, sizeof *stopping);
	struct fault fault;

	if (!stopping) {
		fault_no_memory(&fault);
		handler(&fault, arg);
		return;
	}
	*stopping = (struct stopping){ .left = *one->other ? 2 : 1, .handler = handler, .arg = arg };
	if (*one->other)
		stream_stop(by, call, one->other, on_stopped, stopping);
	stream_stop(by, call, one->id, on_stopped, stopping);
}

/* ---- what has become of them ---- */

struct history {
	const json_t *options;
	json_t *all;
};

static void add_text(json_t *one, const char *text)
{
	const char *before = text_of(one, "text");

	if (text && before && strlen(before) + strlen(text) < TEXT_MAX)
		json_object_set_new(one, "text", json_sprintf("%s%s%s", before, *before ? " " : "", text));
}

/* It is over with the last of its streams, and failed with any. */
static void learn_state(json_t *one, const json_t *stream)
{
	const char *state = text_of(stream, "state");
	const bool failed = is(state, "failed"), over = failed || is(state, "stopped");
	const json_int_t open = json_integer_value(json_object_get(one, "open")) - over;

	json_object_set_new(one, "open", json_integer(open));
	if (failed) {
		json_object_set_new(one, "status", json_string("failed"));
		if (json_object_get(stream, "error"))
			json_object_set(one, "error", json_object_get(stream, "error"));
	} else if (over && open <= 0 && is(text_of(one, "status"), "in-progress")) {
		json_object_set_new(one, "status", json_string("completed"));
	}
}

static bool learn(const struct log_entry *entry, void *arg)
{
	const struct history *history = arg;
	const bool words = !strcmp(entry->type, "call.speech");
	const json_t *of = json_object_get(entry->data, words ? "speech" : "stream");
	const char *stream = text_of(of, "id"), *id, *side;
	json_t *one;

	if ((!words && strcmp(entry->type, "call.stream")) ||
	    !transcription_of_stream(history->options, stream, &id, &side))
		return true;
	one = json_object_get(history->all, id);
	if (!words)
		learn_state(one, of);
	else if (json_object_get(of, "error"))
		json_object_set(one, "error", json_object_get(of, "error"));
	else if (json_is_true(json_object_get(of, "final")))
		add_text(one, text_of(of, "text"));
	return true;
}

static json_t *begin_history(const json_t *kept)
{
	const char *error = text_of(kept, "error");

	return json_pack("{s:O*, s:O*, s:s, s:s*, s:s, s:i}", "language", json_object_get(kept, "language"),
			 "track", json_object_get(kept, "track"), "status", error ? "failed" : "in-progress",
			 "error", error, "text", "", "open", text_of(kept, "other") ? 2 : 1);
}

bool transcriptions_of(const struct asker *by, const char *call, json_t **out, struct fault *fault)
{
	struct call_row row = { 0 };
	struct history history;
	const json_t *kept;
	const char *id;
	json_t *value;
	bool good = call_find(by, call, &row, fault);

	if (!good)
		return false;
	*out = json_object();
	kept = json_object_get(row.options, kind);
	json_object_foreach((json_t *)kept, id, value) json_object_set_new(*out, id, begin_history(value));
	history = (struct history){ row.options, *out };
	if (json_object_size(*out) && events_about(by->desk->store, row.nr, 0, EVENTS_MAX, learn, &history))
		good = fault_store_failed(fault);
	json_object_foreach(*out, id, value) json_object_del(value, "open");
	call_row_clear(&row);
	if (!good)
		json_decref(*out);
	return good;
}
