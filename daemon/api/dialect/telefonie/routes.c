/* The operations and paths of the Telefonie Voice API; openapi.json documents the same names. */
#include "daemon/api/dialect/telefonie/routes.h"

#include "daemon/api/dialect/telefonie/documents.h"
#include "daemon/api/dialect/telefonie/live_audio.h"
#include "daemon/api/dialect/telefonie/media.h"
#include "daemon/api/dialect/telefonie/operations.h"
#include "daemon/api/dialect/telefonie/requests.h"
#include "daemon/api/dialect/telefonie/scripts.h"
#include "daemon/api/dialect/telefonie/session.h"

#include <string.h>

/* clang-format off */
#define CALL        { "call_id" }
#define RECORDING   { "recording_id" }
#define DELIVERY    { "delivery_id" }
#define CONFERENCE  { "conference_id" }
#define PARTICIPANT { "conference_id", "call_id" }
#define BAN         { "address" }
#define OF_CALL     { "call_id", "recording_id" }
#define TRANSCRIPTION { "call_id", "transcription_id" }
#define OF_CONFERENCE { "conference_id", "recording_id" }

#define OPERATION(method, path, ...) { method, "v1/voice/" path, request_run, false, &(const struct operation){ __VA_ARGS__ } }
#define OPEN(path, handler) { "GET", path, handler, true, NULL }

const struct route telefonie_routes[] = {
	OPERATION("GET", "calls", .name = "listCalls", .op = calls_op_list),
	OPERATION("POST", "calls", .name = "initiateCall", .op = calls_op_create, .dry = true),
	OPERATION("POST", "calls/try", .name = "tryCall", .op = calls_op_try),
	OPERATION("GET", "calls/*", .name = "getCall", .op = calls_op_get, .args = CALL),
	OPERATION("POST", "calls/*", .name = "updateCall", .op = calls_op_update, .args = CALL),
	OPERATION("DELETE", "calls/*", .name = "endCall", .op = calls_op_delete, .args = CALL),
	OPERATION("GET", "calls/*/events", .name = "listCallEvents", .op = calls_op_events, .args = CALL),
	OPERATION("GET", "calls/*/why", .name = "explainCall", .op = calls_op_why, .args = CALL),
	OPERATION("GET", "calls/*/quality", .name = "getCallQuality", .op = quality_op_get, .args = CALL),
	OPERATION("GET", "calls/*/trace", .name = "getCallTrace", .op = trace_op_get, .args = CALL),
	OPEN("v1/voice/calls/*/audio", live_audio_get),
	OPERATION("POST", "calls/*/audio/links", .name = "createCallAudioLink", .op = live_audio_op_link, .args = CALL),
	OPERATION("GET", "calls/*/recordings", .name = "listCallRecordings", .op = recordings_op_of_call, .args = CALL),
	OPERATION("POST", "calls/*/recordings", .name = "startRecording", .op = recordings_op_start_call, .args = CALL),
	OPERATION("POST", "calls/*/recordings/*", .name = "updateRecording", .op = recordings_op_update_call, .args = OF_CALL),
	OPERATION("GET", "calls/*/transcriptions", .name = "listTranscriptions", .op = transcriptions_op_list, .args = CALL),
	OPERATION("POST", "calls/*/transcriptions", .name = "startTranscription", .op = transcriptions_op_start, .args = CALL),
	OPERATION("GET", "calls/*/transcriptions/*", .name = "getTranscription", .op = transcriptions_op_get, .args = TRANSCRIPTION),
	OPERATION("DELETE", "calls/*/transcriptions/*", .name = "stopTranscription", .op = transcriptions_op_stop, .args = TRANSCRIPTION),
	OPERATION("GET", "conferences", .name = "listConferences", .op = conferences_op_list),
	OPERATION("POST", "conferences", .name = "createConference", .op = conferences_op_create),
	OPERATION("GET", "conferences/*", .name = "getConference", .op = conferences_op_get, .args = CONFERENCE),
	OPERATION("POST", "conferences/*", .name = "updateConference", .op = conferences_op_update, .args = CONFERENCE),
	OPERATION("DELETE", "conferences/*", .name = "endConference", .op = conferences_op_end, .args = CONFERENCE),
	OPERATION("GET", "conferences/*/events", .name = "listConferenceEvents", .op = conferences_op_events, .args = CONFERENCE),
	OPERATION("GET", "conferences/*/recordings", .name = "listConferenceRecordings", .op = recordings_op_of_conference, .args = CONFERENCE),
	OPERATION("POST", "conferences/*/recordings", .name = "startConferenceRecording", .op = recordings_op_start_conference, .args = CONFERENCE),
	OPERATION("POST", "conferences/*/recordings/*", .name = "updateConferenceRecording", .op = recordings_op_update_conference, .args = OF_CONFERENCE),
	OPERATION("GET", "conferences/*/participants", .name = "listConferenceParticipants", .op = participants_op_list, .args = CONFERENCE),
	OPERATION("POST", "conferences/*/participants", .name = "addConferenceParticipant", .op = participants_op_add, .args = CONFERENCE),
	OPERATION("GET", "conferences/*/participants/*", .name = "getConferenceParticipant", .op = participants_op_get, .args = PARTICIPANT),
	OPERATION("POST", "conferences/*/participants/*", .name = "updateConferenceParticipant", .op = participants_op_update, .args = PARTICIPANT),
	OPERATION("DELETE", "conferences/*/participants/*", .name = "removeConferenceParticipant", .op = participants_op_remove, .args = PARTICIPANT),
	OPERATION("GET", "recordings", .name = "listRecordings", .op = recordings_op_list),
	OPERATION("GET", "recordings/*", .name = "getRecording", .op = recordings_op_get, .args = RECORDING),
	OPERATION("DELETE", "recordings/*", .name = "deleteRecording", .op = recordings_op_delete, .args = RECORDING),
	OPERATION("POST", "recordings/*/links", .name = "createRecordingLink", .op = recordings_op_link, .args = RECORDING),
	OPEN("v1/voice/recordings/*/media", media_get),
	OPERATION("GET", "webhooks/deliveries", .name = "listDeliveries", .op = deliveries_op_list),
	OPERATION("GET", "webhooks/deliveries/*", .name = "getDelivery", .op = deliveries_op_get, .args = DELIVERY),
	OPERATION("POST", "webhooks/deliveries/*/redeliver", .name = "redeliver", .op = deliveries_op_redeliver, .args = DELIVERY),
	OPERATION("GET", "numbers", .name = "listNumbers", .op = lists_op_numbers),
	OPERATION("GET", "users", .name = "listUsers", .op = lists_op_users),
	OPERATION("GET", "trunks", .name = "listTrunks", .op = lists_op_trunks),
	OPERATION("GET", "registrations", .name = "listRegistrations", .op = lists_op_registrations),
	OPERATION("GET", "bans", .name = "listBans", .op = bans_op_list),
	OPERATION("DELETE", "bans/*", .name = "liftBan", .op = bans_op_lift, .args = BAN),
	OPERATION("GET", "account", .name = "getAccount", .op = rates_op_account),
	OPERATION("GET", "rates", .name = "getRate", .op = rates_op_find),
	{ "POST", "v1/voice/scripts/check", scripts_check, false, NULL },
	{ "POST", "v1/voice/scripts/simulate", scripts_simulate, false, NULL },
	OPEN("v1/voice/socket", session_open),
	OPEN("v1/voice/openapi.json", document_get),
	OPEN("schema/call", schema_get),
};
/* clang-format on */

const size_t telefonie_route_count = sizeof telefonie_routes / sizeof *telefonie_routes;

bool operation_only_reads(const struct operation *operation)
{
	for (size_t i = 0; i < telefonie_route_count; i++)
		if (telefonie_routes[i].data == operation)
			return !strcmp(telefonie_routes[i].method, "GET");
	return false;
}

const struct operation *operation_by_name(const char *name)
{
	for (size_t i = 0; i < telefonie_route_count; i++) {
		const struct operation *operation = telefonie_routes[i].data;

		if (operation && !strcmp(operation->name, name))
			return operation;
	}
	return NULL;
}
