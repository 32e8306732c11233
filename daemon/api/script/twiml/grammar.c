#include "daemon/api/script/twiml/grammar.h"

#include "daemon/api/script/steps/words.h"

#include <string.h>

#define SPOKEN "break emphasis lang p phoneme prosody s say-as sub w"
#define TWILIO "Twilio"
#define SIGNAL "SignalWire"
#define VERBS                                                                                           \
	"Say Play Pause Gather Record Dial Enqueue Leave Redirect Reject Hangup Refer Echo Start Stop " \
	"Connect !Pay "                                                                                 \
	"!Prompt !Queue !Sms !Message !Denoise"
#define AMD                                                                                    \
	" machineDetection machineDetectionTimeout machineDetectionSpeechThreshold "           \
	"machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout amdStatusCallback " \
	"amdStatusCallbackMethod"
#define RECORDING_CALLBACK \
	"recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
#define STATUS_CALLBACK "statusCallback statusCallbackMethod statusCallbackEvent"

static const struct twiml_element elements[] = {
	{ "Response", "", VERBS, NULL },
	{ "Say", "voice language loop", SPOKEN " speak", NULL },
	{ "Play", "loop digits", "", NULL },
	{ "Pause", "length", "", NULL },
	{ "Gather",
	  "action method timeout numDigits finishOnKey input actionOnEmptyResult bargeIn language hints "
	  "speechTimeout "
	  "profanityFilter partialResultCallback partialResultCallbackMethod !speechModel !enhanced !debug "
	  "maxSpeechTime",
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
	{ "Start", "!action !method", "Recording Stream Transcription !Siprec", NULL },
	{ "Stop", "", "Recording Stream Transcription !Siprec", NULL },
	{ "Recording", "name channels track trim " RECORDING_CALLBACK " !recordingConfigurationId", "",
	  TWILIO },
	{ "Connect", "action method",
	  "Stream !Conversation !ConversationRelay !ConversationRelaySession !Room !VirtualAgent !Autopilot "
	  "!AiSession !Assistant !AI",
	  NULL },
	{ "Conversation", "", "", TWILIO },
	{ "ConversationRelay", "", "", TWILIO },
	{ "ConversationRelaySession", "", "", TWILIO },
	{ "AI", "", "", SIGNAL },
	{ "Room", "", "", NULL },
	{ "VirtualAgent", "", "", NULL },
	{ "Autopilot", "", "", NULL },
	{ "AiSession", "", "", TWILIO },
	{ "Assistant", "", "", TWILIO },
	{ "Pay", "", "", NULL },
	{ "Prompt", "", "", NULL },
	{ "Sms", "", "", NULL },
	{ "Message", "", "", NULL },
	{ "Denoise", "", "", SIGNAL },
	{ "Sim", "", "", NULL },
	{ "WhatsApp", "", "", TWILIO },
	{ "Verto", "", "", SIGNAL },
	{ "Task", "", "", NULL },
	{ "Stream",
	  "url name track codec realtime authBearerToken statusCallback statusCallbackMethod !connectorName "
	  "!audioFormat !sampleRate",
	  "Parameter", NULL },
	{ "Siprec", "", "", NULL },
	{ "Transcription",
	  "name statusCallbackUrl statusCallbackMethod languageCode track inboundTrackLabel "
	  "outboundTrackLabel "
	  "partialResults hints profanityFilter !transcriptionEngine !speechModel "
	  "!enableAutomaticPunctuation !enableProviderData !intelligenceService !conversationConfiguration "
	  "!conversationId",
	  "", TWILIO },
	{ "break", "strength time", "", NULL },
	{ "emphasis", "level", SPOKEN, NULL },
	{ "lang", "lang", SPOKEN, NULL },
	{ "p", "", SPOKEN, NULL },
	{ "phoneme", "alphabet ph", "", NULL },
	{ "prosody", "pitch rate volume", SPOKEN, NULL },
	{ "s", "", SPOKEN, NULL },
	{ "say-as", "interpret-as format role", "", NULL },
	{ "speak", "", SPOKEN, NULL },
	{ "sub", "alias", "", NULL },
	{ "w", "role", SPOKEN, NULL },
};

const struct twiml_element *grammar_element(const char *parent, const char *name)
{
	const struct twiml_element *above = parent ? grammar_element(NULL, parent) : NULL;

	if (above && words_find(above->children, name) == WORD_UNKNOWN)
		return NULL;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (!strcmp(elements[i].name, name))
			return &elements[i];
	return NULL;
}
