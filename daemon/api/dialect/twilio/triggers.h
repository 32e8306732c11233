/* triggers: what is told when so much was used, as a form. */
#ifndef OFFHOOK_API_TWILIO_TRIGGERS_H
#define OFFHOOK_API_TWILIO_TRIGGERS_H

#include "daemon/api/call/triggers.h"

#define TWILIO_TRIGGER_TYPE "application/x-www-form-urlencoded"

/* In the view that the trigger was made in. */
trigger_body_h twilio_trigger_body;

#endif
