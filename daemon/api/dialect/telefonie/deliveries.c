/* The operations on deliveries. */
#include "daemon/api/call/deliveries.h"

#include "daemon/api/dialect/telefonie/operations.h"
#include "lib/clock.h"

#include <string.h>

enum { PAGE_SIZE_DEFAULT = 50 };

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
	struct queue_filter filter = { .account = op->by.account->name };
	struct op_page page = { .page = 1, .page_size = PAGE_SIZE_DEFAULT };
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
	op_param_page(&get, &page);
	if (!op_params_ok(op, &get))
		return;
	filter.limit = page.page_size;
	filter.offset = (page.page - 1) * page.page_size;
	items = json_array();
	if (!queue_list(op->by.desk->store, &filter, add_delivery, items, &page.total)) {
		op_done_page(op, "deliveries", items, &page);
		return;
	}
	json_decref(items);
	op_fail_store(op);
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
	json_t *attempts, *json;
	struct fault fault;
	struct delivery d;

	if (!delivery_find(&op->by, op->args[0], &d, &fault)) {
		op_fail(op, &fault);
		return;
	}
	attempts = json_array();
	json = delivery_json(&d);
	if (!json || !attempts || queue_attempts(op->by.desk->store, d.nr, add_attempt, attempts)) {
		json_decref(attempts);
		json_decref(json);
		op_fail_store(op);
	} else {
		json_object_set_new(json, "log", attempts);
		json_object_set_new(json, "body", json_loads(d.body, 0, NULL));
		op_done(op, 200, json);
	}
	delivery_clear(&d);
}

static void on_ready(const struct fault *fault, void *arg)
{
	struct op *op = arg;

	if (fault)
		op_fail(op, fault);
	else
		op_done(op, 202, json_pack("{s:s, s:s}", "id", op->args[0], "state", "ready"));
}

void deliveries_op_redeliver(struct op *op)
{
	delivery_again(&op->by, op->args[0], on_ready, op);
}
