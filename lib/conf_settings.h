/* conf_settings: the sections of a conf that are there once: log, sip, rtp, control, api, and the folders.
 * Internal. */
#ifndef OFFHOOK_LIB_CONF_SETTINGS_H
#define OFFHOOK_LIB_CONF_SETTINGS_H

#include "lib/conf_options.h"

/* Fills in the settings, defaults included, and reports what is wrong. Returns 0 or ENOMEM. */
int conf_settings_read(struct conf *conf, struct conf_reading *reading) __attribute__((warn_unused_result));
void conf_settings_free(struct conf *conf);

/* The option "listen", or another one that is like it; `web`: http and https, else udp, tcp and tls.
 * `defaults` ends with NULL, and may be empty. Returns 0 or ENOMEM. */
int conf_listen_read(const struct conf_section *section, const char *option, bool web,
		     const char *const defaults[], struct conf_listen **out, size_t *out_count)
    __attribute__((warn_unused_result));

#endif
