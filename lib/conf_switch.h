/* conf_switch: sections switch "NAME": the switches that the API layer drives, and at whose control sockets;
 * and where a switch itself is to be reached from other machines (control { listen }). Internal to the conf
 * loader. */
#ifndef OFFHOOK_LIB_CONF_SWITCH_H
#define OFFHOOK_LIB_CONF_SWITCH_H

#include "lib/conf_options.h"

/* Returns 0 or ENOMEM. */
int conf_switches_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
/* What control { … } says of TLS. Returns 0 or ENOMEM. */
int conf_control_listen_read(struct conf *conf, const struct conf_section *section)
    __attribute__((warn_unused_result));
void conf_switches_free(struct conf *conf);

#endif
