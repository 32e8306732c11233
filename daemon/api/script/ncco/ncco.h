/* ncco: call control objects (a JSON array of actions, as Vonage has them) to steps.
 *
 * As with twiml, a document runs as far as it can be understood: actions and members that nobody knows, or
 * that are not built here, are passed over, and a value out of range is its default, each time with a warning
 * that names line, column and what is possible. An error is only what is no JSON array of objects, or is
 * beyond the limits. UTF-8 (RFC 8259). Pure functions. */
#ifndef OFFHOOK_API_NCCO_H
#define OFFHOOK_API_NCCO_H

#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/steps/step.h"

enum { NCCO_SIZE_MAX = 256 * 1024, NCCO_ACTIONS_MAX = 500, NCCO_TEXT_MAX = 4096 };

/* Compiles `size` bytes. Adds to *problems. Returns 0 with a new script, EINVAL when there is an error among
 * the problems, or ENOMEM. */
int ncco_compile(struct script **out, const char *text, size_t size, struct problems *problems)
    __attribute__((warn_unused_result));

#endif
