/* Applications. */
#include "daemon/api/call/applications.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/settings.h"

static json_t *application_json(const struct ask *ask, const struct entry_row *row)
{
	const struct view_of of = ask_view(ask);
	char sid[SID_SIZE], created[DATE_TEXT_SIZE], updated[DATE_TEXT_SIZE];
	json_t *json;

	sid_write(ask->view, "AP", row->id, sid);
	json =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:b, s:o}", "sid", sid, "account_sid",
		      ask->account, "friendly_name", row->name, "api_version", "2010-04-01", "date_created",
		      date_write(row->created, created), "date_updated", date_write(row->updated, updated),
		      "message_status_callback", "sms_status_callback", "public_application_connect_enabled",
		      false, "uri", view_uri(&of, "/Applications/%s.json", sid));
	if (json)
		settings_show(json, row->settings);
	return json;
}

/* One that is named in the path is not there: 404. */
static void fail(struct ask *ask, const struct fault *fault)
{
	if (fault->code == FAULT_APPLICATION_NOT_FOUND)
		ask_not_found(ask);
	else
		ask_fail(ask, fault);
}

static void on_created(const struct fault *fault, const struct entry_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		fail(ask, fault);
	else
		ask_done(ask, 201, application_json(ask, row));
}

static void on_changed(const struct fault *fault, const struct entry_row *row, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		fail(ask, fault);
	else
		ask_done(ask, 200, application_json(ask, row));
}

static void put(struct ask *ask, const char *id, entry_done_h *handler)
{
	struct entry_wish wish = { .name = form_has(&ask->form, "FriendlyName")
					       ? query_get(ask->form.query, "FriendlyName")
					       : NULL,
				   .settings = settings_read(ask) };
	json_t *settings = wish.settings;

	if (ask_form_ok(ask))
		application_put(&ask->by, id, &wish, handler, ask);
	json_decref(settings);
}

static void create(struct ask *ask)
{
	put(ask, NULL, on_created);
}

static void update(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "AP", id))
		put(ask, id, on_changed);
}

static void fetch(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];
	struct entry_row row;
	struct fault fault;

	if (!ask_arg_id(ask, 0, "AP", id))
		return;
	if (!application_find(&ask->by, id, &row, &fault)) {
		fail(ask, &fault);
		return;
	}
	ask_done(ask, 200, application_json(ask, &row));
	entry_row_clear(&row);
}

static void on_deleted(const struct fault *fault, void *arg)
{
	if (fault)
		fail(arg, fault);
	else
		ask_done_empty(arg);
}

static void delete (struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "AP", id))
		application_delete(&ask->by, id, on_deleted, ask);
}

static bool add(const struct entry_row *row, void *arg)
{
	struct listing *listing = arg;

	return listing_add_json(listing, application_json(listing->ask, row), row->nr);
}

static void list(struct ask *ask)
{
	const char *name = form_text(&ask->form, "FriendlyName");
	struct listing listing;
	struct rows_page page;
	struct fault fault;
	bool ok;

	listing_read(&listing, ask);
	if (!listing_begin(&listing))
		return;
	page = paging_rows(&listing.paging);
	ok = application_page(&ask->by, name, &page, add, &listing, &fault);
	listing_done(&listing, "applications", "/Applications.json", ok ? NULL : &fault);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Applications", list),
	ASK_LIST("POST", "Applications", create),
	ASK_ONE("GET", "Applications/*", fetch),
	ASK_ONE("POST", "Applications/*", update),
	ASK_ONE("DELETE", "Applications/*", delete),
};
/* clang-format on */

const struct ask_routes application_routes = { routes, sizeof routes / sizeof *routes };
