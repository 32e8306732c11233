/* errors: problems as the Telefonie Voice API tells them: HTTP status and problem document (RFC 9457), with
 * the neutral code and the field by the caller's name for it. */
#ifndef OFFHOOK_API_TELEFONIE_ERRORS_H
#define OFFHOOK_API_TELEFONIE_ERRORS_H

#include "daemon/api/call/fault.h"

int error_status(const struct fault *fault);
/* New, or NULL without memory. */
json_t *error_json(const struct fault *fault);
/* A parameter of this dialect that cannot be read: 400. */
json_t *error_of_parameter(const char *name, const char *detail);

#endif
