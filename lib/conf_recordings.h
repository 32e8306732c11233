/* conf_recordings: section recordings: how those that are complete are kept. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_RECORDINGS_H
#define OFFHOOK_LIB_CONF_RECORDINGS_H

#include "lib/conf_options.h"

/* Every default of the section stands there. Returns 0 or ENOMEM. */
int conf_recordings_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_recordings_free(struct conf *conf);

#endif
