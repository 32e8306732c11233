/* refusals: of each user the last REGISTER that was refused, until one is accepted: for who wonders why a phone
 * is not registered. Names that no user has are not kept. Main thread only. */
#ifndef OFFHOOK_PHONES_REFUSALS_H
#define OFFHOOK_PHONES_REFUSALS_H

#include "lib/conf.h"

#include <jansson.h>

struct refusals;

/* Returns 0 or ENOMEM. */
int refusals_alloc(struct refusals **out) __attribute__((warn_unused_result));
/* NULL is allowed. */
void refusals_free(struct refusals *refusals);

/* `user` is one of ours; `source` as "udp:192.0.2.1:5060"; `why` in a few words. Forgotten without memory. */
void refusals_note(struct refusals *refusals, const char *user, const char *source, const char *why);
/* It has registered. */
void refusals_forget(struct refusals *refusals, const char *user);

/* A new array of {"user","time","source","why"}: of those who are users of `conf`. */
json_t *refusals_list(const struct refusals *refusals, const struct conf *conf);

#endif
