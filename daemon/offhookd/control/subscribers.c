/* control/subscribers: who hears events, and how one that has missed some catches up; see events.h. */
#include "daemon/offhookd/control/events_private.h"

#include "lib/json_get.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* While more than this waits for one that catches up, nothing is added: its place in the journal is its
 * backlog. */
enum { WINDOW = 256 << 10 };

static void remove_subscriber(struct control_events *events, struct subscriber *subscriber)
{
	LIST_REMOVE(subscriber, entry);
	events->subscriber_count--;
	free(subscriber);
}

static struct subscriber *find(const struct control_events *events, uint64_t peer)
{
	struct subscriber *subscriber;

	LIST_FOREACH(subscriber, &events->subscribers, entry) {
		if (subscriber->peer == peer)
			return subscriber;
	}
	return NULL;
}

static bool has_window(const struct control_events *events, const struct subscriber *subscriber)
{
	return control_server_backlog(events->server, subscriber->peer) < WINDOW;
}

/* Sends a line. When that fails the subscriber is marked, and its connection ends: no event is left out in
 * silence. */
static bool send_line(struct control_events *events, struct subscriber *subscriber, struct control_line *line)
{
	int err = line ? control_server_send(events->server, subscriber->peer, line) : ENOMEM;

	if (err == 0)
		return true;
	if (err == ENOMEM)
		control_server_close_peer(events->server, subscriber->peer, "Out of memory.");
	subscriber->failed = true;
	return false;
}

static bool send_text(struct control_events *events, struct subscriber *subscriber, const char *text,
		      size_t length)
{
	struct control_line *line = control_line_from_text(text, length);
	bool sent = send_line(events, subscriber, line);

	control_line_drop(line);
	return sent;
}

void control_subscribers_tell(struct control_events *events, uint64_t seq, struct control_line *line)
{
	struct subscriber *subscriber, *next;

	for (subscriber = LIST_FIRST(&events->subscribers); subscriber; subscriber = next) {
		next = LIST_NEXT(subscriber, entry);
		if (subscriber->phase != SUBSCRIBER_LIVE)
			continue;
		subscriber->next = seq + 1;
		if (!send_line(events, subscriber, line))
			remove_subscriber(events, subscriber);
	}
}

/* ---- catching up ---- */

struct pump {
	struct control_events *events;
	struct subscriber *subscriber;
};

/* A line of the journal, for one that reads what earlier starts left. */
static bool on_earlier_line(const struct journal_line *line, void *arg)
{
	struct pump *pump = arg;

	if (line->repeated || line->seq <= journal_acked(pump->events->journal, line->switch_id))
		return true;
	return send_text(pump->events, pump->subscriber, line->text, line->length) &&
	       has_window(pump->events, pump->subscriber);
}

/* Events that are nowhere any more are left out, and a snapshot at the end makes up for them. */
static void skip_gap(struct subscriber *subscriber, uint64_t to)
{
	log_warn("event.gap", NULL, "peer=%" PRIu64 " from=%" PRIu64 " to=%" PRIu64, subscriber->peer,
		 subscriber->next, to - 1);
	subscriber->next = to;
	subscriber->snapshot = true;
}

/* A line of the journal, for one that reads this start's. */
static bool on_own_line(const struct journal_line *line, void *arg)
{
	struct pump *pump = arg;

	if (line->repeated || line->seq < pump->subscriber->next)
		return true;
	if (line->seq > pump->subscriber->next)
		skip_gap(pump->subscriber, line->seq);
	pump->subscriber->next++;
	return send_text(pump->events, pump->subscriber, line->text, line->length) &&
	       has_window(pump->events, pump->subscriber);
}

static uint64_t oldest_kept(const struct control_events *events)
{
	return events->seq >= events->ring_max ? events->seq - events->ring_max + 1 : 1;
}

static void read_earlier(struct control_events *events, struct subscriber *subscriber)
{
	struct pump pump = { events, subscriber };

	if (!journal_read(events->journal, &subscriber->cursor, true, on_earlier_line, &pump))
		subscriber->phase = SUBSCRIBER_RING;
}

static void read_journal(struct control_events *events, struct subscriber *subscriber)
{
	struct pump pump = { events, subscriber };
	uint64_t before = subscriber->next;

	if (control_events_kept(events, subscriber->next) || subscriber->next > events->seq) {
		subscriber->phase = SUBSCRIBER_RING;
		return;
	}
	if (journal_read(events->journal, &subscriber->cursor, false, on_own_line, &pump) ||
	    subscriber->next != before)
		return;
	/* It is on its way to the disk, or was dropped, and the ring is too short for it. */
	skip_gap(subscriber, oldest_kept(events));
}

static void send_snapshot(struct control_events *events, struct subscriber *subscriber)
{
	json_t *params = events->snapshot ? events->snapshot(events->arg) : json_object();
	struct control_line *line = NULL;
	json_t *message = NULL;

	if (params && json_object_set_new(params, "switch", json_string(events->switch_id)) == 0 &&
	    json_object_set_new(params, "seq", json_integer((json_int_t)events->seq)) == 0)
		message = control_frame_notification("events.snapshot", json_incref(params));
	if (message)
		line = control_line_alloc(message);
	if (send_line(events, subscriber, line))
		subscriber->snapshot = false;
	control_line_drop(line);
	json_decref(message);
	json_decref(params);
}

static void read_ring(struct control_events *events, struct subscriber *subscriber)
{
	struct control_line *line;

	if (subscriber->next > events->seq) {
		if (subscriber->snapshot)
			send_snapshot(events, subscriber);
		else
			subscriber->phase = SUBSCRIBER_LIVE;
		return;
	}
	line = control_events_kept(events, subscriber->next);
	if (line) {
		subscriber->next++;
		send_line(events, subscriber, line);
	} else if (events->journal && journal_seek(events->journal, subscriber->next, &subscriber->cursor)) {
		subscriber->phase = SUBSCRIBER_JOURNAL;
	} else {
		control_server_close_peer(events->server, subscriber->peer,
					  "You are too far behind: subscribe again.");
		subscriber->failed = true;
	}
}

/* Sends what the subscriber has missed, until it has all or enough waits for it. */
static void pump(struct control_events *events, struct subscriber *subscriber)
{
	while (subscriber->phase != SUBSCRIBER_LIVE && !subscriber->failed &&
	       has_window(events, subscriber)) {
		if (subscriber->phase == SUBSCRIBER_EARLIER)
			read_earlier(events, subscriber);
		else if (subscriber->phase == SUBSCRIBER_JOURNAL)
			read_journal(events, subscriber);
		else
			read_ring(events, subscriber);
	}
	if (subscriber->failed)
		remove_subscriber(events, subscriber);
}

static void on_drained(uint64_t peer, void *arg)
{
	struct subscriber *subscriber = find(arg, peer);

	if (subscriber && subscriber->phase != SUBSCRIBER_LIVE)
		pump(arg, subscriber);
}

static void on_gone(uint64_t peer, void *arg)
{
	struct subscriber *subscriber = find(arg, peer);

	if (subscriber)
		remove_subscriber(arg, subscriber);
}

void control_events_attach(struct control_events *events, struct control_server *server)
{
	events->server = server;
	control_server_watch(server, on_drained, on_gone, events);
}

void control_subscribers_free(struct control_events *events)
{
	struct subscriber *subscriber;

	while ((subscriber = LIST_FIRST(&events->subscribers)) != NULL)
		remove_subscriber(events, subscriber);
	if (events->server)
		control_server_watch(events->server, NULL, NULL, NULL);
}

size_t control_events_subscribers(const struct control_events *events)
{
	return events->subscriber_count;
}

/* ---- the methods ---- */

struct subscription {
	int64_t since; /* -1: not said */
	const char *switch_id;
	bool journal;
};

static bool is_kept(const struct control_events *events, uint64_t seq)
{
	struct journal_cursor cursor;

	return control_events_kept(events, seq) ||
	       (events->journal && journal_seek(events->journal, seq, &cursor));
}

/* Whether every event after `since` can be told. */
static bool can_replay(const struct control_events *events, const struct subscription *s)
{
	if (s->since < 0 || !s->switch_id || strcmp(s->switch_id, events->switch_id) != 0)
		return false;
	if ((uint64_t)s->since >= events->seq)
		return (uint64_t)s->since == events->seq;
	return is_kept(events, (uint64_t)s->since + 1);
}

/* The first event of this start that nobody has acknowledged, for one that keeps a log of events and knows
 * none of them. */
static uint64_t first_unacked(const struct control_events *events)
{
	uint64_t seq =
	    events->journal ? journal_acked(events->journal, events->switch_id) + 1 : events->seq + 1;

	return is_kept(events, seq) ? seq : events->seq + 1;
}

/* Sets where the subscriber begins. Returns how many events will be told again. */
static uint64_t place(struct control_events *events, struct subscriber *subscriber,
		      const struct subscription *s)
{
	uint64_t earlier = s->journal && events->journal ? journal_earlier(events->journal) : 0;

	subscriber->snapshot = !can_replay(events, s);
	subscriber->phase = SUBSCRIBER_RING;
	if (!subscriber->snapshot)
		subscriber->next = (uint64_t)s->since + 1;
	else
		subscriber->next = s->journal ? first_unacked(events) : events->seq + 1;
	if (earlier > 0) {
		subscriber->phase = SUBSCRIBER_EARLIER;
		journal_rewind(events->journal, &subscriber->cursor);
	}
	return earlier + events->seq + 1 - subscriber->next;
}

void control_events_subscribe(struct control_events *events, struct control_request *request,
			      const json_t *params)
{
	static const char *const known[] = { "since", "switch", "journal", NULL };
	struct subscription s = { .since = -1 };
	struct subscriber *subscriber;
	uint64_t peer = control_request_peer(request), replayed;
	struct json_get g;

	json_get_init(&g, params);
	json_get_only(&g, known);
	json_get_int(&g, "since", false, 0, INT64_MAX - 1, &s.since);
	json_get_string(&g, "switch", false, &s.switch_id);
	json_get_bool(&g, "journal", false, &s.journal);
	if (json_get_status(&g) != 0) {
		control_reply_invalid(request, &g);
		return;
	}
	/* Subscribing again begins anew. */
	on_gone(peer, events);
	subscriber = calloc(1, sizeof(*subscriber));
	if (!subscriber) {
		control_reply_error(request, CONTROL_UNAVAILABLE, "out of memory", NULL);
		return;
	}
	subscriber->peer = peer;
	replayed = place(events, subscriber, &s);
	LIST_INSERT_HEAD(&events->subscribers, subscriber, entry);
	events->subscriber_count++;
	control_reply(request, json_pack("{s:s, s:I, s:I, s:b}", "switch", events->switch_id, "seq",
					 (json_int_t)events->seq, "replayed", (json_int_t)replayed,
					 "snapshot", (int)subscriber->snapshot));
	/* Its connection may have gone, or gone just now. */
	subscriber = find(events, peer);
	if (subscriber && !control_server_has_peer(events->server, peer))
		remove_subscriber(events, subscriber);
	else if (subscriber)
		pump(events, subscriber);
}

void control_events_ack(struct control_events *events, struct control_request *request, const json_t *params)
{
	static const char *const known[] = { "seq", "switch", NULL };
	const char *switch_id = events->switch_id;
	struct json_get g;
	int64_t seq = 0;

	json_get_init(&g, params);
	json_get_only(&g, known);
	json_get_int(&g, "seq", true, 0, INT64_MAX, &seq);
	json_get_string(&g, "switch", false, &switch_id);
	if (json_get_status(&g) == 0 && strcmp(switch_id, events->switch_id) == 0 &&
	    (uint64_t)seq > events->seq)
		json_get_fail(&g, "seq",
			      "\"seq\" must be the number of an event that there was, at most %" PRIu64,
			      events->seq);
	if (json_get_status(&g) != 0) {
		control_reply_invalid(request, &g);
		return;
	}
	if (events->journal)
		journal_ack(events->journal, switch_id, (uint64_t)seq);
	control_reply(request, json_pack("{s:I}", "acked", (json_int_t)seq));
}
