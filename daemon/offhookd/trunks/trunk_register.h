/* trunk_register: our registration with a trunk (RFC 3261 section 10).
 *
 * Refreshed before it ends; 423 and challenges are answered; servers that are silent or fail are left for the
 * next, and when all have failed there is a pause that doubles each time, by chance a little more or less.
 * What the carrier refuses for good (403, our password) is tried again only seldom. Main thread only. */
#ifndef OFFHOOK_SWITCH_TRUNK_REGISTER_H
#define OFFHOOK_SWITCH_TRUNK_REGISTER_H

#include "daemon/offhookd/trunks/trunk.h"

struct trunk_registration;

enum trunk_registration_state {
	TRUNK_REGISTERING, /* not yet */
	TRUNK_REGISTERED,
	TRUNK_REJECTED, /* the carrier does not want us */
	TRUNK_REG_UNREACHABLE,
};

/* Begins as soon as the trunk has a server. Returns 0 or ENOMEM. */
int trunk_registration_alloc(struct trunk_registration **out, struct trunk *trunk)
    __attribute__((warn_unused_result));
/* Forgets it, without a word to the carrier. */
void trunk_registration_free(struct trunk_registration *registration);

/* The trunk's servers are known now, or others. */
void trunk_registration_go(struct trunk_registration *registration);

/* Unregisters; `done` is called when that is answered or has taken too long, at once when there is nothing to
 * take back. Its trunk may be gone by then. */
void trunk_registration_end(struct trunk_registration *registration, void (*done)(void *arg), void *arg);

enum trunk_registration_state trunk_registration_state(const struct trunk_registration *registration);
/* One sentence about a registration that is not there; "" otherwise. */
const char *trunk_registration_reason(const struct trunk_registration *registration);
/* When it ends [UTC ms]; 0: there is none. */
int64_t trunk_registration_until(const struct trunk_registration *registration);

#endif
