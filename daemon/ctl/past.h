/* past: calls that are over, as the HTTP API of the conf has their records: those of every account that has
 * an API key. */
#ifndef OFFHOOK_CTL_PAST_H
#define OFFHOOK_CTL_PAST_H

#include "daemon/ctl/ctl.h"

/* calls --ended: a table of those that the options ask for. Returns an exit code. */
int past_list(struct ctl *ctl);

/* How many records have an id that begins with `prefix`; the last one's is in `id`. 0, too, where the API
 * does not answer: nothing is said. */
size_t past_find_call(struct ctl *ctl, const char *prefix, char id[64]);

/* Prints the record of a call. False: there is none, or the API does not answer; nothing is said. */
bool past_print_call(struct ctl *ctl, const char *id);

#endif
