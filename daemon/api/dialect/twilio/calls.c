/* Calls: fetch, list, delete; their routes. */
#include "daemon/api/dialect/twilio/calls.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/quality.h"
#include "daemon/api/dialect/twilio/call_json.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdlib.h>
#include <string.h>

static void write_call(struct json_text *out, const struct ask *ask, const struct call_row *row)
{
	const struct view_of of = ask_view(ask);
	json_t *stats =
	    ask->view == VIEW_SIGNALWIRE ? call_stats_of(ask->by.desk, row, twilio_call_stats) : NULL;

	twilio_call_write(out, &of, row, stats);
	json_decref(stats);
}

void calls_answer(struct ask *ask, int status, const struct call_row *row)
{
	struct json_text out = { 0 };

	write_call(&out, ask, row);
	ask_done_text(ask, status, &out);
}

static void fetch(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];
	struct fault fault;
	struct call_row row;

	if (!ask_arg_id(ask, 0, "CA", id))
		return;
	if (!call_find(&ask->by, id, &row, &fault)) {
		ask_not_found(ask);
		return;
	}
	calls_answer(ask, 200, &row);
	call_row_clear(&row);
}

static void delete (struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "CA", id))
		call_forget(&ask->by, id, ask_on_done, ask);
}

/* List */

/* As calls keep it: a user by the number, or by the name alone. */
static const char *party_of(const struct ask *ask, const char *name)
{
	const char *text = form_text(&ask->form, name);
	const struct conf_user *user;

	if (!text || strncmp(text, "client:", 7))
		return text;
	user = conf_user_by_name(ask->by.desk->conf, text + 7);
	return user && user->number ? user->number : text + 7;
}

static void read_filter(struct ask *ask, struct calls_page *page, char parent[UUID_TEXT_SIZE])
{
	static const char *const statuses[] = { "queued", "ringing",   "in-progress", "completed", "failed",
						"busy",	  "no-answer", "canceled",    NULL };
	const char *sid = form_text(&ask->form, "ParentCallSid");
	int status;

	page->to = party_of(ask, "To");
	page->from = party_of(ask, "From");
	if (form_word(&ask->form, "Status", statuses, &status))
		page->status = statuses[status];
	if (sid && !sid_read("CA", sid, parent))
		form_fail(&ask->form, TROUBLE_PARAMETER, "ParentCallSid is no sid of a call.");
	if (sid)
		page->parent = parent;
	form_range(&ask->form, "StartTime", &page->started_from, &page->started_to);
	form_range(&ask->form, "EndTime", &page->ended_from, &page->ended_to);
}

static bool add(const struct call_row *row, void *arg)
{
	struct listing *listing = arg;

	write_call(listing_next(listing), listing->ask, row);
	return listing_add(listing, row->nr);
}

static void list(struct ask *ask)
{
	struct calls_page page = { 0 };
	char parent[UUID_TEXT_SIZE];
	struct listing listing;
	struct fault fault;
	bool ok;

	listing_read(&listing, ask);
	read_filter(ask, &page, parent);
	if (!listing_begin(&listing))
		return;
	page.rows = paging_rows(&listing.paging);
	page.members = twilio_call_members;
	ok = call_page(&ask->by, &page, add, &listing, &fault);
	listing_done(&listing, "calls", "/Calls.json", ok ? NULL : &fault);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Calls", list),
	ASK_LIST("POST", "Calls", calls_create),
	ASK_ONE("GET", "Calls/*", fetch),
	ASK_ONE("POST", "Calls/*", calls_update),
	ASK_ONE("DELETE", "Calls/*", delete),
};
/* clang-format on */

const struct ask_routes call_routes = { routes, sizeof routes / sizeof *routes };
