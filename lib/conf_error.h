/* conf_error: the list of what is wrong with a conf. Internal to the conf loader. */
#ifndef OFFHOOK_LIB_CONF_ERROR_H
#define OFFHOOK_LIB_CONF_ERROR_H

#include "lib/conf.h"

/* Adds "file:line: …", or "file: …" when `line` is 0. After a hundred, one last line says that there are
 * more. Without memory an error is counted all the same, so that a conf with errors is never taken for a good
 * one. */
void conf_errors_add(struct conf_errors *errors, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
