/* conf_guard: the section guard { … }. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_GUARD_H
#define OFFHOOK_LIB_CONF_GUARD_H

#include "lib/conf.h"
#include "lib/conf_options.h"

/* Whether `text` is ADDRESS or ADDRESS/BITS. */
bool conf_is_network(const char *text);
/* A list of networks, or `count` defaults; each is checked. Returns 0 or ENOMEM. */
int conf_read_networks(struct conf_strings *out, const struct conf_section *section, const char *option,
		       const char *const *defaults, size_t count) __attribute__((warn_unused_result));

/* Fills conf->guard. Returns 0 or ENOMEM. */
int conf_guard_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_guard_free(struct conf *conf);

#endif
