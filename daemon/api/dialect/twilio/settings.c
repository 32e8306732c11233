#include "daemon/api/dialect/twilio/settings.h"

#include <string.h>

enum kind { URL, METHOD, FLAG };

/* As a parameter, a property, and in the settings. What is of messages is kept for who reads it again. */
static const struct {
	const char *parameter, *property, *setting;
	enum kind kind;
} all[] = {
	{ "VoiceUrl", "voice_url", "voice_url", URL },
	{ "VoiceMethod", "voice_method", "voice_method", METHOD },
	{ "VoiceFallbackUrl", "voice_fallback_url", "fallback_url", URL },
	{ "VoiceFallbackMethod", "voice_fallback_method", "fallback_method", METHOD },
	{ "StatusCallback", "status_callback", "status_callback", URL },
	{ "StatusCallbackMethod", "status_callback_method", "status_callback_method", METHOD },
	{ "VoiceCallerIdLookup", "voice_caller_id_lookup", "voice_caller_id_lookup", FLAG },
	{ "SmsUrl", "sms_url", "sms_url", URL },
	{ "SmsMethod", "sms_method", "sms_method", METHOD },
	{ "SmsFallbackUrl", "sms_fallback_url", "sms_fallback_url", URL },
	{ "SmsFallbackMethod", "sms_fallback_method", "sms_fallback_method", METHOD },
};

enum { COUNT = sizeof all / sizeof *all };

/* NULL: there is none that could be. */
static json_t *read_one(struct form *form, size_t i)
{
	bool flag = false, post = true;
	const char *url;

	switch (all[i].kind) {
	case URL:
		url = form_url(form, all[i].parameter);
		return url ? json_string(url) : json_null();
	case METHOD:
		if (!form_method(form, all[i].parameter, &post))
			return json_null();
		return json_string(post ? "POST" : "GET");
	default:
		form_bool(form, all[i].parameter, &flag);
		return flag ? json_true() : json_null();
	}
}

json_t *settings_read(struct ask *ask)
{
	json_t *settings = json_object();

	for (size_t i = 0; i < COUNT; i++)
		if (form_has(&ask->form, all[i].parameter))
			json_object_set_new(settings, all[i].setting, read_one(&ask->form, i));
	return settings;
}

void settings_show(json_t *json, const json_t *settings)
{
	for (size_t i = 0; i < COUNT; i++) {
		json_t *value = json_object_get(settings, all[i].setting);

		if (value)
			json_object_set(json, all[i].property, value);
		else if (all[i].kind == METHOD)
			json_object_set_new(json, all[i].property, json_string("POST"));
		else
			json_object_set_new(json, all[i].property,
					    all[i].kind == FLAG ? json_false() : json_string(""));
	}
}
