/* What happened to a call: its events. */
#include "daemon/api/call/calls.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/event_list.h"
#include "daemon/api/dialect/telefonie/operations.h"

static bool rewind_call(void *row, const json_t *data)
{
	call_row_rewind(row, json_object_get(data, "call"));
	return true;
}

static json_t *event_json(const struct conf *conf, const struct log_entry *entry, const void *row)
{
	return call_event_json(conf, entry->n, entry->time, entry->type, row, entry->data);
}

void calls_op_events(struct op *op)
{
	static const struct event_kind kind = { rewind_call, event_json };
	struct event_range range;
	struct fault fault;
	struct call_row row;

	if (!event_list_params(op, &range))
		return;
	if (!call_find(&op->by, op->args[0], &row, &fault)) {
		op_fail(op, &fault);
		return;
	}
	event_list_answer(op, &range, row.nr, row.last_event, &kind, &row);
	call_row_clear(&row);
}
