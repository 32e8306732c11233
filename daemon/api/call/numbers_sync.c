/* Numbers that were set up: from the database to the conf in force, and to the switch. */
#include "daemon/api/call/numbers.h"

#include "daemon/api/switch/link.h"
#include "lib/conf_numbers.h"
#include "lib/log.h"

#include <errno.h>

enum { TOLD_AT_ONCE = 500 };

static const char *text(const json_t *settings, const char *name)
{
	return json_string_value(json_object_get(settings, name));
}

int numbers_put_in_force(const struct conf *conf, struct store *store, const struct entry_row *row)
{
	struct entry_row application = { 0 };
	const json_t *settings = row->settings;
	int err = row->application
		      ? entries_get(store, ENTRY_APPLICATION, row->account, row->application, &application)
		      : ENOENT;

	if (err == EIO)
		return err;
	if (!err)
		settings = application.settings;
	err = conf_numbers_set(
	    conf, &(struct conf_number_set){ .number = row->name,
					     .account = row->account,
					     .friendly_name = text(row->settings, "friendly_name"),
					     .dialect = text(row->settings, "dialect"),
					     .voice_url = text(settings, "voice_url"),
					     .voice_get = entry_is_get(settings, "voice_method"),
					     .fallback_url = text(settings, "fallback_url"),
					     .fallback_get = entry_is_get(settings, "fallback_method"),
					     .status_callback = text(settings, "status_callback"),
					     .callback_get = entry_is_get(settings, "status_callback_method"),
					     .script = text(settings, "voice_url") != NULL });
	entry_row_clear(&application);
	return err;
}

struct loading {
	const struct conf *conf;
	struct store *store;
};

static bool load_one(const struct entry_row *row, void *arg)
{
	const struct loading *loading = arg;
	int err = numbers_put_in_force(loading->conf, loading->store, row);

	/* the conf has changed since: what it says holds */
	if (err)
		log_warn("number.unused", NULL, "number=%s account=%s error=%s", row->name,
			 log_quote(row->account),
			 err == EEXIST	 ? "taken"
			 : err == ENOENT ? "no-account"
					 : "failed");
	return true;
}

int numbers_load(const struct conf *conf, struct store *store)
{
	return entries_numbers(store, NULL, load_one, &(struct loading){ conf, store });
}

/* ---- the switch ---- */

json_t *numbers_told(const struct conf_number *number)
{
	return json_pack("{s:s, s:s, s:b}", "number", number->number, "account", number->account->name,
			 "script", number->has_script);
}

static void on_told(const json_t *result, const json_t *error, void *arg)
{
	json_t *refused = json_object_get(result, "refused"), *one;
	size_t i;

	(void)arg;
	if (error)
		log_warn("number.not_told", NULL, "error=%s",
			 log_quote(json_string_value(json_object_get(error, "message"))));
	json_array_foreach(refused, i, one)
	    log_warn("number.refused", NULL, "number=%s reason=%s",
		     json_string_value(json_object_get(one, "number")), log_quote(text(one, "reason")));
}

struct telling {
	const struct desk *desk;
	json_t *numbers;
};

static void send_batch(struct telling *telling, const char *method)
{
	if (json_array_size(telling->numbers))
		link_call(telling->desk->link, method, json_pack("{s:o}", "numbers", telling->numbers),
			  on_told, NULL);
	else
		json_decref(telling->numbers);
	telling->numbers = json_array();
}

static bool tell_one(const struct conf_number *number, void *arg)
{
	struct telling *telling = arg;

	json_array_append_new(telling->numbers, numbers_told(number));
	if (json_array_size(telling->numbers) >= TOLD_AT_ONCE)
		send_batch(telling, "number.set");
	return true;
}

/* Those go that are none of ours any more. */
static void on_listed(const json_t *result, const json_t *error, void *arg)
{
	const struct desk *desk = arg;
	struct telling telling = { desk, json_array() };
	json_t *one;
	size_t i;

	if (!error && link_is_ready(desk->link)) {
		json_array_foreach(json_object_get(result, "numbers"), i, one)
		{
			const char *number = text(one, "number");

			if (!number || conf_numbers_find(desk->conf->set, number))
				continue;
			json_array_append_new(telling.numbers, json_string(number));
			if (json_array_size(telling.numbers) >= TOLD_AT_ONCE)
				send_batch(&telling, "number.remove");
		}
		send_batch(&telling, "number.remove");
	}
	json_decref(telling.numbers);
}

void numbers_ready(const struct desk *desk)
{
	struct telling telling = { desk, json_array() };

	conf_numbers_each_set(desk->conf, tell_one, &telling);
	send_batch(&telling, "number.set");
	json_decref(telling.numbers);
	link_call(desk->link, "number.list", NULL, on_listed, (void *)desk);
}

/* ---- changes ---- */

static void tell_now(const struct desk *desk, const char *number)
{
	const struct conf_number *set = conf_numbers_find(desk->conf->set, number);

	if (!link_is_ready(desk->link))
		return; /* it is told when it can be */
	if (set)
		link_call(desk->link, "number.set", json_pack("{s:[o]}", "numbers", numbers_told(set)),
			  on_told, NULL);
	else
		link_call(desk->link, "number.remove", json_pack("{s:[s]}", "numbers", number), on_told,
			  NULL);
}

void numbers_restore(const struct desk *desk, const char *number)
{
	struct entry_row row;

	if (entries_number(desk->store, number, &row) || numbers_put_in_force(desk->conf, desk->store, &row))
		conf_numbers_unset(desk->conf, number);
	tell_now(desk, number);
	entry_row_clear(&row);
}

static bool add_name(const struct entry_row *row, void *arg)
{
	return !json_array_append_new(arg, json_string(row->name));
}

static void restore_all(const struct desk *desk, const json_t *names)
{
	json_t *one;
	size_t i;

	json_array_foreach((json_t *)names, i, one) numbers_restore(desk, json_string_value(one));
}

void numbers_renew(const struct desk *desk, const char *application)
{
	json_t *names = json_array();

	if (entries_numbers(desk->store, application, add_name, names))
		log_warn("number.store_failed", NULL, "application=%s", application);
	restore_all(desk, names);
	json_decref(names);
}

void numbers_leave(const struct desk *desk, const char *application)
{
	json_t *names = json_array();

	if (entries_numbers(desk->store, application, add_name, names) ||
	    entries_forget_application(desk->store, application))
		log_warn("number.store_failed", NULL, "application=%s", application);
	restore_all(desk, names);
	json_decref(names);
}
