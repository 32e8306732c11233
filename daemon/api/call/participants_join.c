/* Calls that were placed for a conference join it when they are answered. */
#include "daemon/api/switch/link.h"
#include "daemon/api/call/participants.h"
#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

struct joining {
	struct api *api;
	char call[40], conference[40];
	bool muted;
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

static struct joining *joining_new(struct api *api, const struct call_row *row)
{
	struct joining *joining = calloc(1, sizeof *joining);

	if (!joining)
		return NULL;
	joining->api = api;
	joining->muted = participant_is_muted(row);
	strncpy(joining->call, row->id, sizeof joining->call - 1);
	strncpy(joining->conference, participant_conference(row), sizeof joining->conference - 1);
	return joining;
}

/* `joining` is stolen. */
static void join(struct joining *joining)
{
	if (link_call(joining->api->link, "conference.add",
		      json_pack("{s:s, s:s, s:b, s:b}", "conference", joining->conference, "call",
				joining->call, "muted", joining->muted, "hangup", 1),
		      on_joined, joining))
		free(joining);
}

void participants_on_event(const struct bus_event *event, void *arg)
{
	struct joining *joining;

	if (!event->row || !participant_conference(event->row) || strcmp(event->type, "call.state") ||
	    strcmp(event->row->status, "in-progress") ||
	    json_object_get(event->row->snapshot, "conference_id"))
		return;
	joining = joining_new(arg, event->row);
	if (joining)
		join(joining);
}

static void on_seen(const json_t *result, const json_t *error, void *arg)
{
	const json_t *call = json_object_get(result, "call");
	const char *status = json_string_value(json_object_get(call, "status"));
	struct joining *joining = arg;

	if (error || !status || strcmp(status, "in-progress") || json_object_get(call, "conference_id"))
		free(joining);
	else
		join(joining);
}

/* Where it is, only the switch knows for sure. */
static bool look(const struct call_row *row, void *arg)
{
	struct api *api = arg;
	struct joining *joining;

	if (!participant_conference(row) || strcmp(row->status, "in-progress"))
		return true;
	joining = joining_new(api, row);
	if (joining &&
	    link_call(api->link, "call.get", json_pack("{s:s}", "call", row->id), on_seen, joining))
		free(joining);
	return true;
}

void participants_ready(struct api *api)
{
	if (calls_each_live(api->store, look, api))
		log_warn("conference.join_failed", NULL, "%s", "error=store");
}
