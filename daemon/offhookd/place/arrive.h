/* arrive: what happens at a number that we answer ourselves: an echo, a recording, a conference, a script.
 *
 * Who arrives is a caller that has dialled the number, or a call that is up already and was sent there: by a
 * transfer (transfer_own.h), or because the phone that it was for leads on to there. Such a call stays what
 * it is, with the number and account that it has.
 *
 * Main thread only. */
#ifndef OFFHOOK_PLACE_ARRIVE_H
#define OFFHOOK_PLACE_ARRIVE_H

#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/place/claim.h"
#include "daemon/offhookd/trunks/route.h"

struct place;

/* Whether a call can arrive at the number, in place of being dialled on. */
bool arrive_answers(const struct conf_number *number);
/* Whether the route leads to such a number. */
bool arrive_answers_route(const struct route *route);

/* Whether `call` may go on along `route`: the program of a number of another account is not given it, since
 * it would act in the name of the call's own account, and at its cost. */
bool arrive_may(const struct call *call, const struct route *route);

struct arrive_refusal {
	int code; /* SIP */
	enum call_ender by;
	const char *reason; /* NULL: from the code */
};

enum arrive_result { ARRIVE_DONE, ARRIVE_WAITS, ARRIVE_REFUSED };

/* Takes `call` there; one that nobody has answered yet is answered, unless a program is to say so.
 * ARRIVE_WAITS: a program is asked to take it, and `handlers` (NULL: a call that none takes ends) are told;
 * ARRIVE_REFUSED: it stays where it is, or is over already; *why says why. Hold a reference on the call. */
enum arrive_result arrive(struct place *place, struct call *call, const struct conf_number *number,
			  const struct claim_handlers *handlers, struct arrive_refusal *why)
    __attribute__((warn_unused_result));

/* The same, where a call that is refused has no other place to be: it ends. */
void arrive_or_end(struct place *place, struct call *call, const struct conf_number *number);

/* Ends a call that is refused. */
void arrive_refuse(struct call *call, const struct arrive_refusal *why);

#endif
