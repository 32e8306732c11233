/* scripts: scripts without a call: a document looked at (POST /v1/voice/scripts/check), and one run without a
 * switch (POST /v1/voice/scripts/simulate). */
#ifndef OFFHOOK_API_TELEFONIE_SCRIPTS_H
#define OFFHOOK_API_TELEFONIE_SCRIPTS_H

#include "daemon/api/http/router.h"

/* The body is the document, its Content-Type what it is (as of the answer of a script's server). Answers 200
 * with
 * {"problems": […], "steps": n}; 413 and 415 for what is none. */
void scripts_check(struct web_request *request, const struct route_match *match, void *arg);
void scripts_simulate(struct web_request *request, const struct route_match *match, void *arg);

#endif
