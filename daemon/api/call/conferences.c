#include "daemon/api/call/conferences.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/store/events.h"
#include "daemon/api/switch/link.h"
#include "daemon/api/call/announcement.h"
#include "daemon/api/call/calls.h"
#include "daemon/api/dialect/telefonie/conference_json.h"
#include "daemon/api/call/event_list.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE_SIZE_MAX = 100,
	PAGE_MAX = 10000000,
	PARTICIPANTS_DEFAULT = 250,
	PARTICIPANTS_MAX = 10000,
	NAME_MAX_LENGTH = 200
};

static const char *const statuses[] = { "init", "in-progress", "completed", NULL };

bool conferences_op_find(struct op *op, struct conference_row *out)
{
	int err = conferences_get(op->api->store, op->args[0], out);

	if (!err && !out->pending && !strcmp(out->account, op->account->name))
		return true;
	conference_row_clear(out);
	if (err == EIO)
		op_store_problem(op);
	else
		op_problem(op, 404, "conference_id", "There is no such conference.");
	return false;
}

struct listing {
	const struct api *api;
	json_t *items;
};

static bool add_conference(const struct conference_row *row, void *arg)
{
	struct listing *listing = arg;

	return !json_array_append_new(listing->items, conference_json(listing->api, row));
}

void conferences_op_list(struct op *op)
{
	static const char *const names[] = { "status", "page", "page_size", NULL };
	int64_t page = 1, page_size = PAGE_SIZE_MAX, total = 0;
	struct listing listing = { op->api, NULL };
	struct json_get get;
	int status = -1;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", false, statuses, &status);
	op_param_int(&get, "page", 1, PAGE_MAX, &page);
	op_param_int(&get, "page_size", 1, PAGE_SIZE_MAX, &page_size);
	if (!op_params_ok(op, &get))
		return;
	listing.items = json_array();
	if (!listing.items ||
	    conferences_list(op->api->store, op->account->name, status < 0 ? NULL : statuses[status],
			     page_size, (page - 1) * page_size, add_conference, &listing, &total)) {
		json_decref(listing.items);
		op_store_problem(op);
		return;
	}
	op_done(op, 200,
		json_pack("{s:o, s:I, s:I, s:I}", "conferences", listing.items, "total", (json_int_t)total,
			  "page", (json_int_t)page, "page_size", (json_int_t)page_size));
}

void conferences_op_get(struct op *op)
{
	struct conference_row row;

	if (!conferences_op_find(op, &row))
		return;
	op_done(op, 200, conference_json(op->api, &row));
	conference_row_clear(&row);
}

/* Create */

struct creation {
	struct op *op;
	char id[UUID_TEXT_SIZE];
	json_t *params; /* of conference.create until it is sent */
};

static void creation_free(struct creation *creation)
{
	json_decref(creation->params);
	free(creation);
}

static void on_created(const json_t *result, const json_t *error, void *arg)
{
	struct creation *creation = arg;
	struct op *op = creation->op;
	struct conference_row row;

	if (error) {
		if (link_is_ready(op->api->link) && conferences_delete(op->api->store, creation->id))
			log_warn("conference.delete_failed", NULL, "conference=%s", creation->id);
		op_control_problem(op, error);
	} else if (conferences_apply(op->api->store, json_object_get(result, "conference"), false, &row)) {
		op_store_problem(op);
	} else {
		snprintf(op->location, sizeof op->location, "/v1/voice/conferences/%s", creation->id);
		op_done_after_commit(op, 201, conference_json(op->api, &row));
		conference_row_clear(&row);
	}
	creation_free(creation);
}

static void on_stored(int err, void *arg)
{
	struct creation *creation = arg;
	json_t *params = creation->params;

	creation->params = NULL;
	if (err) {
		json_decref(params);
		op_store_problem(creation->op);
	} else if (!link_call(creation->op->api->link, "conference.create", params, on_created, creation)) {
		return;
	} else {
		op_problem(creation->op, 503, NULL, "The switch is not connected.");
	}
	creation_free(creation);
}

static void make(struct op *op, const char *name, int64_t max_participants, bool record, const char *callback)
{
	struct creation *creation = calloc(1, sizeof *creation);
	struct conference_row row = { .account = op->account->name, .max_participants = max_participants };
	int err = ENOMEM;

	if (creation) {
		creation->op = op;
		row.id = random_uuid(creation->id);
		row.name = (char *)(name ? name : creation->id);
		row.options = json_pack("{s:s*}", "status_callback", callback);
		creation->params = json_pack("{s:s, s:s, s:s, s:I, s:b}", "id", row.id, "name", row.name,
					     "account", row.account, "max_participants",
					     (json_int_t)max_participants, "record", record);
		err = conferences_insert_pending(op->api->store, &row);
		json_decref(row.options);
	}
	if (!err)
		err = store_after_write(op->api->store, on_stored, creation);
	if (err) {
		if (creation)
			creation_free(creation);
		op_store_problem(op);
	}
}

void conferences_op_create(struct op *op)
{
	static const char *const names[] = { "friendly_name", "max_participants", "record", "status_callback",
					     NULL };
	int64_t max_participants = PARTICIPANTS_DEFAULT;
	const char *name = NULL, *callback = NULL;
	struct json_get get;
	bool record = false;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_string(&get, "friendly_name", false, &name);
	json_get_int(&get, "max_participants", false, 1, PARTICIPANTS_MAX, &max_participants);
	json_get_bool(&get, "record", false, &record);
	json_get_string(&get, "status_callback", false, &callback);
	if (name && (!*name || strlen(name) > NAME_MAX_LENGTH))
		json_get_fail(&get, "friendly_name", "friendly_name must have 1 to %d characters.",
			      NAME_MAX_LENGTH);
	if (callback && !weburl_is_valid(callback))
		json_get_fail(&get, "status_callback",
			      "status_callback must be an absolute http or https URL.");
	if (op_params_ok(op, &get) && op_needs_switch(op))
		make(op, name, max_participants, record, callback);
}

/* End and announce */

struct request {
	struct op *op;
	char id[40];
	bool empty_reply; /* 204 */
};

static void on_answer(const json_t *result, const json_t *error, void *arg)
{
	struct request *request = arg;
	struct op *op = request->op;
	const json_t *snapshot = json_object_get(result, "conference");
	struct conference_row row;

	if (error && request->empty_reply && json_integer_value(json_object_get(error, "code")) == 404) {
		op_done(op, 204, NULL); /* it ended by itself at the same moment */
	} else if (error) {
		op_control_problem(op, error);
	} else if (request->empty_reply) {
		op_done_after_commit(op, 204, NULL);
	} else if (json_is_object(snapshot) ? conferences_apply(op->api->store, snapshot, false, &row)
					    : conferences_get(op->api->store, request->id, &row)) {
		op_store_problem(op);
	} else {
		op_done_after_commit(op, 200, conference_json(op->api, &row));
		conference_row_clear(&row);
	}
	free(request);
}

static void ask(struct op *op, const char *id, const char *method, json_t *params, bool empty_reply)
{
	struct request *request = calloc(1, sizeof *request);

	if (!request) {
		json_decref(params);
		op_problem(op, 503, NULL, "Out of memory.");
		return;
	}
	request->op = op;
	request->empty_reply = empty_reply;
	strncpy(request->id, id, sizeof request->id - 1);
	json_object_set_new(params, "conference", json_string(id));
	if (link_call(op->api->link, method, params, on_answer, request)) {
		free(request);
		op_problem(op, 503, NULL, "The switch is not connected.");
	}
}

void conferences_op_end(struct op *op)
{
	struct conference_row row;

	if (!conferences_op_find(op, &row))
		return;
	if (row.ended)
		op_done(op, 204, NULL);
	else if (op_needs_switch(op))
		ask(op, row.id, "conference.end", json_object(), true);
	conference_row_clear(&row);
}

static void on_prompt(json_t *files, const char *error, void *arg)
{
	struct request *request = arg;

	if (error)
		op_problem(request->op, 422, "play", "%s", error);
	else
		ask(request->op, request->id, "conference.play", json_pack("{s:O}", "files", files), false);
	free(request);
}

static void announce(struct op *op, const char *id, const struct announcement *what)
{
	struct request *request = calloc(1, sizeof *request);

	if (request) {
		request->op = op;
		strncpy(request->id, id, sizeof request->id - 1);
		if (!announcement_prepare(op, what, on_prompt, request))
			return;
	}
	free(request);
	op_problem(op, 503, NULL, "Out of memory.");
}

void conferences_op_update(struct op *op)
{
	static const char *const names[] = { "status", "say", "play", NULL };
	static const char *const ends[] = { "completed", NULL };
	struct announcement what = { NULL, NULL };
	struct conference_row row;
	struct json_get get;
	int status = -1;

	json_get_init(&get, op->params);
	json_get_only(&get, names);
	json_get_enum(&get, "status", false, ends, &status);
	announcement_read(&get, &what);
	if ((status >= 0) + (what.say != NULL) + (what.play != NULL) != 1)
		json_get_fail(&get, "status", "Give one of status, say and play.");
	if (!op_params_ok(op, &get) || !conferences_op_find(op, &row))
		return;
	if (row.ended)
		op_problem(op, 409, "status", "The conference is over.");
	else if (!op_needs_switch(op))
		;
	else if (status >= 0)
		ask(op, row.id, "conference.end", json_object(), false);
	else
		announce(op, row.id, &what);
	conference_row_clear(&row);
}

/* Events */

static bool rewind_conference(void *row, const json_t *data)
{
	return !conference_row_overlay(row, json_object_get(data, "conference"));
}

static json_t *event_json(const struct api *api, const struct log_entry *entry, const void *row)
{
	return conference_event_json(api, entry->n, entry->time, entry->type, row, entry->data);
}

void conferences_op_events(struct op *op)
{
	static const struct event_kind kind = { rewind_conference, event_json };
	struct event_range range;
	struct conference_row row;

	if (!event_list_params(op, &range) || !conferences_op_find(op, &row))
		return;
	event_list_answer(op, &range, log_of_conference(row.nr), row.last_event, &kind, &row);
	conference_row_clear(&row);
}
