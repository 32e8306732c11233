/* errors: problems as the Vonage API tells them: {type, title, detail, instance}, and invalid_parameters
 * where one is at fault. */
#ifndef OFFHOOK_API_VONAGE_ERRORS_H
#define OFFHOOK_API_VONAGE_ERRORS_H

#include "daemon/api/call/fault.h"

int vonage_error_status(const struct fault *fault);
json_t *vonage_error_of_fault(const struct fault *fault);
/* `code` is neutral, for programs; NULL: what the status says. `field` is the parameter at fault, NULL or "".
 */
json_t *vonage_error(int status, const char *code, const char *field, const char *detail);

#endif
