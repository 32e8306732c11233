/* control/events_private: shared by events.c and subscribers.c, by nobody else. */
#ifndef OFFHOOK_CONTROL_EVENTS_PRIVATE_H
#define OFFHOOK_CONTROL_EVENTS_PRIVATE_H

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/control/journal.h"
#include "lib/json_text.h"

#include <sys/queue.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* What is not over, with the last event about it: the journal repeats it in each segment. */
struct lasting {
	char id[40];
	uint64_t seq;
	struct control_line *line;
	UT_hash_handle hh;
};

/* Where a subscriber is. */
enum subscriber_phase {
	SUBSCRIBER_EARLIER, /* reads events of earlier starts from the journal */
	SUBSCRIBER_JOURNAL, /* reads events of this start from the journal */
	SUBSCRIBER_RING,    /* reads them from the ring */
	SUBSCRIBER_LIVE,    /* has all, and hears each new one */
};

struct subscriber {
	LIST_ENTRY(subscriber) entry;
	uint64_t peer;
	enum subscriber_phase phase;
	struct journal_cursor cursor;
	uint64_t next; /* number of the next event of this start */
	bool snapshot; /* wants one before it is live */
	bool failed;   /* a line could not be sent: it is to go */
};

struct control_events {
	char *switch_id;
	uint64_t seq;		    /* newest */
	struct control_line **ring; /* event n at n % ring_max */
	size_t ring_max;
	struct journal *journal; /* or NULL */
	struct lasting *lasting; /* by id; those that changed last are last */
	struct control_server *server;
	LIST_HEAD(subscriber_list, subscriber) subscribers;
	size_t subscriber_count;
	const char *const *lasting_methods;
	control_events_lasting_h *read_lasting;
	control_events_snapshot_h *snapshot;
	void *arg;
	struct json_text text; /* in which an event is put into words */
};

/* The line of an event that the ring still holds, borrowed, or NULL. */
struct control_line *control_events_kept(const struct control_events *events, uint64_t seq);

/* Sends a new event to all that are live. */
void control_subscribers_tell(struct control_events *events, uint64_t seq, struct control_line *line);
void control_subscribers_free(struct control_events *events);

#endif
