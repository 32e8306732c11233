/* event_list: the events about one thing as an operation answers with them: GET …/{id}/events. */
#ifndef OFFHOOK_API_EVENT_LIST_H
#define OFFHOOK_API_EVENT_LIST_H

#include "daemon/api/store/events.h"
#include "daemon/api/dialect/telefonie/op.h"

/* Which ones are asked for. */
struct event_range {
	int64_t after, limit;
};

/* How those about one kind of thing are written; `row` is the thing. */
struct event_kind {
	/* Makes the row what it was at that event. False: the event is left out. */
	bool (*rewind)(void *row, const json_t *data);
	json_t *(*json)(const struct conf *conf, const struct log_entry *entry, const void *row);
};

/* Reads the parameters. Answers 400 and returns false when they are wrong. */
bool event_list_params(struct op *op, struct event_range *out);

/* Answers with the events about `about` (as in store/events.h); `newest`: number of its last one. */
void event_list_answer(struct op *op, const struct event_range *range, int64_t about, int64_t newest,
		       const struct event_kind *kind, void *row);

#endif
