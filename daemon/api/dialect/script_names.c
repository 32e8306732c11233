#include "daemon/api/dialect/script_names.h"

#include <stddef.h>
#include <string.h>

static const struct script_name names[] = {
	{ "digits", "Digits", NULL },
	{ "finished_on_key", "FinishedOnKey", NULL },
	{ "speech_result", "SpeechResult", NULL },
	{ "confidence", "Confidence", NULL },
	{ "language", "Language", NULL },
	{ "speech_results", "", NULL },
	{ "speech_end", "", NULL },
	{ "stable_speech", "StableSpeechResult", NULL },
	{ "unstable_speech", "UnstableSpeechResult", NULL },
	{ "recording", "RecordingSid", "RE" },
	{ "recording_duration", "RecordingDuration", NULL },
	{ "recording_status", "RecordingStatus", NULL },
	{ "recording_channels", "RecordingChannels", NULL },
	{ "recording_source", "RecordingSource", NULL },
	{ "recording_started", "RecordingStartTime", NULL },
	{ "recording_ended", "", NULL },
	{ "recording_bytes", "", NULL },
	{ "dial_status", "DialCallStatus", NULL },
	{ "dial_call", "DialCallSid", "CA" },
	{ "dial_duration", "DialCallDuration", NULL },
	{ "dial_bridged", "DialBridged", NULL },
	{ "conference", "ConferenceSid", "CF" },
	{ "conference_name", "FriendlyName", NULL },
	{ "conference_event", "StatusCallbackEvent", NULL },
	{ "sequence", "SequenceNumber", NULL },
	{ "muted", "Muted", NULL },
	{ "hold", "Hold", NULL },
	{ "coaching", "Coaching", NULL },
	{ "coached", "CallSidToCoach", "CA" },
	{ "starts_conference", "StartConferenceOnEnter", NULL },
	{ "ends_conference", "EndConferenceOnExit", NULL },
	{ "label", "ParticipantLabel", NULL },
	{ "ended_why", "ReasonConferenceEnded", NULL },
	{ "ended_by", "CallSidEndingConference", "CA" },
	{ "timestamp", "Timestamp", NULL },
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
	{ "refer_to", "ReferTransferTarget", NULL },
	{ "refer_code", "ReferSipResponseCode", NULL },
	{ "answered_by", "AnsweredBy", NULL },
	{ "machine_ms", "MachineDetectionDuration", NULL },
	{ "stream", "StreamSid", "MZ" },
	{ "stream_name", "StreamName", NULL },
	{ "stream_event", "StreamEvent", NULL },
	{ "stream_error", "StreamError", NULL },
	{ "stream_why", "ErrorCode", NULL },
	{ "stream_headers", "", NULL },
	{ "stream_time", "Timestamp", NULL },
	{ "transcription", "TranscriptionSid", "GT" },
	{ "transcription_event", "TranscriptionEvent", NULL },
	{ "transcription_name", "Name", NULL },
	{ "transcription_engine", "TranscriptionEngine", NULL },
	{ "transcription_language", "LanguageCode", NULL },
	{ "transcription_track", "Track", NULL },
	{ "inbound_label", "InboundTrackLabel", NULL },
	{ "outbound_label", "OutboundTrackLabel", NULL },
	{ "partial_results", "PartialResults", NULL },
	{ "transcription_data", "TranscriptionData", NULL },
	{ "transcription_final", "Final", NULL },
	{ "transcription_error", "TranscriptionError", NULL },
	{ "transcription_why", "TranscriptionErrorCode", NULL },
	{ "transcription_sequence", "SequenceId", NULL },
	{ "transcription_time", "Timestamp", NULL },
	{ "error_code", "ErrorCode", NULL },
	{ "error_url", "ErrorUrl", NULL },
	{ "error", "ErrorMessage", NULL },
};

static const struct {
	const char *name, *neutral, *value;
} values[] = {
	{ "stream_event", "started", "stream-started" },
	{ "stream_event", "stopped", "stream-stopped" },
	{ "stream_event", "failed", "stream-error" },
	{ "stream_why", "url", "31923" },
	{ "stream_why", "denied", "31902" },
	{ "stream_why", "name-not-found", "31902" },
	{ "stream_why", "refused", "31902" },
	{ "stream_why", "timeout", "31901" },
	{ "stream_why", "tls", "31910" },
	{ "stream_why", "answer", "31920" },
	{ "stream_why", "protocol", "31924" },
	{ "stream_why", "closed", "31921" },
	{ "stream_why", "lost", "31921" },
	{ "stream_why", "memory", "31921" },
	{ "transcription_event", "started", "transcription-started" },
	{ "transcription_event", "content", "transcription-content" },
	{ "transcription_event", "stopped", "transcription-stopped" },
	{ "transcription_event", "failed", "transcription-error" },
	{ "transcription_track", "inbound", "inbound_track" },
	{ "transcription_track", "outbound", "outbound_track" },
	{ "transcription_track", "both", "both_tracks" },
	{ "transcription_why", "refused", "32650" },
	{ "transcription_why", "hearer", "32651" },
	{ "recording_source", "record", "RecordVerb" },
	{ "recording_source", "dial", "DialVerb" },
	{ "recording_source", "start", "StartCallRecordingTwiML" },
	{ "recording_source", "call", "OutboundAPI" },
	{ "recording_source", "conference", "Conference" },
	{ "recording_source", "api", "StartCallRecordingAPI" },
	{ "ended_why", "api", "conference-ended-via-api" },
	{ "ended_why", "moderator-left", "participant-with-end-conference-on-exit-left" },
	{ "ended_why", "moderator-kicked", "participant-with-end-conference-on-exit-kicked" },
	{ "ended_why", "last-left", "last-participant-left" },
	{ "ended_why", "last-kicked", "last-participant-kicked" },
};

const char *script_value(const char *name, const char *neutral)
{
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (!strcmp(values[i].name, name) && !strcmp(values[i].neutral, neutral))
			return values[i].value;
	return neutral;
}

const struct script_name *script_name_find(const char *neutral)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].neutral, neutral))
			return &names[i];
	return NULL;
}
