/* limits: where callers may call to, how many calls they may have, and how long a call may last. Look-ups in
 * conf and in the table of calls; no state. */
#ifndef OFFHOOK_SWITCH_LIMITS_H
#define OFFHOOK_SWITCH_LIMITS_H

#include "daemon/offhookd/trunks/route.h"

struct call;
struct sw;

enum { LIMITS_REASON_SIZE = 160 };

/* Whether a call on `account` (a name, or NULL), for `user` (a name; NULL: nobody's phone), may go out by
 * `route`. Only routes to trunks are limited. Returns 0, or EPERM with one sentence in `reason`. */
int limits_check_route(const struct conf *conf, const char *account, const char *user,
		       const struct route *route, char reason[LIMITS_REASON_SIZE])
    __attribute__((warn_unused_result));

/* The same, and whether the account would pay for it (charge.h): EDQUOT when a spend limit is reached, EPERM
 * also when there is one and no rate. */
int limits_check(const struct sw *sw, const char *account, const char *user, const struct route *route,
		 char reason[LIMITS_REASON_SIZE]) __attribute__((warn_unused_result));

/* Whose rights count for a call that `caller` makes: those of its user; a program has its account's. */
const char *limits_user_of(const struct call *caller);

/* Whether `user` may have one more call. */
bool limits_user_is_free(const struct sw *sw, const struct conf_user *user);

/* How long an answered call may last [s]: the least of what was asked for it and what conf allows; 0: for
 * ever. */
unsigned limits_duration(const struct call *call);

#endif
