#include "daemon/api/dialect/twilio/errors.h"

#include <stdarg.h>
#include <stdio.h>

/* Of each fault; where there is nothing: 400 and 20001. */
static const struct {
	short status, code;
} known[FAULT_CODES] = {
	[FAULT_NUMBER_INVALID] = { 400, CODE_TO_INVALID },
	[FAULT_URL_INVALID] = { 400, TROUBLE_URL },
	[FAULT_SPEND_LIMIT] = { 403, CODE_NOT_ALLOWED },
	[FAULT_CALL_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_CONFERENCE_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_PARTICIPANT_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_RECORDING_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_DELIVERY_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_RATE_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_QUEUE_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_NUMBER_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_TRIGGER_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_APPLICATION_NOT_FOUND] = { 400, CODE_NO_APPLICATION },
	[FAULT_TRANSCRIPTION_NOT_FOUND] = { 404, CODE_NOT_FOUND },
	[FAULT_QUALITY_UNKNOWN] = { 404, CODE_NOT_FOUND },
	[FAULT_TRACE_UNKNOWN] = { 404, CODE_NOT_FOUND },
	[FAULT_AUDIO_GONE] = { 404, CODE_NOT_FOUND },
	[FAULT_CALL_OVER] = { 400, CODE_CALL_STATE },
	[FAULT_NOT_IN_PROGRESS] = { 400, CODE_CALL_STATE },
	[FAULT_NOT_CANCELABLE] = { 400, CODE_CALL_STATE },
	[FAULT_ALREADY_RECORDING] = { 400, CODE_CALL_STATE },
	[FAULT_NOT_RECORDING] = { 400, CODE_CALL_STATE },
	[FAULT_NAME_TAKEN] = { 409, CODE_CONFLICT },
	[FAULT_NUMBER_TAKEN] = { 400, CODE_NUMBER_TAKEN },
	[FAULT_CONFERENCE_OVER] = { 400, CODE_CALL_STATE },
	[FAULT_CONFERENCE_FULL] = { 400, CODE_CALL_STATE },
	[FAULT_QUALITY_NOT_READY] = { 409, CODE_CONFLICT },
	[FAULT_DELIVERY_WAITING] = { 409, CODE_CONFLICT },
	[FAULT_DELIVERY_SENDING] = { 409, CODE_CONFLICT },
	[FAULT_FILE_STUCK] = { 409, CODE_CONFLICT },
	[FAULT_KEY_IN_USE] = { 409, CODE_CONFLICT },
	[FAULT_KEY_REUSED] = { 409, CODE_CONFLICT },
	[FAULT_CONFLICT] = { 409, CODE_CONFLICT },
	[FAULT_FROM_NOT_OWNED] = { 400, CODE_FROM_NOT_OURS },
	[FAULT_UNROUTABLE] = { 400, CODE_DIAL_NUMBER },
	[FAULT_REFUSED] = { 403, CODE_NOT_ALLOWED },
	[FAULT_LIMIT_REACHED] = { 429, CODE_TOO_MANY },
	[FAULT_SWITCH_AWAY] = { 503, CODE_UNAVAILABLE },
	[FAULT_SWITCH_BUSY] = { 503, CODE_UNAVAILABLE },
	[FAULT_STORE_FAILED] = { 503, CODE_UNAVAILABLE },
	[FAULT_NO_MEMORY] = { 503, CODE_UNAVAILABLE },
};

static const char *const fields[FAULT_FIELDS] = {
	[FIELD_CALL] = "CallSid",
	[FIELD_CONFERENCE] = "ConferenceSid",
	[FIELD_RECORDING] = "RecordingSid",
	[FIELD_DELIVERY] = "Sid",
	[FIELD_KEY] = "IdempotencyKey",
	[FIELD_TO] = "To",
	[FIELD_FROM] = "From",
	[FIELD_TRANSFER] = "To",
	[FIELD_URL] = "Url",
	[FIELD_FALLBACK] = "FallbackUrl",
	[FIELD_CALLBACK] = "StatusCallback",
	[FIELD_CALLBACK_URL] = "CallbackUrl",
	[FIELD_CALLBACK_EVENTS] = "StatusCallbackEvent",
	[FIELD_SCRIPT] = "Twiml",
	[FIELD_HEADERS] = "To",
	[FIELD_STATUS] = "Status",
	[FIELD_DIGITS] = "SendDigits",
	[FIELD_NAME] = "FriendlyName",
	[FIELD_QUEUE] = "QueueSid",
	[FIELD_NUMBER] = "PhoneNumber",
	[FIELD_APPLICATION] = "ApplicationSid",
	[FIELD_MAX_SIZE] = "MaxSize",
	[FIELD_COACH] = "CallSidToCoach",
	[FIELD_SAY] = "AnnounceUrl",
	[FIELD_PLAY] = "AnnounceUrl",
};

void trouble_set(struct trouble *trouble, int status, int code, const char *fmt, ...)
{
	va_list args;

	trouble->status = status;
	trouble->code = code;
	va_start(args, fmt);
	vsnprintf(trouble->message, sizeof trouble->message, fmt, args);
	va_end(args);
}

void trouble_of_fault(struct trouble *trouble, const struct fault *fault)
{
	char sentence[sizeof fault->text + 40];
	int status = known[fault->code].status, code = known[fault->code].code;

	if (!status) {
		status = 400;
		code = TROUBLE_PARAMETER;
	}
	if (fault->code == FAULT_NUMBER_INVALID && fault->field == FIELD_FROM)
		code = CODE_FROM_INVALID;
	if (fault->code == FAULT_NUMBER_INVALID && fault->field == FIELD_NUMBER)
		code = CODE_NUMBER_INVALID;
	trouble_set(trouble, status, code, "%s",
		    fault_sentence(fault, fields[fault->field], sentence, sizeof sentence));
}

json_t *trouble_json(const struct trouble *trouble)
{
	char more[80];

	snprintf(more, sizeof more, "https://www.twilio.com/docs/errors/%d", trouble->code);
	return json_pack("{s:i, s:s, s:s, s:i}", "code", trouble->code, "message", trouble->message,
			 "more_info", more, "status", trouble->status);
}

json_t *trouble_problem(int status, const char *why)
{
	struct trouble trouble;

	trouble_set(&trouble, status, status >= 500 ? CODE_UNAVAILABLE : TROUBLE_PARAMETER, "%s", why);
	return trouble_json(&trouble);
}
