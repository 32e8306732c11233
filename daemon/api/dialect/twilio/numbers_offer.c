/* AvailablePhoneNumbers: what the account could set up (account { numbers }). */
#include "daemon/api/call/numbers.h"

#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"

#include <stdio.h>
#include <string.h>

enum { OFFERED_MAX = 1000 };

/* The kinds of the paths. Those without numbers here have none. */
static const struct {
	const char *path, *name;
	int kind; /* enum phone_number_kind, or -1 */
} kinds[] = {
	{ "Local", "local", PHONE_NUMBER_LOCAL },
	{ "TollFree", "toll_free", PHONE_NUMBER_TOLL_FREE },
	{ "Mobile", "mobile", PHONE_NUMBER_MOBILE },
	{ "National", "national", -1 },
	{ "Voip", "voip", -1 },
	{ "SharedCost", "shared_cost", -1 },
	{ "MachineToMachine", "machine_to_machine", -1 },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- numbers ---- */

static json_t *number_json(const char *number)
{
	static const char *const unknown[] = { "lata",	    "locality", "rate_center", "latitude",
					       "longitude", "region",	"postal_code" };
	char shown[PHONE_NUMBER_SHOWN_SIZE], country[PHONE_NUMBER_COUNTRY_SIZE];
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:{s:b, s:b, s:b, s:b}}", "friendly_name",
				 phone_number_show(shown, number), "phone_number", number, "iso_country",
				 phone_number_country(country, number), "address_requirements", "none",
				 "beta", 0, "capabilities", "voice", 1, "SMS", 0, "MMS", 0, "fax", 0);

	for (size_t i = 0; json && i < sizeof unknown / sizeof *unknown; i++)
		json_object_set_new(json, unknown[i], json_null());
	return json;
}

static bool add(const char *number, void *arg)
{
	json_t *items = arg;

	return !json_array_append_new(items, number_json(number)) && json_array_size(items) < OFFERED_MAX;
}

/* Only calls come to numbers here. */
static bool wants_more(struct ask *ask)
{
	static const char *const others[] = { "SmsEnabled", "MmsEnabled", "FaxEnabled", "Beta" };
	bool wanted = false, voice = true;

	form_bool(&ask->form, "VoiceEnabled", &voice);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		bool one = false;

		form_bool(&ask->form, others[i], &one);
		wanted |= one;
	}
	return wanted || !voice;
}

static int kind_of(const char *path)
{
	for (size_t i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].path, path))
			return (int)i;
	return -1;
}

/* Places cannot be asked for: nobody here knows where a number is. */
static bool asks_for_place(struct ask *ask)
{
	static const char *const places[] = { "NearNumber",   "NearLatLong", "InPostalCode", "InRegion",
					      "InRateCenter", "InLata",	     "InLocality" };
	bool any = false;

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		any |= form_text(&ask->form, places[i]) != NULL;
	return any;
}

static void list(struct ask *ask)
{
	const int kind = kind_of(ask->args[1]);
	struct number_offer offer = { .country = ask->args[0],
				      .area = form_text(&ask->form, "AreaCode"),
				      .part = form_text(&ask->form, "Contains") };
	const bool more = wants_more(ask), place = asks_for_place(ask); /* both say what they find */
	bool none = more || place;
	json_t *items;
	char path[128];

	if (kind < 0 || !phone_number_is_country(ask->args[0])) {
		ask_not_found(ask);
		return;
	}
	if (!ask_form_ok(ask))
		return;
	items = json_array();
	offer.kind = (enum phone_number_kind)kinds[kind].kind;
	if (items && !none && kinds[kind].kind >= 0)
		number_offers(&ask->by, &offer, add, items);
	snprintf(path, sizeof path, "/AvailablePhoneNumbers/%.3s/%s.json", ask->args[0], kinds[kind].path);
	paging_done_whole(ask, "available_phone_numbers", path, items);
}

/* ---- countries ---- */

static json_t *country_json(const struct ask *ask, const char *country)
{
	const struct view_of of = ask_view(ask);
	json_t *parts = json_object();

	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kind >= 0)
			json_object_set_new(
			    parts, kinds[i].name,
			    view_uri(&of, "/AvailablePhoneNumbers/%s/%s.json", country, kinds[i].path));
	return json_pack("{s:s, s:s, s:b, s:o, s:o}", "country_code", country, "country", country, "beta", 0,
			 "uri", view_uri(&of, "/AvailablePhoneNumbers/%s.json", country), "subresource_uris",
			 parts);
}

struct countries {
	const struct ask *ask;
	json_t *items;
};

static void add_country(const char *country, void *arg)
{
	struct countries *c = arg;

	json_array_append_new(c->items, country_json(c->ask, country));
}

static void countries(struct ask *ask)
{
	struct countries c = { ask, json_array() };

	if (c.items)
		number_countries(&ask->by, add_country, &c);
	paging_done_whole(ask, "countries", "/AvailablePhoneNumbers.json", c.items);
}

static void country(struct ask *ask)
{
	if (phone_number_is_country(ask->args[0]))
		ask_done(ask, 200, country_json(ask, ask->args[0]));
	else
		ask_not_found(ask);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "AvailablePhoneNumbers", countries),
	ASK_ONE("GET", "AvailablePhoneNumbers/*", country),
	ASK_ONE("GET", "AvailablePhoneNumbers/*/*", list),
};
/* clang-format on */

const struct ask_routes number_offer_routes = { routes, sizeof routes / sizeof *routes };
