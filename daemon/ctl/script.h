/* script: what the commands about scripts share. */
#ifndef OFFHOOK_CTL_SCRIPT_H
#define OFFHOOK_CTL_SCRIPT_H

#include "daemon/ctl/ctl.h"

#include <stddef.h>

/* A whole file of at most 1 MiB, or standard input for "-", as a new string. NULL: said why. */
char *script_read(const char *name, size_t *size);

/* script run FILE or URL (commands_script_run.c). */
int script_run(struct ctl *ctl, const char *name);

#endif
