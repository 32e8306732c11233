/* conf_trunk: the trunk sections of a conf. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_TRUNK_H
#define OFFHOOK_LIB_CONF_TRUNK_H

#include "lib/conf_options.h"

/* Reads all but the account. Returns 0 (even with errors noted) or ENOMEM. */
int conf_trunk_read(struct conf_trunk *trunk, const struct conf_section *section)
    __attribute__((warn_unused_result));
/* Makes the user as which a trunk with registers-here proves itself. Returns 0 or ENOMEM. */
int conf_trunk_user(struct conf_user *user, const struct conf_trunk *trunk)
    __attribute__((warn_unused_result));
/* The codecs of a phone or trunk; by default, for a trunk, the two that all carriers have. Returns 0 or
 * ENOMEM. */
int conf_read_codecs(struct conf_strings *out, const struct conf_section *section, bool defaults)
    __attribute__((warn_unused_result));
/* What is done about encrypted audio, of a phone or trunk. */
enum conf_srtp conf_read_srtp(const struct conf_section *section);
/* How keys that are pressed go to it. */
enum conf_dtmf conf_read_dtmf(const struct conf_section *section);
void conf_trunk_clear(struct conf_trunk *trunk);

#endif
