#include "daemon/api/script/twiml/grammar.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SPOKEN "break emphasis lang p phoneme prosody s say-as sub w"
#define TWILIO "Twilio"
#define SIGNAL "SignalWire"
#define VERBS                                                                                           \
	"Say Play Pause Gather Record Dial Enqueue Leave Redirect Reject Hangup Refer Echo Start Stop " \
	"!Connect !Pay "                                                                                \
	"!Prompt !Queue !Sms !Message !Denoise"
#define AMD                                                                                       \
	" !machineDetection !machineDetectionTimeout !machineDetectionSpeechThreshold "           \
	"!machineDetectionSpeechEndThreshold !machineDetectionSilenceTimeout !amdStatusCallback " \
	"!amdStatusCallbackMethod"
#define RECORDING_CALLBACK \
	"recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
#define STATUS_CALLBACK "statusCallback statusCallbackMethod statusCallbackEvent"

static const struct twiml_element elements[] = {
	{ "Response", "", VERBS, NULL },
	{ "Say", "voice language loop", SPOKEN, NULL },
	{ "Play", "loop digits", "", NULL },
	{ "Pause", "length", "", NULL },
	{ "Gather",
	  "action method timeout numDigits finishOnKey input actionOnEmptyResult bargeIn language hints "
	  "speechTimeout "
	  "profanityFilter partialResultCallback partialResultCallbackMethod !speechModel !enhanced !debug "
	  "!maxSpeechTime",
	  "Say Play Pause", NULL },
	{ "Record",
	  "action method maxLength finishOnKey playBeep trim timeout transcribe "
	  "transcribeCallback " RECORDING_CALLBACK " !recordingConfigurationId",
	  "", NULL },
	{ "Dial",
	  "action method timeout timeLimit callerId answerOnBridge hangupOnStar record trim recordingTrack "
	  "ringTone "
	  "sequential referUrl referMethod " RECORDING_CALLBACK
	  " !events !passports !recordingConfigurationId",
	  "Number Sip Client Conference Queue Application Uri !Sim !WhatsApp !Verto", NULL },
	{ "Number", "url method sendDigits " STATUS_CALLBACK " !byoc" AMD, "", NULL },
	{ "Sip", "url method username password " STATUS_CALLBACK AMD, "Uri Headers", NULL },
	{ "Uri", "username password priority weight", "", TWILIO },
	{ "Headers", "", "Header", TWILIO },
	{ "Header", "name value", "", TWILIO },
	{ "Client", "url method " STATUS_CALLBACK, "Identity Parameter", NULL },
	{ "Identity", "", "", NULL },
	{ "Parameter", "name value", "", NULL },
	{ "Application", "url method copyParentTo !customerId " STATUS_CALLBACK, "ApplicationSid Parameter",
	  TWILIO },
	{ "ApplicationSid", "", "", TWILIO },
	{ "Conference",
	  "muted startConferenceOnEnter endConferenceOnExit beep maxParticipants record trim coach waitUrl "
	  "waitMethod "
	  "participantLabel eventCallbackUrl " STATUS_CALLBACK " " RECORDING_CALLBACK
	  " !region !jitterBufferSize !recordingConfigurationId",
	  "", NULL },
	{ "Queue", "url method !reservationSid !postWorkActivitySid", "", NULL },
	{ "Enqueue", "action method waitUrl waitUrlMethod maxQueueSize !workflowSid", "!Task", NULL },
	{ "Leave", "", "", NULL },
	{ "Redirect", "method", "", NULL },
	{ "Reject", "reason", "!Parameter", NULL },
	{ "Hangup", "", "!Parameter", NULL },
	{ "Refer", "action method", "Sip", NULL },
	{ "Echo", "", "", NULL },
	{ "Start", "!action !method", "Recording !Stream !Siprec !Transcription", NULL },
	{ "Stop", "", "Recording !Stream !Siprec !Transcription", NULL },
	{ "Recording", "name channels track trim " RECORDING_CALLBACK " !recordingConfigurationId", "",
	  TWILIO },
	{ "Connect", "", "", NULL },
	{ "Pay", "", "", NULL },
	{ "Prompt", "", "", NULL },
	{ "Sms", "", "", NULL },
	{ "Message", "", "", NULL },
	{ "Denoise", "", "", SIGNAL },
	{ "Sim", "", "", NULL },
	{ "WhatsApp", "", "", TWILIO },
	{ "Verto", "", "", SIGNAL },
	{ "Task", "", "", NULL },
	{ "Stream", "", "", NULL },
	{ "Siprec", "", "", NULL },
	{ "Transcription", "", "", TWILIO },
	{ "break", "strength time", "", NULL },
	{ "emphasis", "level", SPOKEN, NULL },
	{ "lang", "lang", SPOKEN, NULL },
	{ "p", "", SPOKEN, NULL },
	{ "phoneme", "alphabet ph", "", NULL },
	{ "prosody", "pitch rate volume", SPOKEN, NULL },
	{ "s", "", SPOKEN, NULL },
	{ "say-as", "interpret-as format role", "", NULL },
	{ "sub", "alias", "", NULL },
	{ "w", "role", SPOKEN, NULL },
};

const struct twiml_element *grammar_element(const char *parent, const char *name)
{
	const struct twiml_element *above = parent ? grammar_element(NULL, parent) : NULL;

	if (above && grammar_word(above->children, name) == GRAMMAR_UNKNOWN)
		return NULL;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (!strcmp(elements[i].name, name))
			return &elements[i];
	return NULL;
}

/* Steps to the next name in a list; false at the end. */
static bool next_word(const char **list, const char **word, size_t *length, bool *built)
{
	*list += strspn(*list, " ");
	*built = **list != '!';
	*word = *list + !*built;
	*length = strcspn(*word, " ");
	*list = *word + *length;
	return *length > 0;
}

static enum grammar_word look_up(const char *list, const char *name, char *exact, size_t size)
{
	const size_t wanted = strlen(name);
	const char *word;
	size_t length;
	bool built;

	while (next_word(&list, &word, &length, &built)) {
		if (length != wanted ||
		    (exact ? strncasecmp(word, name, length) : memcmp(word, name, length)))
			continue;
		if (exact)
			snprintf(exact, size, "%.*s", (int)length, word);
		return built ? GRAMMAR_BUILT : GRAMMAR_NOT_BUILT;
	}
	return GRAMMAR_UNKNOWN;
}

enum grammar_word grammar_word(const char *list, const char *name)
{
	return look_up(list, name, NULL, 0);
}

enum grammar_word grammar_like(const char *list, const char *name, char *exact, size_t size)
{
	return look_up(list, name, exact, size);
}

void grammar_possible(const char *list, char *out, size_t size)
{
	const char *word;
	size_t length, used = 0;
	bool built;

	snprintf(out, size, "none");
	while (next_word(&list, &word, &length, &built))
		if (built && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? ", " : "",
						 (int)length, word);
}
