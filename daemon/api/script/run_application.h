/* run_application: inside of the engine: an application that a Dial connects the caller with. */
#ifndef OFFHOOK_API_RUN_APPLICATION_H
#define OFFHOOK_API_RUN_APPLICATION_H

#include "daemon/api/script/run_steps.h"

/* The caller hears its document from now on; the Dial's `heard` or `failed` comes when that ends. False:
 * there is none, which was noted. */
bool application_begin(struct run *run, const struct step_target *target);

#endif
