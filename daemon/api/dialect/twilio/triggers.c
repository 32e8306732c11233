/* Usage/Triggers. */
#include "daemon/api/dialect/twilio/triggers.h"

#include "daemon/api/dialect/twilio/dates.h"
#include "daemon/api/dialect/twilio/paging.h"
#include "daemon/api/dialect/twilio/parameters.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/usage.h"
#include "lib/clock.h"
#include "lib/money.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* As of usage.h's periods. */
static const char *const periods[] = { "alltime", "daily", "monthly", "yearly", NULL };
static const char *const records[] = { "AllTime", "Today", "ThisMonth", "Yearly" };
/* As of triggers.h's measures. */
static const char *const measures[] = { "count", "usage", "price", NULL };

/* ---- as JSON, and as told ---- */

/* Empty for one that does not come round. */
static const char *recurring_of(const struct trigger *trigger)
{
	return trigger->period == USAGE_EVER ? "" : periods[trigger->period];
}

static json_t *trigger_json(const struct ask *ask, const struct entry_row *row, int64_t used)
{
	const struct view_of of = ask_view(ask);
	char sid[SID_SIZE], created[DATE_TEXT_SIZE], updated[DATE_TEXT_SIZE];
	char value[MONEY_TEXT_SIZE], now[MONEY_TEXT_SIZE];
	struct trigger trigger;
	json_t *json;

	trigger_read(row, &trigger);
	sid_write(ask->view, "UT", row->id, sid);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "sid", sid,
			 "account_sid", ask->account, "api_version", "2010-04-01", "friendly_name", row->name,
			 "usage_category", trigger.category, "trigger_by", trigger.by, "trigger_value",
			 money_format(trigger.value, 0, value), "current_value", money_format(used, 0, now),
			 "recurring", recurring_of(&trigger), "callback_url", trigger.url, "callback_method",
			 trigger.get ? "GET" : "POST", "date_created", date_write(row->created, created),
			 "date_updated", date_write(row->updated, updated));
	if (!json)
		return NULL;
	json_object_set_new(json, "date_fired", trigger.fired ? date_json(trigger.fired) : json_null());
	json_object_set_new(
	    json, "usage_record_uri",
	    view_uri(&of, "/Usage/Records/%s.json?Category=%s", records[trigger.period], trigger.category));
	json_object_set_new(json, "uri", view_uri(&of, "/Usage/Triggers/%s.json", sid));
	return json;
}

char *twilio_trigger_body(const struct conf *conf, const struct entry_row *row, int64_t used, int64_t now)
{
	char sid[SID_SIZE], date[DATE_TEXT_SIZE], value[MONEY_TEXT_SIZE], token[120];
	struct told_form form;
	struct trigger trigger;
	enum view view;

	trigger_read(row, &trigger);
	view = trigger.dialect && !strcmp(trigger.dialect, "signalwire") ? VIEW_SIGNALWIRE : VIEW_TWILIO;
	if (told_begin(&form, conf, conf_account_by_name(conf, row->account), view))
		return NULL;
	told_text(&form, "AccountSid", view_account_sid(&form.of, sid));
	told_id(&form, "UsageTriggerSid", "UT", row->id);
	told_text(&form, "FriendlyName", row->name);
	told_text(&form, "UsageCategory", trigger.category);
	told_text(&form, "TriggerBy", trigger.by);
	told_text(&form, "TriggerValue", money_format(trigger.value, 0, value));
	told_text(&form, "CurrentValue", money_format(used, 0, value));
	told_text(&form, "Recurring", recurring_of(&trigger));
	told_text(&form, "DateFired", date_write(now, date));
	told_url(&form, "UsageRecordUri", "/Usage/Records/%s.json?Category=%s", records[trigger.period],
		 trigger.category);
	/* The same whenever this one is told of the same period. */
	snprintf(token, sizeof token, "%s-%s-%lld", view_account_sid(&form.of, sid), row->id,
		 (long long)usage_period_begins(trigger.period, now / 86400000));
	told_text(&form, "IdempotencyToken", token);
	told_text(&form, "ApiVersion", "2010-04-01");
	return told_end(&form);
}

static void answer(struct ask *ask, int status, const struct entry_row *row)
{
	struct trigger trigger;
	struct fault fault;
	int64_t used;

	trigger_read(row, &trigger);
	if (trigger_used(&ask->by, &trigger, &used, &fault))
		ask_done(ask, status, trigger_json(ask, row, used));
	else
		ask_fail(ask, &fault);
}

static void on_created(const struct fault *fault, const struct entry_row *row, void *arg)
{
	if (fault)
		ask_fail(arg, fault);
	else
		answer(arg, 201, row);
}

static void on_changed(const struct fault *fault, const struct entry_row *row, void *arg)
{
	if (fault)
		ask_fail(arg, fault);
	else
		answer(arg, 200, row);
}

/* ---- requests ---- */

static void read_category(struct form *form, struct trigger *out)
{
	const char *text = form_text(form, "UsageCategory");
	const struct usage_category *category = text ? usage_category_find(text) : NULL;
	int by = TRIGGER_MINUTES;

	form_word(form, "TriggerBy", measures, &by);
	out->by = measures[by];
	if (!category) {
		form_fail(form, TROUBLE_PARAMETER,
			  "UsageCategory: \"%.60s\" is none of those that there are here.", text ? text : "");
		return;
	}
	out->category = category->name;
	out->kinds = category->kinds;
	/* Of money there is nothing else that counts. */
	out->measure = category->unit ? (enum trigger_measure)by : TRIGGER_PRICE;
}

/* "1000", "0.5", "+30": on top of what there is. */
static void read_value(struct form *form, struct trigger_wish *wish)
{
	const char *text = form_text(form, "TriggerValue");

	wish->more = text && *text == '+';
	text = wish->more ? text + 1 : text;
	if (!text)
		form_fail(form, TROUBLE_PARAMETER, "TriggerValue is required.");
	else if (money_parse(&wish->trigger.value, text, strlen(text)))
		form_fail(form, TROUBLE_PARAMETER,
			  "TriggerValue must be a number up to a billion, with a + in front on top of what "
			  "is used now.");
}

static const char *read_name(const struct ask *ask)
{
	return form_has(&ask->form, "FriendlyName") ? query_get(ask->form.query, "FriendlyName") : NULL;
}

static void create(struct ask *ask)
{
	struct form *form = &ask->form;
	const char *name = read_name(ask);
	struct trigger_wish wish = { .name = name ? name : "", .trigger.dialect = view_dialect(ask->view) };
	bool post = true;
	int period = USAGE_EVER;

	read_category(form, &wish.trigger);
	read_value(form, &wish);
	form_word(form, "Recurring", periods, &period);
	wish.trigger.period = (enum usage_period)period;
	if (!form_text(form, "CallbackUrl"))
		form_fail(form, TROUBLE_PARAMETER, "CallbackUrl is required.");
	wish.trigger.url = form_url(form, "CallbackUrl");
	form_method(form, "CallbackMethod", &post);
	wish.trigger.get = !post;
	if (ask_form_ok(ask))
		trigger_create(&ask->by, &wish, on_created, ask);
}

static void update(struct ask *ask)
{
	const char *name = read_name(ask), *url = form_url(&ask->form, "CallbackUrl");
	char id[UUID_TEXT_SIZE];
	bool post = true;
	int get = -1;

	if (form_method(&ask->form, "CallbackMethod", &post))
		get = !post;
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "UT", id))
		return;
	trigger_change(&ask->by, id, name, url, get, on_changed, ask);
}

static void fetch(struct ask *ask)
{
	char id[UUID_TEXT_SIZE];
	struct entry_row row;
	struct fault fault;

	if (!ask_arg_id(ask, 0, "UT", id))
		return;
	if (!trigger_find(&ask->by, id, &row, &fault)) {
		ask_fail(ask, &fault);
		return;
	}
	answer(ask, 200, &row);
	entry_row_clear(&row);
}

static void delete (struct ask *ask)
{
	char id[UUID_TEXT_SIZE];

	if (ask_arg_id(ask, 0, "UT", id))
		trigger_delete(&ask->by, id, ask_on_done, ask);
}

/* A list that is filtered. */
struct sieve {
	struct ask *ask;
	json_t *items;
	int period, by; /* -1: any */
	const struct usage_category *category;
	struct fault fault;
	bool failed;
};

static bool add(const struct entry_row *row, void *arg)
{
	struct sieve *sieve = arg;
	struct trigger trigger;
	int64_t used;

	trigger_read(row, &trigger);
	if ((sieve->period >= 0 && (int)trigger.period != sieve->period) ||
	    (sieve->by >= 0 && strcmp(measures[sieve->by], trigger.by)) ||
	    (sieve->category && strcmp(sieve->category->name, trigger.category)))
		return true;
	if (!trigger_used(&sieve->ask->by, &trigger, &used, &sieve->fault))
		sieve->failed = true;
	else
		json_array_append_new(sieve->items, trigger_json(sieve->ask, row, used));
	return !sieve->failed;
}

static void list(struct ask *ask)
{
	const char *category = form_text(&ask->form, "UsageCategory");
	struct sieve sieve = { .ask = ask, .period = -1, .by = -1 };

	form_word(&ask->form, "Recurring", periods, &sieve.period);
	form_word(&ask->form, "TriggerBy", measures, &sieve.by);
	sieve.category = category ? usage_category_find(category) : NULL;
	if (category && !sieve.category)
		form_fail(&ask->form, TROUBLE_PARAMETER,
			  "UsageCategory: \"%.60s\" is none of those that there are here.", category);
	if (!ask_form_ok(ask))
		return;
	sieve.items = json_array();
	if (triggers_each(&ask->by, add, &sieve, &sieve.fault) && !sieve.failed) {
		paging_done_whole(ask, "usage_triggers", "/Usage/Triggers.json", sieve.items);
		return;
	}
	json_decref(sieve.items);
	ask_fail(ask, &sieve.fault);
}

/* clang-format off */
static const struct route routes[] = {
	ASK_LIST("GET", "Usage/Triggers", list),
	ASK_LIST("POST", "Usage/Triggers", create),
	ASK_ONE("GET", "Usage/Triggers/*", fetch),
	ASK_ONE("POST", "Usage/Triggers/*", update),
	ASK_ONE("DELETE", "Usage/Triggers/*", delete),
};
/* clang-format on */

const struct ask_routes trigger_routes = { routes, sizeof routes / sizeof *routes };
