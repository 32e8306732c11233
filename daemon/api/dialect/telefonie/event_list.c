/* See event_list.h. */
#include "daemon/api/dialect/telefonie/event_list.h"

enum { EVENTS_DEFAULT = 100, EVENTS_MAX = 1000 };

struct telling {
	const struct conf *conf;
	const struct event_kind *kind;
	void *row;
	json_t *events;
	int64_t last;
};

static bool add_event(const struct log_entry *entry, void *arg)
{
	struct telling *telling = arg;

	if (!telling->kind->rewind(telling->row, entry->data))
		return true;
	telling->last = entry->n;
	return !json_array_append_new(telling->events,
				      telling->kind->json(telling->conf, entry, telling->row));
}

bool event_list_params(struct op *op, struct event_range *out)
{
	static const char *const names[] = { "after", "limit", NULL };
	struct json_get get;

	*out = (struct event_range){ .after = 0, .limit = EVENTS_DEFAULT };
	json_get_init(&get, op->params);
	json_get_only(&get, names);
	op_param_int(&get, "after", 0, INT64_MAX / 2, &out->after);
	op_param_int(&get, "limit", 1, EVENTS_MAX, &out->limit);
	return op_params_ok(op, &get);
}

void event_list_answer(struct op *op, const struct event_range *range, int64_t about, int64_t newest,
		       const struct event_kind *kind, void *row)
{
	struct telling telling = { op->by.desk->conf, kind, row, json_array(), range->after };

	if (!telling.events ||
	    events_about(op->by.desk->store, about, range->after, range->limit, add_event, &telling)) {
		json_decref(telling.events);
		op_fail_store(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:b}", "events", telling.events, "last", (json_int_t)telling.last,
			  "more", telling.last < newest));
}
