/* What happened to a call: its events, and why it ended as it did. */
#include "daemon/api/call/calls.h"

#include "daemon/api/dialect/telefonie/call_json.h"
#include "daemon/api/dialect/telefonie/event_list.h"
#include "lib/clock.h"
#include "daemon/api/dialect/telefonie/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENTS_MAX = 1000 };

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

/* Our BYE did not arrive where the far end's Contact says. */
static json_t *undelivered(const json_t *data)
{
	json_int_t code = json_integer_value(json_object_get(data, "code"));
	json_int_t again = json_integer_value(json_object_get(data, "again"));

	if (again)
		return json_sprintf(
		    "the far end could not be told at its Contact (%lld); told again the way its call "
		    "was placed: %lld",
		    (long long)code, (long long)again);
	return json_sprintf("the far end could not be told at its Contact (%lld); its side may still be up",
			    (long long)code);
}

/* The moments of the call, and what its media was like. */
static bool add_moment(const struct log_entry *entry, void *arg)
{
	const char *status =
	    json_string_value(json_object_get(json_object_get(entry->data, "call"), "status"));
	json_t *facts = arg;
	char time[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(entry->time, time);
	if (!strncmp(entry->type, "script.", strlen("script.")))
		add_fact(facts, strcmp(entry->type, "script.error") ? "script warning" : "script error",
			 json_incref(json_object_get(entry->data, "message")));
	if (!strcmp(entry->type, "call.state") && status)
		add_fact(facts, "status", json_sprintf("%s at %s", status, time));
	else if (!strcmp(entry->type, "call.media_timeout"))
		add_fact(facts, "media",
			 json_sprintf("nothing was heard from the far end any more at %s", time));
	else if (!strcmp(entry->type, "call.bye_undelivered"))
		add_fact(facts, "hanging up", undelivered(entry->data));
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

static json_t *facts_of(const struct op *op, const struct call_row *row)
{
	json_t *facts = json_array();

	add_known(facts, "ended by", row->snapshot, "ended_by");
	add_known(facts, "SIP response", row->snapshot, "sip_code");
	add_known(facts, "Q.850 cause", row->snapshot, "q850");
	add_known(facts, "user at the far end", row->snapshot, "user");
	add_known(facts, "trunk at the far end", row->snapshot, "trunk");
	add_known(facts, "price", row->snapshot, "price");
	add_known(facts, "price a minute", row->snapshot, "rate");
	add_known(facts, "currency", row->snapshot, "price_unit");
	add_known(facts, "network of the destination", row->snapshot, "network");
	add_known(facts, "signalling from", row->snapshot, "source");
	add_known(facts, "codec", row->snapshot, "codec");
	add_known(facts, "encrypted with", row->snapshot, "srtp");
	add_known(facts, "SIP Call-ID", row->snapshot, "sip_call_id");
	if (!facts || events_about(op->by.desk->store, row->nr, 0, MOMENTS_MAX, add_moment, facts)) {
		json_decref(facts);
		return NULL;
	}
	return facts;
}

void calls_op_why(struct op *op)
{
	struct fault fault;
	struct call_row row;
	json_t *facts;

	if (!op_takes_nothing(op))
		return;
	if (!call_find(&op->by, op->args[0], &row, &fault)) {
		op_fail(op, &fault);
		return;
	}
	facts = facts_of(op, &row);
	if (facts) {
		op_done(op, 200,
			json_pack("{s:s, s:s, s:o, s:o}", "call_id", row.id, "status", row.status, "why",
				  sentence(&row), "facts", facts));
	} else {
		op_fail_store(op);
	}
	call_row_clear(&row);
}
