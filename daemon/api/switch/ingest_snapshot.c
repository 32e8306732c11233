/* A snapshot of the switch against the store: what is live there and not here, and the other way round. */
#include "daemon/api/switch/ingest_private.h"

#include "daemon/api/store/recordings.h"
#include "lib/call_state.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <string.h>

/* What the store says of the live calls, against the snapshot. */
struct reconcile {
	struct ingest *ingest;
	const json_t *calls; /* id → snapshot */
	json_t *changed;     /* array of snapshots to apply */
	const char *why;     /* those that are not there have ended */
	json_t *refused;     /* ids of pending calls that never came to be */
};

/* A copy of what was known of a call, ended now. */
static json_t *ended_snapshot(const struct call_row *row, const char *why)
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
	json_object_set_new(call, "reason", json_string(why));
	json_object_del(call, "bridge");
	json_object_del(call, "recording");
	json_object_del(call, "recordings");
	return call;
}

/* Whether the call or conference that `on` has is this switch's to speak of. */
static bool is_here(const struct reconcile *r, const char *on)
{
	const struct ingest_handlers *handlers = &r->ingest->handlers;

	return !handlers->owns || handlers->owns(on ? on : "", handlers->owns_arg);
}

static bool compare(const struct call_row *row, void *arg)
{
	struct reconcile *r = arg;
	const json_t *call = json_object_get(r->calls, row->id);
	const char *status = json_string_value(json_object_get(call, "status"));

	if (!call && !is_here(r, row->on))
		return true;
	if (!call && row->pending)
		json_array_append_new(r->refused, json_string(row->id));
	else if (!call)
		json_array_append_new(r->changed, ended_snapshot(row, r->why));
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

	if (json_object_get(r->calls, row->id) || !is_here(r, row->on))
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
	struct reconcile r = {
		.ingest = ingest, .calls = known, .changed = json_array(), .refused = json_array()
	};
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
			ingest_take(ingest, "conference.state", now, data, NULL);
		json_decref(data);
	}
	json_decref(known);
	json_decref(r.changed);
	json_decref(r.refused);
}

/* The ids of the recordings that run, of what `of` is: calls or conferences of a snapshot. */
static void add_running(json_t *ids, const json_t *of)
{
	json_t *one, *told;
	size_t i, k;

	json_array_foreach((json_t *)of, i, one)
	{
		const char *id = json_string_value(json_object_get(json_object_get(one, "recording"), "id"));

		if (id)
			json_object_set_new(ids, id, json_true());
		json_array_foreach(json_object_get(one, "recordings"), k, told)
		{
			id = json_string_value(json_object_get(told, "id"));
			if (id)
				json_object_set_new(ids, id, json_true());
		}
	}
}

static bool is_of(const struct reconcile *r, const struct recording_row *row)
{
	char on[SWITCH_NAME_SIZE] = "";
	int err;

	if (!r->ingest->handlers.owns)
		return true;
	err = row->conference ? conferences_switch_of(r->ingest->store, row->conference, on)
			      : calls_switch_of(r->ingest->store, row->call, on);
	return !err && is_here(r, on);
}

static bool add_lost(const struct recording_row *row, void *arg)
{
	struct reconcile *r = arg;

	if (!json_object_get(r->calls, row->id) && is_of(r, row))
		json_array_append_new(strcmp(row->status, "pending") ? r->changed : r->refused,
				      json_string(row->id));
	return true;
}

/* Recordings that the store holds as running and the switch does not know: what they came to may be told
 * yet. */
static void reconcile_recordings(struct ingest *ingest, const json_t *params)
{
	json_t *known = json_object(), *item;
	struct reconcile r = {
		.ingest = ingest, .calls = known, .changed = json_array(), .refused = json_array()
	};
	int err;
	size_t i;

	add_running(known, json_object_get(params, "calls"));
	add_running(known, json_object_get(params, "conferences"));
	err = recordings_each_running(ingest->store, add_lost, &r);
	json_array_foreach(r.refused, i, item)
	{
		err = err ? err : recordings_erase(ingest->store, json_string_value(item));
	}
	json_array_foreach(r.changed, i, item)
	{
		err = err ? err
			  : recordings_set_status(ingest->store, json_string_value(item), "failed",
						  "The switch was started anew while it ran.");
	}
	if (err)
		log_error("ingest.failed", NULL, "%s", "what=recordings");
	json_decref(known);
	json_decref(r.changed);
	json_decref(r.refused);
}

/* Calls as they are now. */
static void take_changed(struct reconcile *r, int64_t now)
{
	json_t *item;
	size_t i;

	json_array_foreach(r->changed, i, item)
	{
		json_t *data = json_pack("{s:O, s:b}", "call", item, "reconciled", 1);

		if (data)
			ingest_take(r->ingest, "call.state", now, data, NULL);
		json_decref(data);
	}
}

void ingest_gone(struct ingest *ingest, const char *why)
{
	struct reconcile r = { .ingest = ingest,
			       .calls = json_object(),
			       .changed = json_array(),
			       .why = why,
			       .refused = json_array() };
	int64_t now = clock_utc_ms();

	/* Those that are pending stay hidden: whether the switch has got them is not known. */
	if (!ingest->broken && r.calls && r.changed && r.refused && ingest_batch(ingest) &&
	    !calls_each_live(ingest->store, compare, &r)) {
		log_warn("switch.gone", NULL, "name=%s calls=%zu", ingest->handlers.name,
			 json_array_size(r.changed));
		take_changed(&r, now);
		reconcile_conferences(ingest, r.calls, now);
	}
	json_decref((json_t *)r.calls);
	json_decref(r.changed);
	json_decref(r.refused);
}

void ingest_snapshot(struct ingest *ingest, const json_t *params)
{
	const char *switch_id = json_string_value(json_object_get(params, "switch"));
	json_t *calls = by_id(json_object_get(params, "calls")), *item;
	struct reconcile r = { .ingest = ingest,
			       .calls = calls,
			       .changed = json_array(),
			       .why = "The switch no longer knew this call: it was restarted while the call "
				      "was up.",
			       .refused = json_array() };
	int64_t now = clock_utc_ms();
	size_t i;

	if (ingest->broken || !switch_id || !calls || !r.changed || !r.refused)
		goto out;
	ingest_is_new(ingest, switch_id, json_integer_value(json_object_get(params, "seq")));
	/* Also when no call has changed: how far the switch has been heard is to be stored. */
	if (!ingest_batch(ingest) || calls_each_live(ingest->store, compare, &r))
		goto out;
	find_unknown(&r);
	json_array_foreach(r.refused, i, item)
	{
		if (calls_delete(ingest->store, json_string_value(item)))
			break;
	}
	take_changed(&r, now);
	reconcile_conferences(ingest, params, now);
	reconcile_recordings(ingest, params);
	log_info("switch.snapshot", NULL, "switch=%s calls=%zu changed=%zu", log_quote(switch_id),
		 json_object_size(calls), json_array_size(r.changed));
out:
	json_decref(calls);
	json_decref(r.changed);
	json_decref(r.refused);
}
