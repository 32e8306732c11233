/* See charge.h. */
#include "daemon/offhookd/money/charge.h"

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/money/spend.h"
#include "lib/clock.h"
#include "lib/json_get.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/money.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)

/* What a call costs: hangs on it (call/owner.h) until it is forgotten. */
struct charge {
	struct call_owner owner; /* first */
	struct money *money;
	struct rate rate;
	char prefix[RATE_PREFIX_SIZE]; /* by which it was found */
	int64_t reserved;	       /* put by, until it is answered or over */
	int64_t paid;		       /* spent so far, for the first `paid_s` seconds */
	int64_t paid_s;
	int64_t since_us; /* monotonic, when it was answered */
	bool is_over;	  /* and was answered: it has a price */
	bool settled;	  /* ended for want of money: it costs what was paid, however late that was noticed */
	struct event timer;
};

static const struct call_owner_ops charge_ops;

static struct charge *charge_of(const struct call *call)
{
	return (struct charge *)call_owner_with(call, &charge_ops);
}

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
static int check_limits(const struct money *money, const struct conf_account *account, int64_t cost,
			int64_t more, char reason[CHARGE_REASON_SIZE])
{
	char limit[MONEY_TEXT_SIZE];

	if (more <= 0)
		return 0;
	if (account->max_spend_call && cost > account->max_spend_call) {
		snprintf(reason, CHARGE_REASON_SIZE,
			 "The spend limit of a call of account %.64s was reached (%s %s).", account->name,
			 text_of(account->max_spend_call, limit),
			 account->deck ? account->deck->currency : "");
		return EDQUOT;
	}
	if (more > spend_left(money->spend, account)) {
		spend_warn(money->spend, account);
		snprintf(reason, CHARGE_REASON_SIZE,
			 "The spend limit of a day of account %.64s was reached (%s %s).", account->name,
			 text_of(account->max_spend_day, limit),
			 account->deck ? account->deck->currency : "");
		return EDQUOT;
	}
	return 0;
}

/* Finds the rate and asks the limits. 0 with rate->first_s 0: there is no rate, and no need of one. */
static int find_rate(const struct money *money, const struct conf_account *account,
		     enum call_direction direction, const char *number, struct rate *rate,
		     char prefix[RATE_PREFIX_SIZE], char reason[CHARGE_REASON_SIZE])
{
	bool out = direction == CALL_OUTBOUND;
	int64_t first;

	memset(rate, 0, sizeof *rate);
	if (!account || !account->deck)
		return 0;
	if (rate_deck_find(account->deck->rates, out ? RATE_OUTBOUND : RATE_INBOUND, number, rate, prefix)) {
		first = first_cost(rate);
		return check_limits(money, account, first, first, reason);
	}
	if (!out || !is_limited(account))
		return 0;
	snprintf(reason, CHARGE_REASON_SIZE, "Account %.64s has a spend limit, and no rate for %.40s.",
		 account->name, number);
	return EPERM;
}

int charge_check(const struct money *money, const char *account, const char *number,
		 char reason[CHARGE_REASON_SIZE])
{
	char prefix[RATE_PREFIX_SIZE];
	struct rate rate;

	if (!account)
		return 0;
	return find_rate(money, conf_account_by_name(money->conf, account), CALL_OUTBOUND, number, &rate,
			 prefix, reason);
}

/* ---- a call ---- */

static void on_forgotten(struct call_owner *owner, struct call *call)
{
	struct charge *charge = (struct charge *)owner;

	if (charge->money->spend) /* not when the switch itself goes */
		spend_reserve(charge->money->spend, call->account, -charge->reserved);
	event_del(&charge->timer);
	free(charge);
}

static void drop(struct call *call)
{
	struct charge *charge = charge_of(call);

	if (!charge)
		return;
	call_disown(call, &charge->owner);
	on_forgotten(&charge->owner, call);
}

static void on_paid(evutil_socket_t fd, short what, void *arg);

int charge_prepare(struct money *money, struct call *call, const char *number,
		   char reason[CHARGE_REASON_SIZE])
{
	char prefix[RATE_PREFIX_SIZE] = "";
	struct charge *charge;
	struct rate rate;
	int err;

	drop(call);
	if (!number || call->emergency) /* which nobody pays for */
		return 0;
	err = find_rate(money, conf_account_by_name(money->conf, call->account), call->direction, number,
			&rate, prefix, reason);
	if (err || rate.first_s == 0)
		return err;
	charge = calloc(1, sizeof *charge);
	if (!charge) {
		snprintf(reason, CHARGE_REASON_SIZE, "There is no memory left for the call's price.");
		return ENOMEM;
	}
	charge->money = money;
	charge->rate = rate;
	memcpy(charge->prefix, prefix, sizeof prefix);
	charge->reserved = first_cost(&rate);
	spend_reserve(money->spend, call->account, charge->reserved);
	evtimer_assign(&charge->timer, money->base, on_paid, call);
	call_own(call, &charge->owner, &charge_ops);
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
static int pay(struct charge *charge, struct call *call, int64_t until_s, char reason[CHARGE_REASON_SIZE])
{
	struct money *money = charge->money;
	const struct conf_account *account = conf_account_by_name(money->conf, call->account);
	int64_t cost = rate_cost(&charge->rate, until_s), more = cost - charge->paid;
	int err = account ? check_limits(money, account, cost, more, reason) : 0;

	if (err)
		return err;
	if (account)
		spend_add(money->spend, account, more);
	charge->paid = cost;
	charge->paid_s = until_s;
	call_tell_changed(call);
	return 0;
}

static void on_paid(evutil_socket_t fd, short what, void *arg)
{
	struct call *call = arg;
	struct charge *charge = charge_of(call);
	char reason[CHARGE_REASON_SIZE];
	int64_t next;

	(void)fd, (void)what;
	while (clock_mono_us() - charge->since_us >= charge->paid_s * SECOND_US) {
		next = rate_billed_s(&charge->rate, charge->paid_s + 1);
		if (next <= charge->paid_s)
			return; /* 30 days: no call is charged for more */
		if (pay(charge, call, next, reason)) {
			charge->settled = true;
			call_end(call, &(struct call_why){ .status = CALL_COMPLETED,
							   .by = CALL_ENDED_BY_LIMIT,
							   .reason = reason });
			return;
		}
	}
	wait_for_next(charge);
}

/* It was answered. */
static void begin(struct charge *charge, const struct call *call)
{
	struct money *money = charge->money;
	const struct conf_account *account = conf_account_by_name(money->conf, call->account);

	charge->since_us = clock_mono_us();
	charge->paid_s = rate_billed_s(&charge->rate, 0);
	charge->paid = charge->reserved;
	charge->reserved = 0;
	spend_reserve(money->spend, call->account, -charge->paid);
	if (account)
		spend_add(money->spend, account, charge->paid);
	if (!rate_is_free(&charge->rate))
		wait_for_next(charge);
}

/* It is over: what was put by or paid too much is given back. */
static void finish(struct charge *charge, const struct call *call)
{
	struct money *money = charge->money;
	const struct conf_account *account = conf_account_by_name(money->conf, call->account);
	int64_t price;

	event_del(&charge->timer);
	spend_reserve(money->spend, call->account, -charge->reserved);
	charge->reserved = 0;
	charge->is_over = call->answered != 0;
	if (!call->answered || charge->settled)
		return;
	price = rate_cost(&charge->rate,
			  rate_billed_s(&charge->rate, (call->ended - call->answered + 500) / 1000));
	if (account)
		spend_add(money->spend, account, price - charge->paid);
	charge->paid = price;
}

static void on_state(struct call *call, void *arg)
{
	struct charge *charge = charge_of(call);

	(void)arg;
	if (charge && call->status == CALL_IN_PROGRESS)
		begin(charge, call);
	else if (charge && call_is_over(call))
		finish(charge, call);
}

void money_init(struct money *money)
{
	money->listener = (struct call_listener){ .state = on_state };
}

/* ---- over a restart ---- */

json_t *charge_keep(const struct call *call)
{
	const struct charge *charge = charge_of(call);
	const struct conf_account *account;
	struct spend_today today = { 0 };
	const struct rate *r;

	if (!charge)
		return NULL;
	account = conf_account_by_name(charge->money->conf, call->account);
	if (account)
		spend_today(charge->money->spend, account, &today);
	r = &charge->rate;
	return json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:s,s:s,s:s,s:I,s:I,s:I,s:I}", "price",
			 (json_int_t)r->price, "fee", (json_int_t)r->fee, "minimum", (json_int_t)r->minimum,
			 "first_s", (int)r->first_s, "next_s", (int)r->next_s, "decimals", (int)r->decimals,
			 "currency", r->currency, "network", r->network, "prefix", charge->prefix, "paid",
			 (json_int_t)charge->paid, "paid_s", (json_int_t)charge->paid_s, "day",
			 (json_int_t)today.day_starts, "spent", (json_int_t)today.spent);
}

static int64_t number_of(const json_t *kept, const char *name)
{
	return json_integer_value(json_object_get(kept, name));
}

int charge_resume(struct money *money, struct call *call, const json_t *kept)
{
	const struct conf_account *account = conf_account_by_name(money->conf, call->account);
	struct charge *charge = calloc(1, sizeof *charge);
	struct rate *r;

	if (!charge)
		return ENOMEM;
	/* the file of what was spent is written a second late */
	if (account)
		spend_at_least(money->spend, account, number_of(kept, "day"), number_of(kept, "spent"));
	r = &charge->rate;
	r->price = number_of(kept, "price");
	r->fee = number_of(kept, "fee");
	r->minimum = number_of(kept, "minimum");
	r->first_s = number_of(kept, "first_s") > 0 ? (uint32_t)number_of(kept, "first_s") : 1;
	r->next_s = number_of(kept, "next_s") > 0 ? (uint32_t)number_of(kept, "next_s") : 1;
	r->decimals = (uint8_t)number_of(kept, "decimals");
	snprintf(r->currency, sizeof r->currency, "%s", json_member_text(kept, "currency"));
	snprintf(r->network, sizeof r->network, "%s", json_member_text(kept, "network"));
	snprintf(charge->prefix, sizeof charge->prefix, "%s", json_member_text(kept, "prefix"));
	charge->money = money;
	charge->paid = number_of(kept, "paid");
	charge->paid_s = number_of(kept, "paid_s");
	charge->since_us = call->created_us + (call->answered - call->created) * 1000;
	evtimer_assign(&charge->timer, money->base, on_paid, call);
	call_own(call, &charge->owner, &charge_ops);
	if (!rate_is_free(r))
		wait_for_next(charge);
	return 0;
}

/* ---- telling ---- */

static unsigned decimals_shown(const struct rate *rate)
{
	return rate->decimals < 2 ? rate->decimals : 2;
}

/* The members of a snapshot: price, price_unit, rate, network. */
static void write_price(const struct call_owner *owner, struct json_text *out)
{
	const struct charge *charge = (const struct charge *)owner;
	char text[MONEY_TEXT_SIZE];

	if (charge->is_over)
		json_text_string(out, "price",
				 money_format(charge->paid, decimals_shown(&charge->rate), text));
	json_text_string(out, "price_unit", charge->rate.currency);
	json_text_string(out, "rate", money_format(charge->rate.price, 2, text));
	json_text_string(out, "network", charge->rate.network);
}

static const struct call_owner_ops charge_ops = { .write = write_price, .free = on_forgotten };

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

int64_t charge_seconds_left(const struct money *money, const struct conf_account *account,
			    const struct rate *rate)
{
	int64_t budget = spend_left(money->spend, account), s;

	if (account->max_spend_call && account->max_spend_call < budget)
		budget = account->max_spend_call;
	if (budget == INT64_MAX || rate_is_free(rate))
		return -1;
	s = rate_affordable_s(rate, budget);
	return s < 0 ? 0 : s == RATE_TIME_MAX ? -1 : s;
}
