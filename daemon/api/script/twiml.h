/* twiml: documents of the <Response> kind to steps.
 *
 * Supported: Say, Play, Pause, Gather (with Say, Play, Pause in it), Record, Redirect, Reject, Hangup, Dial
 * (a number or user, also in one <Number>). Whatever else stands in a document (elements, attributes, values)
 * is refused before anything of it runs, with the element and line. Parsed without network, without entities
 * and document types, at most TWIML_SIZE_MAX bytes and TWIML_STEPS_MAX steps. Pure functions. */
#ifndef OFFHOOK_API_TWIML_H
#define OFFHOOK_API_TWIML_H

#include "daemon/api/script/step.h"

enum { TWIML_SIZE_MAX = 256 * 1024, TWIML_STEPS_MAX = 500 };

/* Returns 0, EINVAL with *error (of `error_size` bytes) as one sentence, or ENOMEM. */
int twiml_parse(struct script **out, const char *text, size_t size, char *error, size_t error_size)
    __attribute__((warn_unused_result));

#endif
