#include "daemon/api/switch/ingest.h"

#include "daemon/api/store/events.h"
#include "daemon/api/store/quality.h"
#include "daemon/api/store/recordings.h"
#include "lib/call_state.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event between its write and its commit. */
struct held {
	struct held *next;
	struct bus_event event;
	struct call_row row;
	struct conference_row conference;
	json_t *data;
	char *type;
};

/* The events of one start of a switch that came in one turn of the loop: committed together, published
 * together. */
struct batch {
	struct batch *next, **link; /* of those that are not on disk */
	struct ingest *ingest;	    /* NULL when that has gone meanwhile */
	struct bus *bus;
	struct held *first, **last;
	char switch_id[40];
	int64_t seq;
};

struct ingest {
	struct store *store;
	struct bus *bus;
	struct ingest_handlers handlers;
	struct batch *batches; /* all */
	struct batch *open;    /* that of this turn, or NULL */
	bool broken;	       /* rolled back: nothing more is taken until the link asks again */
	char switch_id[40];
	int64_t seq; /* newest event of that switch here */
};

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

/* The batch of this turn, made when there is none. NULL without memory. */
static struct batch *batch_open(struct ingest *ingest)
{
	struct batch *batch = ingest->open;

	if (batch)
		return batch;
	batch = calloc(1, sizeof *batch);
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
	if (switch_set_seq(ingest->store, batch->switch_id, batch->seq))
		log_error("ingest.failed", NULL, "%s", "what=seq");
}

/* Whether the event is new; counts it when it is. */
static bool is_new(struct ingest *ingest, const char *switch_id, int64_t seq)
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
	store_before_commit(store, batch_close, ingest);
	*out = ingest;
	return 0;
}

/* Keeps a recording that is complete, of the call or the conference of `held`, and shows it there. */
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
		.channels = json_integer_value(json_object_get(told, "channels")),
		.started = json_integer_value(json_object_get(told, "started")),
		.duration_ms = json_integer_value(json_object_get(told, "duration_ms")),
		.bytes = json_integer_value(json_object_get(told, "bytes")),
	};
	char **shown = held->row.id ? &held->row.recording : &held->conference.recording;
	int err;

	if (!recording.id || !recording.file || !recording.status)
		return;
	if (recordings_put(ingest->store, &recording) || strcmp(recording.status, "completed"))
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
static int add_to_log(struct ingest *ingest, struct held *held, int64_t about, int64_t n, const char *account)
{
	const struct log_new event = { .about = about,
				       .n = n,
				       .time = held->event.time,
				       .account = account,
				       .type = held->event.type,
				       .data = held->event.data };

	held->event.n = n;
	return events_add(ingest->store, &event, &held->event.nr);
}

static int take_call(struct ingest *ingest, struct held *held, const json_t *call)
{
	struct bus_event *event = &held->event;
	int err = calls_apply(ingest->store, call, true, &held->row);

	if (!err && !strcmp(event->type, "call.quality"))
		err = take_quality(ingest, held);
	if (!err && !strcmp(event->type, "call.record_done"))
		store_recording(ingest, held);
	/* The log has the call as it is shown now: see call_row_rewind(). */
	if (!err && held->row.recording)
		json_object_set_new((json_t *)call, "recording_id", json_string(held->row.recording));
	if (!err)
		err = add_to_log(ingest, held, held->row.nr, held->row.last_event, held->row.account);
	if (err)
		return err;
	event->row = &held->row;
	return 0;
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
	err = conferences_apply(ingest->store, conference, true, row);
	if (!err)
		err = add_to_log(ingest, held, log_of_conference(row->nr), row->last_event, row->account);
	if (!err && !strcmp(event->type, "conference.record_done"))
		store_recording(ingest, held);
	return err;
}

/* Writes an event and keeps it for publishing. */
static void take(struct ingest *ingest, const char *type, int64_t time, const json_t *data)
{
	const json_t *call = json_object_get(data, "call"), *conference = json_object_get(data, "conference");
	struct batch *batch = batch_open(ingest);
	struct held *held = batch ? calloc(1, sizeof *held) : NULL;
	int err = 0;

	if (!held || !(held->type = strdup(type))) {
		free(held);
		return;
	}
	held->data = json_incref((json_t *)data);
	held->event = (struct bus_event){ .time = time, .type = held->type, .data = held->data };
	if (json_is_object(call))
		err = take_call(ingest, held, call);
	else if (json_is_object(conference))
		err = take_conference(ingest, held, conference);
	if (err) {
		log_warn("ingest.refused", NULL, "type=%s", log_quote(type));
		held_free(held);
		return;
	}
	if (held->event.nr)
		ingest->handlers.store(&held->event, ingest->handlers.store_arg);
	*batch->last = held;
	batch->last = &held->next;
}

void ingest_event(struct ingest *ingest, const char *method, const json_t *params)
{
	const char *switch_id = json_string_value(json_object_get(params, "switch"));
	const json_t *seq = json_object_get(params, "seq");

	if (ingest->broken)
		return;
	if (!switch_id || !json_is_integer(seq)) {
		log_warn("ingest.refused", NULL, "type=%s reason=\"no seq\"", log_quote(method));
		return;
	}
	if (!is_new(ingest, switch_id, json_integer_value(seq)))
		return;
	take(ingest, method, json_integer_value(json_object_get(params, "time")), params);
}

/* What the store says of the live calls, against the snapshot. */
struct reconcile {
	struct ingest *ingest;
	const json_t *calls; /* id → snapshot */
	json_t *changed;     /* array of snapshots to apply */
	json_t *refused;     /* ids of pending calls that never came to be */
};

/* A copy of what was known of a call, ended now. */
static json_t *ended_snapshot(const struct call_row *row)
{
	json_t *call = row->snapshot ? json_deep_copy(row->snapshot) : json_object();
	int64_t now = clock_utc_ms();
	enum call_status status = CALL_QUEUED;
	bool may_fail;

	if (!call)
		return NULL;
	call_status_parse(row->status, &status);
	may_fail = call_state_may_move(status, CALL_FAILED);
	json_object_set_new(call, "id", json_string(row->id));
	json_object_set_new(call, "account", json_string(row->account));
	json_object_set_new(call, "direction", json_string(row->direction));
	json_object_set_new(call, "from", json_string(row->from));
	json_object_set_new(call, "to", json_string(row->to));
	json_object_set_new(call, "created", json_integer(row->created));
	json_object_set_new(call, "status", json_string(may_fail ? "failed" : "completed"));
	json_object_set_new(call, "ended", json_integer(now));
	json_object_set_new(call, "duration_ms", json_integer(row->answered ? now - row->answered : 0));
	json_object_set_new(call, "ended_by", json_string("fault"));
	json_object_set_new(
	    call, "reason",
	    json_string("The switch no longer knew this call: it was restarted while the call was up."));
	json_object_del(call, "bridge");
	json_object_del(call, "recording");
	return call;
}

static bool compare(const struct call_row *row, void *arg)
{
	struct reconcile *r = arg;
	const json_t *call = json_object_get(r->calls, row->id);
	const char *status = json_string_value(json_object_get(call, "status"));

	if (!call && row->pending)
		json_array_append_new(r->refused, json_string(row->id));
	else if (!call)
		json_array_append_new(r->changed, ended_snapshot(row));
	else if (row->pending || (status && strcmp(status, row->status)))
		json_array_append(r->changed, (json_t *)call);
	return true;
}

/* Adds calls of the snapshot that the store does not hold. */
static void find_unknown(struct reconcile *r)
{
	const char *id;
	json_t *call;

	json_object_foreach((json_t *)r->calls, id, call)
	{
		struct call_row row;

		if (calls_get(r->ingest->store, id, &row) == ENOENT)
			json_array_append(r->changed, call);
		call_row_clear(&row);
	}
}

static json_t *by_id(const json_t *calls)
{
	json_t *out = json_object(), *call;
	size_t i;

	json_array_foreach((json_t *)calls, i, call)
	{
		const char *id = json_string_value(json_object_get(call, "id"));

		if (id)
			json_object_set(out, id, call);
	}
	return out;
}

static bool compare_conference(const struct conference_row *row, void *arg)
{
	struct reconcile *r = arg;
	json_t *call;

	if (json_object_get(r->calls, row->id))
		return true;
	call = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:i}", "id", row->id, "account", row->account,
			 "name", row->name, "status", "completed", "created", (json_int_t)row->created,
			 "ended", (json_int_t)clock_utc_ms(), "max_participants",
			 (json_int_t)row->max_participants, "participant_count", 0);
	json_array_append_new(row->pending ? r->refused : r->changed,
			      row->pending ? json_string(row->id) : json_incref(call));
	json_decref(call);
	return true;
}

/* Whether the store has it otherwise than the switch tells it, or not at all. */
static bool conference_differs(struct ingest *ingest, const char *id, const json_t *told)
{
	const char *status = json_string_value(json_object_get(told, "status"));
	struct conference_row row;
	bool differs = conferences_get(ingest->store, id, &row) || row.pending || !status ||
		       strcmp(status, row.status) ||
		       row.participants != json_integer_value(json_object_get(told, "participant_count"));

	conference_row_clear(&row);
	return differs;
}

/* The same for conferences: those that the store holds as alive and the switch does not know are over. */
static void reconcile_conferences(struct ingest *ingest, const json_t *params, int64_t now)
{
	json_t *known = by_id(json_object_get(params, "conferences")), *item;
	struct reconcile r = { ingest, known, json_array(), json_array() };
	const char *id;
	size_t i;

	if (conferences_each_live(ingest->store, compare_conference, &r))
		log_error("ingest.failed", NULL, "%s", "what=conferences");
	json_array_foreach(r.refused, i, item)
	{
		if (conferences_delete(ingest->store, json_string_value(item)))
			break;
	}
	json_object_foreach(known, id, item)
	{
		if (conference_differs(ingest, id, item))
			json_array_append(r.changed, item);
	}
	json_array_foreach(r.changed, i, item)
	{
		json_t *data = json_pack("{s:O, s:b}", "conference", item, "reconciled", 1);

		if (data)
			take(ingest, "conference.state", now, data);
		json_decref(data);
	}
	json_decref(known);
	json_decref(r.changed);
	json_decref(r.refused);
}

void ingest_snapshot(struct ingest *ingest, const json_t *params)
{
	const char *switch_id = json_string_value(json_object_get(params, "switch"));
	json_t *calls = by_id(json_object_get(params, "calls")), *item;
	struct reconcile r = { ingest, calls, json_array(), json_array() };
	int64_t now = clock_utc_ms();
	size_t i;

	if (ingest->broken || !switch_id || !calls || !r.changed || !r.refused)
		goto out;
	is_new(ingest, switch_id, json_integer_value(json_object_get(params, "seq")));
	/* Also when no call has changed: how far the switch has been heard is to be stored. */
	if (!batch_open(ingest) || calls_each_live(ingest->store, compare, &r))
		goto out;
	find_unknown(&r);
	json_array_foreach(r.refused, i, item)
	{
		if (calls_delete(ingest->store, json_string_value(item)))
			break;
	}
	json_array_foreach(r.changed, i, item)
	{
		json_t *data = json_pack("{s:O, s:b}", "call", item, "reconciled", 1);

		if (data)
			take(ingest, "call.state", now, data);
		json_decref(data);
	}
	reconcile_conferences(ingest, params, now);
	log_info("switch.snapshot", NULL, "switch=%s calls=%zu changed=%zu", log_quote(switch_id),
		 json_object_size(calls), json_array_size(r.changed));
out:
	json_decref(calls);
	json_decref(r.changed);
	json_decref(r.refused);
}

void ingest_free(struct ingest *ingest)
{
	if (!ingest)
		return;
	store_before_commit(ingest->store, NULL, NULL);
	/* What is on its way to the disk is published from there. */
	while (ingest->batches) {
		struct batch *batch = ingest->batches;

		batch_unlink(batch);
		batch->ingest = NULL;
	}
	free(ingest);
}
