/* script_form: the requests for scripts, as Twilio and SignalWire make them. */
#ifndef OFFHOOK_API_TWILIO_SCRIPT_FORM_H
#define OFFHOOK_API_TWILIO_SCRIPT_FORM_H

#include "daemon/api/script/form.h"

extern const struct script_form twilio_script_form, signalwire_script_form;

#endif
