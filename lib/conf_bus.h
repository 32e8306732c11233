/* conf_bus: section bus: the brokers that events are published to. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_BUS_H
#define OFFHOOK_LIB_CONF_BUS_H

#include "lib/conf_options.h"

/* Returns 0 or ENOMEM. */
int conf_bus_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_bus_free(struct conf *conf);

#endif
