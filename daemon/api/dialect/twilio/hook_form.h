/* hook_form: status callbacks, as Twilio and SignalWire make them. */
#ifndef OFFHOOK_API_TWILIO_HOOK_FORM_H
#define OFFHOOK_API_TWILIO_HOOK_FORM_H

#include "daemon/api/hook/form.h"

extern const struct hook_form twilio_hook_form, signalwire_hook_form;

#endif
