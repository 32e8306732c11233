/* control/events: what happens on the switch, told in order to whoever subscribed, and kept until it is safe
 * elsewhere.
 *
 * An event gets its number, time and switch, is put into words once, and goes three ways: into a ring in
 * memory, into the journal on disk, and to each subscriber. A subscriber is a place in that sequence: one
 * that has just come reads the journal and the ring at its own pace until it has caught up, and from then on
 * hears each event as it happens.
 *
 * The journal (journal.h) keeps events until events.ack. At a start it shows what was not over when the last
 * process ended. What events are about is nobody's business here.
 *
 * Threads: the main thread; the journal has a thread of its own for its files.
 * Shutdown: control_events_free() after the last publish; it waits until the journal is on disk. */
#ifndef OFFHOOK_CONTROL_EVENTS_H
#define OFFHOOK_CONTROL_EVENTS_H

#include "daemon/offhookd/control/server.h"

struct control_events;

/* What the params of an event tell of that lasts until it is over (a call, a conference): its id, and in
 * *over whether it is; NULL: they tell of nothing such. */
typedef const char *control_events_lasting_h(const json_t *params, bool *over);

struct control_events_config {
	const char *switch_id;	 /* UUID of this start, copied */
	const char *journal_dir; /* "state-dir/journal", made when it is not there; NULL: no journal */
	size_t ring_max;	 /* events in memory */
	size_t journal_max;	 /* bytes on disk */
	/* The events that say how a thing that lasts stands ("call.state"), the last one NULL, and how to
	 * read them: the journal keeps the last one about each that is not over. NULL: there are none. */
	const char *const *lasting_methods;
	control_events_lasting_h *lasting;
};

/* Gives what events.snapshot tells: {"calls":[…],"registrations":[…],"trunks":[…]}, a new reference, or NULL
 * without memory. */
typedef json_t *control_events_snapshot_h(void *arg);

/* Opens the journal and reads what is left of earlier starts. Returns 0, ENOMEM, or the errno of a journal
 * that cannot be used. */
int control_events_alloc(struct control_events **out, const struct control_events_config *config,
			 control_events_snapshot_h *snapshot, void *arg) __attribute__((warn_unused_result));

/* Subscribers are peers of this server. To be called once, when there is one. */
void control_events_attach(struct control_events *events, struct control_server *server);

/* What an earlier start left that was not over: the params of the last event about it, borrowed. The handler
 * publishes its end. */
typedef void control_events_lost_h(const json_t *params, void *arg);

/* Calls `handler` for each that the journal shows; to be called once, before the first other event. */
void control_events_recover(struct control_events *events, control_events_lost_h *handler, void *arg);

/* Publishes. `params` (an object without seq, time and switch) is stolen and must not be changed by anybody
 * later. Returns the event's number, or 0 without memory. */
uint64_t control_events_publish(struct control_events *events, const char *method, json_t *params);

/* The same for what is written often: `members` is the params without braces, as text ("\"call\":{…}"),
 * copied. `lasting_id`: what lasts that the members tell of, or NULL, and `over` whether it is over; looked
 * at only of a method that is one of config->lasting_methods. */
uint64_t control_events_publish_text(struct control_events *events, const char *method, const char *members,
				     size_t length, const char *lasting_id, bool over);

/* Newest number, 0 when there is none yet. */
uint64_t control_events_seq(const struct control_events *events);
const char *control_events_switch_id(const struct control_events *events);

/* How many peers have subscribed. */
size_t control_events_subscribers(const struct control_events *events);

/* The methods events.subscribe and events.ack: each ends the request. */
void control_events_subscribe(struct control_events *events, struct control_request *request,
			      const json_t *params);
void control_events_ack(struct control_events *events, struct control_request *request, const json_t *params);

struct control_events_stats {
	uint64_t published;
	uint64_t journal_bytes;	  /* on disk and on their way */
	uint64_t journal_dropped; /* events that the journal lost to journal-max or to a failing disk */
};
void control_events_stats(const struct control_events *events, struct control_events_stats *out);

/* Waits for the journal and frees. To be called before control_server_free(). NULL is allowed. */
void control_events_free(struct control_events *events);

#endif
