/* IncomingPhoneNumbers: those of the conf, and those that were set up. */
#include "daemon/api/call/numbers.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/settings.h"
#include "lib/phone_number.h"

#include <stdio.h>
#include <string.h>

/* What the conf says, where nothing was set. */
static json_t *settings_of(const struct number_info *info)
{
	const struct conf_number *number = info->number;
	json_t *settings = info->row.settings ? json_copy(info->row.settings) : json_object();

	if (!info->in_file || info->row.application)
		return settings;
	if (number->voice_url && !json_object_get(settings, "voice_url"))
		json_object_update_new(settings,
				       json_pack("{s:s, s:s}", "voice_url", number->voice_url, "voice_method",
						 number->voice_get ? "GET" : "POST"));
	if (number->fallback_url && !json_object_get(settings, "fallback_url"))
		json_object_set_new(settings, "fallback_url", json_string(number->fallback_url));
	if (number->status_callback && !json_object_get(settings, "status_callback"))
		json_object_set_new(settings, "status_callback", json_string(number->status_callback));
	return settings;
}

static void set_fixed(json_t *json)
{
	static const char *const none[] = { "address_sid", "identity_sid", "bundle_sid", "trunk_sid",
					    "emergency_address_sid" };

	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		json_object_set_new(json, none[i], json_null());
	json_object_update_new(
	    json, json_pack("{s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:s, s:{s:b, s:b, s:b, s:b}}",
			    "address_requirements", "none", "beta", false, "origin", "hosted", "status",
			    "in-use", "voice_receive_mode", "voice", "emergency_status", "Inactive",
			    "emergency_address_status", "unregistered", "sms_application_sid", "", "type",
			    "api_version", "2010-04-01", "capabilities", "voice", true, "sms", false, "mms",
			    false, "fax", false));
}

static json_t *number_json(const struct ask *ask, const struct number_info *info)
{
	const struct view_of of = ask_view(ask);
	const char *number = info->number->number, *name = info->number->friendly_name;
	char sid[SID_SIZE], application[SID_SIZE], shown[PHONE_NUMBER_SHOWN_SIZE];
	json_t *settings = settings_of(info), *json;

	sid_write(ask->view, "PN", info->id, sid);
	json = json_pack("{s:s, s:s, s:s, s:s, s:o}", "sid", sid, "account_sid", ask->account, "phone_number",
			 number, "friendly_name", name ? name : phone_number_show(shown, number), "uri",
			 view_uri(&of, "/IncomingPhoneNumbers/%s.json", sid));
	if (json) {
		set_fixed(json);
		settings_show(json, settings);
		json_object_set_new(json, "date_created",
				    info->row.created ? date_json(info->row.created) : json_null());
		json_object_set_new(json, "date_updated",
				    info->row.updated ? date_json(info->row.updated) : json_null());
		json_object_set_new(
		    json, "voice_application_sid",
		    json_string(info->row.application
				    ? sid_write(ask->view, "AP", info->row.application, application)
				    : ""));
	}
	json_decref(settings);
	return json;
}

/* ---- what is asked for ---- */

static void read_application(struct ask *ask, struct entry_wish *wish, char id[UUID_TEXT_SIZE])
{
	const char *sid = form_text(&ask->form, "VoiceApplicationSid");

	*id = '\0';
	if (sid && !sid_read("AP", sid, id))
		form_fail(&ask->form, CODE_NO_APPLICATION,
			  "VoiceApplicationSid: there is no such application.");
	if (form_has(&ask->form, "VoiceApplicationSid"))
		wish->application = id;
}

/* Who says what happens at a number speaks this dialect. */
static void read_dialect(const struct ask *ask, const struct entry_wish *wish)
{
	const bool says = json_string_value(json_object_get(wish->settings, "voice_url")) ||
			  json_string_value(json_object_get(wish->settings, "status_callback")) ||
			  (wish->application && *wish->application);

	if (says)
		json_object_set_new(wish->settings, "dialect", json_string(view_dialect(ask->view)));
}

static void read_wish(struct ask *ask, struct entry_wish *wish, char application[UUID_TEXT_SIZE])
{
	const char *name = form_text(&ask->form, "FriendlyName");

	wish->settings = settings_read(ask);
	read_application(ask, wish, application);
	read_dialect(ask, wish);
	wish->name = name;
	if (form_has(&ask->form, "FriendlyName"))
		json_object_set_new(wish->settings, "friendly_name", name ? json_string(name) : json_null());
}

static void on_created(const struct fault *fault, const struct number_info *info, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 201, number_json(ask, info));
}

static void on_changed(const struct fault *fault, const struct number_info *info, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_done(ask, 200, number_json(ask, info));
}

static bool take_first(const char *number, void *arg)
{
	snprintf(arg, PHONE_NUMBER_SIZE, "%s", number);
	return false;
}

/* The number that is named, or the first that there is in an area. */
static const char *read_number(struct ask *ask, enum phone_number_kind kind, char found[PHONE_NUMBER_SIZE])
{
	const char *number = form_text(&ask->form, "PhoneNumber"), *area = form_text(&ask->form, "AreaCode");
	const struct number_offer offer = { .kind = kind, .area = area };

	*found = '\0';
	if (number)
		return number;
	if (area)
		number_offers(&ask->by, &offer, take_first, found);
	if (!area)
		form_fail(&ask->form, CODE_NUMBER_INVALID, "PhoneNumber is required.");
	else if (!*found)
		form_fail(&ask->form, CODE_NONE_IN_AREA,
			  "No phone numbers found in that area code: name one.");
	return found;
}

static void create_of(struct ask *ask, const enum phone_number_kind *kind)
{
	char application[UUID_TEXT_SIZE], found[PHONE_NUMBER_SIZE];
	const char *number = read_number(ask, kind ? *kind : PHONE_NUMBER_LOCAL, found);
	struct entry_wish wish = { 0 };

	read_wish(ask, &wish, application);
	if (kind && !ask->form.trouble.status && phone_number_kind(number) != *kind)
		form_fail(&ask->form, CODE_NUMBER_INVALID, "%.60s is no number of that kind.", number);
	if (ask_form_ok(ask))
		number_create(&ask->by, number, &wish, on_created, ask);
	json_decref(wish.settings);
}

static void update(struct ask *ask)
{
	char id[UUID_TEXT_SIZE], application[UUID_TEXT_SIZE];
	struct entry_wish wish = { 0 };

	if (!ask_arg_id(ask, 0, "PN", id))
		return;
	read_wish(ask, &wish, application);
	if (ask_form_ok(ask))
		number_change(&ask->by, id, &wish, on_changed, ask);
	json_decref(wish.settings);
}

static void fetch(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];
	struct number_info info;
	struct fault fault;

	if (!ask_arg_id(ask, 0, "PN", id))
		return;
	if (number_find(&ask->by, id, &info, &fault))
		ask_done(ask, 200, number_json(ask, &info));
	else
		ask_fail(ask, &fault);
	number_info_clear(&info);
}

static void delete (struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "PN", id))
		number_delete(&ask->by, id, ask_on_done, ask);
}

/* ---- lists ---- */

struct found {
	const struct ask *ask;
	json_t *items;
};

static bool add(const struct number_info *info, void *arg)
{
	struct found *found = arg;

	return !json_array_append_new(found->items, number_json(found->ask, info));
}

/* All of them are hosted here, none is a beta. */
static bool has_any(struct ask *ask)
{
	static const char *const origins[] = { "twilio", "hosted", NULL };
	bool beta = false;
	int origin = 1;

	form_bool(&ask->form, "Beta", &beta);
	form_word(&ask->form, "Origin", origins, &origin);
	return !beta && origin == 1;
}

static void list_of(struct ask *ask, const enum phone_number_kind *kind, const char *path)
{
	const struct number_filter filter = { form_text(&ask->form, "PhoneNumber"),
					      form_text(&ask->form, "FriendlyName"), kind };
	struct found found = { ask, NULL };
	struct paging paging;
	struct fault fault;
	bool any = has_any(ask), ok = true;

	paging_read(ask, &paging);
	if (!ask_form_ok(ask))
		return;
	found.items = json_array();
	if (any)
		ok = number_list(&ask->by, &filter, paging.page * paging.size, paging_limit(&paging), add,
				 &found, &fault);
	if (ok) {
		paging_done_counted(ask, "incoming_phone_numbers", path, &paging, found.items);
	} else {
		json_decref(found.items);
		ask_fail(ask, &fault);
	}
}

static void list(struct ask *ask)
{
	list_of(ask, NULL, "/IncomingPhoneNumbers.json");
}

static void create(struct ask *ask)
{
	create_of(ask, NULL);
}

/* Of one kind alone. */
#define OF_KIND(name, kind, path)                                        \
	static void list_##name(struct ask *ask)                         \
	{                                                                \
		list_of(ask, &(const enum phone_number_kind){ kind },    \
			"/IncomingPhoneNumbers/" path ".json");          \
	}                                                                \
	static void create_##name(struct ask *ask)                       \
	{                                                                \
		create_of(ask, &(const enum phone_number_kind){ kind }); \
	}
OF_KIND(local, PHONE_NUMBER_LOCAL, "Local")
OF_KIND(mobile, PHONE_NUMBER_MOBILE, "Mobile")
OF_KIND(toll_free, PHONE_NUMBER_TOLL_FREE, "TollFree")

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "IncomingPhoneNumbers/Local", list_local),
	ASK_LIST("POST", "IncomingPhoneNumbers/Local", create_local),
	ASK_LIST("GET", "IncomingPhoneNumbers/Mobile", list_mobile),
	ASK_LIST("POST", "IncomingPhoneNumbers/Mobile", create_mobile),
	ASK_LIST("GET", "IncomingPhoneNumbers/TollFree", list_toll_free),
	ASK_LIST("POST", "IncomingPhoneNumbers/TollFree", create_toll_free),
	ASK_LIST("GET", "IncomingPhoneNumbers", list),
	ASK_LIST("POST", "IncomingPhoneNumbers", create),
	ASK_ONE("GET", "IncomingPhoneNumbers/*", fetch),
	ASK_ONE("POST", "IncomingPhoneNumbers/*", update),
	ASK_ONE("DELETE", "IncomingPhoneNumbers/*", delete),
};
/* clang-format on */

const struct ask_routes number_routes = { routes, sizeof routes / sizeof *routes };
