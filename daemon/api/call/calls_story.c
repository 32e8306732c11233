/* What happened to a call: its events, and why it ended as it did. */
#include "daemon/api/call/calls.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/call/event_list.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENTS_MAX = 1000 };

static bool rewind_call(void *row, const json_t *data)
{
	call_row_rewind(row, json_object_get(data, "call"));
	return true;
}

static json_t *event_json(const struct api *api, const struct log_entry *entry, const void *row)
{
	return call_event_json(api, entry->n, entry->time, entry->type, row, entry->data);
}

void calls_op_events(struct op *op)
{
	static const struct event_kind kind = { rewind_call, event_json };
	struct event_range range;
	struct call_row row;

	if (!event_list_params(op, &range) || !calls_op_find(op, &row))
		return;
	event_list_answer(op, &range, row.nr, row.last_event, &kind, &row);
	call_row_clear(&row);
}

/* Why */

static void add_fact(json_t *facts, const char *name, json_t *value)
{
	if (value)
		json_array_append_new(facts, json_pack("{s:s, s:o}", "fact", name, "value", value));
}

static void add_known(json_t *facts, const char *name, const json_t *snapshot, const char *member)
{
	add_fact(facts, name, json_incref(json_object_get(snapshot, member)));
}

/* The moments of the call, and what its media was like. */
static bool add_moment(const struct log_entry *entry, void *arg)
{
	const char *status =
	    json_string_value(json_object_get(json_object_get(entry->data, "call"), "status"));
	json_t *facts = arg;
	char time[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(entry->time, time);
	if (!strcmp(entry->type, "call.state") && status)
		add_fact(facts, "status", json_sprintf("%s at %s", status, time));
	else if (!strcmp(entry->type, "call.media_timeout"))
		add_fact(facts, "media",
			 json_sprintf("nothing was heard from the far end any more at %s", time));
	else if (!strcmp(entry->type, "call.quality") && json_object_get(entry->data, "stats"))
		add_fact(facts, "quality", json_incref(json_object_get(entry->data, "stats")));
	return true;
}

static json_t *sentence(const struct call_row *row)
{
	const char *reason = json_string_value(json_object_get(row->snapshot, "reason"));
	const char *by = json_string_value(json_object_get(row->snapshot, "ended_by"));
	int64_t now = clock_utc_ms();

	if (reason && row->ended)
		return json_string(reason);
	if (row->ended)
		return json_sprintf("The call ended as %s, by %s.", row->status,
				    by ? by : "somebody unknown");
	if (row->answered)
		return json_sprintf("The call has been up for %lld seconds.",
				    (long long)(now - row->answered) / 1000);
	return json_sprintf("The call has been %s for %lld seconds.", row->status,
			    (long long)(now - row->created) / 1000);
}

void calls_op_why(struct op *op)
{
	static const char *const none[] = { NULL };
	struct call_row row;
	struct json_get get;
	json_t *facts;

	json_get_init(&get, op->params);
	json_get_only(&get, none);
	if (!op_params_ok(op, &get) || !calls_op_find(op, &row))
		return;
	facts = json_array();
	add_known(facts, "ended by", row.snapshot, "ended_by");
	add_known(facts, "SIP response", row.snapshot, "sip_code");
	add_known(facts, "Q.850 cause", row.snapshot, "q850");
	add_known(facts, "user at the far end", row.snapshot, "user");
	add_known(facts, "trunk at the far end", row.snapshot, "trunk");
	add_known(facts, "price", row.snapshot, "price");
	add_known(facts, "price a minute", row.snapshot, "rate");
	add_known(facts, "currency", row.snapshot, "price_unit");
	add_known(facts, "network of the destination", row.snapshot, "network");
	add_known(facts, "signalling from", row.snapshot, "source");
	add_known(facts, "codec", row.snapshot, "codec");
	add_known(facts, "encrypted with", row.snapshot, "srtp");
	add_known(facts, "SIP Call-ID", row.snapshot, "sip_call_id");
	if (!facts || events_about(op->api->store, row.nr, 0, MOMENTS_MAX, add_moment, facts)) {
		json_decref(facts);
		op_store_problem(op);
	} else {
		op_done(op, 200,
			json_pack("{s:s, s:s, s:o, s:o}", "call_id", row.id, "status", row.status, "why",
				  sentence(&row), "facts", facts));
	}
	call_row_clear(&row);
}
