/* publisher: every event of the log, published to a broker (broker.h) as conf { bus } says.
 *
 * Concept. The log is the queue: a publisher keeps how far it has got (in the store), reads on from there in
 * the order of the log, and moves on when the broker has kept what it was given. So each event is published
 * at least once, in order, through outages of the broker and ends of this process; its id is the same
 * whenever it is sent. Nothing waits for a broker. The first time a broker is named it begins with what
 * happens from then on.
 *
 * Threads. One for each broker, which does nothing but talk to it; all else on the event base's.
 * publisher_free() waits for the former, for as long as a broker may take to answer. */
#ifndef OFFHOOK_API_PUBLISH_PUBLISHER_H
#define OFFHOOK_API_PUBLISH_PUBLISHER_H

#include "daemon/api/publish/broker.h"
#include "daemon/api/switch/bus.h"

#include <stdint.h>

struct event_base;
struct publisher;
struct store;

struct publisher_setup {
	struct event_base *base;
	const struct conf_bus *conf;
	struct store *store;
	struct bus *bus;
	const struct broker *broker;
	/* An event as it is published: a new object, or NULL. */
	json_t *(*render)(const struct bus_event *event, void *arg);
	void *arg;
};

/* Returns 0 or an errno. */
int publisher_alloc(struct publisher **out, const struct publisher_setup *setup)
    __attribute__((warn_unused_result));
/* NULL is ignored. */
void publisher_free(struct publisher *publisher);

struct publisher_stats {
	const char *broker;
	bool connected;
	int64_t waiting;    /* events of the log that it has not kept yet */
	uint64_t published; /* since the start */
	uint64_t failures;  /* connections and batches that came to nothing */
};
void publisher_stats(const struct publisher *publisher, struct publisher_stats *out);

#endif
