/* Why a call is as it is: one sentence, and the facts under it. */
#include "daemon/api/dialect/telefonie/why.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/store/events.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <stdio.h>
#include <string.h>

enum { MOMENTS_MAX = 1000 };

void why_add_to(json_t *facts, const char *fact, json_t *value, int64_t time)
{
	char text[CLOCK_TEXT_SIZE];
	json_t *one = value ? json_pack("{s:s, s:o}", "fact", fact, "value", value) : NULL;

	if (one && time)
		json_object_set_new(one, "time", json_string(clock_format_rfc3339(time, text)));
	if (one)
		json_array_append_new(facts, one);
}

void why_add(struct why *why, const char *fact, json_t *value, int64_t time)
{
	why_add_to(why->facts, fact, value, time);
}

static void add_known(struct why *why, const char *name, const json_t *snapshot, const char *member)
{
	why_add(why, name, json_incref(json_object_get(snapshot, member)), 0);
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

struct moments {
	struct why *why;
	const struct call_row *row;
	json_t *script; /* facts of its script, which stand behind the others */
};

static const char *far_end(const struct call_row *row)
{
	const char *user = json_member_text(row->snapshot, "user");
	const char *trunk = json_member_text(row->snapshot, "trunk");

	return user[0] ? user : trunk[0] ? trunk : "the far end";
}

static void add_quality(const struct moments *m, const struct log_entry *e)
{
	why_add_quality(m->why, e->data, far_end(m->row), e->time);
	why_add(m->why, "quality", json_incref(json_object_get(e->data, "stats")), e->time);
}

/* The moments of the call and of its script, and what its media was like. */
static bool add_moment(const struct log_entry *e, void *arg)
{
	const struct moments *m = arg;
	const char *status = json_string_value(json_object_get(json_object_get(e->data, "call"), "status"));
	char time[CLOCK_TEXT_SIZE];

	if (why_add_script(m->script, e->type, e->data, e->time))
		return true;
	clock_format_rfc3339(e->time, time);
	if (!strcmp(e->type, "call.state") && status)
		why_add(m->why, "status", json_sprintf("%s at %s", status, time), e->time);
	else if (!strcmp(e->type, "call.media_timeout"))
		why_add(m->why, "media",
			json_sprintf("nothing was heard from the far end any more at %s", time), e->time);
	else if (!strcmp(e->type, "call.machine"))
		why_add(m->why, "amd", json_incref(json_object_get(e->data, "machine")), e->time);
	else if (!strcmp(e->type, "call.bye_undelivered"))
		why_add(m->why, "hanging up", undelivered(e->data), e->time);
	else if (!strcmp(e->type, "call.quality"))
		add_quality(m, e);
	return true;
}

static void add_moments(struct why *why, const struct call_row *row)
{
	struct moments moments = { why, row, json_array() };

	why->failed |= events_about(why->store, row->nr, 0, MOMENTS_MAX, add_moment, &moments) != 0 ||
		       json_array_extend(why->facts, moments.script) != 0;
	json_decref(moments.script);
}

/* A sentence and, where it was not heard well, another one. */
static json_t *with_media(const struct why *why, json_t *sentence)
{
	json_t *both = why->media[0] && sentence
			   ? json_sprintf("%s %s", json_string_value(sentence), why->media)
			   : json_incref(sentence);

	json_decref(sentence);
	return both;
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

static void add_facts(struct why *why, const struct call_row *row)
{
	add_known(why, "ended by", row->snapshot, "ended_by");
	add_known(why, "SIP response", row->snapshot, "sip_code");
	add_known(why, "Q.850 cause", row->snapshot, "q850");
	why_add_route(why, row->snapshot);
	add_known(why, "user at the far end", row->snapshot, "user");
	add_known(why, "trunk at the far end", row->snapshot, "trunk");
	why_add_legs(why, row);
	add_known(why, "codec", row->snapshot, "codec");
	add_known(why, "encrypted with", row->snapshot, "srtp");
	add_moments(why, row);
	why_add_deliveries(why, row);
	add_known(why, "price", row->snapshot, "price");
	add_known(why, "price a minute", row->snapshot, "rate");
	add_known(why, "currency", row->snapshot, "price_unit");
	add_known(why, "network of the destination", row->snapshot, "network");
	add_known(why, "signalling from", row->snapshot, "source");
	add_known(why, "SIP Call-ID", row->snapshot, "sip_call_id");
}

void calls_op_why(struct op *op)
{
	struct why why = { .store = op->by.desk->store };
	struct fault fault;
	struct call_row row;

	if (!op_takes_nothing(op))
		return;
	if (!call_find(&op->by, op->args[0], &row, &fault)) {
		op_fail(op, &fault);
		return;
	}
	why.facts = json_array();
	if (why.facts)
		add_facts(&why, &row);
	if (why.facts && !why.failed) {
		op_done(op, 200,
			json_pack("{s:s, s:s, s:o, s:o}", "call_id", row.id, "status", row.status, "why",
				  with_media(&why, sentence(&row)), "facts", why.facts));
	} else {
		json_decref(why.facts);
		op_fail_store(op);
	}
	call_row_clear(&row);
}
