/* errors: problems as this dialect tells them: {code, message, more_info, status}, with Twilio's code where
 * there is one that fits. */
#ifndef OFFHOOK_API_TWILIO_ERRORS_H
#define OFFHOOK_API_TWILIO_ERRORS_H

#include "daemon/api/call/fault.h"
#include "daemon/api/dialect/twilio/form.h"

enum {
	CODE_NOT_AUTHENTICATED = 20003,
	CODE_METHOD = 20004,
	CODE_READ_ONLY = 20403,
	CODE_NOT_FOUND = 20404,
	CODE_CONFLICT = 20409,
	CODE_TOO_MANY = 20429,
	CODE_INTERNAL = 20500,
	CODE_UNAVAILABLE = 20503,
	CODE_NO_TO = 21201,
	CODE_FROM_NOT_OURS = 21210,
	CODE_TO_INVALID = 21211,
	CODE_FROM_INVALID = 21212,
	CODE_NO_FROM = 21213,
	CODE_NOT_ALLOWED = 21215,
	CODE_NO_APPLICATION = 21218,
	CODE_CALL_STATE = 21220,
	CODE_DOCUMENT = 12100,
	CODE_DIGITS = 21216,
	CODE_DIAL_NUMBER = 13223,
	CODE_NUMBER_INVALID = 21421,
	CODE_NUMBER_TAKEN = 21422,
	CODE_NONE_IN_AREA = 21452,
};

void trouble_set(struct trouble *trouble, int status, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void trouble_of_fault(struct trouble *trouble, const struct fault *fault);
/* What a request that cannot even be read is answered with: new, or NULL without memory. */
json_t *trouble_problem(int status, const char *why);
/* New, or NULL without memory. */
json_t *trouble_json(const struct trouble *trouble);

#endif
