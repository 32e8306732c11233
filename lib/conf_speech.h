/* conf_speech: sections speech "NAME": programs that speak, servers that listen. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_SPEECH_H
#define OFFHOOK_LIB_CONF_SPEECH_H

#include "lib/conf_options.h"

/* Returns 0 or ENOMEM. */
int conf_speech_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_speech_free(struct conf *conf);

#endif
