/* conf_trace: section trace: the SIP messages of calls that are kept. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_TRACE_H
#define OFFHOOK_LIB_CONF_TRACE_H

#include "lib/conf_options.h"

/* Returns 0 or ENOMEM. */
int conf_trace_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));

#endif
