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

#include "daemon/offhookd/call/limits.h"
#include "lib/rate_deck.h"

#include <event2/event_struct.h>
#include <jansson.h>

struct call;
struct json_text;
struct sw;

struct charge {
	struct rate rate;
	char prefix[RATE_PREFIX_SIZE]; /* by which it was found */
	int64_t reserved;	       /* put by, until it is answered or over */
	int64_t paid;		       /* spent so far, for the first `paid_s` seconds */
	int64_t paid_s;
	int64_t since_us; /* monotonic, when it was answered */
	bool settled;	  /* ended for want of money: it costs what was paid, however late that was noticed */
	struct event timer;
};

/* Whether a call on `account` out to where `route` leads could be paid for. Returns 0; EPERM when there is a
 * limit and no rate; EDQUOT when a limit is reached; with one sentence in `reason`. Routes that may end at a
 * phone of ours pass. */
int charge_check_route(const struct sw *sw, const char *account, const struct route *route,
		       char reason[LIMITS_REASON_SIZE]) __attribute__((warn_unused_result));

/* Before the far end is asked: settles the rate of `number` and puts its first increment by, in place of what
 * was settled before. `number` NULL: the call does not go through a trunk. Errors as above; the call has no
 * rate then. */
int charge_prepare(struct call *call, const char *number, char reason[LIMITS_REASON_SIZE])
    __attribute__((warn_unused_result));

/* It was answered. */
void charge_begin(struct call *call);
/* It is over: what was put by or paid too much is given back. */
void charge_finish(struct call *call);
/* Forgets the rate. */
void charge_free(struct call *call);

/* The members of a snapshot: price, price_unit, rate, network. */
void charge_write(struct json_text *out, const struct call *call);

/* What a rate says, for rate.find and dry runs: {"prefix","price","price_unit","first_increment",…}. */
json_t *charge_rate_json(const struct rate *rate, const char *prefix);

/* How long a call at this rate may last now [s], by the account's limits: 0: not at all; −1: no limit bites.
 */
int64_t charge_seconds_left(const struct sw *sw, const struct conf_account *account, const struct rate *rate);

#endif
