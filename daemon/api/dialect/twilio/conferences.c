/* Conferences: fetch, list, update; their routes. */
#include "daemon/api/dialect/twilio/conferences.h"

#include "daemon/api/call/conferences.h"
#include "daemon/api/call/participants.h"
#include "daemon/api/dialect/twilio/conference_json.h"
#include "daemon/api/dialect/twilio/hear.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdlib.h>
#include <string.h>

bool conferences_find(struct ask *ask, struct conference_row *out)
{
	char id[UUID_TEXT_SIZE];
	struct fault fault;
	bool found = sid_read("CF", ask->args[0], id)
			 ? conference_find(&ask->by, id, out, &fault)
			 : conference_find_named(&ask->by, ask->args[0], out, &fault);

	if (!found)
		ask_fail(ask, &fault);
	return found;
}

static json_t *json_of(const struct ask *ask, const struct conference_row *row)
{
	const struct view_of of = ask_view(ask);

	return twilio_conference_json(&of, row);
}

static void fetch(struct ask *ask)
{
	struct conference_row row;
	json_t *json;

	if (!conferences_find(ask, &row))
		return;
	json = json_of(ask, &row);
	conference_row_clear(&row);
	ask_done(ask, 200, json);
}

/* List */

static bool add(const struct conference_row *row, void *arg)
{
	struct listing *listing = arg;

	return listing_add_json(listing, json_of(listing->ask, row), row->nr);
}

static void list(struct ask *ask)
{
	static const char *const statuses[] = { "init", "in-progress", "completed", NULL };
	struct conferences_page page = { .name = form_text(&ask->form, "FriendlyName") };
	struct listing listing;
	struct fault fault;
	int status;
	bool ok;

	listing_read(&listing, ask);
	if (form_word(&ask->form, "Status", statuses, &status))
		page.status = statuses[status];
	form_range(&ask->form, "DateCreated", &page.created_from, &page.created_to);
	form_range(&ask->form, "DateUpdated", &page.updated_from, &page.updated_to);
	if (!listing_begin(&listing))
		return;
	page.rows = paging_rows(&listing.paging);
	ok = conference_page(&ask->by, &page, add, &listing, &fault);
	listing_done(&listing, "conferences", "/Conferences.json", ok ? NULL : &fault);
}

/* Update */

static void on_changed(const struct fault *fault, const struct conference_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 200, json_of(ask, row));
}

struct announcing {
	struct ask *ask;
	char id[UUID_TEXT_SIZE];
};

static void on_heard(const struct announcement *what, void *arg)
{
	struct announcing *announcing = arg;

	if (what)
		conference_announce(&announcing->ask->by, announcing->id, what, on_changed, announcing->ask);
	free(announcing);
}

static void announce(struct ask *ask, const char *id, const char *url, bool post)
{
	struct announcing *announcing = calloc(1, sizeof *announcing);
	const struct hear hear = { url, post, id, NULL };

	if (!announcing) {
		ask_done(ask, 503, NULL);
		return;
	}
	announcing->ask = ask;
	strncpy(announcing->id, id, sizeof announcing->id - 1);
	hear_fetch(ask, &hear, on_heard, announcing);
}

static void update(struct ask *ask)
{
	static const char *const statuses[] = { "completed", NULL };
	const char *url = form_url(&ask->form, "AnnounceUrl");
	struct conference_row row;
	bool post = true;
	int status = -1;

	form_word(&ask->form, "Status", statuses, &status);
	form_method(&ask->form, "AnnounceMethod", &post);
	if (!ask_form_ok(ask) || !conferences_find(ask, &row))
		return;
	if (row.ended && (status >= 0 || url))
		ask_refuse(ask, 400, CODE_CALL_STATE, "The conference is over.");
	else if (status >= 0)
		conference_complete(&ask->by, row.id, on_changed, ask);
	else if (url)
		announce(ask, row.id, url, post);
	else
		ask_done(ask, 200, json_of(ask, &row));
	conference_row_clear(&row);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Conferences", list),
	ASK_ONE("GET", "Conferences/*", fetch),
	ASK_ONE("POST", "Conferences/*", update),
};
/* clang-format on */

const struct ask_routes conference_routes = { routes, sizeof routes / sizeof *routes };
