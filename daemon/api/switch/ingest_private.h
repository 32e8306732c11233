/* ingest_private: inside of ingest, for ingest*.c alone. */
#ifndef OFFHOOK_API_INGEST_PRIVATE_H
#define OFFHOOK_API_INGEST_PRIVATE_H

#include "daemon/api/switch/ingest.h"

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

/* Whether the event is new; counts it when it is. */
bool ingest_is_new(struct ingest *ingest, const char *switch_id, int64_t seq);
/* The batch of this turn, made when there is none. NULL without memory. */
struct batch *ingest_batch(struct ingest *ingest);
/* Writes an event and keeps it for publishing. `text`: its data as JSON, or NULL. */
void ingest_take(struct ingest *ingest, const char *type, int64_t time, const json_t *data, const char *text);

#endif
