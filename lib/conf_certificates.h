/* conf_certificates: which listener shows which certificate. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_CERTIFICATES_H
#define OFFHOOK_LIB_CONF_CERTIFICATES_H

#include "lib/conf.h"
#include "lib/conf_options.h"

/* Reads tls-certificate-file and tls-key-file of a section into *files and *keys, and gives each listener of
 * `transport` (called `word`) its own: one file for all of them, or one for each, in order. *out has a member
 * for each listener, which point to the texts. Whether the files are good is for those to see who may read
 * them. Returns 0 or ENOMEM. */
int conf_read_certificates(const struct conf_section *section, const struct conf_listen *listen,
			   size_t listen_count, enum conf_transport transport, const char *word,
			   struct conf_strings *files, struct conf_strings *keys,
			   struct conf_certificate **out) __attribute__((warn_unused_result));

#endif
