/* Calls that were placed for a conference join it when they are answered. */
#include "daemon/api/switch/link.h"
#include "daemon/api/voice/participants.h"
#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

struct joining {
	struct api *api;
	char call[40];
};

static void on_joined(const json_t *result, const json_t *error, void *arg)
{
	struct joining *joining = arg;
	const char *message = json_string_value(json_object_get(error, "message"));

	(void)result;
	if (error) {
		log_warn("conference.join_failed", joining->call, "error=%s", log_quote(message));
		link_call(joining->api->link, "call.hangup",
			  json_pack("{s:s, s:s, s:o}", "call", joining->call, "by", "api", "reason",
				    json_sprintf("The call could not join its conference: %s",
						 message ? message : "refused")),
			  NULL, NULL);
	}
	free(joining);
}

void participants_on_event(const struct bus_event *event, void *arg)
{
	struct api *api = arg;
	const char *conference = event->row ? participant_conference(event->row) : NULL;
	struct joining *joining;

	if (!conference || strcmp(event->type, "call.state") || strcmp(event->row->status, "in-progress") ||
	    json_object_get(event->row->snapshot, "conference_id"))
		return;
	joining = calloc(1, sizeof *joining);
	if (!joining)
		return;
	joining->api = api;
	strncpy(joining->call, event->row->id, sizeof joining->call - 1);
	if (link_call(api->link, "conference.add",
		      json_pack("{s:s, s:s, s:b, s:b}", "conference", conference, "call", event->row->id,
				"muted", participant_is_muted(event->row), "hangup", 1),
		      on_joined, joining))
		free(joining);
}
