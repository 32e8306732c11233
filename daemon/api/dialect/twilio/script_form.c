#include "daemon/api/dialect/twilio/script_form.h"

#include "daemon/api/dialect/twilio/parameters.h"
#include "daemon/api/dialect/twilio/sign.h"

#include <string.h>

/* How the vendors call what a step has come to; with a prefix it is an id. What is not here keeps its name,
 * which may be theirs already. */
static const struct {
	const char *neutral, *name, *prefix;
} names[] = {
	{ "digits", "Digits", NULL },
	{ "finished_on_key", "FinishedOnKey", NULL },
	{ "speech", "SpeechResult", NULL },
	{ "confidence", "Confidence", NULL },
	{ "recording", "RecordingSid", "RE" },
	{ "recording_duration", "RecordingDuration", NULL },
	{ "recording_status", "RecordingStatus", NULL },
	{ "recording_channels", "RecordingChannels", NULL },
	{ "recording_source", "RecordingSource", NULL },
	{ "dial_status", "DialCallStatus", NULL },
	{ "dial_call", "DialCallSid", "CA" },
	{ "dial_duration", "DialCallDuration", NULL },
	{ "dial_bridged", "DialBridged", NULL },
	{ "conference", "ConferenceSid", "CF" },
	{ "conference_name", "FriendlyName", NULL },
	{ "conference_event", "StatusCallbackEvent", NULL },
	{ "participant", "ParticipantCallSid", "CA" },
	{ "participant_label", "ParticipantLabel", NULL },
	{ "sequence", "SequenceNumber", NULL },
	{ "queue", "QueueSid", "QU" },
	{ "queue_name", "QueueName", NULL },
	{ "queue_result", "QueueResult", NULL },
	{ "queue_time", "QueueTime", NULL },
	{ "queue_position", "QueuePosition", NULL },
	{ "average_queue_time", "AvgQueueTime", NULL },
	{ "queue_size", "CurrentQueueSize", NULL },
	{ "queue_max_size", "MaxQueueSize", NULL },
	{ "queue_agent", "DequeingCallSid", "CA" },
	{ "refer_status", "ReferCallStatus", NULL },
	{ "refer_code", "ReferSipResponseCode", NULL },
	{ "error_code", "ErrorCode", NULL },
	{ "error_url", "ErrorUrl", NULL },
	{ "error", "ErrorMessage", NULL },
};

static void add(struct told_form *form, const char *neutral, const char *value)
{
	char sid[SID_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i].neutral, neutral))
			continue;
		if (names[i].prefix)
			told_id(form, names[i].name, names[i].prefix, value);
		else
			told_text(form, names[i].name, value);
		if (!strcmp(neutral, "recording"))
			told_url(form, "RecordingUrl", "/Recordings/%s",
				 sid_write(form->of.view, "RE", value, sid));
		return;
	}
	told_text(form, neutral, value);
}

static char *parameters_of(const struct script_told *told, const json_t *more, enum view view)
{
	struct call_row row = { .id = (char *)told->call,
				.direction = told->inbound ? "inbound" : "outbound",
				.from = (char *)told->from,
				.to = (char *)told->to };
	struct told_form form;
	const char *name;
	json_t *value;

	if (told_begin(&form, told->conf, told->account, view))
		return NULL;
	told_call(&form, told->row ? told->row : &row, told->status);
	json_object_foreach((json_t *)more, name, value) if (json_is_string(value))
	    add(&form, name, json_string_value(value));
	return told_end(&form);
}

static char *twilio_parameters(const struct script_told *told, const json_t *more)
{
	return parameters_of(told, more, VIEW_TWILIO);
}

static char *signalwire_parameters(const struct script_told *told, const json_t *more)
{
	return parameters_of(told, more, VIEW_SIGNALWIRE);
}

const struct script_form twilio_script_form = { .dialect = "twilio",
						.parameters = twilio_parameters,
						.sign = twilio_sign_lines };
const struct script_form signalwire_script_form = { .dialect = "signalwire",
						    .parameters = signalwire_parameters,
						    .sign = signalwire_sign_lines };
