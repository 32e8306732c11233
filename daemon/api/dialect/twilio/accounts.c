/* The account itself, its numbers as caller ids, its balance. */
#include "daemon/api/call/directory.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "lib/conf_number_id.h"
#include "lib/phone_number.h"

#include <string.h>

static json_t *account_json(const struct ask *ask)
{
	const struct view_of of = ask_view(ask);
	static const char *const parts[] = { "Calls",	     "Conferences",
					     "Recordings",   "IncomingPhoneNumbers",
					     "Applications", "OutgoingCallerIds",
					     "Queues",	     NULL };
	static const char *const names[] = { "calls",	     "conferences",
					     "recordings",   "incoming_phone_numbers",
					     "applications", "outgoing_caller_ids",
					     "queues" };
	json_t *more = json_object();

	for (size_t i = 0; parts[i]; i++)
		json_object_set_new(more, names[i], view_uri(&of, "/%s.json", parts[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:o, s:o}", "sid", ask->account,
			 "owner_account_sid", ask->account, "friendly_name", ask->by.account->name, "status",
			 "active", "type", "Full", "auth_token", "", "date_created", "date_updated", "uri",
			 view_uri(&of, ".json"), "subresource_uris", more);
}

static void fetch(struct ask *ask)
{
	ask_done(ask, 200, account_json(ask));
}

/* Those that may be seen with this name and password: one. */
static void list(struct ask *ask)
{
	static const char *const statuses[] = { "active", "suspended", "closed", NULL };
	const char *name = form_text(&ask->form, "FriendlyName");
	json_t *items;
	int status = 0;

	form_word(&ask->form, "Status", statuses, &status);
	if (!ask_form_ok(ask))
		return;
	items = json_array();
	if (!status && (!name || !strcmp(name, ask->by.account->name)))
		json_array_append_new(items, account_json(ask));
	paging_done_whole(ask, "accounts", NULL, items);
}

/* Caller ids: the numbers that calls may be placed from: those of users, which are no numbers to be dialled
 * by others. */
static json_t *caller_id_json(const struct view_of *of, const char *number)
{
	char sid[SID_SIZE], account[SID_SIZE], shown[PHONE_NUMBER_SHOWN_SIZE];

	sid_of_number(of->view, number, sid);
	return json_pack("{s:s, s:s, s:s, s:s, s:n, s:n, s:o}", "sid", sid, "account_sid",
			 view_account_sid(of, account), "phone_number", number, "friendly_name",
			 phone_number_show(shown, number), "date_created", "date_updated", "uri",
			 view_uri(of, "/OutgoingCallerIds/%s.json", sid));
}

static void caller_ids(struct ask *ask)
{
	const struct view_of of = ask_view(ask);
	const char *wanted = form_text(&ask->form, "PhoneNumber");
	json_t *items = json_array();

	for (size_t i = 0; i < of.conf->user_count; i++) {
		const struct conf_user *user = &of.conf->users[i];

		if (user->number && user->account == of.account && (!wanted || !strcmp(wanted, user->number)))
			json_array_append_new(items, caller_id_json(&of, user->number));
	}
	paging_done_whole(ask, "outgoing_caller_ids", "/OutgoingCallerIds.json", items);
}

static void caller_id(struct ask *ask)
{
	const struct view_of of = ask_view(ask);
	char id[UUID_TEXT_SIZE], own[UUID_TEXT_SIZE];

	if (!ask_arg_id(ask, 0, "PN", id))
		return;
	for (size_t i = 0; i < of.conf->user_count; i++) {
		const struct conf_user *user = &of.conf->users[i];

		if (user->number && user->account == of.account &&
		    !strcmp(conf_number_id(user->number, own), id)) {
			ask_done(ask, 200, caller_id_json(&of, user->number));
			return;
		}
	}
	ask_not_found(ask);
}

/* What may still be spent today; without a limit there is no end to it, and it is 0. */
static void on_account(const struct fault *fault, const json_t *told, void *arg)
{
	struct ask *ask = arg;
	const char *left = json_string_value(json_object_get(told, "left_today"));
	const char *unit = json_string_value(json_object_get(told, "price_unit"));

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 200,
			 json_pack("{s:s, s:s, s:s}", "account_sid", ask->account, "balance",
				   left ? left : "0", "currency", unit ? unit : "USD"));
}

static void balance(struct ask *ask)
{
	directory_account(&ask->by, on_account, ask);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_ROUTE("GET", "2010-04-01/Accounts.json", list),
	ASK_ROUTE("GET", "2010-04-01/Accounts", list),
	ASK_ROUTE("GET", "api/laml/2010-04-01/Accounts.json", list),
	ASK_ROUTE("GET", "api/laml/2010-04-01/Accounts", list),
	ASK_ROUTE("GET", "2010-04-01/Accounts/*", fetch),
	ASK_ROUTE("GET", "api/laml/2010-04-01/Accounts/*", fetch),
	ASK_LIST("GET", "OutgoingCallerIds", caller_ids),
	ASK_ONE("GET", "OutgoingCallerIds/*", caller_id),
	ASK_LIST("GET", "Balance", balance),
};
/* clang-format on */

const struct ask_routes account_routes = { routes, sizeof routes / sizeof *routes };
