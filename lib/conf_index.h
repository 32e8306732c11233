/* conf_index: sorted tables behind the look-ups of a conf. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_INDEX_H
#define OFFHOOK_LIB_CONF_INDEX_H

#include "lib/conf.h"

/* Makes conf->index for its users, trunks, numbers and accounts, which stay where they are from now on.
 * Returns 0 or ENOMEM. */
int conf_index_build(struct conf *conf) __attribute__((warn_unused_result));
/* The number as the file has it. */
const struct conf_number *conf_index_number(const struct conf *conf, const char *e164);
void conf_index_free(struct conf_index *index);

#endif
