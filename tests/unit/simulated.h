/* simulated: scripts run by the engine without a switch, for tests: what is asked for as JSON, what came of
 * it. */
#ifndef OFFHOOK_TESTS_SIMULATED_H
#define OFFHOOK_TESTS_SIMULATED_H

#include <jansson.h>

/* Runs it with a conf that has one account, whose dialect is twilio; "fetch" is false unless it says
 * otherwise. `request` is as of POST /v1/voice/scripts/simulate, with ' in place of " ` in place of ', and ~
 * for a " within a string. New reference. */
json_t *simulated(const char *request);
/* The same for a request that is refused: the field at fault, a new string. */
char *simulated_refused(const char *request);

/* The transcript in short: a line an entry, "1.5 caller step Say" and the like, what is of no `type` left out
 * (NULL: all). New string. */
char *simulated_lines(const json_t *result, const char *type);

#endif
