/* Queues, and the Members that wait in them. */
#include "daemon/api/call/queues.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "lib/clock.h"

#include <stdio.h>
#include <string.h>

static int64_t seconds_since(int64_t utc_ms)
{
	int64_t now = clock_utc_ms();

	return utc_ms && now > utc_ms ? (now - utc_ms) / 1000 : 0;
}

static json_t *queue_json(const struct ask *ask, const struct queue_row *row)
{
	const struct view_of of = ask_view(ask);
	char sid[SID_SIZE], created[DATE_TEXT_SIZE], updated[DATE_TEXT_SIZE];
	json_t *json;

	sid_write(ask->view, "QU", row->id, sid);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "sid", sid, "account_sid", ask->account,
			 "friendly_name", row->name, "date_created", date_write(row->created, created),
			 "date_updated", date_write(row->updated, updated), "current_size",
			 (json_int_t)row->size, "max_size", (json_int_t)row->max_size, "average_wait_time",
			 (json_int_t)seconds_since(row->entered_mean));
	if (!json)
		return NULL;
	json_object_set_new(json, "uri", view_uri(&of, "/Queues/%s.json", sid));
	json_object_set_new(json, "subresource_uris",
			    json_pack("{s:o}", "members", view_uri(&of, "/Queues/%s/Members.json", sid)));
	return json;
}

/* ---- queues ---- */

static void on_created(const struct fault *fault, const struct queue_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 201, queue_json(ask, row));
}

static void on_changed(const struct fault *fault, const struct queue_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 200, queue_json(ask, row));
}

static void read_wish(struct ask *ask, struct queue_wish *wish)
{
	wish->name = form_text(&ask->form, "FriendlyName");
	form_int(&ask->form, "MaxSize", 1, QUEUE_SIZE_MAX, &wish->max_size);
}

static void create(struct ask *ask)
{
	struct queue_wish wish = { 0 };

	read_wish(ask, &wish);
	if (!wish.name)
		form_fail(&ask->form, TROUBLE_PARAMETER, "FriendlyName is required.");
	if (ask_form_ok(ask))
		queue_create(&ask->by, &wish, on_created, ask);
}

static void fetch(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];
	struct queue_row row;
	struct fault fault;

	if (!ask_arg_id(ask, 0, "QU", id))
		return;
	if (queue_find(&ask->by, id, &row, &fault))
		ask_done(ask, 200, queue_json(ask, &row));
	else
		ask_fail(ask, &fault);
	queue_row_clear(&row);
}

static void update(struct ask *ask)
{
	struct queue_wish wish = { 0 };
	char id[UUID_TEXT_SIZE];

	if (!ask_arg_id(ask, 0, "QU", id))
		return;
	read_wish(ask, &wish);
	if (ask_form_ok(ask))
		queue_change(&ask->by, id, &wish, on_changed, ask);
}

static void delete (struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "QU", id))
		queue_delete(&ask->by, id, ask_on_done, ask);
}

static bool add(const struct queue_row *row, void *arg)
{
	struct listing *listing = arg;

	return listing_add_json(listing, queue_json(listing->ask, row), row->nr);
}

static void list(struct ask *ask)
{
	struct listing listing;
	struct rows_page page;
	struct fault fault;
	bool ok;

	listing_read(&listing, ask);
	if (!listing_begin(&listing))
		return;
	page = paging_rows(&listing.paging);
	ok = queue_page(&ask->by, &page, add, &listing, &fault);
	listing_done(&listing, "queues", "/Queues.json", ok ? NULL : &fault);
}

/* ---- members ---- */

static json_t *member_json(const struct ask *ask, const char *queue, const struct queue_member *member)
{
	const struct view_of of = ask_view(ask);
	char sid[SID_SIZE], call[SID_SIZE], date[DATE_TEXT_SIZE];

	sid_write(ask->view, "QU", queue, sid);
	sid_write(ask->view, "CA", member->call, call);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:o}", "call_sid", call, "queue_sid", sid,
			 "account_sid", ask->account, "position", (json_int_t)member->position, "wait_time",
			 (json_int_t)seconds_since(member->entered), "date_enqueued",
			 date_write(member->entered, date), "uri",
			 view_uri(&of, "/Queues/%s/Members/%s.json", sid, call));
}

/* The call that is meant: "" for the first. */
static bool read_member(struct ask *ask, char queue[UUID_TEXT_SIZE], char call[UUID_TEXT_SIZE])
{
	*call = '\0';
	return ask_arg_id(ask, 0, "QU", queue) &&
	       (!strcmp(ask->args[1], "Front") || ask_arg_id(ask, 1, "CA", call));
}

static void fetch_member(struct ask *ask)
{
	char queue[UUID_TEXT_SIZE], call[UUID_TEXT_SIZE];
	struct queue_member member;
	struct fault fault;

	if (!read_member(ask, queue, call))
		return;
	if (!queue_member_find(&ask->by, queue, *call ? call : NULL, &member, &fault)) {
		ask_fail(ask, &fault);
		return;
	}
	ask_done(ask, 200, member_json(ask, queue, &member));
	queue_member_clear(&member);
}

static void on_released(const struct fault *fault, const struct queue_member *member, void *arg)
{
	struct ask *ask = arg;
	char queue[UUID_TEXT_SIZE];

	if (fault)
		ask_fail(ask, fault);
	else if (sid_read("QU", ask->args[0], queue))
		ask_done(ask, 200, member_json(ask, queue, member));
}

static void update_member(struct ask *ask)
{
	char queue[UUID_TEXT_SIZE], call[UUID_TEXT_SIZE];
	struct call_document document = { .post = true };

	if (!read_member(ask, queue, call))
		return;
	document.url = form_url(&ask->form, "Url");
	form_method(&ask->form, "Method", &document.post);
	if (!document.url)
		form_fail(&ask->form, TROUBLE_URL, "Url parameter is required.");
	if (ask_form_ok(ask))
		queue_member_release(&ask->by, queue, *call ? call : NULL, &document, on_released, ask);
}

struct members {
	const struct ask *ask;
	const char *queue;
	json_t *items;
};

static bool add_member(const struct queue_member *member, void *arg)
{
	struct members *members = arg;

	return !json_array_append_new(members->items, member_json(members->ask, members->queue, member));
}

static void list_members(struct ask *ask)
{
	char queue[UUID_TEXT_SIZE], path[100];
	struct members members = { .ask = ask, .queue = queue };
	struct paging paging;
	struct fault fault;

	if (!ask_arg_id(ask, 0, "QU", queue))
		return;
	paging_read(ask, &paging);
	if (!ask_form_ok(ask))
		return;
	members.items = json_array();
	if (queue_member_list(&ask->by, queue, paging_limit(&paging), paging.page * paging.size, add_member,
			      &members, &fault)) {
		snprintf(path, sizeof path, "/Queues/%.40s/Members.json", ask->args[0]);
		paging_done_counted(ask, "queue_members", path, &paging, members.items);
	} else {
		json_decref(members.items);
		ask_fail(ask, &fault);
	}
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Queues", list),
	ASK_LIST("POST", "Queues", create),
	ASK_ONE("GET", "Queues/*", fetch),
	ASK_ONE("POST", "Queues/*", update),
	ASK_ONE("DELETE", "Queues/*", delete),
	ASK_LIST("GET", "Queues/*/Members", list_members),
	ASK_ONE("GET", "Queues/*/Members/*", fetch_member),
	ASK_ONE("POST", "Queues/*/Members/*", update_member),
};
/* clang-format on */

const struct ask_routes queue_routes = { routes, sizeof routes / sizeof *routes };
