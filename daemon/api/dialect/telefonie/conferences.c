/* The operations on conferences. */
#include "daemon/api/call/conferences.h"

#include "daemon/api/dialect/telefonie/conference_json.h"
#include "daemon/api/dialect/telefonie/event_list.h"
#include "daemon/api/dialect/telefonie/operations.h"

#include <stdio.h>

enum { PAGE_SIZE_DEFAULT = 100 };

struct listing {
	const struct conf *conf;
	json_t *items;
};

static bool add_conference(const struct conference_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->items, conference_json(listing->conf, row));
}

void conferences_op_list(struct op *op)
{
	static const char *const names[] = { "status", "page", "page_size", NULL };
	static const char *const statuses[] = { "init", "in-progress", "completed", NULL };
	struct op_page page = { .page = 1, .page_size = PAGE_SIZE_DEFAULT };
	struct listing listing = { op->by.desk->conf, NULL };
	struct json_get get;
	int status = -1;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", false, statuses, &status);
	op_param_page(&get, &page);
	if (!op_params_ok(op, &get))
		return;
	listing.items = json_array();
	if (!conferences_list(op->by.desk->store, op->by.account->name, status < 0 ? NULL : statuses[status],
			      page.page_size, (page.page - 1) * page.page_size, add_conference, &listing,
			      &page.total)) {
		op_done_page(op, "conferences", listing.items, &page);
		return;
	}
	json_decref(listing.items);
	op_fail_store(op);
}

/* Reads the conference that the path names, or answers and returns false. */
static bool find(struct op *op, struct conference_row *out)
{
	struct fault fault;

	if (conference_find(&op->by, op->args[0], out, &fault))
		return true;
	op_fail(op, &fault);
	return false;
}

void conferences_op_get(struct op *op)
{
	struct conference_row row;

	if (!find(op, &row))
		return;
	op_done(op, 200, conference_json(op->by.desk->conf, &row));
	conference_row_clear(&row);
}

static void on_created(const struct fault *fault, const struct conference_row *row, void *arg)
{
	struct op *op = arg;

	if (fault) {
		op_fail(op, fault);
		return;
	}
	snprintf(op->location, sizeof op->location, "/v1/voice/conferences/%s", row->id);
	op_done(op, 201, conference_json(op->by.desk->conf, row));
}

void conferences_op_create(struct op *op)
{
	static const char *const names[] = { "friendly_name",	"max_participants",	  "record",
					     "status_callback", "status_callback_events", NULL };
	struct conference_wish wish = { .max_participants = CONFERENCE_PARTICIPANTS_DEFAULT };
	struct json_get get;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "friendly_name", false, &wish.name);
	json_get_int(&get, "max_participants", false, 1, CONFERENCE_PARTICIPANTS_MAX, &wish.max_participants);
	json_get_bool(&get, "record", false, &wish.record);
	json_get_string(&get, "status_callback", false, &wish.status_callback);
	json_get_array(&get, "status_callback_events", false, &wish.callback_events);
	if (op_params_ok(op, &get))
		conference_create(&op->by, &wish, on_created, op);
}

void conferences_op_end(struct op *op)
{
	conference_end(&op->by, op->args[0], op_on_done, op);
}

static void on_changed(const struct fault *fault, const struct conference_row *row, void *arg)
{
	struct op *op = arg;

	if (fault)
		op_fail(op, fault);
	else
		op_done(op, 200, conference_json(op->by.desk->conf, row));
}

void conferences_op_update(struct op *op)
{
	static const char *const names[] = { "status", "say", "play", NULL };
	static const char *const ends[] = { "completed", NULL };
	struct announcement what = { .say = NULL };
	struct json_get get;
	int status = -1;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", false, ends, &status);
	json_get_string(&get, "say", false, &what.say);
	json_get_string(&get, "play", false, &what.play);
	if ((status >= 0) + (what.say != NULL) + (what.play != NULL) != 1)
		json_get_fail(&get, "status", "Give one of status, say and play.");
	if (!op_params_ok(op, &get))
		return;
	if (status >= 0)
		conference_complete(&op->by, op->args[0], on_changed, op);
	else
		conference_announce(&op->by, op->args[0], &what, on_changed, op);
}

/* Events */

static bool rewind_conference(void *row, const json_t *data)
{
	return !conference_row_overlay(row, json_object_get(data, "conference"));
}

static json_t *event_json(const struct conf *conf, const struct log_entry *entry, const void *row)
{
	return conference_event_json(conf, entry->n, entry->time, entry->type, row, entry->data);
}

void conferences_op_events(struct op *op)
{
	static const struct event_kind kind = { rewind_conference, event_json };
	struct event_range range;
	struct conference_row row;

	if (!event_list_params(op, &range) || !find(op, &row))
		return;
	event_list_answer(op, &range, log_of_conference(row.nr), row.last_event, &kind, &row);
	conference_row_clear(&row);
}
