#include "daemon/api/dialect/twilio/twilio.h"

#include "daemon/api/dialect/twilio/hook_form.h"
#include "daemon/api/dialect/twilio/routes.h"
#include "daemon/api/dialect/twilio/script_form.h"

const struct dialect dialect_twilio = { .name = "twilio",
					.routes = twilio_fill_routes,
					.hook = &twilio_hook_form,
					.script = &twilio_script_form };
const struct dialect dialect_signalwire = { .name = "signalwire",
					    .hook = &signalwire_hook_form,
					    .script = &signalwire_script_form };
