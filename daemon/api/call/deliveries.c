#include "daemon/api/call/deliveries.h"

#include "daemon/api/hook/hooks.h"
#include "daemon/api/hook/queue.h"
#include "daemon/api/call/calls.h"
#include "lib/clock.h"
#include "lib/json_get.h"

#include <errno.h>
#include <string.h>

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 100, PAGE_MAX = 10000000 };

static json_t *delivery_json(const struct delivery *d)
{
	char created[CLOCK_TEXT_SIZE], next[CLOCK_TEXT_SIZE];
	json_t *json = json_pack(
	    "{s:s, s:s, s:I, s:s, s:s, s:s, s:I}", "id", d->id, d->conference ? "conference_id" : "call_id",
	    d->call, "sequence", (json_int_t)d->n, "url", d->url, "state", d->state, "date_created",
	    clock_format_rfc3339(d->created, created), "attempts", (json_int_t)d->attempts);

	if (json && !strcmp(d->state, "ready"))
		json_object_set_new(json, "next_attempt", json_string(clock_format_rfc3339(d->next, next)));
	return json;
}

static void add_delivery(const struct delivery *delivery, void *arg)
{
	json_array_append_new(arg, delivery_json(delivery));
}

void deliveries_op_list(struct op *op)
{
	static const char *const names[] = { "call_id", "conference_id", "state", "page", "page_size", NULL };
	static const char *const states[] = { "waiting", "ready", "sending", "delivered", "failed", NULL };
	struct queue_filter filter = { .account = op->account->name, .limit = PAGE_SIZE_DEFAULT };
	int64_t page = 1, total = 0;
	struct json_get get;
	json_t *items;
	int state;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "call_id", false, &filter.call);
	if (filter.call && json_object_get(op->params, "conference_id"))
		json_get_fail(&get, "conference_id", "Give either call_id or conference_id, not both.");
	else
		json_get_string(&get, "conference_id", false, &filter.call);
	if (json_get_enum(&get, "state", false, states, &state))
		filter.state = states[state];
	op_param_int(&get, "page", 1, PAGE_MAX, &page);
	op_param_int(&get, "page_size", 1, PAGE_SIZE_MAX, &filter.limit);
	if (!op_params_ok(op, &get))
		return;
	filter.offset = (page - 1) * filter.limit;
	items = json_array();
	if (!items || queue_list(op->api->store, &filter, add_delivery, items, &total)) {
		json_decref(items);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", "deliveries", items, "total", (json_int_t)total, "page",
			  (json_int_t)page, "page_size", (json_int_t)filter.limit));
}

/* Reads args[0]'s delivery, or answers and returns false. */
static bool find(struct op *op, struct delivery *out)
{
	int err = queue_get(op->api->store, op->args[0], out);

	if (!err && !strcmp(out->account, op->account->name))
		return true;
	delivery_clear(out);
	if (err == EIO)
		op_store_problem(op);
	else
		op_problem(op, 404, "delivery_id", "There is no such delivery.");
	return false;
}

static void add_attempt(const struct attempt *attempt, void *arg)
{
	char time[CLOCK_TEXT_SIZE];
	json_t *json = json_pack("{s:I, s:s, s:I, s:s*}", "attempt", (json_int_t)attempt->n, "time",
				 clock_format_rfc3339(attempt->time, time), "duration_ms",
				 (json_int_t)attempt->duration_ms, "error", attempt->error);

	if (attempt->status)
		json_object_set_new(json, "status", json_integer(attempt->status));
	json_array_append_new(arg, json);
}

void deliveries_op_get(struct op *op)
{
	json_t *attempts = json_array(), *json;
	struct delivery d;

	if (!find(op, &d)) {
		json_decref(attempts);
		return;
	}
	json = delivery_json(&d);
	if (!json || !attempts || queue_attempts(op->api->store, d.nr, add_attempt, attempts)) {
		json_decref(attempts);
		json_decref(json);
		op_store_problem(op);
	} else {
		json_object_set_new(json, "log", attempts);
		json_object_set_new(json, "body", json_loads(d.body, 0, NULL));
		op_done(op, 200, json);
	}
	delivery_clear(&d);
}

void deliveries_op_redeliver(struct op *op)
{
	struct delivery d;

	if (!find(op, &d))
		return;
	if (!strcmp(d.state, "waiting"))
		op_problem(op, 409, "delivery_id",
			   "An earlier event of this call is not delivered yet; this one follows it.");
	else if (!strcmp(d.state, "sending"))
		op_problem(op, 409, "delivery_id", "It is being sent right now.");
	else if (queue_again(op->api->store, d.nr, clock_utc_ms()))
		op_store_problem(op);
	else {
		hooks_kick(op->api->hooks);
		op_done_after_commit(op, 202, json_pack("{s:s, s:s}", "id", d.id, "state", "ready"));
	}
	delivery_clear(&d);
}
