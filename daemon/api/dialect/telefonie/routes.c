#include "daemon/api/dialect/telefonie/routes.h"

#include "daemon/api/call/calls.h"
#include "daemon/api/call/conferences.h"
#include "daemon/api/call/deliveries.h"
#include "daemon/api/health.h"
#include "daemon/api/dialect/telefonie/lists.h"
#include "daemon/api/dialect/telefonie/media.h"
#include "daemon/api/dialect/telefonie/openapi.h"
#include "daemon/api/call/quality.h"
#include "daemon/api/call/rates.h"
#include "daemon/api/call/recordings.h"
#include "daemon/api/socket/socket.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
#define CALL        { "call_id" }
#define RECORDING   { "recording_id" }
#define DELIVERY    { "delivery_id" }
#define CONFERENCE  { "conference_id" }
#define PARTICIPANT { "conference_id", "call_id" }

static const struct route routes[] = {
	{ .name = "listCalls", .method = "GET", .path = "v1/voice/calls", .op = calls_op_list },
	{ .name = "initiateCall", .method = "POST", .path = "v1/voice/calls", .op = calls_op_create, .dry = true },
	{ .name = "getCall", .method = "GET", .path = "v1/voice/calls/*", .op = calls_op_get, .args = CALL },
	{ .name = "updateCall", .method = "POST", .path = "v1/voice/calls/*", .op = calls_op_update, .args = CALL },
	{ .name = "endCall", .method = "DELETE", .path = "v1/voice/calls/*", .op = calls_op_delete, .args = CALL },
	{ .name = "listCallEvents", .method = "GET", .path = "v1/voice/calls/*/events", .op = calls_op_events, .args = CALL },
	{ .name = "explainCall", .method = "GET", .path = "v1/voice/calls/*/why", .op = calls_op_why, .args = CALL },
	{ .name = "getCallQuality", .method = "GET", .path = "v1/voice/calls/*/quality", .op = quality_op_get, .args = CALL },
	{ .name = "listCallRecordings", .method = "GET", .path = "v1/voice/calls/*/recordings", .op = recordings_op_of_call, .args = CALL },
	{ .name = "startRecording", .method = "POST", .path = "v1/voice/calls/*/recordings", .op = recordings_op_start_call, .args = CALL },
	{ .name = "updateRecording", .method = "POST", .path = "v1/voice/calls/*/recordings/*", .op = recordings_op_update_call,
	  .args = { "call_id", "recording_id" } },
	{ .name = "listConferences", .method = "GET", .path = "v1/voice/conferences", .op = conferences_op_list },
	{ .name = "createConference", .method = "POST", .path = "v1/voice/conferences", .op = conferences_op_create },
	{ .name = "getConference", .method = "GET", .path = "v1/voice/conferences/*", .op = conferences_op_get, .args = CONFERENCE },
	{ .name = "updateConference", .method = "POST", .path = "v1/voice/conferences/*", .op = conferences_op_update, .args = CONFERENCE },
	{ .name = "endConference", .method = "DELETE", .path = "v1/voice/conferences/*", .op = conferences_op_end, .args = CONFERENCE },
	{ .name = "listConferenceEvents", .method = "GET", .path = "v1/voice/conferences/*/events", .op = conferences_op_events,
	  .args = CONFERENCE },
	{ .name = "listConferenceRecordings", .method = "GET", .path = "v1/voice/conferences/*/recordings", .op = recordings_op_of_conference,
	  .args = CONFERENCE },
	{ .name = "startConferenceRecording", .method = "POST", .path = "v1/voice/conferences/*/recordings",
	  .op = recordings_op_start_conference, .args = CONFERENCE },
	{ .name = "updateConferenceRecording", .method = "POST", .path = "v1/voice/conferences/*/recordings/*",
	  .op = recordings_op_update_conference, .args = { "conference_id", "recording_id" } },
	{ .name = "listConferenceParticipants", .method = "GET", .path = "v1/voice/conferences/*/participants", .op = participants_op_list,
	  .args = CONFERENCE },
	{ .name = "addConferenceParticipant", .method = "POST", .path = "v1/voice/conferences/*/participants", .op = participants_op_add,
	  .args = CONFERENCE },
	{ .name = "getConferenceParticipant", .method = "GET", .path = "v1/voice/conferences/*/participants/*", .op = participants_op_get,
	  .args = PARTICIPANT },
	{ .name = "updateConferenceParticipant", .method = "POST", .path = "v1/voice/conferences/*/participants/*",
	  .op = participants_op_update, .args = PARTICIPANT },
	{ .name = "removeConferenceParticipant", .method = "DELETE", .path = "v1/voice/conferences/*/participants/*",
	  .op = participants_op_remove, .args = PARTICIPANT },
	{ .name = "listRecordings", .method = "GET", .path = "v1/voice/recordings", .op = recordings_op_list },
	{ .name = "getRecording", .method = "GET", .path = "v1/voice/recordings/*", .op = recordings_op_get, .args = RECORDING },
	{ .name = "deleteRecording", .method = "DELETE", .path = "v1/voice/recordings/*", .op = recordings_op_delete, .args = RECORDING },
	{ .name = "createRecordingLink", .method = "POST", .path = "v1/voice/recordings/*/links", .op = recordings_op_link, .args = RECORDING },
	{ .name = "getRecordingMedia", .method = "GET", .path = "v1/voice/recordings/*/media", .raw = media_get, .open = true, .args = RECORDING },
	{ .name = "listDeliveries", .method = "GET", .path = "v1/voice/webhooks/deliveries", .op = deliveries_op_list },
	{ .name = "getDelivery", .method = "GET", .path = "v1/voice/webhooks/deliveries/*", .op = deliveries_op_get, .args = DELIVERY },
	{ .name = "redeliver", .method = "POST", .path = "v1/voice/webhooks/deliveries/*/redeliver", .op = deliveries_op_redeliver, .args = DELIVERY },
	{ .name = "listNumbers", .method = "GET", .path = "v1/voice/numbers", .op = lists_op_numbers },
	{ .name = "listUsers", .method = "GET", .path = "v1/voice/users", .op = lists_op_users },
	{ .name = "listTrunks", .method = "GET", .path = "v1/voice/trunks", .op = lists_op_trunks },
	{ .name = "listRegistrations", .method = "GET", .path = "v1/voice/registrations", .op = lists_op_registrations },
	{ .name = "getAccount", .method = "GET", .path = "v1/voice/account", .op = rates_op_account },
	{ .name = "getRate", .method = "GET", .path = "v1/voice/rates", .op = rates_op_find },
	{ .name = "openSocket", .method = "GET", .path = "v1/voice/socket", .raw = socket_get, .open = true },
	{ .name = "getDocument", .method = "GET", .path = "v1/voice/openapi.json", .raw = openapi_get, .open = true },
	{ .name = "getHealth", .method = "GET", .path = "healthz", .raw = health_get, .open = true },
	{ .name = "getReadiness", .method = "GET", .path = "readyz", .raw = ready_get, .open = true },
	{ .name = "getCallSchema", .method = "GET", .path = "schema/call", .raw = schema_get, .open = true },
};
/* clang-format on */

enum { ROUTES = sizeof routes / sizeof *routes };

const struct route *routes_by_name(const char *name)
{
	for (size_t i = 0; i < ROUTES; i++)
		if (!strcmp(routes[i].name, name))
			return &routes[i];
	return NULL;
}

/* Whether the path of `request` is that of `route`; fills `args`. */
static bool match(const struct route *route, const struct web_request *request, const char *args[OP_ARGS_MAX])
{
	const char *at = route->path;
	size_t arg = 0;

	for (size_t i = 0; i < request->segment_count; i++) {
		size_t length = strcspn(at, "/");

		if (!length)
			return false;
		if (*at == '*' && length == 1)
			args[arg++] = request->segments[i];
		else if (strlen(request->segments[i]) != length || memcmp(request->segments[i], at, length))
			return false;
		at += length;
		if (*at == '/' && i + 1 < request->segment_count)
			at++;
	}
	return !*at;
}

static bool method_fits(const struct route *route, const char *method)
{
	return !strcmp(route->method, method) || (!strcmp(route->method, "GET") && !strcmp(method, "HEAD"));
}

const struct route *routes_find(const struct web_request *request, const char *args[OP_ARGS_MAX],
				char allowed[64])
{
	*allowed = '\0';
	for (size_t i = 0; i < ROUTES; i++) {
		size_t used = strlen(allowed);

		if (!match(&routes[i], request, args))
			continue;
		if (method_fits(&routes[i], request->method))
			return &routes[i];
		snprintf(allowed + used, 64 - used, "%s%s", used ? ", " : "", routes[i].method);
	}
	return NULL;
}
