/* rate.find and account.list: what calls would cost, and what was spent. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/trunks/route.h"
#include "lib/control_frame.h"
#include "lib/money.h"

#include <string.h>

static const char *const directions[] = { "outbound", "inbound" };

static void reply_rate(struct asked *a, const struct conf_account *account, enum rate_direction direction,
		       const char *number)
{
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;
	json_t *out;
	int64_t s;

	if (!account->deck || !rate_deck_find(account->deck->rates, direction, number, &rate, prefix)) {
		methods_refuse(a, CONTROL_NOT_FOUND, "to",
			       account->deck ? "The account's deck has no rate for that number."
					     : "The account has no deck.");
		return;
	}
	out = charge_rate_json(&rate, prefix);
	json_object_set_new(out, "to", json_string(number));
	json_object_set_new(out, "direction", json_string(directions[direction]));
	json_object_set_new(out, "account", json_string(account->name));
	json_object_set_new(out, "deck", json_string(account->deck->name));
	s = charge_seconds_left(a->m->money, account, &rate);
	if (s >= 0)
		json_object_set_new(out, "max_duration", json_integer(s));
	control_reply(a->request, out);
}

void check_number(struct json_get *g, struct asked *a)
{
	char number[ROUTE_TEXT_MAX];

	if (!route_e164(number, sizeof number, a->in.to))
		json_get_fail(g, "to", "must be a number: + and 2 to 15 digits");
}

void method_rate_find(struct asked *a)
{
	const struct conf *conf = a->m->conf;
	const struct conf_account *account =
	    a->in.account ? conf_account_by_name(conf, a->in.account) : &conf->accounts[0];
	char number[ROUTE_TEXT_MAX] = "";

	route_e164(number, sizeof number, a->in.to);
	if (account)
		reply_rate(a, account, (enum rate_direction)a->in.direction, number);
	else
		methods_refuse(a, CONTROL_NOT_FOUND, "account", "There is no such account.");
}

static void set_amount(json_t *out, const char *name, int64_t amount)
{
	char text[MONEY_TEXT_SIZE];

	json_object_set_new(out, name, json_string(money_format(amount, 2, text)));
}

static json_t *account_json(struct spend *spend, const struct conf_account *account)
{
	json_t *out = json_pack("{s:s, s:s}", "name", account->name, "sid", account->sid);
	struct spend_today today;

	if (!account->deck)
		return out;
	spend_today(spend, account, &today);
	json_object_set_new(out, "deck", json_string(account->deck->name));
	json_object_set_new(out, "price_unit", json_string(account->deck->currency));
	set_amount(out, "spent_today", today.spent);
	if (today.reserved)
		set_amount(out, "reserved", today.reserved);
	if (account->max_spend_day) {
		set_amount(out, "max_spend_day", account->max_spend_day);
		set_amount(out, "left_today", spend_left(spend, account));
	}
	if (account->max_spend_call)
		set_amount(out, "max_spend_call", account->max_spend_call);
	json_object_set_new(out, "day_starts", json_integer(today.day_starts));
	json_object_set_new(out, "day_ends", json_integer(today.day_ends));
	return out;
}

void method_account_list(struct asked *a)
{
	const struct conf *conf = a->m->conf;
	json_t *accounts = json_array();

	for (size_t i = 0; i < conf->account_count; i++)
		json_array_append_new(accounts, account_json(a->m->money->spend, &conf->accounts[i]));
	control_reply(a->request, json_pack("{s:o}", "accounts", accounts));
}
