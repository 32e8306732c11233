/* See charge.h. */
#include "daemon/offhookd/money/charge.h"

#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/sw/sw.h"
#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/money.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

static bool is_limited(const struct conf_account *account)
{
	return account->max_spend_day != 0 || account->max_spend_call != 0;
}

static int64_t first_cost(const struct rate *rate)
{
	return rate_cost(rate, rate_billed_s(rate, 0));
}

static const char *text_of(int64_t amount, char out[MONEY_TEXT_SIZE])
{
	return money_format(amount, 2, out);
}

/* Why `cost` for one call, `more` of it now, is too much; EDQUOT, or 0 when it is not. */
static int check_limits(const struct sw *sw, const struct conf_account *account, int64_t cost, int64_t more,
			char reason[LIMITS_REASON_SIZE])
{
	char limit[MONEY_TEXT_SIZE];

	if (more <= 0)
		return 0;
	if (account->max_spend_call && cost > account->max_spend_call) {
		snprintf(reason, LIMITS_REASON_SIZE,
			 "The spend limit of a call of account %.64s was reached (%s %s).", account->name,
			 text_of(account->max_spend_call, limit),
			 account->deck ? account->deck->currency : "");
		return EDQUOT;
	}
	if (more > spend_left(sw->spend, account)) {
		spend_warn(sw->spend, account);
		snprintf(reason, LIMITS_REASON_SIZE,
			 "The spend limit of a day of account %.64s was reached (%s %s).", account->name,
			 text_of(account->max_spend_day, limit),
			 account->deck ? account->deck->currency : "");
		return EDQUOT;
	}
	return 0;
}

/* Finds the rate and asks the limits. 0 with rate->first_s 0: there is no rate, and no need of one. */
static int find_rate(const struct sw *sw, const struct conf_account *account, enum call_direction direction,
		     const char *number, struct rate *rate, char prefix[RATE_PREFIX_SIZE],
		     char reason[LIMITS_REASON_SIZE])
{
	bool out = direction == CALL_OUTBOUND;
	int64_t first;

	memset(rate, 0, sizeof *rate);
	if (!account || !account->deck)
		return 0;
	if (rate_deck_find(account->deck->rates, out ? RATE_OUTBOUND : RATE_INBOUND, number, rate, prefix)) {
		first = first_cost(rate);
		return check_limits(sw, account, first, first, reason);
	}
	if (!out || !is_limited(account))
		return 0;
	snprintf(reason, LIMITS_REASON_SIZE, "Account %.64s has a spend limit, and no rate for %.40s.",
		 account->name, number);
	return EPERM;
}

/* Whether all that a route may ring is trunks. */
static bool leads_to_trunks(const struct route *route)
{
	const struct conf_number *number = route->kind == ROUTE_NUMBER ? route->number : NULL;

	if (!number)
		return route->kind == ROUTE_TRUNKS;
	for (size_t i = 0; i < number->dial_count; i++)
		if (number->dial[i].kind == CONF_TO_USER)
			return false;
	return number->dial_count > 0;
}

int charge_check_route(const struct sw *sw, const char *account, const struct route *route,
		       char reason[LIMITS_REASON_SIZE])
{
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;

	if (!account || route->emergency || !leads_to_trunks(route))
		return 0;
	return find_rate(sw, conf_account_by_name(sw->conf, account), CALL_OUTBOUND, route->to, &rate, prefix,
			 reason);
}

/* ---- a call ---- */

void charge_free(struct call *call)
{
	struct charge *charge = call->charge;

	if (!charge)
		return;
	if (call->sw->spend) /* not when the switch itself goes */
		spend_reserve(call->sw->spend, call->account, -charge->reserved);
	event_del(&charge->timer);
	free(charge);
	call->charge = NULL;
}

static void on_paid(evutil_socket_t fd, short what, void *arg);

int charge_prepare(struct call *call, const char *number, char reason[LIMITS_REASON_SIZE])
{
	char prefix[RATE_PREFIX_SIZE] = "";
	struct charge *charge;
	struct rate rate;
	int err;

	charge_free(call);
	if (!number || call->emergency) /* which nobody pays for */
		return 0;
	err = find_rate(call->sw, conf_account_by_name(call->sw->conf, call->account), call->direction,
			number, &rate, prefix, reason);
	if (err || rate.first_s == 0)
		return err;
	charge = calloc(1, sizeof *charge);
	if (!charge) {
		snprintf(reason, LIMITS_REASON_SIZE, "There is no memory left for the call's price.");
		return ENOMEM;
	}
	charge->rate = rate;
	memcpy(charge->prefix, prefix, sizeof prefix);
	charge->reserved = first_cost(&rate);
	spend_reserve(call->sw->spend, call->account, charge->reserved);
	evtimer_assign(&charge->timer, call->sw->base, on_paid, call);
	call->charge = charge;
	return 0;
}

/* Wakes up when what is paid is used up. */
static void wait_for_next(struct charge *charge)
{
	int64_t us = charge->since_us + charge->paid_s * SECOND_US - clock_mono_us();

	if (us < 1000)
		us = 1000;
	event_add(&charge->timer, &(struct timeval){ us / SECOND_US, us % SECOND_US });
}

/* Pays for the time up to `until_s`. Returns 0, or EDQUOT with the reason. */
static int pay(struct call *call, int64_t until_s, char reason[LIMITS_REASON_SIZE])
{
	const struct conf_account *account = conf_account_by_name(call->sw->conf, call->account);
	struct charge *charge = call->charge;
	int64_t cost = rate_cost(&charge->rate, until_s), more = cost - charge->paid;
	int err = account ? check_limits(call->sw, account, cost, more, reason) : 0;

	if (err)
		return err;
	if (account)
		spend_add(call->sw->spend, account, more);
	charge->paid = cost;
	charge->paid_s = until_s;
	return 0;
}

static void on_paid(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;
	struct charge *charge = call->charge;
	char reason[LIMITS_REASON_SIZE];
	int64_t next;

	(void)fd, (void)what;
	while (clock_mono_us() - charge->since_us >= charge->paid_s * SECOND_US) {
		next = rate_billed_s(&charge->rate, charge->paid_s + 1);
		if (next <= charge->paid_s)
			return; /* 30 days: no call is charged for more */
		if (pay(call, next, reason)) {
			charge->settled = true;
			call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
							   .by = CALL_ENDED_BY_LIMIT,
							   .reason = reason });
			return;
		}
	}
	wait_for_next(charge);
}

void charge_begin(struct call *call)
{
	const struct conf_account *account = conf_account_by_name(call->sw->conf, call->account);
	struct charge *charge = call->charge;

	if (!charge)
		return;
	charge->since_us = clock_mono_us();
	charge->paid_s = rate_billed_s(&charge->rate, 0);
	charge->paid = charge->reserved;
	charge->reserved = 0;
	spend_reserve(call->sw->spend, call->account, -charge->paid);
	if (account)
		spend_add(call->sw->spend, account, charge->paid);
	if (!rate_is_free(&charge->rate))
		wait_for_next(charge);
}

void charge_finish(struct call *call)
{
	const struct conf_account *account = conf_account_by_name(call->sw->conf, call->account);
	struct charge *charge = call->charge;
	int64_t price;

	if (!charge)
		return;
	event_del(&charge->timer);
	spend_reserve(call->sw->spend, call->account, -charge->reserved);
	charge->reserved = 0;
	if (!call->answered || charge->settled)
		return;
	price = rate_cost(&charge->rate,
			  rate_billed_s(&charge->rate, (call->ended - call->answered + 500) / 1000));
	if (account)
		spend_add(call->sw->spend, account, price - charge->paid);
	charge->paid = price;
}

/* ---- telling ---- */

static unsigned decimals_shown(const struct rate *rate)
{
	return rate->decimals < 2 ? rate->decimals : 2;
}

void charge_write(struct json_text *out, const struct call *call)
{
	const struct charge *charge = call->charge;
	char text[MONEY_TEXT_SIZE];

	if (!charge)
		return;
	if (call->ended && call->answered)
		json_text_string(out, "price",
				 money_format(charge->paid, decimals_shown(&charge->rate), text));
	json_text_string(out, "price_unit", charge->rate.currency);
	json_text_string(out, "rate", money_format(charge->rate.price, 2, text));
	json_text_string(out, "network", charge->rate.network);
}

json_t *charge_rate_json(const struct rate *rate, const char *prefix)
{
	char price[MONEY_TEXT_SIZE], fee[MONEY_TEXT_SIZE], minimum[MONEY_TEXT_SIZE];

	return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s*, s:s*, s:s*}", "prefix", prefix, "price",
			 money_format(rate->price, 2, price), "price_unit", rate->currency, "first_increment",
			 (int)rate->first_s, "next_increment", (int)rate->next_s, "connection_fee",
			 rate->fee ? money_format(rate->fee, 2, fee) : NULL, "minimum",
			 rate->minimum ? money_format(rate->minimum, 2, minimum) : NULL, "network",
			 rate->network[0] ? rate->network : NULL);
}

int64_t charge_seconds_left(const struct sw *sw, const struct conf_account *account, const struct rate *rate)
{
	int64_t budget = spend_left(sw->spend, account), s;

	if (account->max_spend_call && account->max_spend_call < budget)
		budget = account->max_spend_call;
	if (budget == INT64_MAX || rate_is_free(rate))
		return -1;
	s = rate_affordable_s(rate, budget);
	return s < 0 ? 0 : s == RATE_TIME_MAX ? -1 : s;
}
