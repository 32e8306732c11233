/* keepalive: whether registered phones are there: OPTIONS to each contact, one every `sip { keepalive }`
 * seconds, spread evenly. It also keeps open the way through a NAT in between.
 *
 * Kept beside the bindings, by user and contact. Main thread only; keepalive_free() asks nobody any more. */
#ifndef OFFHOOK_SWITCH_KEEPALIVE_H
#define OFFHOOK_SWITCH_KEEPALIVE_H

#include "daemon/offhookd/phones/bindings.h"

#include <jansson.h>

struct event_base;
struct keepalive;
struct ua;

/* Told when a contact is found to be there again, or not to be. */
struct keepalive_handlers {
	void (*change)(const struct binding *binding, bool reachable, void *arg);
	void *arg;
};

/* Begins with the bindings there are, one question to each every `interval_s` [s]; 0: none. Nobody is asked
 * before keepalive_start(). Returns 0 or ENOMEM. */
int keepalive_alloc(struct keepalive **out, struct event_base *base, const struct bindings *bindings,
		    unsigned interval_s, const struct keepalive_handlers *handlers)
    __attribute__((warn_unused_result));
/* The user agent is up. */
void keepalive_start(struct keepalive *keepalive, struct ua *ua);
/* NULL is allowed, as below. */
void keepalive_free(struct keepalive *keepalive);
void keepalive_set_interval(struct keepalive *keepalive, unsigned interval_s);

/* A binding has come, was refreshed (it is there, then), or goes. */
void keepalive_on_binding(struct keepalive *keepalive, enum bindings_change change,
			  const struct binding *binding);

/* False only for one that did not answer when it was last asked. NULL: nobody was asked. */
bool keepalive_is_reachable(const struct keepalive *keepalive, const struct binding *binding);

/* Adds "state" (reachable, unreachable, unknown) and "rtt_ms". */
void keepalive_describe(const struct keepalive *keepalive, const struct binding *binding, json_t *out);

#endif
