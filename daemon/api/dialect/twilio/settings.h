/* settings: the parameters that numbers and applications have in common, and how they are shown. */
#ifndef OFFHOOK_API_TWILIO_SETTINGS_H
#define OFFHOOK_API_TWILIO_SETTINGS_H

#include "daemon/api/call/applications.h"
#include "daemon/api/dialect/twilio/ask.h"

/* Reads what is there of it: an empty parameter is as good as its default. New object. */
json_t *settings_read(struct ask *ask);
/* Sets the properties of that name; `settings` NULL: all as usual. */
void settings_show(json_t *json, const json_t *settings);

#endif
