#include "daemon/api/switch/ingest_private.h"

#include "daemon/api/store/events.h"
#include "daemon/api/store/quality.h"
#include "daemon/api/store/recordings.h"
#include "lib/clock.h"
#include "lib/json_pick.h"
#include "lib/json_write.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void held_free(struct held *held)
{
	call_row_clear(&held->row);
	conference_row_clear(&held->conference);
	json_decref(held->data);
	free(held->type);
	free(held);
}

static void batch_unlink(struct batch *batch)
{
	if (!batch->ingest)
		return;
	*batch->link = batch->next;
	if (batch->next)
		batch->next->link = batch->link;
	if (batch->ingest->open == batch)
		batch->ingest->open = NULL;
}

static void on_commit(int err, void *arg)
{
	struct batch *batch = arg;
	struct ingest *ingest = batch->ingest;
	struct held *next;

	batch_unlink(batch);
	if (err && ingest)
		ingest->broken = true;
	for (struct held *held = batch->first; held; held = next) {
		next = held->next;
		if (!err)
			bus_publish(batch->bus, &held->event);
		held_free(held);
	}
	if (ingest)
		ingest->handlers.safe(err, batch->switch_id, batch->seq, ingest->handlers.safe_arg);
	free(batch);
}

struct batch *ingest_batch(struct ingest *ingest)
{
	struct batch *batch = ingest->open;

	if (batch)
		return batch;
	batch = calloc(1, sizeof *batch);
	/* Once that is begun, what follows closely shares the commit; where it fails, the commit says so. */
	if (store_begin(ingest->store))
		log_warn("ingest.failed", NULL, "%s", "what=begin");
	if (!batch || store_after_commit(ingest->store, on_commit, batch)) {
		log_error("ingest.no_memory", NULL, "%s", "");
		free(batch);
		return NULL;
	}
	batch->ingest = ingest;
	batch->bus = ingest->bus;
	batch->last = &batch->first;
	memcpy(batch->switch_id, ingest->switch_id, sizeof batch->switch_id);
	batch->next = ingest->batches;
	batch->link = &ingest->batches;
	if (batch->next)
		batch->next->link = &batch->next;
	ingest->batches = ingest->open = batch;
	return batch;
}

/* Before the commit, or before events of another start: how far the switch has been heard goes with what was
 * heard. */
static void batch_close(void *arg)
{
	struct ingest *ingest = arg;
	struct batch *batch = ingest->open;

	if (!batch)
		return;
	ingest->open = NULL;
	batch->seq = ingest->seq;
	if (*batch->switch_id &&
	    switch_set_seq(ingest->store, ingest->handlers.name, batch->switch_id, batch->seq))
		log_error("ingest.failed", NULL, "%s", "what=seq");
}

bool ingest_is_new(struct ingest *ingest, const char *switch_id, int64_t seq)
{
	if (strcmp(ingest->switch_id, switch_id)) {
		batch_close(ingest);
		snprintf(ingest->switch_id, sizeof ingest->switch_id, "%s", switch_id);
		ingest->seq = switch_seq(ingest->store, switch_id);
	}
	if (seq <= ingest->seq)
		return false;
	ingest->seq = seq;
	return true;
}

int ingest_alloc(struct ingest **out, struct store *store, struct bus *bus,
		 const struct ingest_handlers *handlers)
{
	struct ingest *ingest = calloc(1, sizeof *ingest);

	if (!ingest)
		return ENOMEM;
	ingest->store = store;
	ingest->bus = bus;
	ingest->handlers = *handlers;
	if (!ingest->handlers.name)
		ingest->handlers.name = "";
	if (store_before_commit(store, batch_close, ingest)) {
		free(ingest);
		return ENOMEM;
	}
	*out = ingest;
	return 0;
}

/* Who began one that nobody here has asked for; NULL: nobody knows. */
static const char *source_of(const struct held *held)
{
	if (!held->row.id)
		return "conference";
	return strcmp(held->row.direction, "outbound") || held->row.parent ? NULL : "call";
}

/* Keeps a recording of the call or the conference of `held` that has begun or is complete; that is shown
 * there. */
static void store_recording(struct ingest *ingest, struct held *held)
{
	const json_t *told = json_object_get(held->data, "recording");
	struct recording_row recording = {
		.id = (char *)json_string_value(json_object_get(told, "id")),
		.call = held->row.id,
		.conference = held->conference.id,
		.account = held->row.id ? held->row.account : held->conference.account,
		.file = (char *)json_string_value(json_object_get(told, "file")),
		.status = (char *)json_string_value(json_object_get(told, "status")),
		.source = (char *)source_of(held),
		.channels = json_integer_value(json_object_get(told, "channels")),
		.started = json_integer_value(json_object_get(told, "started")),
		.duration_ms = json_integer_value(json_object_get(told, "duration_ms")),
		.bytes = json_integer_value(json_object_get(told, "bytes")),
	};
	char error[RECORDING_ERROR_SIZE];
	char **shown = held->row.id ? &held->row.recording : &held->conference.recording;
	int err;

	recording.error = recording_error_told(told, error);
	if (!recording.status)
		recording.status = "in-progress";
	if (!recording.id || !recording.file)
		return;
	if (json_object_get(told, "track"))
		recording.options = json_pack("{s:O}", "track", json_object_get(told, "track"));
	err = recordings_put(ingest->store, &recording, ingest->handlers.keep_recordings);
	json_decref(recording.options);
	if (err || strcmp(recording.status, "completed"))
		return;
	if (held->row.id)
		err = calls_set_recording(ingest->store, held->row.id, recording.id);
	else
		err = conferences_set_recording(ingest->store, held->conference.id, recording.id);
	free(*shown);
	*shown = strdup(recording.id);
	if (err)
		log_error("ingest.failed", held->row.id, "%s", "what=recording");
}

/* The seconds of a call's media are kept apart, and small; what is told of the event does not have them. */
static int take_quality(struct ingest *ingest, struct held *held)
{
	const json_t *seconds = json_object_get(held->data, "seconds");
	json_t *rest;
	int err;

	if (!seconds)
		return 0;
	/* A call of less than a second has none. */
	err = !json_array_size(seconds)
		  ? 0
		  : quality_put(ingest->store, held->row.nr, held->event.time,
				json_integer_value(json_object_get(held->data, "second_length_s")), seconds);
	if (err == EINVAL)
		log_warn("ingest.refused", held->row.id, "%s", "what=seconds");
	if (err && err != EINVAL)
		return err;
	rest = json_copy(held->data);
	if (!rest)
		return ENOMEM;
	json_object_del(rest, "seconds");
	json_object_del(rest, "second_length_s");
	json_decref(held->data);
	held->event.data = held->data = rest;
	return 0;
}

/* Gives the event its place in the log: the nth of what it is about. */
static int add_to_log(struct ingest *ingest, struct held *held, int64_t about, int64_t n, const char *account,
		      const char *text)
{
	const struct log_new event = { .about = about,
				       .n = n,
				       .time = held->event.time,
				       .account = account,
				       .type = held->event.type,
				       .data = held->event.data,
				       .text = text };

	held->event.n = n;
	return events_add(ingest->store, &event, &held->event.nr);
}

/* Whether it is not known yet of a call or a conference that this switch has it. */
static bool differs(const char *known, const char *name)
{
	return *name && (!known || strcmp(known, name) != 0);
}

/* `given`: the data as the switch has written them, or NULL. */
static int take_call(struct ingest *ingest, struct held *held, const json_t *call, const char *given)
{
	struct bus_event *event = &held->event;
	bool is_state = !strcmp(event->type, "call.state");
	const enum calls_event kind = is_state ? CALLS_STATE : CALLS_EVENT;
	/* Written once: the log has all of it, the record has the call in it. */
	char *written = given ? NULL : json_write(held->data);
	const char *text = given ? given : written;
	size_t length;
	const char *snapshot = text ? json_pick_text(text, "call", &length) : NULL;
	const json_t *told = held->data;
	int err = snapshot ? calls_apply_text(ingest->store, call, snapshot, length, kind,
					      &ingest->handlers.dialect, &held->row)
			   : ENOMEM;

	if (!err && differs(held->row.on, ingest->handlers.name))
		err = calls_set_switch(ingest->store, held->row.id, ingest->handlers.name);
	if (!err && !strcmp(event->type, "call.quality"))
		err = take_quality(ingest, held);
	if (!err && !strncmp(event->type, "call.record_", 12))
		store_recording(ingest, held);
	/* The log has the call as it is shown now: see call_row_rewind(). */
	if (!err && held->row.recording)
		json_object_set_new((json_t *)call, "recording_id", json_string(held->row.recording));
	if (!err)
		err = add_to_log(ingest, held, held->row.nr, held->row.last_event, held->row.account,
				 held->row.recording || held->data != told ? NULL : text);
	free(written);
	if (err)
		return err;
	event->row = &held->row;
	return 0;
}

/* A call's record says in which conference it is. */
static int note_participant(struct ingest *ingest, const struct held *held, const json_t *conference)
{
	const char *what = json_string_value(json_object_get(held->data, "what"));
	const char *id = json_string_value(json_object_get(conference, "id"));
	const char *call =
	    json_string_value(json_object_get(json_object_get(held->data, "participant"), "call"));

	if (strcmp(held->event.type, "conference.participant") || !what || strcmp(what, "join") || !call ||
	    !id)
		return 0;
	return calls_set_conference(ingest->store, call, id);
}

static int take_conference(struct ingest *ingest, struct held *held, const json_t *conference)
{
	struct bus_event *event = &held->event;
	struct conference_row *row = &held->conference;
	int err;

	event->conference = row;
	/* Who talks changes too often to be kept: it is told and forgotten. */
	if (!strcmp(event->type, "conference.talking"))
		return conference_row_overlay(row, conference);
	err = conferences_apply(
	    ingest->store, conference,
	    strcmp(event->type, "conference.state") ? CONFERENCES_EVENT : CONFERENCES_STATE, row);
	if (!err && differs(row->on, ingest->handlers.name))
		err = conferences_set_switch(ingest->store, row->id, ingest->handlers.name);
	if (!err)
		err = note_participant(ingest, held, conference);
	if (!err)
		err =
		    add_to_log(ingest, held, log_of_conference(row->nr), row->last_event, row->account, NULL);
	if (!err && !strncmp(event->type, "conference.record_", 18))
		store_recording(ingest, held);
	return err;
}

/* Until the commit. */
static void keep(struct ingest *ingest, struct batch *batch, struct held *held)
{
	if (held->event.nr)
		ingest->handlers.store(&held->event, ingest->handlers.store_arg);
	*batch->last = held;
	batch->last = &held->next;
}

void ingest_take(struct ingest *ingest, const char *type, int64_t time, const json_t *data, const char *text)
{
	const json_t *call = json_object_get(data, "call"), *conference = json_object_get(data, "conference");
	struct batch *batch = ingest_batch(ingest);
	struct held *held = batch ? calloc(1, sizeof *held) : NULL;
	int err = 0;

	if (!held || !(held->type = strdup(type))) {
		free(held);
		return;
	}
	held->data = json_incref((json_t *)data);
	held->event = (struct bus_event){ .time = time, .type = held->type, .data = held->data };
	if (json_is_object(call))
		err = take_call(ingest, held, call, text);
	else if (json_is_object(conference))
		err = take_conference(ingest, held, conference);
	if (err) {
		if (err == EALREADY)
			log_info("ingest.repeated", json_string_value(json_object_get(call, "id")),
				 "type=%s note=%s", log_quote(type), log_quote("it is over already"));
		else
			log_warn("ingest.refused", NULL, "type=%s", log_quote(type));
		held_free(held);
		return;
	}
	keep(ingest, batch, held);
}

void ingest_event(struct ingest *ingest, const char *method, const json_t *params, const char *text)
{
	const char *switch_id = json_string_value(json_object_get(params, "switch"));
	const json_t *seq = json_object_get(params, "seq");

	if (ingest->broken)
		return;
	if (!switch_id || !json_is_integer(seq)) {
		log_warn("ingest.refused", NULL, "type=%s reason=\"no seq\"", log_quote(method));
		return;
	}
	if (!ingest_is_new(ingest, switch_id, json_integer_value(seq)))
		return;
	ingest_take(ingest, method, json_integer_value(json_object_get(params, "time")), params, text);
}

void ingest_note(struct ingest *ingest, const char *call, const char *type, json_t *data)
{
	struct call_row row;

	if (!ingest->broken && *ingest->switch_id && !calls_get(ingest->store, call, &row)) {
		if (!row.pending && row.snapshot) {
			json_object_set(data, "call", row.snapshot);
			ingest_take(ingest, type, clock_utc_ms(), data, NULL);
		}
		call_row_clear(&row);
	}
	json_decref(data);
}

static void set_time(json_t *shown, const char *name, int64_t value)
{
	if (value)
		json_object_set_new(shown, name, json_integer(value));
}

/* How far the call is, by its record: what is before this in the log is in that, and nothing later. NULL: no
 * memory. */
static json_t *show_little(const struct call_row *row)
{
	json_t *shown = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "id", row->id, "direction",
				  row->direction, "status", row->status, "from", row->from, "to", row->to,
				  "recording_id", row->recording);

	if (!shown)
		return NULL;
	set_time(shown, "created", row->created);
	set_time(shown, "answered", row->answered);
	set_time(shown, "ended", row->ended);
	set_time(shown, "duration_ms", row->duration_ms);
	return shown;
}

/* Its place in the log, with little of the call; who is told at once is told the same as who asks later. */
static int take_remark(struct ingest *ingest, struct held *held, const char *call)
{
	int err = calls_count_event(ingest->store, call, &held->row);
	json_t *shown = err ? NULL : show_little(&held->row);

	if (!err && (!shown || json_object_set_new(held->data, "call", shown)))
		err = ENOMEM;
	if (err)
		return err;
	call_row_rewind(&held->row, shown);
	held->event.row = &held->row;
	return add_to_log(ingest, held, held->row.nr, held->row.last_event, held->row.account, NULL);
}

void ingest_remark(struct ingest *ingest, const char *call, const char *type, json_t *data)
{
	struct batch *batch = ingest->broken || !*ingest->switch_id ? NULL : ingest_batch(ingest);
	struct held *held = batch ? calloc(1, sizeof *held) : NULL;

	if (!held || !data || !(held->type = strdup(type))) {
		free(held);
		json_decref(data);
		return;
	}
	held->data = data;
	held->event = (struct bus_event){ .time = clock_utc_ms(), .type = held->type, .data = data };
	if (take_remark(ingest, held, call)) {
		held_free(held);
		return;
	}
	keep(ingest, batch, held);
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	store_not_before_commit(ingest->store, ingest);
	/* What is on its way to the disk is published from there. */
	while (ingest->batches) {
		struct batch *batch = ingest->batches;

		batch_unlink(batch);
		batch->ingest = NULL;
	}
	free(ingest);
}
