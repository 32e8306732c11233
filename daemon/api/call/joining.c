#include "daemon/api/call/joining.h"

#include "daemon/api/call/participants.h"
#include "daemon/api/switch/link.h"
#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

struct joining {
	const struct desk *desk;
	char call[40], conference[40];
	bool muted;
};

static void on_joined(const json_t *result, const json_t *error, void *arg)
{
	struct joining *joining = arg;
	struct fault fault;
	char sentence[sizeof fault.text];

	(void)result;
	if (error) {
		fault_from_switch(&fault, error, NULL);
		fault_sentence(&fault, NULL, sentence, sizeof sentence);
		log_warn("conference.join_failed", joining->call, "error=%s", log_quote(sentence));
		link_call(joining->desk->link, "call.hangup",
			  json_pack("{s:s, s:s, s:o}", "call", joining->call, "by", "api", "reason",
				    json_sprintf("The call could not join its conference: %s", sentence)),
			  NULL, NULL);
	}
	free(joining);
}

static struct joining *joining_new(const struct desk *desk, const struct call_row *row)
{
	struct joining *joining = calloc(1, sizeof *joining);
	struct participant one;

	if (!joining)
		return NULL;
	joining->desk = desk;
	participant_of_call(row, &one);
	joining->muted = one.muted;
	strncpy(joining->call, row->id, sizeof joining->call - 1);
	strncpy(joining->conference, participant_conference(row), sizeof joining->conference - 1);
	return joining;
}

/* `joining` is stolen. */
static void join(struct joining *joining)
{
	if (link_call(joining->desk->link, "conference.add",
		      json_pack("{s:s, s:s, s:b, s:b}", "conference", joining->conference, "call",
				joining->call, "muted", joining->muted, "hangup", 1),
		      on_joined, joining))
		free(joining);
}

void joining_on_event(const struct bus_event *event, void *arg)
{
	struct joining *joining;

	if (!event->row || !participant_conference(event->row) || participant_is_scripted(event->row) ||
	    strcmp(event->type, "call.state") || strcmp(event->row->status, "in-progress") ||
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
	const struct desk *desk = arg;
	struct joining *joining;

	if (!participant_conference(row) || participant_is_scripted(row) ||
	    strcmp(row->status, "in-progress"))
		return true;
	joining = joining_new(desk, row);
	if (joining &&
	    link_call(desk->link, "call.get", json_pack("{s:s}", "call", row->id), on_seen, joining))
		free(joining);
	return true;
}

void joining_ready(const struct desk *desk)
{
	if (calls_each_live(desk->store, look, (void *)desk))
		log_warn("conference.join_failed", NULL, "%s", "error=store");
}
