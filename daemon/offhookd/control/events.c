/* control/events: numbering, the ring, publishing; see events.h. Subscribers are in subscribers.c. */
#define _GNU_SOURCE /* memmem */
#include "daemon/offhookd/control/events_private.h"

#include "lib/call_state.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the live calls, for the journal ---- */

static void forget_call(struct control_events *events, struct live_call *call)
{
	HASH_DEL(events->live, call);
	control_line_drop(call->line);
	free(call);
}

/* Takes note of the newest line about a call. */
static void note_call(struct control_events *events, const char *id, bool final, uint64_t seq,
		      struct control_line *line)
{
	struct live_call *call = NULL;

	HASH_FIND_STR(events->live, id, call);
	if (call)
		forget_call(events, call);
	if (final || strlen(id) >= sizeof(call->id))
		return;
	/* Those that changed last are last. */
	call = calloc(1, sizeof(*call));
	if (!call)
		return;
	strcpy(call->id, id);
	call->seq = seq;
	call->line = control_line_hold(line);
	HASH_ADD_STR(events->live, id, call);
	if (!call->hh.tbl) {
		control_line_drop(call->line);
		free(call);
	}
}

/* The id of the call that params tell of, and whether it is over; NULL when they tell of none. */
static const char *call_of(const json_t *params, bool *final)
{
	const json_t *call = json_object_get(params, "call");
	const char *id = json_string_value(json_object_get(call, "id"));
	enum call_status status;

	if (!id || call_status_parse(json_string_value(json_object_get(call, "status")), &status) != 0)
		return NULL;
	*final = call_status_is_final(status);
	return id;
}

/* A line of an earlier start. */
static bool on_old_line(const struct journal_line *old, void *arg)
{
	static const char wanted[] = "\"method\":\"call.state\"";
	struct control_events *events = arg;
	struct control_line *line;
	json_t *message;
	const char *id;
	bool final;

	/* Only these need be read in full; the method stands at the start. */
	if (old->length < 64 || !memmem(old->text, 64, wanted, sizeof(wanted) - 1))
		return true;
	message = json_loadb(old->text, old->length, 0, NULL);
	line = control_line_from_text(old->text, old->length);
	id = message && line ? call_of(json_object_get(message, "params"), &final) : NULL;
	if (id)
		note_call(events, id, final, old->seq, line);
	json_decref(message);
	control_line_drop(line);
	return true;
}

void control_events_recover(struct control_events *events, control_events_lost_call_h *handler, void *arg)
{
	struct live_call *lost = events->live, *call, *next;
	json_t *message;

	events->live = NULL;
	HASH_ITER(hh, lost, call, next)
	{
		HASH_DEL(lost, call);
		message = json_loadb(control_line_text(call->line), control_line_length(call->line), 0, NULL);
		log_warn("call.lost", call->id, "reason=%s", log_quote("it was live when the switch ended"));
		handler(json_object_get(json_object_get(message, "params"), "call"), arg);
		json_decref(message);
		control_line_drop(call->line);
		free(call);
	}
	if (events->journal)
		journal_release(events->journal);
}

/* ---- publishing ---- */

/* Puts the event into words: its own members first, then the given ones. */
static struct control_line *make_line(struct control_events *events, uint64_t seq, const char *method,
				      const char *members, size_t length)
{
	static const char begin[] = "{\"jsonrpc\":\"2.0\"";
	struct json_text *t = &events->text;

	json_text_reset(t);
	json_text_element(t, begin, sizeof(begin) - 1);
	json_text_string_always(t, "method", method);
	json_text_open(t, "params");
	json_text_int(t, "seq", (int64_t)seq);
	json_text_int(t, "time", clock_utc_ms());
	json_text_string_always(t, "switch", events->switch_id);
	json_text_members(t, members, length);
	if (json_text_end(t) != 0)
		return NULL;
	return control_line_from_parts(t->text, t->length, "}}\n", 3);
}

static void write_journal(struct control_events *events, uint64_t seq, struct control_line *line)
{
	const struct live_call *call;

	if (journal_turns(events->journal, control_line_length(line))) {
		for (call = events->live; call; call = call->hh.next)
			journal_append(events->journal, call->seq, true, control_line_text(call->line),
				       control_line_length(call->line));
	}
	journal_append(events->journal, seq, false, control_line_text(line), control_line_length(line));
}

static void put_into_ring(struct control_events *events, uint64_t seq, struct control_line *line)
{
	struct control_line **slot = &events->ring[seq % events->ring_max];

	control_line_drop(*slot);
	*slot = control_line_hold(line);
}

static uint64_t publish(struct control_events *events, const char *method, const char *members, size_t length,
			const char *call_id, bool final)
{
	uint64_t seq = events->seq + 1;
	struct control_line *line = make_line(events, seq, method, members, length);

	if (!line) {
		log_error("event.failed", NULL, "method=%s error=%s", method, log_quote(strerror(ENOMEM)));
		return 0;
	}
	events->seq = seq;
	put_into_ring(events, seq, line);
	if (events->journal)
		write_journal(events, seq, line);
	if (events->journal && call_id)
		note_call(events, call_id, final, seq, line);
	control_subscribers_tell(events, seq, line);
	control_line_drop(line);
	return seq;
}

uint64_t control_events_publish_text(struct control_events *events, const char *method, const char *members,
				     size_t length, const char *call_id, bool final)
{
	return publish(events, method, members, length, call_id, final);
}

uint64_t control_events_publish(struct control_events *events, const char *method, json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT);
	const char *call_id = NULL;
	bool final = false;
	uint64_t seq = 0;

	if (strcmp(method, "call.state") == 0)
		call_id = call_of(params, &final);
	if (text && text[0] == '{')
		seq = publish(events, method, text + 1, strlen(text) - 2, call_id, final);
	free(text);
	json_decref(params);
	return seq;
}

struct control_line *control_events_kept(const struct control_events *events, uint64_t seq)
{
	if (seq == 0 || seq > events->seq || events->seq - seq >= events->ring_max)
		return NULL;
	return events->ring[seq % events->ring_max];
}

/* ---- life ---- */

int control_events_alloc(struct control_events **out, const struct control_events_config *config,
			 control_events_snapshot_h *snapshot, void *arg)
{
	struct control_events *events = calloc(1, sizeof(*events));
	int err = ENOMEM;

	if (!events)
		return ENOMEM;
	LIST_INIT(&events->subscribers);
	events->snapshot = snapshot;
	events->arg = arg;
	events->ring_max = config->ring_max > 0 ? config->ring_max : 1;
	events->ring = calloc(events->ring_max, sizeof(struct control_line *));
	events->switch_id = strdup(config->switch_id);
	if (!events->ring || !events->switch_id)
		goto out;
	err = 0;
	if (config->journal_dir)
		err = journal_alloc(&events->journal, config->journal_dir, config->switch_id,
				    config->journal_max, on_old_line, events);
	if (err != 0)
		goto out;
	*out = events;
	return 0;
out:
	control_events_free(events);
	return err;
}

void control_events_free(struct control_events *events)
{
	struct live_call *call, *next;

	if (!events)
		return;
	control_subscribers_free(events);
	journal_free(events->journal);
	HASH_ITER(hh, events->live, call, next)
	forget_call(events, call);
	for (size_t i = 0; events->ring && i < events->ring_max; i++)
		control_line_drop(events->ring[i]);
	free(events->ring);
	json_text_free(&events->text);
	free(events->switch_id);
	free(events);
}

uint64_t control_events_seq(const struct control_events *events)
{
	return events->seq;
}

const char *control_events_switch_id(const struct control_events *events)
{
	return events->switch_id;
}

void control_events_stats(const struct control_events *events, struct control_events_stats *out)
{
	struct journal_stats journal = { 0 };

	if (events->journal)
		journal_stats(events->journal, &journal);
	out->published = events->seq;
	out->journal_bytes = journal.bytes;
	out->journal_dropped = journal.dropped;
}
