/* See trace.h. */
#include "daemon/api/call/trace.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/switch/link.h"
#include "lib/control_frame.h"

#include <stdlib.h>
#include <string.h>

struct question {
	const struct asker *by;
	call_trace_h *handler;
	void *arg;
};

static bool is_askers(const struct asker *by, const char *id)
{
	struct fault fault;
	struct call_row row;

	if (!id || !call_find(by, id, &row, &fault))
		return false;
	call_row_clear(&row);
	return true;
}

/* The entries of an array of which `member` is a text that `names` has. */
static json_t *those_of(const json_t *list, const char *member, const json_t *names)
{
	json_t *out = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)list, i, one)
	{
		const char *name = json_string_value(json_object_get(one, member));

		if (name && json_object_get(names, name))
			json_array_append(out, one);
	}
	return out;
}

/* A call that was joined with one of another account leads there. */
static json_t *without_others(const struct asker *by, const json_t *trace)
{
	json_t *ours = json_object(), *lines = json_object(), *link, *out;
	const json_t *links = json_object_get(trace, "calls");
	size_t i;

	json_array_foreach((json_t *)links, i, link)
	{
		const char *id = json_string_value(json_object_get(link, "call"));
		const char *line = json_string_value(json_object_get(link, "line"));

		if (!is_askers(by, id))
			continue;
		json_object_set_new(ours, id, json_true());
		if (line)
			json_object_set_new(lines, line, json_true());
	}
	out = json_pack("{s:o,s:o,s:o,s:o,s:O*}", "calls", those_of(links, "call", ours), "messages",
			those_of(json_object_get(trace, "messages"), "call", ours), "registrations",
			those_of(json_object_get(trace, "registrations"), "to_user", lines), "rtp",
			those_of(json_object_get(trace, "rtp"), "call", ours), "truncated",
			json_object_get(trace, "truncated"));
	json_decref(ours);
	json_decref(lines);
	return out;
}

static void on_trace(const json_t *result, const json_t *error, void *arg)
{
	struct question *q = arg;
	json_t *trace = error ? NULL : without_others(q->by, result);
	struct fault fault;

	if (error && json_integer_value(json_object_get(error, "code")) == CONTROL_NOT_FOUND)
		fault_set(&fault, FAULT_TRACE_UNKNOWN, FIELD_CALL,
			  "No SIP message of this call is kept: it is too long ago, it had none, or the conf "
			  "keeps none (trace).");
	else if (error)
		fault_from_switch(&fault, error, NULL);
	else if (!trace)
		fault_no_memory(&fault);
	q->handler(trace ? NULL : &fault, trace, q->arg);
	json_decref(trace);
	free(q);
}

/* True when the handler will be told. */
static bool ask(const struct asker *by, const char *id, call_trace_h *handler, void *arg, struct fault *fault)
{
	struct question *q;

	if (!link_is_ready_for(by->desk->link, id))
		return fault_switch_away(fault);
	q = calloc(1, sizeof *q);
	if (!q)
		return fault_no_memory(fault);
	*q = (struct question){ by, handler, arg };
	if (!link_call(by->desk->link, "call.trace", json_pack("{s:s}", "call", id), on_trace, q))
		return true;
	free(q);
	return fault_switch_away(fault);
}

void call_trace_get(const struct asker *by, const char *id, call_trace_h *handler, void *arg)
{
	struct fault fault;
	struct call_row row;
	bool asked = false;

	if (call_find(by, id, &row, &fault)) {
		asked = ask(by, row.id, handler, arg, &fault);
		call_row_clear(&row);
	}
	if (!asked)
		handler(&fault, NULL, arg);
}
