/* conf_api: the section api { … }. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_API_H
#define OFFHOOK_LIB_CONF_API_H

#include "lib/conf_options.h"

/* Returns 0 or ENOMEM. */
int conf_api_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_api_free(struct conf *conf);

#endif
