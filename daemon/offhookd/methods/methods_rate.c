/* rate.find and account.list: what calls would cost, and what was spent. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/money/spend.h"
#include "lib/control_frame.h"
#include "lib/money.h"

#include <string.h>

static const char *const directions[] = { "outbound", "inbound", NULL };

static void refuse(struct control_request *request, int code, const char *field, const char *why)
{
	control_reply_error(request, code, why, json_pack("{s:s}", "field", field));
}

static void reply_rate(struct control_request *request, const struct sw *sw,
		       const struct conf_account *account, enum rate_direction direction, const char *number)
{
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;
	json_t *out;
	int64_t s;

	if (!account->deck || !rate_deck_find(account->deck->rates, direction, number, &rate, prefix)) {
		refuse(request, CONTROL_NOT_FOUND, "to",
		       account->deck ? "The account's deck has no rate for that number."
				     : "The account has no deck.");
		return;
	}
	out = charge_rate_json(&rate, prefix);
	json_object_set_new(out, "to", json_string(number));
	json_object_set_new(out, "direction", json_string(directions[direction]));
	json_object_set_new(out, "account", json_string(account->name));
	json_object_set_new(out, "deck", json_string(account->deck->name));
	s = charge_seconds_left(sw, account, &rate);
	if (s >= 0)
		json_object_set_new(out, "max_duration", json_integer(s));
	control_reply(request, out);
}

static void find(struct control_request *request, const json_t *params, void *arg)
{
	const char *to = NULL, *name = NULL;
	const struct conf_account *account;
	int direction = RATE_OUTBOUND;
	char number[ROUTE_TEXT_MAX];
	struct sw *sw = arg;
	struct json_get g;

	json_get_init(&g, params);
	json_get_string(&g, "to", true, &to);
	json_get_string(&g, "account", false, &name);
	json_get_enum(&g, "direction", false, directions, &direction);
	if (to && !route_e164(number, sizeof number, to))
		json_get_fail(&g, "to", "must be a number: + and 2 to 15 digits");
	if (!methods_params_ok(request, &g))
		return;
	account = name ? conf_account_by_name(sw->conf, name) : &sw->conf->accounts[0];
	if (account)
		reply_rate(request, sw, account, (enum rate_direction)direction, number);
	else
		refuse(request, CONTROL_NOT_FOUND, "account", "There is no such account.");
}

static void set_amount(json_t *out, const char *name, int64_t amount)
{
	char text[MONEY_TEXT_SIZE];

	json_object_set_new(out, name, json_string(money_format(amount, 2, text)));
}

static json_t *account_json(struct sw *sw, const struct conf_account *account)
{
	json_t *out = json_pack("{s:s, s:s}", "name", account->name, "sid", account->sid);
	struct spend_today today;

	if (!account->deck)
		return out;
	spend_today(sw->spend, account, &today);
	json_object_set_new(out, "deck", json_string(account->deck->name));
	json_object_set_new(out, "price_unit", json_string(account->deck->currency));
	set_amount(out, "spent_today", today.spent);
	if (today.reserved)
		set_amount(out, "reserved", today.reserved);
	if (account->max_spend_day) {
		set_amount(out, "max_spend_day", account->max_spend_day);
		set_amount(out, "left_today", spend_left(sw->spend, account));
	}
	if (account->max_spend_call)
		set_amount(out, "max_spend_call", account->max_spend_call);
	json_object_set_new(out, "day_starts", json_integer(today.day_starts));
	json_object_set_new(out, "day_ends", json_integer(today.day_ends));
	return out;
}

static void list(struct control_request *request, const json_t *params, void *arg)
{
	json_t *accounts = json_array();
	struct sw *sw = arg;

	(void)params;
	for (size_t i = 0; i < sw->conf->account_count; i++)
		json_array_append_new(accounts, account_json(sw, &sw->conf->accounts[i]));
	control_reply(request, json_pack("{s:o}", "accounts", accounts));
}

const struct control_method rate_methods[] = {
	{ "rate.find", find },
	{ "account.list", list },
};
const size_t rate_method_count = sizeof rate_methods / sizeof rate_methods[0];
