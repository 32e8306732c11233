#include "daemon/api/call/triggers.h"

#include "daemon/api/call/after.h"
#include "daemon/api/call/applications.h"
#include "daemon/api/hook/hooks.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/money.h"
#include "lib/random.h"
#include "lib/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int64_t number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void trigger_read(const struct entry_row *row, struct trigger *out)
{
	const json_t *settings = row->settings;

	*out = (struct trigger){ .kinds = (unsigned)number_of(settings, "kinds"),
				 .measure = (enum trigger_measure)number_of(settings, "measure"),
				 .period = (enum usage_period)number_of(settings, "period"),
				 .value = number_of(settings, "value"),
				 .fired = number_of(settings, "fired"),
				 .url = text_of(settings, "callback_url"),
				 .get = entry_is_get(settings, "callback_method"),
				 .dialect = text_of(settings, "dialect"),
				 .category = text_of(settings, "category"),
				 .by = text_of(settings, "by") };
}

/* So many whole ones, as amounts are counted; the greatest that there is when they are more. */
static int64_t whole(int64_t n)
{
	return n > INT64_MAX / MONEY_ONE ? INT64_MAX : n * MONEY_ONE;
}

/* What it looks at, of what its period has. */
static int64_t measure(const struct trigger *trigger, const struct usage_sum sums[USAGE_KINDS])
{
	struct usage_sum sum = { 0 };

	for (size_t i = 0; i < USAGE_KINDS; i++) {
		if (!(trigger->kinds & 1u << i))
			continue;
		sum.n += sums[i].n;
		sum.minutes += sums[i].minutes;
		sum.price += sums[i].price;
	}
	return trigger->measure == TRIGGER_COUNT     ? whole(sum.n)
	       : trigger->measure == TRIGGER_MINUTES ? whole(sum.minutes)
						     : sum.price;
}

static int read_period(struct store *store, const char *account, enum usage_period period, int64_t today,
		       struct usage_sum out[USAGE_KINDS])
{
	return usage_read(store, account, usage_period_begins(period, today), today, out);
}

bool trigger_used(const struct asker *by, const struct trigger *trigger, int64_t *out, struct fault *fault)
{
	struct usage_sum sums[USAGE_KINDS];

	if (read_period(by->desk->store, by->account->name, trigger->period, clock_utc_ms() / DAY_MS, sums))
		return fault_store_failed(fault);
	*out = measure(trigger, sums);
	return true;
}

/* ---- create, find, change, delete ---- */

bool trigger_find(const struct asker *by, const char *id, struct entry_row *out, struct fault *fault)
{
	int err = entries_get(by->desk->store, ENTRY_TRIGGER, by->account->name, id, out);

	if (err == ENOENT)
		return fault_set(fault, FAULT_TRIGGER_NOT_FOUND, FIELD_NONE, "There is no such trigger.");
	return !err || fault_store_failed(fault);
}

static int each_of(struct store *store, const char *account, entry_h *each, void *arg)
{
	const struct rows_page all = { .limit = TRIGGERS_MAX };

	return entries_page(store, ENTRY_TRIGGER, account, NULL, &all, each, arg);
}

bool triggers_each(const struct asker *by, entry_h *each, void *arg, struct fault *fault)
{
	return !each_of(by->desk->store, by->account->name, each, arg) || fault_store_failed(fault);
}

static bool check(const char *name, const char *url, struct fault *fault)
{
	if (name && utf8_count(name) > TRIGGER_NAME_MAX)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NAME,
				 FAULT_FIELD_MARK " must have at most %d characters.", TRIGGER_NAME_MAX);
	return fault_check_url(fault, FIELD_CALLBACK_URL, url);
}

static bool fill(const struct asker *by, const struct trigger_wish *wish, struct entry_row *row,
		 struct fault *fault)
{
	const struct trigger *trigger = &wish->trigger;
	char id[UUID_TEXT_SIZE];
	int64_t so_far = 0;

	if (wish->more && !trigger_used(by, trigger, &so_far, fault))
		return false;
	if (so_far > INT64_MAX - trigger->value)
		return fault_set(fault, FAULT_PARAMETER_INVALID, FIELD_NONE, "That much is never reached.");
	row->id = strdup(random_uuid(id));
	row->account = strdup(by->account->name);
	row->name = strdup(wish->name);
	row->created = row->updated = clock_utc_ms();
	row->settings = json_pack(
	    "{s:I, s:i, s:i, s:I, s:s, s:s, s:s, s:s, s:s}", "kinds", (json_int_t)trigger->kinds, "measure",
	    trigger->measure, "period", trigger->period, "value", (json_int_t)(so_far + trigger->value),
	    "callback_url", trigger->url, "callback_method", trigger->get ? "GET" : "POST", "dialect",
	    trigger->dialect, "category", trigger->category, "by", trigger->by);
	return (row->id && row->account && row->name && row->settings) || fault_no_memory(fault);
}

static bool create(const struct asker *by, const struct trigger_wish *wish, struct entry_row *row,
		   struct fault *fault)
{
	struct store *store = by->desk->store;
	int64_t count;

	if (!check(wish->name, wish->trigger.url, fault))
		return false;
	if (entries_count(store, ENTRY_TRIGGER, by->account->name, &count))
		return fault_store_failed(fault);
	if (count >= TRIGGERS_MAX)
		return fault_set(fault, FAULT_LIMIT_REACHED, FIELD_NONE,
				 "The account has %d triggers, and that is all it may have.", TRIGGERS_MAX);
	if (!fill(by, wish, row, fault))
		return false;
	return !entries_put(store, ENTRY_TRIGGER, row) || fault_store_failed(fault);
}

void trigger_create(const struct asker *by, const struct trigger_wish *wish, entry_done_h *handler, void *arg)
{
	struct entry_row row = { 0 };
	struct fault fault;

	if (create(by, wish, &row, &fault)) {
		after_commit_entry(by->desk, &row, handler, arg);
		return;
	}
	entry_row_clear(&row);
	handler(&fault, NULL, arg);
}

static bool change(const struct asker *by, const char *name, const char *url, int get, struct entry_row *row,
		   struct fault *fault)
{
	char *copy = name ? strdup(name) : NULL;

	if (name && !copy)
		return fault_no_memory(fault);
	if (copy) {
		free(row->name);
		row->name = copy;
	}
	if (url)
		json_object_set_new(row->settings, "callback_url", json_string(url));
	if (get >= 0)
		json_object_set_new(row->settings, "callback_method", json_string(get ? "GET" : "POST"));
	row->updated = clock_utc_ms();
	return !entries_put(by->desk->store, ENTRY_TRIGGER, row) || fault_store_failed(fault);
}

void trigger_change(const struct asker *by, const char *id, const char *name, const char *url, int get,
		    entry_done_h *handler, void *arg)
{
	struct entry_row row = { 0 };
	struct fault fault;

	if (check(name, url, &fault) && trigger_find(by, id, &row, &fault) &&
	    change(by, name, url, get, &row, &fault)) {
		after_commit_entry(by->desk, &row, handler, arg);
		return;
	}
	entry_row_clear(&row);
	handler(&fault, NULL, arg);
}

void trigger_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct entry_row row;
	struct fault fault;
	bool ok = trigger_find(by, id, &row, &fault);

	if (ok && entries_delete(by->desk->store, row.nr))
		ok = fault_store_failed(&fault);
	entry_row_clear(&row);
	if (ok)
		after_commit(by->desk, handler, arg);
	else
		handler(&fault, arg);
}

/* ---- what is told ---- */

/* Those that are to be told of, found before any is written. */
struct due {
	const struct triggers *triggers;
	int64_t now;
	struct usage_sum sums[USAGE_PERIODS][USAGE_KINDS]; /* of the account: each is read once, */
	bool read[USAGE_PERIODS];			   /* when a trigger looks at it */
	struct {
		struct entry_row row;
		int64_t used;
	} items[TRIGGERS_MAX];
	size_t count;
	int err;
};

static int copy_row(struct entry_row *out, const struct entry_row *row)
{
	*out = (struct entry_row){ .nr = row->nr,
				   .id = strdup(row->id),
				   .account = strdup(row->account),
				   .name = strdup(row->name),
				   .created = row->created,
				   .updated = row->updated,
				   .settings = json_incref(row->settings) };
	if (out->id && out->account && out->name)
		return 0;
	entry_row_clear(out);
	return ENOMEM;
}

static const struct usage_sum *sums_of(struct due *due, const char *account, enum usage_period period)
{
	if (!due->read[period])
		due->err = read_period(due->triggers->desk->store, account, period, due->now / DAY_MS,
				       due->sums[period]);
	due->read[period] = !due->err;
	return due->sums[period];
}

static bool look(const struct entry_row *row, void *arg)
{
	struct due *due = arg;
	const int64_t today = due->now / DAY_MS;
	struct trigger trigger;
	int64_t amount;

	trigger_read(row, &trigger);
	if (!trigger.url ||
	    (trigger.fired && trigger.fired / DAY_MS >= usage_period_begins(trigger.period, today)))
		return true;
	amount = measure(&trigger, sums_of(due, row->account, trigger.period));
	if (!due->err && amount >= trigger.value && due->count < TRIGGERS_MAX) {
		due->err = copy_row(&due->items[due->count].row, row);
		due->items[due->count].used = amount;
		due->count += !due->err;
	}
	return !due->err;
}

/* That it was told is on disk with what is told. */
static int fire(const struct triggers *triggers, const struct bus_event *event, struct entry_row *row,
		int64_t amount, int64_t now)
{
	struct hook_letter letter = { .about = event->row ? event->row->id : event->conference->id,
				      .account = row->account,
				      .conference = !event->row,
				      .type = triggers->type };
	struct trigger trigger;
	char *body;
	int err;

	json_object_set_new(row->settings, "fired", json_integer(now));
	trigger_read(row, &trigger);
	letter.dialect = trigger.dialect;
	letter.url = trigger.url;
	letter.get = trigger.get;
	body = triggers->body(triggers->desk->conf, row, amount, now);
	letter.body = body;
	err = body ? entries_put(triggers->desk->store, ENTRY_TRIGGER, row) : ENOMEM;
	if (!err)
		err = hooks_send(triggers->desk->hooks, &letter);
	free(body);
	return err;
}

static bool changes_usage(const struct bus_event *event)
{
	const char *what = strchr(event->type, '.');

	if (event->row && event->row->answered && event->row->ended && !strcmp(event->type, "call.state"))
		return true;
	return (event->row || event->conference) && what && !strcmp(what, ".record_done");
}

void triggers_on_event(const struct bus_event *event, void *arg)
{
	const struct triggers *triggers = arg;
	const char *account;
	struct due *due;
	int err;

	if (!changes_usage(event))
		return;
	account = event->row ? event->row->account : event->conference->account;
	due = calloc(1, sizeof *due);
	err = due ? 0 : ENOMEM;
	if (due) {
		due->triggers = triggers;
		due->now = clock_utc_ms();
		err = each_of(triggers->desk->store, account, look, due);
		err = err ? err : due->err;
	}
	for (size_t i = 0; due && i < due->count; i++) {
		if (!err)
			err = fire(triggers, event, &due->items[i].row, due->items[i].used, due->now);
		entry_row_clear(&due->items[i].row);
	}
	free(due);
	if (err)
		log_error("trigger.failed", event->row ? event->row->id : event->conference->id,
			  "account=%s error=%s", log_quote(account), log_quote(strerror(err)));
}
