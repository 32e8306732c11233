/* trunk: which requests are a trunk's, by where they come from, and how many calls it has.
 *
 * Addresses are resolved when a conf is loaded. A trunk with a port in its address is known over UDP by
 * address and port; over TCP and TLS, where the far end's port is any, and without a port, by the address
 * alone. */
#ifndef OFFHOOK_SWITCH_TRUNK_H
#define OFFHOOK_SWITCH_TRUNK_H

#include "daemon/offhookd/ua/ua.h"
#include "lib/conf.h"

#include <jansson.h>

struct trunk_table;
struct sw;

/* Resolves every trunk of `conf`. One that does not resolve is logged and recognised by nobody. Returns 0 or
 * ENOMEM. */
int trunk_table_alloc(struct trunk_table **out, const struct conf *conf) __attribute__((warn_unused_result));
void trunk_table_free(struct trunk_table *table);

/* The trunk whose request this is, or NULL. */
const struct conf_trunk *trunk_match(const struct trunk_table *table, const struct conf *conf,
				     const struct ua_source *source);

/* trunk.list */
json_t *trunk_list(const struct sw *sw);

#endif
