/* sw_private: shared by sw.c, sw_start.c and sw_legs.c, by nobody else. */
#ifndef OFFHOOK_SWITCH_SW_PRIVATE_H
#define OFFHOOK_SWITCH_SW_PRIVATE_H

#include "daemon/offhookd/sw/sw.h"

enum { SW_PATH_SIZE = 4096 };

/* Where ua tells of dialogs, registrations and connections. */
extern const struct ua_handlers sw_ua_handlers;

/* What ua is to be told of a conf; `folder` is written to, and has to last as long as the result. */
struct ua_tls_params sw_tls_params(struct sw *sw, const struct conf *conf, char folder[SW_PATH_SIZE]);
struct ua_connection_limits sw_connection_limits(const struct conf *conf);

#endif
