/* sw: the switch as a whole: starts and wires all its parts, and ends them. The only place that knows
 * everybody; nobody below it knows it. Main thread only. */
#ifndef OFFHOOK_SW_SW_H
#define OFFHOOK_SW_SW_H

#include "lib/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct sw;

/* Starts everything that `conf` (taken over on success) says. On failure returns an errno with one sentence
 * in `error`. */
int sw_alloc(struct sw **out, struct event_base *base, struct conf *conf, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Loads the conf file again, and tells offhook-api to (switch.reloaded). Returns 0 with the names of what has
 * changed but needs a restart in *needs_restart (an array, the caller's), or an errno with what is wrong in
 * *errors (the caller frees it): nothing has changed then. */
int sw_reload(struct sw *sw, json_t **needs_restart, struct conf_errors *errors)
    __attribute__((warn_unused_result));

/* Ends: at once (calls are hung up first), or with `drain` when the last call has ended. The base's loop is
 * left when all is done. */
void sw_shutdown(struct sw *sw, bool drain);

/* Takes it out of service, or back: no new call is let in (503), and OPTIONS is answered 503, while what is up
 * goes on. Returns 0, or EBUSY: it ends with its last call. */
int sw_drain(struct sw *sw, bool on);

/* Closes all that is left. To be called after the loop has ended. */
void sw_free(struct sw *sw);

#endif
