/* charge: what a call costs, while it lasts and when it is over.
 *
 * A call has a price when it goes through a trunk and the deck of its account has a rate for it: calls out by
 * the number that the trunk is asked for, calls in by our number that was dialled. Calls among our own phones
 * have none. The rate is settled before the trunk is asked, and stays the call's own, whatever a reload
 * brings.
 *
 * Limits (conf: max-spend-day, max-spend-call): the first increment is put by before the call is dialled, or
 * the call is refused; each further one is paid when it begins, or the call is ended. A limit that a reload
 * changes counts from the next increment on. What costs nothing is never limited.
 *
 * Seconds are those that the record shows: answered to ended, rounded to the nearest. Main thread. */
#ifndef OFFHOOK_SWITCH_CHARGE_H
#define OFFHOOK_SWITCH_CHARGE_H

#include "daemon/offhookd/call/calls.h"
#include "lib/rate_deck.h"

#include <jansson.h>

struct call;
struct event_base;
struct spend;

enum { CHARGE_REASON_SIZE = 160 };

/* What prices need. Whoever is above fills it and has `listener` listen to all calls. */
struct money {
	struct event_base *base;
	const struct conf *conf; /* in force */
	struct spend *spend;
	struct call_listener listener; /* money_init() fills it */
};

void money_init(struct money *money);

/* Whether a call on `account` (a name, or NULL: nobody's) out to `number` through a trunk could be paid for.
 * Returns 0; EPERM when there is a limit and no rate; EDQUOT when a limit is reached; with one sentence in
 * `reason`. */
int charge_check(const struct money *money, const char *account, const char *number,
		 char reason[CHARGE_REASON_SIZE]) __attribute__((warn_unused_result));

/* Before the far end is asked: settles the rate of `number` and puts its first increment by, in place of what
 * was settled before. `number` NULL: the call does not go through a trunk. Errors as above, or ENOMEM; the
 * call has no rate then. */
int charge_prepare(struct money *money, struct call *call, const char *number,
		   char reason[CHARGE_REASON_SIZE]) __attribute__((warn_unused_result));

/* What an answered call costs and what of it is paid, to be kept for the next process: a new object, or NULL:
 * nothing. charge_resume() has it of the same call there: what is paid is spent already. Returns 0 or ENOMEM.
 */
json_t *charge_keep(const struct call *call);
int charge_resume(struct money *money, struct call *call, const json_t *kept)
    __attribute__((warn_unused_result));

/* What a rate says, for rate.find and dry runs: {"prefix","price","price_unit","first_increment",…}. */
json_t *charge_rate_json(const struct rate *rate, const char *prefix);

/* How long a call at this rate may last now [s], by the account's limits: 0: not at all; −1: no limit bites.
 */
int64_t charge_seconds_left(const struct money *money, const struct conf_account *account,
			    const struct rate *rate);

#endif
