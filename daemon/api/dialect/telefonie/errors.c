#include "daemon/api/dialect/telefonie/errors.h"

#include "daemon/api/http/web.h"

/* Of each fault; 0: 400. */
static const int statuses[FAULT_CODES] = {
	[FAULT_SPEND_LIMIT] = 402,
	[FAULT_CALL_NOT_FOUND] = 404,
	[FAULT_CONFERENCE_NOT_FOUND] = 404,
	[FAULT_PARTICIPANT_NOT_FOUND] = 404,
	[FAULT_RECORDING_NOT_FOUND] = 404,
	[FAULT_DELIVERY_NOT_FOUND] = 404,
	[FAULT_RATE_NOT_FOUND] = 404,
	[FAULT_QUEUE_NOT_FOUND] = 404,
	[FAULT_NUMBER_NOT_FOUND] = 404,
	[FAULT_APPLICATION_NOT_FOUND] = 404,
	[FAULT_TRIGGER_NOT_FOUND] = 404,
	[FAULT_BAN_NOT_FOUND] = 404,
	[FAULT_TRANSCRIPTION_NOT_FOUND] = 404,
	[FAULT_OPERATOR_ONLY] = 403,
	[FAULT_QUALITY_UNKNOWN] = 404,
	[FAULT_TRACE_UNKNOWN] = 404,
	[FAULT_AUDIO_GONE] = 404,
	[FAULT_CALL_OVER] = 409,
	[FAULT_NOT_IN_PROGRESS] = 409,
	[FAULT_NOT_CANCELABLE] = 409,
	[FAULT_ALREADY_RECORDING] = 409,
	[FAULT_NOT_RECORDING] = 409,
	[FAULT_NAME_TAKEN] = 409,
	[FAULT_NUMBER_TAKEN] = 409,
	[FAULT_CONFERENCE_OVER] = 409,
	[FAULT_CONFERENCE_FULL] = 409,
	[FAULT_QUALITY_NOT_READY] = 409,
	[FAULT_DELIVERY_WAITING] = 409,
	[FAULT_DELIVERY_SENDING] = 409,
	[FAULT_FILE_STUCK] = 409,
	[FAULT_KEY_IN_USE] = 409,
	[FAULT_KEY_REUSED] = 409,
	[FAULT_CONFLICT] = 409,
	[FAULT_FROM_NOT_OWNED] = 422,
	[FAULT_UNROUTABLE] = 422,
	[FAULT_PROMPT_FAILED] = 422,
	[FAULT_REFUSED] = 422,
	[FAULT_LIMIT_REACHED] = 429,
	[FAULT_SWITCH_AWAY] = 503,
	[FAULT_SWITCH_BUSY] = 503,
	[FAULT_STORE_FAILED] = 503,
	[FAULT_NO_MEMORY] = 503,
};

static const char *const fields[FAULT_FIELDS] = {
	[FIELD_CALL] = "call_id",
	[FIELD_CONFERENCE] = "conference_id",
	[FIELD_RECORDING] = "recording_id",
	[FIELD_DELIVERY] = "delivery_id",
	[FIELD_KEY] = "Idempotency-Key",
	[FIELD_TO] = "to",
	[FIELD_FROM] = "from",
	[FIELD_TRANSFER] = "transfer_to",
	[FIELD_URL] = "url",
	[FIELD_FALLBACK] = "fallback_url",
	[FIELD_CALLBACK] = "status_callback",
	[FIELD_CALLBACK_EVENTS] = "status_callback_events",
	[FIELD_SCRIPT] = "script",
	[FIELD_HEADERS] = "headers",
	[FIELD_STATUS] = "status",
	[FIELD_DIGITS] = "digits",
	[FIELD_NAME] = "friendly_name",
	[FIELD_COACH] = "coach",
	[FIELD_SAY] = "say",
	[FIELD_PLAY] = "play",
	[FIELD_BRIDGE] = "bridge",
	[FIELD_STOP] = "stop",
	[FIELD_MUTED] = "muted",
	[FIELD_HOLD] = "hold",
	[FIELD_ADDRESS] = "address",
};

int error_status(const struct fault *fault)
{
	return statuses[fault->code] ? statuses[fault->code] : 400;
}

json_t *error_json(const struct fault *fault)
{
	char sentence[sizeof fault->text + 40];
	const char *field = fields[fault->field];

	return web_problem(error_status(fault), fault_name(fault->code), field,
			   fault_sentence(fault, field, sentence, sizeof sentence));
}

json_t *error_of_parameter(const char *name, const char *detail)
{
	return web_problem(400, fault_name(FAULT_PARAMETER_INVALID), name, detail);
}
