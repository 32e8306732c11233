/* conf_net: by which names and addresses we are reached: parts of sip { … }, and rtp { … }. Internal to the
 * conf loader. */
#ifndef OFFHOOK_LIB_CONF_NET_H
#define OFFHOOK_LIB_CONF_NET_H

#include "lib/conf.h"
#include "lib/conf_options.h"

/* Domain, advertised names and local networks, once the listeners are known. Returns 0 or ENOMEM. */
int conf_read_names(struct conf *conf, const struct conf_section *sip) __attribute__((warn_unused_result));
/* The section rtp { … }, once the listeners are known. Returns 0 or ENOMEM. */
int conf_read_rtp(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_net_free(struct conf *conf);

#endif
