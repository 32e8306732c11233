/* conf_sense: what is well formed and cannot work, or hardly can be meant. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_SENSE_H
#define OFFHOOK_LIB_CONF_SENSE_H

#include "lib/conf_options.h"

/* Looks at a conf that has been read whole: errors for what cannot work together, warnings for the rest. */
void conf_sense_check(const struct conf *conf, struct conf_reading *reading);

#endif
