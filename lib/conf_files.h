/* conf_files: loading a conf together with the files and folders that it names, as the program that starts
 * with it will: certificates and keys that fit, authorities, folders that can be written. What is only read
 * (offhookctl) does without: conf_load(). */
#ifndef OFFHOOK_LIB_CONF_FILES_H
#define OFFHOOK_LIB_CONF_FILES_H

#include "lib/conf.h"

enum conf_program { CONF_OF_SWITCH, CONF_OF_API };

/* As conf_load(), and EINVAL also when a file that the conf names cannot be used by `program`, each with the
 * line that names it. Files of the other program count as well, unless this one may not read them. */
int conf_load_for(struct conf **out, const char *path, enum conf_program program, struct conf_errors *errors)
    __attribute__((warn_unused_result));

/* Logs the conf's warnings. */
void conf_log_warnings(const struct conf *conf);
/* For -t: prints them, and that the conf is good. */
void conf_print_good(const struct conf *conf);

#endif
