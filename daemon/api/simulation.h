/* simulation: what this program does when it is started to run one script without a switch, and to end. */
#ifndef OFFHOOK_API_SIMULATION_H
#define OFFHOOK_API_SIMULATION_H

#include "daemon/api/script/form.h"

/* Reads a request from standard input, and writes the report to standard output. Returns the exit code. */
int simulation_main(const struct conf *conf, const struct script_form *const forms[], const char *account);

#endif
