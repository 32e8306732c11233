/* Where a call went, what its script did, and who was told of it. */
#include "daemon/api/dialect/telefonie/why.h"

#include "daemon/api/hook/queue.h"
#include "daemon/api/store/events.h"
#include "lib/json_get.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEGS_MAX = 50, DELIVERIES_MAX = 200, ATTEMPTS_MAX = 20, EVENTS_MAX = 1000, LEG_FACT_SIZE = 96 };

static json_int_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* ---- places ---- */

static const char *owner_of(const json_t *tried, char out[LEG_FACT_SIZE])
{
	const char *trunk = json_member_text(tried, "trunk"), *user = json_member_text(tried, "user");

	snprintf(out, LEG_FACT_SIZE, "%s%.80s",
		 trunk[0]  ? "trunk "
		 : user[0] ? "user "
			   : "",
		 trunk[0] ? trunk : user);
	return out;
}

static json_t *tried_text(const json_t *one)
{
	const char *at = json_member_text(one, "at"), *said = json_member_text(one, "why");
	const json_int_t code = number_of(one, "code"), after = number_of(one, "after_ms");
	char owner[LEG_FACT_SIZE], number[16] = "";

	owner_of(one, owner);
	if (code)
		snprintf(number, sizeof number, "%d ", (int)code);
	return json_sprintf("%s%s%s: %s%s%s, after %lld ms", owner, owner[0] && at[0] ? " at " : "", at,
			    number, said,
			    json_is_true(json_object_get(one, "unheard")) ? " (nothing came from there)" : "",
			    (long long)after);
}

void why_add_route(struct why *why, const json_t *snapshot)
{
	const json_t *one;
	size_t i;

	why_add(why, "route", json_incref(json_object_get(snapshot, "route")), 0);
	json_array_foreach(json_object_get(snapshot, "tried"), i, one)
	{
		why_add(why, "tried", tried_text(one), 0);
	}
}

/* ---- other legs ---- */

struct leg {
	struct why *why;
	const char *who;
};

static bool add_leg_quality(const struct log_entry *e, void *arg)
{
	const struct leg *leg = arg;

	if (!strcmp(e->type, "call.quality"))
		why_add_quality(leg->why, e->data, leg->who, e->time);
	return true;
}

static void add_leg(struct why *why, const struct call_row *row, const char *fact)
{
	const char *user = json_member_text(row->snapshot, "user"),
		   *trunk = json_member_text(row->snapshot, "trunk");
	const char *reason = json_member_text(row->snapshot, "reason");
	struct leg leg = { why, user[0] ? user : trunk[0] ? trunk : row->to };

	why_add(why, fact,
		json_sprintf("%.8s %s%s: %s%s%s", row->id,
			     user[0]	? "user "
			     : trunk[0] ? "trunk "
					: "",
			     leg.who, row->status, reason[0] ? ": " : "", reason),
		row->created);
	if (row->parent)
		why_add_route(why, row->snapshot);
	if (row->answered)
		why->failed |= events_about(why->store, row->nr, 0, EVENTS_MAX, add_leg_quality, &leg) != 0;
}

static bool on_child(const struct call_row *row, void *arg)
{
	add_leg(arg, row, "called");
	return true;
}

void why_add_legs(struct why *why, const struct call_row *row)
{
	struct calls_filter filter = {
		.account = row->account, .parent = row->id, .page = 1, .page_size = LEGS_MAX
	};
	struct call_row parent;
	int64_t total;

	if (row->parent && !calls_get(why->store, row->parent, &parent)) {
		if (!strcmp(parent.account, row->account))
			add_leg(why, &parent, "called for");
		call_row_clear(&parent);
	}
	why->failed |= calls_list(why->store, &filter, on_child, why, &total) != 0;
}

/* ---- its script ---- */

static json_t *step_text(const json_t *data)
{
	return json_sprintf("<%s> in line %lld", json_member_text(data, "verb"),
			    (long long)number_of(data, "line"));
}

static json_t *fetched_text(const json_t *data)
{
	const char *error = json_member_text(data, "error");
	char status[32];

	snprintf(status, sizeof status, "HTTP %d", (int)number_of(data, "status"));
	return json_sprintf("%s %s: %s, after %lld ms; %lld bytes: %s", json_member_text(data, "method"),
			    json_member_text(data, "url"), error[0] ? error : status,
			    (long long)number_of(data, "duration_ms"), (long long)number_of(data, "size"),
			    json_member_text(data, "body"));
}

static json_t *problem_text(const json_t *data)
{
	const json_int_t line = number_of(data, "line");
	const char *element = json_member_text(data, "element");

	if (!line)
		return json_string(json_member_text(data, "message"));
	return json_sprintf("%s%s%s%s (line %lld, column %lld)", element[0] ? "<" : "", element,
			    element[0] ? ">: " : "", json_member_text(data, "message"), (long long)line,
			    (long long)number_of(data, "column"));
}

bool why_add_script(json_t *facts, const char *type, const json_t *data, int64_t time)
{
	if (!strcmp(type, "script.step"))
		why_add_to(facts, "script step", step_text(data), time);
	else if (!strcmp(type, "script.request"))
		why_add_to(facts, "script request", fetched_text(data), time);
	else if (!strcmp(type, "script.error"))
		why_add_to(facts, "script error", problem_text(data), time);
	else if (!strcmp(type, "script.warning"))
		why_add_to(facts, "script warning", problem_text(data), time);
	else
		return false;
	return true;
}

/* ---- webhooks ---- */

static void on_delivery(const struct delivery *d, void *arg)
{
	json_array_append_new(arg, json_pack("{s:I, s:s, s:s, s:I, s:I}", "nr", (json_int_t)d->nr, "url",
					     d->url, "state", d->state, "n", (json_int_t)d->n, "created",
					     (json_int_t)d->created));
}

static void on_attempt(const struct attempt *a, void *arg)
{
	json_t *list = arg;

	if (json_array_size(list) >= ATTEMPTS_MAX)
		return;
	json_array_append_new(list, a->error && a->error[0]
					? json_sprintf("attempt %lld: %s", (long long)a->n, a->error)
					: json_sprintf("attempt %lld: HTTP %d after %lld ms", (long long)a->n,
						       a->status, (long long)a->duration_ms));
}

static void add_delivery(struct why *why, const json_t *d)
{
	json_t *attempts = json_array(),
	       *text = json_sprintf("%s: %s", json_member_text(d, "url"), json_member_text(d, "state")), *one;
	size_t i;

	why->failed |= !attempts || queue_attempts(why->store, number_of(d, "nr"), on_attempt, attempts) != 0;
	json_array_foreach(attempts, i, one)
	{
		json_t *longer = json_sprintf("%s; %s", json_string_value(text), json_string_value(one));

		json_decref(text);
		text = longer;
	}
	why_add(why, "webhook", text, number_of(d, "created"));
	json_decref(attempts);
}

void why_add_deliveries(struct why *why, const struct call_row *row)
{
	struct queue_filter filter = { .account = row->account, .call = row->id, .limit = DELIVERIES_MAX };
	json_t *list = json_array();
	int64_t total;

	why->failed |= !list || queue_list(why->store, &filter, on_delivery, list, &total) != 0;
	for (size_t i = json_array_size(list); i-- > 0;) /* newest first */
		add_delivery(why, json_array_get(list, i));
	json_decref(list);
}
