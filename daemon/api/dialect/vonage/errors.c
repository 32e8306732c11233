#include "daemon/api/dialect/vonage/errors.h"

#include "daemon/api/http/web.h"
#include "lib/random.h"

/* Of each fault; 0: 400. */
static const int statuses[FAULT_CODES] = {
	[FAULT_SPEND_LIMIT] = 402,	   [FAULT_CALL_NOT_FOUND] = 404, [FAULT_CONFERENCE_NOT_FOUND] = 404,
	[FAULT_RECORDING_NOT_FOUND] = 404, [FAULT_AUDIO_GONE] = 404,	 [FAULT_CALL_OVER] = 400,
	[FAULT_NOT_IN_PROGRESS] = 400,	   [FAULT_CONFLICT] = 409,	 [FAULT_LIMIT_REACHED] = 429,
	[FAULT_SWITCH_AWAY] = 503,	   [FAULT_SWITCH_BUSY] = 503,	 [FAULT_STORE_FAILED] = 503,
	[FAULT_NO_MEMORY] = 503,
};

static const char *const fields[FAULT_FIELDS] = {
	[FIELD_CALL] = "uuid",		[FIELD_RECORDING] = "id",	  [FIELD_TO] = "to",
	[FIELD_FROM] = "from",		[FIELD_TRANSFER] = "destination", [FIELD_URL] = "answer_url",
	[FIELD_CALLBACK] = "event_url", [FIELD_SCRIPT] = "ncco",	  [FIELD_HEADERS] = "to.headers",
	[FIELD_STATUS] = "action",	[FIELD_DIGITS] = "digits",	  [FIELD_SAY] = "text",
	[FIELD_PLAY] = "stream_url",
};

int vonage_error_status(const struct fault *fault)
{
	return statuses[fault->code] ? statuses[fault->code] : 400;
}

json_t *vonage_error_of_fault(const struct fault *fault)
{
	char sentence[sizeof fault->text + 40];
	const char *field = fields[fault->field];

	return vonage_error(vonage_error_status(fault), fault_name(fault->code), field,
			    fault_sentence(fault, field, sentence, sizeof sentence));
}

/* The anchor of that vendor's page of errors. */
static const char *anchor_of(int status)
{
	switch (status) {
	case 401:
		return "unauthorized";
	case 402:
		return "low-balance";
	case 404:
		return "not-found";
	case 429:
		return "throttled";
	case 503:
		return "internal-error";
	default:
		return "invalid-param";
	}
}

json_t *vonage_error(int status, const char *code, const char *field, const char *detail)
{
	char id[UUID_TEXT_SIZE];
	json_t *json =
	    json_pack("{s:o, s:s, s:s, s:s}", "type",
		      json_sprintf("https://developer.vonage.com/api-errors#%s", anchor_of(status)), "title",
		      web_status_text(status), "detail", detail, "instance", random_uuid(id));

	if (json && code)
		json_object_set_new(json, "code", json_string(code));
	if (json && field && *field)
		json_object_set_new(json, "invalid_parameters",
				    json_pack("[{s:s, s:s}]", "name", field, "reason", detail));
	return json;
}
