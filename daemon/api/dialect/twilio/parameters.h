/* parameters: what requests to others (scripts, callbacks) tell of a call, as
 * application/x-www-form-urlencoded. */
#ifndef OFFHOOK_API_TWILIO_PARAMETERS_H
#define OFFHOOK_API_TWILIO_PARAMETERS_H

#include "daemon/api/dialect/twilio/ask.h"

#include <stdio.h>

/* A form that is being written. */
struct told_form {
	char *text; /* after told_end() */
	size_t size;
	FILE *out;
	struct view_of of;
};

/* Returns 0 or ENOMEM. */
int told_begin(struct told_form *form, const struct conf *conf, const struct conf_account *account,
	       enum view view) __attribute__((warn_unused_result));
void told_text(struct told_form *form, const char *name, const char *value);
void told_int(struct told_form *form, const char *name, int64_t value);
/* An id as the view writes it. */
void told_id(struct told_form *form, const char *name, const char *prefix, const char *id);
/* The URL of something of the account: where the API is for others, and `path` behind the account. */
void told_url(struct told_form *form, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* What every request has: CallSid, AccountSid, From, To, CallStatus, Direction, ApiVersion and more; `status`
 * in the vendors' word. */
void told_call(struct told_form *form, const struct call_row *row, const char *status);
/* The finished form: a new string, or NULL. */
char *told_end(struct told_form *form);

#endif
