/* Numbers that are set up, changed and given back. */
#include "daemon/api/call/numbers.h"

#include "daemon/api/call/after.h"
#include "daemon/api/switch/link.h"
#include "lib/clock.h"
#include "lib/conf_index.h"
#include "lib/conf_number_id.h"
#include "lib/conf_numbers.h"
#include "lib/phone_number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From the check of what is wanted to the answer. */
struct setting {
	struct asker by;
	struct entry_row row;
	number_done_h *handler; /* one of these */
	done_h *done;
	void *arg;
};

static void setting_free(struct setting *setting)
{
	entry_row_clear(&setting->row);
	free(setting);
}

static void fail(struct setting *setting, const struct fault *fault)
{
	if (setting->done)
		setting->done(fault, setting->arg);
	else
		setting->handler(fault, NULL, setting->arg);
	setting_free(setting);
}

/* ---- what may be ---- */

static bool is_taken(struct fault *fault, const char *number, const char *why)
{
	return fault_set(fault, FAULT_NUMBER_TAKEN, FIELD_NUMBER, "%s is not available: %s.", number, why);
}

/* Whether it may be this account's: the conf says so, or calls to it can come there. */
static bool is_brought(const struct asker *by, const char *number)
{
	const struct conf_strings *own = &by->account->numbers;
	const struct conf *conf = by->desk->conf;

	for (size_t i = 0; i < own->count; i++)
		if (!strncmp(number, own->items[i], strlen(own->items[i])))
			return true;
	if (own->count)
		return false;
	for (size_t i = 0; i < conf->trunk_count; i++)
		if (conf->trunks[i].account == by->account)
			return true;
	return !conf->trunk_count;
}

static bool is_available(const struct asker *by, const char *number, struct fault *fault)
{
	const struct conf *conf = by->desk->conf;
	struct entry_row other;
	int64_t count;
	int err;

	if (conf_user_by_number(conf, number))
		return is_taken(fault, number, "it is the number of a user");
	if (conf_index_number(conf, number))
		return is_taken(fault, number, "the conf has it");
	err = entries_number(by->desk->store, number, &other);
	entry_row_clear(&other);
	if (!err)
		return is_taken(fault, number, "it is in use");
	if (err != ENOENT || entries_count(by->desk->store, ENTRY_NUMBER, by->account->name, &count))
		return fault_store_failed(fault);
	if (!is_brought(by, number))
		return is_taken(fault, number,
				by->account->numbers.count ? "it is none of those that the account may have"
							   : "no trunk of the account brings it");
	return count < NUMBERS_MAX ||
	       fault_set(fault, FAULT_LIMIT_REACHED, FIELD_NONE,
			 "The account has %d numbers, and that is all it may have.", NUMBERS_MAX);
}

/* E.164; false: it is no number. */
static bool read_number(const struct asker *by, const char *text, char out[PHONE_NUMBER_SIZE],
			struct fault *fault)
{
	const char *country = by->account->country;
	char bare[PHONE_NUMBER_SIZE];
	size_t digits;

	if (phone_number_bare(bare, text) && *bare == '+')
		strcpy(out, bare);
	else if (!phone_number_bare(bare, text) || !country || !phone_number_read(out, bare, country))
		*out = '\0';
	digits = *out == '+' ? strspn(out + 1, "0123456789") : 0;
	return (digits > PHONE_NUMBER_SHORT_MAX && digits <= 15 && !out[1 + digits] && out[1] != '0') ||
	       fault_set(fault, FAULT_NUMBER_INVALID, FIELD_NUMBER, "%.60s is not a valid phone number.",
			 text);
}

static bool check_wish(const struct asker *by, const struct entry_wish *wish, struct fault *fault)
{
	struct entry_row application;
	bool ok = entry_check(wish, fault);

	if (!ok || !wish->application || !*wish->application)
		return ok;
	ok = application_find(by, wish->application, &application, fault);
	entry_row_clear(&application);
	return ok;
}

/* ---- setting ---- */

static void on_stored(const struct fault *fault, void *arg)
{
	struct setting *setting = arg;
	struct number_info info;
	struct fault gone;

	if (fault) {
		numbers_restore(setting->by.desk, setting->row.name);
		fail(setting, fault);
	} else if (setting->done) {
		setting->done(NULL, setting->arg);
		setting_free(setting);
	} else if (!number_find(&setting->by, setting->row.id, &info, &gone)) {
		fail(setting, &gone); /* given back at the same moment */
	} else {
		setting->handler(NULL, &info, setting->arg);
		number_info_clear(&info);
		setting_free(setting);
	}
}

/* Whether nobody else has set it up since. */
static bool is_still_free(const struct setting *setting)
{
	struct entry_row other;
	int err =
	    setting->row.nr ? ENOENT : entries_number(setting->by.desk->store, setting->row.name, &other);

	if (!setting->row.nr)
		entry_row_clear(&other);
	return err == ENOENT;
}

static void on_set(const json_t *result, const json_t *error, void *arg)
{
	struct setting *setting = arg;
	const struct desk *desk = setting->by.desk;
	const json_t *refused = json_array_get(json_object_get(result, "refused"), 0);
	const char *number = setting->row.name;
	struct fault fault;
	bool ok = true;

	if (error)
		ok = fault_switch_away(&fault);
	else if (refused)
		ok = is_taken(&fault, number, json_string_value(json_object_get(refused, "reason")));
	else if (!is_still_free(setting))
		ok = is_taken(&fault, number, "it is in use");
	else if (entries_put(desk->store, ENTRY_NUMBER, &setting->row))
		ok = fault_store_failed(&fault);
	if (ok) {
		after_commit(desk, on_stored, setting);
		return;
	}
	numbers_restore(desk, number);
	fail(setting, &fault);
}

static bool put_in_force(const struct setting *setting, struct fault *fault)
{
	const struct desk *desk = setting->by.desk;
	const char *number = setting->row.name;

	switch (numbers_put_in_force(desk->conf, desk->store, &setting->row)) {
	case 0:
		return true;
	case EEXIST:
		return is_taken(fault, number, "somebody has it");
	case EIO:
		return fault_store_failed(fault);
	case ENOSPC:
		return fault_set(fault, FAULT_LIMIT_REACHED, FIELD_NONE,
				 "There are as many numbers as there may be.");
	default:
		return fault_no_memory(fault);
	}
}

/* The row is complete: the switch comes first, which may know better. */
static void set(struct setting *setting)
{
	const struct desk *desk = setting->by.desk;
	struct fault fault;

	if (!link_is_ready(desk->link)) {
		fault_not_ready(&fault, desk->store);
	} else if (put_in_force(setting, &fault)) {
		const struct conf_number *number = conf_number_find(desk->conf, setting->row.name);

		if (!link_call(desk->link, "number.set",
			       json_pack("{s:[o]}", "numbers", numbers_told(number)), on_set, setting))
			return;
		fault_switch_away(&fault);
		numbers_restore(desk, setting->row.name);
	}
	fail(setting, &fault);
}

static struct setting *setting_new(const struct asker *by, number_done_h *handler, done_h *done, void *arg)
{
	struct setting *setting = calloc(1, sizeof *setting);

	if (setting)
		*setting = (struct setting){ .by = *by, .handler = handler, .done = done, .arg = arg };
	return setting;
}

static bool begin_row(const struct asker *by, const char *number, struct entry_row *row, struct fault *fault)
{
	char id[UUID_TEXT_SIZE];

	row->id = strdup(conf_number_id(number, id));
	row->account = strdup(by->account->name);
	row->name = strdup(number);
	row->created = clock_utc_ms();
	row->settings = json_object();
	return (row->id && row->account && row->name && row->settings) || fault_no_memory(fault);
}

void number_create(const struct asker *by, const char *number, const struct entry_wish *wish,
		   number_done_h *handler, void *arg)
{
	struct setting *setting = setting_new(by, handler, NULL, arg);
	char e164[PHONE_NUMBER_SIZE];
	struct fault fault;

	if (!setting) {
		fault_no_memory(&fault);
		handler(&fault, NULL, arg);
	} else if (read_number(by, number, e164, &fault) && is_available(by, e164, &fault) &&
		   check_wish(by, wish, &fault) && begin_row(by, e164, &setting->row, &fault)) {
		entry_apply(&setting->row, wish);
		set(setting);
	} else {
		fail(setting, &fault);
	}
}

void number_change(const struct asker *by, const char *id, const struct entry_wish *wish,
		   number_done_h *handler, void *arg)
{
	struct setting *setting = setting_new(by, handler, NULL, arg);
	struct number_info info = { 0 };
	struct fault fault;
	bool ok;

	if (!setting) {
		fault_no_memory(&fault);
		handler(&fault, NULL, arg);
		return;
	}
	ok = number_find(by, id, &info, &fault) && check_wish(by, wish, &fault);
	if (ok && info.row.nr) {
		setting->row = info.row;
		memset(&info.row, 0, sizeof info.row);
	} else if (ok) {
		ok = begin_row(by, info.number->number, &setting->row, &fault);
	}
	number_info_clear(&info);
	if (ok) {
		entry_apply(&setting->row, wish);
		set(setting);
	} else {
		fail(setting, &fault);
	}
}

void number_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct setting *setting = setting_new(by, NULL, handler, arg);
	struct number_info info = { 0 };
	struct fault fault;
	bool ok = setting ? number_find(by, id, &info, &fault) : fault_no_memory(&fault);

	if (ok && info.in_file)
		ok = fault_set(&fault, FAULT_CONFLICT, FIELD_NUMBER,
			       "The number stands in the conf: it can be taken away only there.");
	else if (ok && entries_delete(by->desk->store, info.row.nr))
		ok = fault_store_failed(&fault);
	if (ok) {
		setting->row = info.row;
		numbers_restore(by->desk, setting->row.name);
		after_commit(by->desk, on_stored, setting);
	} else if (setting) {
		number_info_clear(&info);
		fail(setting, &fault);
	} else {
		handler(&fault, arg);
	}
}
