/* The account itself. */
#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/routes.h"

static void fetch(struct ask *ask)
{
	const struct view_of of = ask_view(ask);
	static const char *const parts[] = { "Calls",
					     "Conferences",
					     "Recordings",
					     "IncomingPhoneNumbers",
					     "Applications",
					     "OutgoingCallerIds",
					     "Queues",
					     "Notifications",
					     NULL };
	static const char *const names[] = { "calls",	     "conferences",
					     "recordings",   "incoming_phone_numbers",
					     "applications", "outgoing_caller_ids",
					     "queues",	     "notifications" };
	json_t *more = json_object(), *json;

	for (size_t i = 0; parts[i]; i++)
		json_object_set_new(more, names[i], view_uri(&of, "/%s.json", parts[i]));
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:o, s:o}", "sid", ask->account,
			 "owner_account_sid", ask->account, "friendly_name", ask->by.account->name, "status",
			 "active", "type", "Full", "auth_token", "", "date_created", "date_updated", "uri",
			 view_uri(&of, ".json"), "subresource_uris", more);
	ask_done(ask, 200, json);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_ROUTE("GET", "2010-04-01/Accounts/*", fetch),
	ASK_ROUTE("GET", "api/laml/2010-04-01/Accounts/*", fetch),
};
/* clang-format on */

const struct ask_routes account_routes = { routes, sizeof routes / sizeof *routes };
