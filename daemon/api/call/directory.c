#include "daemon/api/call/directory.h"

#include "daemon/api/switch/link.h"

#include <stdlib.h>
#include <string.h>

/* A question to the switch. */
struct asking {
	struct asker by;
	const char *name; /* of the array in the answer, or NULL */
	told_h *handler;
	void *arg;
};

/* Takes `params`. */
static void ask(const struct asking *wanted, const char *method, json_t *params,
		control_client_reply_h *reply)
{
	const struct desk *desk = wanted->by.desk;
	struct asking *asking = malloc(sizeof *asking);
	struct fault fault;

	if (asking && link_is_ready(desk->link)) {
		*asking = *wanted;
		if (!link_call(desk->link, method, params, reply, asking))
			return;
		params = NULL;
	}
	if (asking)
		fault_switch_away(&fault);
	else
		fault_no_memory(&fault);
	json_decref(params);
	free(asking);
	wanted->handler(&fault, NULL, wanted->arg);
}

/* Tells of an error, and frees what asked. */
static void fail(struct asking *asking, const json_t *error)
{
	struct fault fault;

	fault_from_switch(&fault, error, NULL);
	asking->handler(&fault, NULL, asking->arg);
	free(asking);
}

static void on_rate(const json_t *result, const json_t *error, void *arg)
{
	struct asking *asking = arg;

	if (error) {
		fail(asking, error);
		return;
	}
	asking->handler(NULL, result, asking->arg);
	free(asking);
}

void directory_rate(const struct asker *by, const char *to, bool inbound, told_h *handler, void *arg)
{
	const struct asking asking = { *by, NULL, handler, arg };

	ask(&asking, "rate.find",
	    json_pack("{s:s, s:s, s:s}", "to", to, "direction", inbound ? "inbound" : "outbound", "account",
		      by->account->name),
	    on_rate);
}

static const json_t *own_account(const struct asker *by, const json_t *result)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(result, "accounts"), i, one)
	{
		const char *name = json_string_value(json_object_get(one, "name"));

		if (name && strcmp(name, by->account->name) == 0)
			return one;
	}

	return NULL;
}

static void on_accounts(const json_t *result, const json_t *error, void *arg)
{
	struct asking *asking = arg;
	const json_t *account;
	struct fault fault;

	if (error) {
		fail(asking, error);
		return;
	}
	account = own_account(&asking->by, result);
	/* Not: the two daemons have read different confs, and one of them is about to be reloaded. */
	if (!account)
		fault_set(&fault, FAULT_SWITCH_BUSY, FIELD_NONE,
			  "The switch does not know this account yet.");
	asking->handler(account ? NULL : &fault, account, asking->arg);
	free(asking);
}

void directory_account(const struct asker *by, told_h *handler, void *arg)
{
	const struct asking asking = { *by, NULL, handler, arg };

	ask(&asking, "account.list", NULL, on_accounts);
}

/* A phone is its user's. */
static bool is_own(const struct asker *by, const json_t *told)
{
	const char *account = json_string_value(json_object_get(told, "account"));
	const char *name = json_string_value(json_object_get(told, "user"));
	const struct conf_user *user = name ? conf_user_by_name(by->desk->conf, name) : NULL;

	return account ? !strcmp(account, by->account->name) : user && user->account == by->account;
}

static void on_list(const json_t *result, const json_t *error, void *arg)
{
	struct asking *asking = arg;
	json_t *items, *told;
	size_t i;

	if (error) {
		fail(asking, error);
		return;
	}
	items = json_array();
	json_array_foreach(json_object_get(result, asking->name), i, told)
	{
		if (is_own(&asking->by, told))
			json_array_append(items, told);
	}

	asking->handler(NULL, items, asking->arg);
	json_decref(items);
	free(asking);
}

void directory_list(const struct asker *by, enum directory_list what, told_h *handler, void *arg)
{
	static const char *const methods[] = { "user.list", "trunk.list", "registration.list" };
	static const char *const names[] = { "users", "trunks", "registrations" };
	const struct asking asking = { *by, names[what], handler, arg };

	ask(&asking, methods[what], NULL, on_list);
}
