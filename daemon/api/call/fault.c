#include "daemon/api/call/fault.h"

#include "daemon/api/net/weburl.h"
#include "daemon/api/store/store.h"
#include "lib/control_frame.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RETRY_AFTER_S = 2 };

static const char *const names[FAULT_CODES] = {
	[FAULT_NONE] = "none",
	[FAULT_PARAMETER_INVALID] = "parameter-invalid",
	[FAULT_NUMBER_INVALID] = "number-invalid",
	[FAULT_URL_INVALID] = "url-invalid",
	[FAULT_KEY_INVALID] = "idempotency-key-invalid",
	[FAULT_COACH_INVALID] = "coach-invalid",
	[FAULT_SPEND_LIMIT] = "spend-limit-reached",
	[FAULT_CALL_NOT_FOUND] = "call-not-found",
	[FAULT_CONFERENCE_NOT_FOUND] = "conference-not-found",
	[FAULT_PARTICIPANT_NOT_FOUND] = "participant-not-found",
	[FAULT_RECORDING_NOT_FOUND] = "recording-not-found",
	[FAULT_DELIVERY_NOT_FOUND] = "delivery-not-found",
	[FAULT_RATE_NOT_FOUND] = "rate-not-found",
	[FAULT_QUEUE_NOT_FOUND] = "queue-not-found",
	[FAULT_NUMBER_NOT_FOUND] = "number-not-found",
	[FAULT_APPLICATION_NOT_FOUND] = "application-not-found",
	[FAULT_TRIGGER_NOT_FOUND] = "trigger-not-found",
	[FAULT_BAN_NOT_FOUND] = "ban-not-found",
	[FAULT_TRANSCRIPTION_NOT_FOUND] = "transcription-not-found",
	[FAULT_OPERATOR_ONLY] = "operator-only",
	[FAULT_QUALITY_UNKNOWN] = "quality-unknown",
	[FAULT_TRACE_UNKNOWN] = "trace-unknown",
	[FAULT_AUDIO_GONE] = "audio-gone",
	[FAULT_CALL_OVER] = "call-over",
	[FAULT_NOT_IN_PROGRESS] = "not-in-progress",
	[FAULT_NOT_CANCELABLE] = "not-cancelable",
	[FAULT_ALREADY_RECORDING] = "already-recording",
	[FAULT_NOT_RECORDING] = "not-recording",
	[FAULT_NAME_TAKEN] = "name-taken",
	[FAULT_NUMBER_TAKEN] = "number-taken",
	[FAULT_CONFERENCE_OVER] = "conference-over",
	[FAULT_CONFERENCE_FULL] = "conference-full",
	[FAULT_QUALITY_NOT_READY] = "quality-not-ready",
	[FAULT_DELIVERY_WAITING] = "delivery-waiting",
	[FAULT_DELIVERY_SENDING] = "delivery-sending",
	[FAULT_FILE_STUCK] = "file-stuck",
	[FAULT_KEY_IN_USE] = "idempotency-key-in-use",
	[FAULT_KEY_REUSED] = "idempotency-key-reused",
	[FAULT_CONFLICT] = "state-conflict",
	[FAULT_FROM_NOT_OWNED] = "from-not-owned",
	[FAULT_UNROUTABLE] = "number-unroutable",
	[FAULT_PROMPT_FAILED] = "prompt-failed",
	[FAULT_REFUSED] = "refused",
	[FAULT_LIMIT_REACHED] = "limit-reached",
	[FAULT_SWITCH_AWAY] = "switch-away",
	[FAULT_SWITCH_BUSY] = "switch-busy",
	[FAULT_STORE_FAILED] = "database-failed",
	[FAULT_NO_MEMORY] = "no-memory",
};

const char *fault_name(enum fault_code code)
{
	return names[code];
}

bool fault_set(struct fault *fault, enum fault_code code, enum fault_field field, const char *fmt, ...)
{
	va_list args;

	fault->code = code;
	fault->field = field;
	fault->retry_after_s = code >= FAULT_LIMIT_REACHED ? RETRY_AFTER_S : 0;
	va_start(args, fmt);
	vsnprintf(fault->text, sizeof fault->text, fmt, args);
	va_end(args);
	return false;
}

bool fault_check_url(struct fault *fault, enum fault_field field, const char *url)
{
	return !url || weburl_is_valid(url) ||
	       fault_set(fault, FAULT_URL_INVALID, field,
			 FAULT_FIELD_MARK " must be an absolute http or https URL of at most %d characters.",
			 WEBURL_MAX);
}

bool fault_no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_NO_MEMORY, FIELD_NONE, "Out of memory.");
}

bool fault_store_failed(struct fault *fault)
{
	return fault_set(fault, FAULT_STORE_FAILED, FIELD_NONE, "The database cannot be read or written.");
}

bool fault_switch_away(struct fault *fault)
{
	return fault_set(fault, FAULT_SWITCH_AWAY, FIELD_NONE, "The switch is not connected.");
}

bool fault_not_stored(struct fault *fault, const struct store *store)
{
	const char *trouble = store_trouble(store);

	return trouble ? fault_set(fault, FAULT_STORE_FAILED, FIELD_NONE, "%s", trouble)
		       : fault_store_failed(fault);
}

bool fault_not_ready(struct fault *fault, const struct store *store)
{
	return store_trouble(store) ? fault_not_stored(fault, store) : fault_switch_away(fault);
}

/* What the switch's fields are. */
static enum fault_field field_of(const char *name, const struct fault_words *words)
{
	static const struct {
		const char *name;
		enum fault_field field;
	} known[] = { { "to", FIELD_TO },	    { "from", FIELD_FROM },
		      { "call", FIELD_CALL },	    { "conference", FIELD_CONFERENCE },
		      { "name", FIELD_NAME },	    { "coaches", FIELD_COACH },
		      { "files", FIELD_PLAY },	    { "digits", FIELD_DIGITS },
		      { "headers", FIELD_HEADERS }, { "with", FIELD_BRIDGE } };

	for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name))
			return known[i].field == FIELD_TO && words && words->to ? words->to : known[i].field;
	return FIELD_NONE;
}

/* A sentence of the switch, with the mark where it names its own field. */
static void take_sentence(struct fault *fault, const char *text, const char *field)
{
	char quoted[80];
	const char *at;

	if (!text)
		return;
	snprintf(quoted, sizeof quoted, "\"%.60s\"", field ? field : "");
	at = field ? strstr(text, quoted) : NULL;
	if (at)
		snprintf(fault->text, sizeof fault->text, "%.*s%s%s", (int)(at - text), text,
			 FAULT_FIELD_MARK, at + strlen(quoted));
	else
		snprintf(fault->text, sizeof fault->text, "%s", text);
}

static void not_found(struct fault *fault, enum fault_field field)
{
	if (field == FIELD_CONFERENCE)
		fault_set(fault, FAULT_CONFERENCE_NOT_FOUND, field, "There is no such conference.");
	else if (field == FIELD_TO)
		fault_set(fault, FAULT_RATE_NOT_FOUND, field, "There is no rate for that number.");
	else
		fault_set(fault, FAULT_CALL_NOT_FOUND, FIELD_CALL, "There is no such call.");
}

/* The switch shows the call where its state is the reason. */
static void conflict(struct fault *fault, enum fault_field field, const json_t *data,
		     const struct fault_words *words)
{
	const json_t *call = json_object_get(data, "call");
	const char *status = json_string_value(json_object_get(call, "status"));

	if (field == FIELD_NAME)
		fault_set(fault, FAULT_NAME_TAKEN, field, "There is a conference of this name already.");
	else if (status && json_integer_value(json_object_get(call, "ended")))
		fault_set(fault, FAULT_CALL_OVER, FIELD_NONE, "The call is over.");
	else if (status && strcmp(status, "in-progress"))
		fault_set(fault, FAULT_NOT_IN_PROGRESS, FIELD_NONE, "The call has not been answered.");
	else if (words && words->conflict)
		fault_set(fault, words->conflict, FIELD_NONE, "%s", words->conflict_text);
	else
		fault_set(fault, FAULT_CONFLICT, FIELD_NONE,
			  "What the call or the conference is doing does not allow this.");
}

static void invalid(struct fault *fault, enum fault_field field)
{
	if (field == FIELD_COACH)
		fault_set(fault, FAULT_COACH_INVALID, field,
			  FAULT_FIELD_MARK " must be the call of a participant of the conference.");
	else if (field == FIELD_TO || field == FIELD_FROM || field == FIELD_TRANSFER)
		fault_set(fault, FAULT_NUMBER_INVALID, field,
			  FAULT_FIELD_MARK " must be a phone number in E.164 form (+15550001001), a "
					   "user's name or a SIP URI.");
	else if (field)
		fault_set(fault, FAULT_PARAMETER_INVALID, field,
			  "The switch does not take this value of " FAULT_FIELD_MARK ".");
	else
		fault_set(fault, FAULT_REFUSED, FIELD_NONE, "The switch cannot do this.");
}

void fault_from_switch(struct fault *fault, const json_t *error, const struct fault_words *words)
{
	const json_t *data = json_object_get(error, "data");
	const char *message = json_string_value(json_object_get(error, "message"));
	const char *name = json_string_value(json_object_get(data, "field"));
	enum fault_field field = field_of(name, words);

	switch (json_integer_value(json_object_get(error, "code"))) {
	case CONTROL_PAYMENT:
		fault_set(fault, FAULT_SPEND_LIMIT, field, "A spend limit is reached.");
		take_sentence(fault, message, name);
		break;
	case CONTROL_UNROUTABLE:
		fault_set(fault, field == FIELD_FROM ? FAULT_FROM_NOT_OWNED : FAULT_UNROUTABLE, field,
			  "There is no way to that number.");
		take_sentence(fault, message, name);
		break;
	case CONTROL_NOT_FOUND:
		not_found(fault, field);
		if (fault->code == FAULT_RATE_NOT_FOUND)
			take_sentence(fault, message, name);
		break;
	case CONTROL_CONFLICT:
		conflict(fault, field, data, words);
		break;
	case CONTROL_LIMIT:
		fault_set(fault, FAULT_LIMIT_REACHED, field,
			  "A limit of the switch is reached; try again later.");
		break;
	case CONTROL_UNAVAILABLE:
		fault_set(fault, FAULT_SWITCH_BUSY, FIELD_NONE, "The switch cannot take this at the moment.");
		break;
	case CONTROL_INVALID_PARAMS:
		invalid(fault, field);
		break;
	default:
		fault_set(fault, FAULT_REFUSED, field, "The switch cannot do this.");
	}
}

bool fault_switch_misses(const json_t *error)
{
	return json_integer_value(json_object_get(error, "code")) == CONTROL_NOT_FOUND;
}

char *fault_sentence(const struct fault *fault, const char *field_name, char *out, size_t size)
{
	const char *at = strstr(fault->text, FAULT_FIELD_MARK);

	if (at)
		snprintf(out, size, "%.*s%s%s", (int)(at - fault->text), fault->text,
			 field_name ? field_name : "it", at + strlen(FAULT_FIELD_MARK));
	else
		snprintf(out, size, "%s", fault->text);
	return out;
}
