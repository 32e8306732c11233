/* control/events: numbering, the ring, publishing; see events.h. Subscribers are in subscribers.c. */
#define _GNU_SOURCE /* memmem */
#include "daemon/offhookd/control/events_private.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what lasts, for the journal ---- */

static void forget(struct control_events *events, struct lasting *one)
{
	HASH_DEL(events->lasting, one);
	control_line_drop(one->line);
	free(one);
}

/* Takes note of the newest line about it. */
static void note(struct control_events *events, const char *id, bool over, uint64_t seq,
		 struct control_line *line)
{
	struct lasting *one = NULL;

	HASH_FIND_STR(events->lasting, id, one);
	if (one)
		forget(events, one);
	if (over || strlen(id) >= sizeof(one->id))
		return;
	/* Those that changed last are last. */
	one = calloc(1, sizeof(*one));
	if (!one)
		return;
	strcpy(one->id, id);
	one->seq = seq;
	one->line = control_line_hold(line);
	HASH_ADD_STR(events->lasting, id, one);
	if (!one->hh.tbl) {
		control_line_drop(one->line);
		free(one);
	}
}

static bool is_about_lasting(const struct control_events *events, const char *method, size_t length)
{
	for (const char *const *one = events->lasting_methods; one && *one; one++)
		if (strlen(*one) == length && memcmp(*one, method, length) == 0)
			return true;
	return false;
}

/* The method of an event's line, which stands at its start; NULL: there is none. */
static const char *method_of(const char *text, size_t length, size_t *out_length)
{
	static const char before[] = "\"method\":\"";
	size_t head = length < 128 ? length : 128;
	const char *at = memmem(text, head, before, sizeof before - 1), *end;

	if (!at)
		return NULL;
	at += sizeof before - 1;
	end = memchr(at, '"', (size_t)(text + head - at));
	*out_length = end ? (size_t)(end - at) : 0;
	return end ? at : NULL;
}

/* A line of an earlier start. */
static bool on_old_line(const struct journal_line *old, void *arg)
{
	struct control_events *events = arg;
	struct control_line *line;
	size_t length = 0;
	const char *method = method_of(old->text, old->length, &length);
	json_t *message;
	const char *id;
	bool over;

	/* Only these need be read in full. */
	if (!method || !is_about_lasting(events, method, length))
		return true;
	message = json_loadb(old->text, old->length, 0, NULL);
	line = control_line_from_text(old->text, old->length);
	id = message && line ? events->read_lasting(json_object_get(message, "params"), &over) : NULL;
	if (id)
		note(events, id, over, old->seq, line);
	json_decref(message);
	control_line_drop(line);
	return true;
}

void control_events_recover(struct control_events *events, control_events_lost_h *handler, void *arg)
{
	struct lasting *lost = events->lasting, *one, *next;
	json_t *message;

	events->lasting = NULL;
	HASH_ITER(hh, lost, one, next)
	{
		HASH_DEL(lost, one);
		message = json_loadb(control_line_text(one->line), control_line_length(one->line), 0, NULL);
		handler(json_object_get(message, "params"), arg);
		json_decref(message);
		control_line_drop(one->line);
		free(one);
	}
	if (!events->journal)
		return;
	/* Before anybody hears it: a start that is killed as soon as it has told what was lost would leave it
	 * to the next one, which would tell it again. */
	journal_flush(events->journal);
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
	const struct lasting *one;

	if (journal_turns(events->journal, control_line_length(line))) {
		for (one = events->lasting; one; one = one->hh.next)
			journal_append(events->journal, one->seq, true, control_line_text(one->line),
				       control_line_length(one->line));
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
			const char *lasting_id, bool over)
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
	if (events->journal && lasting_id)
		note(events, lasting_id, over, seq, line);
	control_subscribers_tell(events, seq, line);
	control_line_drop(line);
	return seq;
}

uint64_t control_events_publish_text(struct control_events *events, const char *method, const char *members,
				     size_t length, const char *lasting_id, bool over)
{
	bool lasts = lasting_id && is_about_lasting(events, method, strlen(method));

	return publish(events, method, members, length, lasts ? lasting_id : NULL, over);
}

uint64_t control_events_publish(struct control_events *events, const char *method, json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT);
	const char *lasting_id = NULL;
	bool over = false;
	uint64_t seq = 0;

	if (is_about_lasting(events, method, strlen(method)))
		lasting_id = events->read_lasting(params, &over);
	if (text && text[0] == '{')
		seq = publish(events, method, text + 1, strlen(text) - 2, lasting_id, over);
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
	events->lasting_methods = config->lasting_methods;
	events->read_lasting = config->lasting;
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
	struct lasting *one, *next;

	if (!events)
		return;
	control_subscribers_free(events);
	journal_free(events->journal);
	HASH_ITER(hh, events->lasting, one, next)
	forget(events, one);
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
