/* limits: where callers may call to, and how many calls they may have. Look-ups in conf and in the table of
 * calls; no state. */
#ifndef OFFHOOK_PLACE_LIMITS_H
#define OFFHOOK_PLACE_LIMITS_H

#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/trunks/route.h"

struct call;
struct place;

enum { LIMITS_REASON_SIZE = CHARGE_REASON_SIZE };

/* A SIP URI that is called as it is. */
#define LIMITS_AT_TRUNK                                                                         \
	"That SIP URI is at a server of a trunk: what goes out through trunks is dialled as a " \
	"number."

/* Whether a call on `account` (a name, or NULL), for `user` (a name; NULL: nobody's phone), may go out by
 * `route`. Only routes to trunks are limited. Returns 0, or EPERM with one sentence in `reason`. */
int limits_check_route(const struct conf *conf, const char *account, const char *user,
		       const struct route *route, char reason[LIMITS_REASON_SIZE])
    __attribute__((warn_unused_result));

/* The same, and whether the account would pay for it (charge.h): EDQUOT when a spend limit is reached, EPERM
 * also when there is one and no rate. Routes that may end at a phone of ours cost nothing. */
int limits_check(const struct place *place, const char *account, const char *user, const struct route *route,
		 char reason[LIMITS_REASON_SIZE]) __attribute__((warn_unused_result));

/* Whose rights count for a call that `caller` makes: those of its user; a program has its account's. */
const char *limits_user_of(const struct call *caller);

/* Whether `user` may have one more call. */
bool limits_user_is_free(const struct calls *calls, const struct conf_user *user);

#endif
