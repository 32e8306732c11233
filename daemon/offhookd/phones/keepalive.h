/* keepalive: whether registered phones are there: OPTIONS to each contact, one every `sip { keepalive }`
 * seconds, spread evenly. It also keeps open the way through a NAT in between. A
 * phone that has registered by TCP or TLS is reached by the connection that it has made; when that has ended,
 * it is asked at its Contact, where it may listen.
 *
 * Kept beside the bindings, by user and contact. Main thread only; keepalive_free() asks nobody any more. */
#ifndef OFFHOOK_SWITCH_KEEPALIVE_H
#define OFFHOOK_SWITCH_KEEPALIVE_H

#include "daemon/offhookd/phones/bindings.h"

#include <jansson.h>

struct binding_target;
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
/* NULL is allowed. */
void keepalive_free(struct keepalive *keepalive);
void keepalive_set_interval(struct keepalive *keepalive, unsigned interval_s);

/* A binding has come, was refreshed (it is there, then), or goes. */
void keepalive_on_binding(struct keepalive *keepalive, enum bindings_change change,
			  const struct binding *binding);

/* Connections have ended: perhaps those that phones have registered by. One that cannot be reached otherwise
 * is not there any more; of any other that is asked soon. */
void keepalive_on_disconnected(struct keepalive *keepalive);

/* Where to send what is for a contact. `keepalive` NULL: whether its connection is there is not looked at.
 * Returns as binding_target(). */
int keepalive_target(const struct keepalive *keepalive, struct binding_target *out,
		     const struct binding *binding) __attribute__((warn_unused_result));

enum { KEEPALIVE_WHY_MAX = 120 };
/* Why a contact is not reachable, as the end of a sentence, "its connection ended at …"; "": it is, or
 * nobody knows, as when `keepalive` is NULL. Returns `out`. */
const char *keepalive_why(const struct keepalive *keepalive, const struct binding *binding,
			  char out[KEEPALIVE_WHY_MAX]);

/* False only for one that did not answer when it was last asked, or whose connection has ended, with no other
 * way to it. `keepalive` NULL: nothing is known, which counts as being there. */
bool keepalive_is_reachable(const struct keepalive *keepalive, const struct binding *binding);

/* Adds "state" (reachable, unreachable, unknown), "rtt_ms", "answer" (code of the last answer to OPTIONS),
 * "answered" (its time, UTC ms), and "why" it is unreachable. */
void keepalive_describe(const struct keepalive *keepalive, const struct binding *binding, json_t *out);

#endif
