/* conf_doubts: what contradicts itself in a conf that is well formed: a number that rings nobody, a route
 * that is never reached, limits that allow nothing. Each is a warning with its line. Internal to the conf
 * loader. */
#ifndef OFFHOOK_LIB_CONF_DOUBTS_H
#define OFFHOOK_LIB_CONF_DOUBTS_H

#include "lib/conf_options.h"

/* Looks at a conf that has been read whole. */
void conf_doubts_check(const struct conf *conf, struct conf_reading *reading);

#endif
